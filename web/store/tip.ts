import type { Entry } from '../../shared/entry.ts'
import type { Head, SayOptions } from '../../shared/history.ts'
import type { LogId, RoomId } from '../../shared/ids.ts'
import { headAfter } from '../../shared/own-log.ts'
import { type Runs, withSeq } from '../../shared/runs.ts'
import { type Sum, addTo, digestsOf, emptySum } from '../../shared/sums.ts'
import { hourOf } from '../../shared/tally.ts'
import { type Database, type RoomRow, UNDONE, notAwaited, reading, writing } from './database.ts'
import { changed, dropOne, rowOf, runsOf } from './keeping.ts'
import { keysUnder } from './places.ts'
import { roomIn, roomOf } from './room-row.ts'
import { clockAt, hourSumOf, sumOfRow, sumRow } from './sum-rows.ts'

/**
 * All that the next thing said in a room builds on. Known beforehand, it is written with what is said
 * in one go, in a transaction that only has to find the room as it was.
 */
export interface Tip {
  readonly log: LogId
  readonly row: RoomRow
  /** The greatest clock in the room, µs. */
  readonly newest: number
  /** Of one's own log. */
  readonly runs: Runs
  /** The last hour that has a sum. */
  readonly hour: number
  readonly sum: Sum
}

/** @param newest the greatest clock in the room that counts, µs */
export function headOf(log: LogId, { row }: Tip, newest: number): Head {
  const { head, floor } = row
  const clock = Math.max(newest, floor.clock)
  return { log, seq: head?.seq ?? 1, clock, ...(head === undefined ? {} : { prev: head.prev }) }
}

export function seqAfter({ row }: Tip): number {
  return row.head?.seq ?? 1
}

export function readTip(db: Database, log: LogId, room: RoomId): Promise<Tip> {
  return reading(db, ['rooms', 'entries', 'stubs', 'sums', 'logs'], async (tx) => {
    const under = keysUnder(room)
    const [row, kept, stubbed, last] = await Promise.all([
      roomIn(tx, room),
      tx.objectStore('entries').openKeyCursor(under, 'prev'),
      tx.objectStore('stubs').openKeyCursor(under, 'prev'),
      tx.objectStore('sums').openCursor(under, 'prev'),
    ])
    const newest = Math.max(...[kept, stubbed].map((cursor) => clockAt(cursor) ?? 0))
    const { hour, sum } = last === null ? { hour: 0, sum: emptySum() } : hourSumOf(last.value)
    const { head } = row
    if (head === undefined) return { log, row, newest, runs: [], hour, sum }
    const held = await tx.objectStore('logs').get([room, head.author, log])
    return { log, row, newest, runs: runsOf(held), hour, sum }
  })
}

/** The greatest clock in the room that is not greater than `notAfter`, µs. */
export async function newestUpTo(
  db: Database,
  room: RoomId,
  tip: Tip,
  notAfter = Infinity,
): Promise<number> {
  if (tip.newest <= notAfter) return tip.newest
  return reading(db, ['entries', 'stubs'], async (tx) => {
    const upTo = IDBKeyRange.bound([room], [room, notAfter, []])
    const found = await Promise.all(
      (['entries', 'stubs'] as const).map((name) =>
        tx.objectStore(name).openKeyCursor(upTo, 'prev'),
      ),
    )
    return Math.max(...found.map((cursor) => clockAt(cursor) ?? 0))
  })
}

/**
 * Writes what was said on `tip`, and gives back the tip that it is; nothing, and nothing is written,
 * if the room has changed since `tip` was read (another tab).
 */
export async function keepSaid(
  db: Database,
  tip: Tip,
  entry: Entry,
  insteadOf?: SayOptions['insteadOf'],
): Promise<Tip | undefined> {
  const { room, author, clock, id } = entry
  const { log, row } = tip
  const seq = seqAfter(tip)
  const hour = hourOf(clock)
  const sum = await sumBefore(db, tip, room, hour)
  addTo(sum, digestsOf(id))
  const runs = withSeq(await runsBefore(db, tip, entry), seq)
  const next: RoomRow = changed(row, headAfter(entry, seq))
  const kept = rowOf(entry, 0)
  const sumKept = sumRow(room, hour, sum)
  const written = await writing(db, ['rooms', 'entries', 'sums', 'logs'], async (tx) => {
    const rooms = tx.objectStore('rooms')
    const found = rooms.get(room)
    notAwaited([found])
    // They take effect only if the transaction ends well.
    notAwaited([
      tx.objectStore('entries').add(kept),
      tx.objectStore('sums').put(sumKept),
      tx.objectStore('logs').put({ room, author, log, runs }),
      rooms.put(next),
    ])
    const now = roomOf(room, await found)
    if (now.writes !== row.writes) return UNDONE
    if (insteadOf !== undefined) await dropOne(tx, insteadOf)
    return 'written'
  })
  if (written === UNDONE) return undefined
  const last = hour < tip.hour ? { hour: tip.hour, sum: tip.sum } : { hour, sum }
  return { log, row: next, newest: Math.max(clock, tip.newest), runs, ...last }
}

/** What is held of the log that the entry goes on: another key's, where the device has another key now. */
async function runsBefore(db: Database, { row, log, runs }: Tip, entry: Entry): Promise<Runs> {
  const { room, author } = entry
  if (row.head === undefined || row.head.author === author) return runs
  return runsOf(
    await reading(db, ['logs'], (tx) => tx.objectStore('logs').get([room, author, log])),
  )
}

/** A copy of the sum of `hour`, most often that of the last one or of one in which nothing is yet. */
async function sumBefore(db: Database, tip: Tip, room: RoomId, hour: number): Promise<Sum> {
  // Something newer may have come in after the head was read.
  if (hour < tip.hour) {
    const found = reading(db, ['sums'], (tx) => tx.objectStore('sums').get([room, hour]))
    return sumOfRow(await found)
  }
  const sum = emptySum()
  if (hour === tip.hour) addTo(sum, tip.sum)
  return sum
}
