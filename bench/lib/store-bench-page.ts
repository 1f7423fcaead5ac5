import { openDB, unwrap } from 'idb'
import { toBase64url } from '../../shared/bytes.ts'
import { systemRuntime } from '../../shared/runtime.ts'
import { sumBytes } from '../../shared/sums.ts'
import { bob, lobby, logId, must } from '../../shared/testing/people.ts'
import { IdbHistory } from '../../web/store/history-idb.ts'
import { type Filled, type Opened, type StoreTimes, openingsOf, timesOf } from './store-times.ts'
import { HourSums, fillers } from './synthetic.ts'

interface NamedRoom {
  readonly name: string
  readonly entries: number
}

declare global {
  var fillBench: (entries: number) => Promise<NamedRoom & { readonly fillSeconds: number }>
  var openBench: (rooms: readonly NamedRoom[]) => Promise<readonly Opened[]>
  var benchStore: (room: NamedRoom) => Promise<StoreTimes>
}

/** So many rows a transaction: memory stays flat. */
const BATCH = 5_000
const runtime = systemRuntime()

/** Rows written directly: a million signatures would only take time. */
async function fill(name: string, count: number): Promise<void> {
  const db = await openDB(name)
  const row = { room: lobby.id, author: bob.peerId, log: logId('bob'), form: 1 }
  const begin = () => db.transaction(['entries', 'sums'], 'readwrite', { durability: 'relaxed' })
  let tx = begin()
  // Bare requests: a promise for each of a million puts would take as long as they do.
  let entries = unwrap(tx).objectStore('entries')
  let inBatch = 0
  const sums = new HourSums((hour, sum) => {
    const { count } = sum
    unwrap(tx)
      .objectStore('sums')
      .put({ room: lobby.id, hour, count, sum: sumBytes(sum) })
  })
  for (const filler of fillers(count)) {
    const { clock, idBytes, bytes, seq } = filler
    entries.put({ ...row, clock, id: idBytes, bytes, seq })
    sums.add(filler)
    if (++inBatch < BATCH) continue
    await tx.done
    tx = begin()
    entries = unwrap(tx).objectStore('entries')
    inBatch = 0
  }
  sums.end()
  await tx.done
  const runs = [[1, count]]
  await db.put('logs', { room: lobby.id, author: bob.peerId, log: row.log, runs })
  db.close()
}

const open = async (name: string): Promise<IdbHistory> =>
  must(await IdbHistory.open({ name, runtime }))

globalThis.fillBench = async (entries) => {
  const name = `bench-${entries}-${toBase64url(runtime.random.bytes(6))}`
  await (await open(name)).close()
  const start = performance.now()
  await fill(name, entries)
  return { name, entries, fillSeconds: Math.round((performance.now() - start) / 100) / 10 }
}

globalThis.openBench = (rooms) => openingsOf(rooms.map(filled))

// Nothing is deleted: the profile goes as a whole, and LevelDB would be busy with that for minutes.
globalThis.benchStore = (room) => timesOf(filled(room))

function filled({ name, entries }: NamedRoom): Filled {
  return { entries, open: () => open(name) }
}
