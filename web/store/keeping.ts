import { type Entry, shortId } from '../../shared/entry.ts'
import {
  type LogId,
  type Position,
  type RoomId,
  START,
  comparePositions,
} from '../../shared/ids.ts'
import type { EntryRow, HeadRow, Writing } from './database.ts'
import { type Runs, withSeq, withoutSeq } from './runs.ts'

/** So many rows are looked at together: at most 8 MiB of lines in memory. */
const TRIM_BATCH = 512

/** Keeps what is new and not below its room's floor, and moves one's own heads past what comes back. */
export async function keepNew(
  tx: Writing,
  own: LogId,
  entries: readonly Entry[],
): Promise<readonly Entry[]> {
  const byId = tx.objectStore('entries').index('by-id')
  const rooms = [...new Set(entries.map(({ room }) => room))]
  const once = [...new Map(entries.map((entry) => [entry.id, entry])).values()]
  const [floors, heads, known] = await Promise.all([
    Promise.all(rooms.map((room) => tx.objectStore('rooms').get(room))),
    Promise.all(rooms.map((room) => tx.objectStore('heads').get(room))),
    Promise.all(once.map(({ id }) => byId.getKey(id))),
  ])
  const floorOf = new Map(
    floors.flatMap((row) => (row === undefined ? [] : [[row.room, row.floor]])),
  )
  const fresh = once.filter(
    ({ room, position }, i) =>
      known[i] === undefined && comparePositions(position, floorOf.get(room) ?? START) >= 0,
  )
  const returned = heads.flatMap((head) => (head === undefined ? [] : lostOwn(head, own, once)))
  const kept = new Set(fresh)
  await Promise.all([
    keepAll(tx, fresh),
    ...returned.map((entry) => tx.objectStore('heads').put(headAfter(entry))),
    ...returned
      .filter((entry) => kept.has(entry))
      .map(({ room, position }) =>
        tx.objectStore('deliveries').put({ room, ...position, state: 1 }),
      ),
  ])
  return fresh
}

/** Writes entries that are known to be new, and what is held of their logs. */
export async function keepAll(tx: Writing, entries: readonly Entry[]): Promise<void> {
  const rows = entries.map(rowOf)
  await Promise.all([
    ...rows.map((row) => tx.objectStore('entries').add(row)),
    ...changeLogs(tx, rows, withSeq),
  ])
}

/**
 * Nothing said here yet: but others may have brought back what this disk lost of one's own log.
 * True if so; then the head stands behind it.
 */
export async function recoverHead(tx: Writing, { room, author, log }: Entry): Promise<boolean> {
  if (log === undefined) return false
  const seq = (await tx.objectStore('logs').get([room, author, log]))?.runs.at(-1)?.[1]
  if (seq === undefined) return false
  const last = await tx.objectStore('entries').index('by-log').get([room, author, log, seq])
  if (last === undefined) return false
  await tx.objectStore('heads').put({ room, author, seq: seq + 1, prev: shortId(last.id) })
  return true
}

/** Raises the floor and drops what lies below it. */
export async function trimBelow(tx: Writing, room: RoomId, floor: Position): Promise<number> {
  const old = (await tx.objectStore('rooms').get(room))?.floor ?? START
  if (comparePositions(floor, old) <= 0) return 0
  const entries = tx.objectStore('entries')
  const { clock, id } = floor
  let gone = 0
  for (;;) {
    const rows = await entries.getAll(
      IDBKeyRange.bound([room], [room, clock, id], false, true),
      TRIM_BATCH,
    )
    const last = rows.at(-1)
    if (last === undefined) break
    gone += rows.length
    await entries.delete(IDBKeyRange.bound([room], [room, last.clock, last.id]))
    await dropFromLogs(tx, rows)
  }
  const deliveries = tx.objectStore('deliveries')
  const states = [0, 1, 2] as const
  const told = await Promise.all(
    states.map((state) => {
      const range = IDBKeyRange.bound([room, state], [room, state, clock, id], false, true)
      return deliveries.index('by-state').getAllKeys(range)
    }),
  )
  await Promise.all([
    ...told.flat().map((key) => deliveries.delete(key)),
    tx.objectStore('rooms').put({ room, floor }),
  ])
  return gone
}

/** One's own entries that this disk lost, or that were never on it: the oldest first. */
function lostOwn(head: HeadRow, own: LogId, entries: readonly Entry[]): readonly Entry[] {
  return entries
    .filter(
      (entry) => entry.room === head.room && entry.author === head.author && entry.log === own,
    )
    .filter((entry) => (entry.head?.seq ?? 0) >= head.seq)
    .sort((a, b) => (a.head?.seq ?? 0) - (b.head?.seq ?? 0))
}

function headAfter(entry: Entry): HeadRow {
  const { room, author, head, id } = entry
  return { room, author, seq: (head?.seq ?? 0) + 1, prev: shortId(id) }
}

function rowOf({ room, clock, id, form, bytes, author, head }: Entry): EntryRow {
  const place = head === undefined ? {} : { log: head.log, seq: head.seq }
  return { room, clock, id, form, bytes, author, ...place }
}

/** Two entries may share a seq: a seq is dropped only if none of it is left. */
async function dropFromLogs(tx: Writing, rows: readonly EntryRow[]): Promise<void> {
  const byLog = tx.objectStore('entries').index('by-log')
  const left = await Promise.all(
    rows.map(({ room, author, log, seq }) =>
      log === undefined || seq === undefined ? undefined : byLog.getKey([room, author, log, seq]),
    ),
  )
  await Promise.all(
    changeLogs(
      tx,
      rows.filter((_, i) => left[i] === undefined),
      withoutSeq,
    ),
  )
}

/** One read and one write for each log that `rows` touch. */
function changeLogs(
  tx: Writing,
  rows: readonly EntryRow[],
  change: (runs: Runs, seq: number) => Runs,
): readonly Promise<unknown>[] {
  const logs = tx.objectStore('logs')
  const bySeq = Map.groupBy(rows, ({ room, author, log }) => `${room} ${author} ${log ?? ''}`)
  return [...bySeq.values()].map(async (ofOne) => {
    const [{ room, author, log } = {}] = ofOne
    if (room === undefined || author === undefined || log === undefined) return
    const held = await logs.get([room, author, log])
    const runs = ofOne.reduce((runs, { seq = 0 }) => change(runs, seq), held?.runs ?? [])
    if (runs.length === 0) await logs.delete([room, author, log])
    else await logs.put({ room, author, log, runs })
  })
}
