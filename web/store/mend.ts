import { deleteDB } from 'idb'
import type { EntryId, RoomId } from '../../shared/ids.ts'
import { type Runs, withSeq } from '../../shared/runs.ts'
import { isClock } from '../../shared/stored-row.ts'
import { sumOf } from '../../shared/sums.ts'
import { hourOf } from '../../shared/tally.ts'
import {
  type EntryRow,
  type LogRow,
  type OpenDatabase,
  type Opening,
  type PlaceRow,
  type SumRow,
  beginWriting,
  notAwaited,
  openDatabase,
  written,
} from './database.ts'
import { idOf } from './places.ts'
import { sumRow } from './sum-rows.ts'

const STORES = ['entries', 'stubs', 'sums', 'logs', 'rooms', 'holders', 'meta'] as const
type Store = (typeof STORES)[number]

/** All that is left of a database of which stores are missing. */
interface Remains {
  readonly rows: ReadonlyMap<
    Store,
    readonly { readonly key: IDBValidKey; readonly value: unknown }[]
  >
}

/**
 * Opens the database; one of which stores are missing is made anew from what is left, since only a
 * new version could add them.
 */
export async function openWhole(opening: Opening, gone: () => void): Promise<OpenDatabase> {
  const db = await openDatabase(opening, gone)
  if (isWhole(db)) return db
  const { name, log } = opening
  log('history: stores are missing', { name, left: [...db.objectStoreNames] })
  const remains = await remainsOf(db)
  db.close()
  await deleteDB(name)
  const anew = await openDatabase(opening, gone)
  await refill(anew, remains)
  return anew
}

function isWhole(db: OpenDatabase): boolean {
  return STORES.every((store) => db.objectStoreNames.contains(store))
}

async function remainsOf(db: OpenDatabase): Promise<Remains> {
  const rows: [Store, { readonly key: IDBValidKey; readonly value: unknown }[]][] = []
  for (const store of STORES) {
    if (!db.objectStoreNames.contains(store)) continue
    const tx = db.transaction(store)
    notAwaited([tx.done])
    const [keys, values] = await Promise.all([tx.store.getAllKeys(), tx.store.getAll()])
    rows.push([store, values.map((value, i) => ({ key: keys[i] ?? '', value }))])
  }
  return { rows: new Map(rows) }
}

/** Into a whole and empty database; what is told of the entries is reckoned anew. */
async function refill(db: OpenDatabase, { rows }: Remains): Promise<void> {
  const of = (store: Store): readonly unknown[] => (rows.get(store) ?? []).map(({ value }) => value)
  const entries = of('entries') as readonly EntryRow[]
  const sums = sumsOf([...entries, ...(of('stubs') as readonly PlaceRow[])])
  const logs = logsOf(entries)
  await written(beginWriting(db, STORES), (tx) => {
    for (const [store, kept] of rows) {
      if (store === 'sums' || store === 'logs') continue
      for (const { key, value } of kept) {
        const into = tx.objectStore(store)
        const put = into.put.bind(into) as (value: unknown, key?: IDBValidKey) => Promise<unknown>
        notAwaited([store === 'meta' ? put(value, key) : put(value)])
      }
    }
    notAwaited(sums.map((row) => tx.objectStore('sums').put(row)))
    notAwaited(logs.map((row) => tx.objectStore('logs').put(row)))
    return Promise.resolve()
  })
}

function sumsOf(places: readonly PlaceRow[]): readonly SumRow[] {
  const sound = places.filter(({ clock, id }) => isClock(clock) && id instanceof Uint8Array)
  const byRoom = Map.groupBy(sound, ({ room }): RoomId => room)
  return [...byRoom].flatMap(([room, ofRoom]) =>
    [...Map.groupBy(ofRoom, ({ clock }) => hourOf(clock))].map(([hour, ofHour]) =>
      sumRow(room, hour, sumOf(ofHour.map(({ id }): EntryId => idOf(id)))),
    ),
  )
}

function logsOf(entries: readonly EntryRow[]): readonly LogRow[] {
  const logs = new Map<string, LogRow>()
  for (const { room, author, log, seq } of entries) {
    if (log === undefined || seq === undefined) continue
    const key = `${room} ${author} ${log}`
    const runs: Runs = withSeq(logs.get(key)?.runs ?? [], seq)
    logs.set(key, { room, author, log, runs })
  }
  return [...logs.values()]
}
