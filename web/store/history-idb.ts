import { toBase64url } from '../../shared/bytes.ts'
import { Entry, shortId } from '../../shared/entry.ts'
import { type Result, fail, ok } from '../../shared/failure.ts'
import {
  type Delivery,
  type Head,
  type HeldLog,
  type HistoryStore,
  StorageError,
  assertContinues,
} from '../../shared/history.ts'
import {
  type EntryId,
  type LogId,
  type Position,
  type RoomId,
  START,
  comparePositions,
} from '../../shared/ids.ts'
import type { Runtime } from '../../shared/runtime.ts'
import {
  type Database,
  type EntryRow,
  type HeadRow,
  type Opening,
  openDatabase,
  reading,
  writing,
} from './database.ts'
import { keepAll, keepNew, recoverHead, trimBelow } from './keeping.ts'
import { heldIn } from './runs.ts'

const LOG_BYTES = 8
const STATES = ['queued', 'sent', 'stored'] as const
/** After every position of a room. */
const END = Infinity

/** History in IndexedDB. Signs, hashes and parses outside of transactions only. */
export class IdbHistory implements HistoryStore {
  readonly #db: Database
  readonly #log: LogId
  readonly #report: Runtime['log']
  /** One thing is said at a time. */
  #saying: Promise<unknown> = Promise.resolve()

  private constructor(db: Database, log: LogId, report: Runtime['log']) {
    this.#db = db
    this.#log = log
    this.#report = report
  }

  static async open(
    options: Omit<Opening, 'log'> & { readonly runtime: Pick<Runtime, 'log' | 'random'> },
  ): Promise<Result<IdbHistory>> {
    const { runtime } = options
    const opened = await openDatabase({ ...options, log: runtime.log })
    if (!opened.ok) return opened
    const drawn = toBase64url(runtime.random.bytes(LOG_BYTES))
    try {
      // Drawn once per installation; of two tabs that open at once the first one's stands.
      const log = await writing(opened.value, async (tx) => {
        const kept = await tx.objectStore('meta').get('log')
        if (typeof kept === 'string') return kept
        await tx.objectStore('meta').put(drawn, 'log')
        return drawn
      })
      return ok(new IdbHistory(opened.value, log as LogId, runtime.log))
    } catch (error) {
      opened.value.close()
      if (error instanceof StorageError) return fail(error.failure)
      throw error
    }
  }

  async add(entries: readonly Entry[]): Promise<readonly Entry[]> {
    if (entries.length === 0) return []
    const own = this.#log
    const fresh = await writing(this.#db, (tx) => keepNew(tx, own, entries))
    return [...fresh].sort((a, b) => comparePositions(a.position, b.position))
  }

  say(room: RoomId, sign: (head: Head) => Promise<Result<Entry>>): Promise<Result<Entry>> {
    const said = this.#saying.then(async () => {
      try {
        for (;;) {
          const head = await this.#head(room)
          const entry = await sign(head)
          if (!entry.ok) return entry
          assertContinues(room, head, entry.value)
          if (await this.#write(head, entry.value)) return entry
        }
      } catch (error) {
        if (error instanceof StorageError) return fail(error.failure)
        throw error
      }
    })
    this.#saying = said.catch(() => undefined)
    return said
  }

  logs(room: RoomId): Promise<readonly HeldLog[]> {
    return reading(async () => {
      const rows = await this.#db.getAll('logs', IDBKeyRange.bound([room], [room, []]))
      return rows.flatMap(({ author, log, runs }) => {
        const held = heldIn(runs)
        return held === undefined ? [] : [{ author, log, ...held }]
      })
    })
  }

  floor(room: RoomId): Promise<Position> {
    return reading(async () => (await this.#db.get('rooms', room))?.floor ?? START)
  }

  async page(
    room: RoomId,
    options: { readonly before?: Position; readonly limit: number },
  ): Promise<readonly Entry[]> {
    let { before } = options
    let page: readonly Entry[] = []
    // Again only where corrupt rows left the page short: a short page means the end of the room.
    for (;;) {
      const wanted = options.limit - page.length
      if (wanted <= 0) return page
      const rows = await reading(() => this.#newest(room, before, wanted))
      page = [...(await this.#restored(rows)), ...page]
      const [oldest] = rows
      if (oldest === undefined || rows.length < wanted) return page
      before = { clock: oldest.clock, id: oldest.id }
    }
  }

  async get(room: RoomId, ids: readonly EntryId[]): Promise<readonly Entry[]> {
    const rows = await reading(() => {
      const byId = this.#db.transaction('entries').store.index('by-id')
      return Promise.all(ids.map((id) => byId.get(id)))
    })
    return this.#restored(rows.flatMap((row) => (row?.room === room ? [row] : [])))
  }

  trim(room: RoomId, floor: Position): Promise<number> {
    return writing(this.#db, (tx) => trimBelow(tx, room, floor))
  }

  async witness(room: RoomId, ids: readonly EntryId[], delivery: Delivery): Promise<void> {
    const state = stateOf(delivery)
    await writing(this.#db, async (tx) => {
      const deliveries = tx.objectStore('deliveries')
      const known = await Promise.all(ids.map((id) => deliveries.get([room, id])))
      const lesser = known.flatMap((row) => (row !== undefined && row.state < state ? [row] : []))
      await Promise.all(lesser.map((row) => deliveries.put({ ...row, state })))
    })
  }

  deliveries(room: RoomId, ids: readonly EntryId[]): Promise<ReadonlyMap<EntryId, Delivery>> {
    return reading(async () => {
      const deliveries = this.#db.transaction('deliveries').store
      const rows = await Promise.all(ids.map((id) => deliveries.get([room, id])))
      return new Map(
        rows.flatMap((row) => (row === undefined ? [] : [[row.id, STATES[row.state]]])),
      )
    })
  }

  async queued(room: RoomId, limit: number): Promise<readonly Entry[]> {
    // A count of 0 would mean "all" to getAll.
    if (limit <= 0) return []
    const rows = await reading(async () => {
      const tx = this.#db.transaction(['deliveries', 'entries'])
      const waiting = IDBKeyRange.bound([room, 0], [room, 0, END], false, false)
      const found = await tx.objectStore('deliveries').index('by-state').getAll(waiting, limit)
      return Promise.all(
        found.map(({ clock, id }) => tx.objectStore('entries').get([room, clock, id])),
      )
    })
    return this.#restored(rows.flatMap((row) => row ?? []))
  }

  async close(): Promise<void> {
    await this.#saying
    this.#db.close()
  }

  #head(room: RoomId): Promise<Head> {
    return reading(async () => {
      const tx = this.#db.transaction(['heads', 'rooms', 'entries'])
      const [head, kept, newest] = await Promise.all([
        tx.objectStore('heads').get(room),
        tx.objectStore('rooms').get(room),
        tx.objectStore('entries').openKeyCursor(below(room, undefined), 'prev'),
      ])
      const clock = Math.max(newest?.key[1] ?? 0, kept?.floor.clock ?? 0)
      return {
        log: this.#log,
        seq: head?.seq ?? 1,
        clock,
        ...(head === undefined ? {} : { prev: head.prev }),
      }
    })
  }

  /** False if the head or the floor has moved since `head` was read: then nothing was written. */
  #write(head: Head, entry: Entry): Promise<boolean> {
    const { room, author } = entry
    const next: HeadRow = { room, author, seq: head.seq + 1, prev: shortId(entry.id) }
    return writing(this.#db, async (tx) => {
      const [now, kept] = await Promise.all([
        tx.objectStore('heads').get(room),
        tx.objectStore('rooms').get(room),
      ])
      if (now === undefined && (await recoverHead(tx, entry))) return false
      if ((now?.seq ?? 1) !== head.seq) return false
      if (comparePositions(entry.position, kept?.floor ?? START) < 0) return false
      await Promise.all([
        keepAll(tx, [entry]),
        tx.objectStore('heads').put(next),
        tx.objectStore('deliveries').put({ room, ...entry.position, state: stateOf('queued') }),
      ])
      return true
    })
  }

  /** Three requests, whatever the limit: a cursor from the end to the page's first key, then one range. */
  async #newest(
    room: RoomId,
    before: Position | undefined,
    limit: number,
  ): Promise<readonly EntryRow[]> {
    const range = below(room, before)
    const { store } = this.#db.transaction('entries')
    const last = await store.openKeyCursor(range, 'prev')
    const first = limit > 1 ? await last?.advance(limit - 1) : last
    if (last === null) return []
    const from = first?.key ?? [room]
    return store.getAll(IDBKeyRange.bound(from, range.upper, false, range.upperOpen))
  }

  /** A row that does not give back what its id covers is left where it is and never shown. */
  async #restored(rows: readonly EntryRow[]): Promise<readonly Entry[]> {
    const restored = await Promise.all(
      rows.map(({ form, bytes, id }) => Entry.restore(form, bytes, id)),
    )
    return restored.flatMap((entry, i) => {
      if (entry.ok) return [entry.value]
      this.#report('history: unreadable row', { id: rows[i]?.id, failure: entry.failure })
      return []
    })
  }
}

function below(room: RoomId, before: Position | undefined): IDBKeyRange {
  return before === undefined
    ? IDBKeyRange.bound([room], [room, END])
    : IDBKeyRange.bound([room], [room, before.clock, before.id], false, true)
}

function stateOf(delivery: Delivery): 0 | 1 | 2 {
  return STATES.indexOf(delivery) as 0 | 1 | 2
}
