import { type Entry, shortId } from '../../shared/entry.ts'
import { idBytes } from '../../shared/id-bytes.ts'
import {
  type EntryId,
  type LogId,
  type PeerId,
  type Position,
  type RoomId,
  START,
  comparePositions,
} from '../../shared/ids.ts'
import { HOUR_US } from '../../shared/limits.ts'
import { takenBack } from '../../shared/own-log.ts'
import { type Runs, withSeq, withoutSeq } from '../../shared/runs.ts'
import { checkCount, storedPlace, storedRuns } from '../../shared/stored-tally.ts'
import { addTo, subtractFrom } from '../../shared/sums.ts'
import { hourOf } from '../../shared/tally.ts'
import {
  type DeliveryState,
  type EntryRow,
  type LogRow,
  type RoomRow,
  type Writing,
  notAwaited,
} from './database.ts'
import { idOf, keyOf, keysIn } from './places.ts'
import { roomIn } from './room-row.ts'
import {
  type Terms,
  changeSums,
  hourKeys,
  positionsIn,
  rangeAround,
  readSums,
  termsOf,
} from './sum-rows.ts'

/** So many rows are looked at together: at most 8 MiB of lines in memory. */
const TRIM_BATCH = 512

/** What changes when what is in a room does. */
export const KEEPING = ['rooms', 'entries', 'stubs', 'logs', 'sums'] as const

/**
 * Keeps what is new and not below its room's floor, and moves one's own heads past what comes back.
 * @param terms of the entries' ids
 */
export async function keepNew(
  tx: Writing,
  own: LogId,
  entries: readonly Entry[],
  terms: Terms,
): Promise<readonly Entry[]> {
  const once = [...new Map(entries.map((entry) => [entry.id, entry])).values()]
  const byRoom = [...Map.groupBy(once, ({ room }) => room)]
  const kept = await Promise.all(
    byRoom.map(([room, ofRoom]) => keepInRoom(tx, room, own, ofRoom, terms)),
  )
  return kept.flat()
}

async function keepInRoom(
  tx: Writing,
  room: RoomId,
  own: LogId,
  entries: readonly Entry[],
  terms: Terms,
): Promise<readonly Entry[]> {
  // All that is read is asked for at once: each round of requests costs half a millisecond.
  const candidates = entries.map((entry) => rowOf(entry))
  const [logs, sums, row, stubs, known] = await Promise.all([
    readLogs(tx, candidates),
    readSums(tx, room, entries),
    roomIn(tx, room),
    tx.objectStore('stubs').getAllKeys(rangeAround(room, entries)),
    knownOf(tx, room, entries),
  ])
  const stubbed = new Set(stubs.map(([, , id]) => idOf(id)))
  const fresh = entries.filter(
    ({ position }) =>
      !known.has(position.id) &&
      !stubbed.has(position.id) &&
      comparePositions(position, row.floor) >= 0,
  )
  const { returned, head } = takenBack(row.head, own, entries)
  if (fresh.length === 0 && head === row.head) return []
  const rows = fresh.map((entry) => rowOf(entry, returned.has(entry) ? 1 : undefined))
  notAwaited([
    ...rows.map((entry) => tx.objectStore('entries').add(entry)),
    ...changeLogs(tx, rows, logs, withSeq),
    ...changeSums(tx, room, fresh, terms, sums, addTo),
    tx.objectStore('rooms').put(changed(row, head)),
  ])
  return fresh
}

/** Which of them are kept already; there is at least one. */
async function knownOf(
  tx: Writing,
  room: RoomId,
  entries: readonly Entry[],
): Promise<ReadonlySet<EntryId>> {
  const store = tx.objectStore('entries')
  // What a sync brings stands side by side: one request for all, unless much stands in between.
  const most = 2 * entries.length
  const around = await store.getAllKeys(rangeAround(room, entries), most + 1)
  if (around.length <= most) return new Set(around.map(([, , id]) => idOf(id)))
  const keys = await Promise.all(entries.map(({ position }) => store.getKey(keyOf(room, position))))
  return new Set(entries.flatMap(({ id }, i) => (keys[i] === undefined ? [] : [id])))
}

/** One more change of the room. */
export function changed(row: RoomRow, head = row.head): RoomRow {
  return { ...row, writes: row.writes + 1, ...(head === undefined ? {} : { head }) }
}

/**
 * Nothing said here yet: but others may have brought back what this disk lost of one's own log.
 * True if so; then the head stands behind it.
 */
export async function recoverHead(tx: Writing, { room, author, log }: Entry): Promise<boolean> {
  if (log === undefined) return false
  const seq = runsOf(await tx.objectStore('logs').get([room, author, log])).at(-1)?.[1]
  if (seq === undefined) return false
  const last = await tx.objectStore('entries').index('by-log').get([room, author, log, seq])
  if (last === undefined) return false
  const row = await roomIn(tx, room)
  const head = { author, seq: seq + 1, prev: shortId(idOf(last.id)) }
  await tx.objectStore('rooms').put(changed(row, head))
  return true
}

/** Raises the floor and drops what lies below it. Returns how many entries went. */
export async function trimBelow(tx: Writing, room: RoomId, floor: Position): Promise<number> {
  const row = await roomIn(tx, room)
  if (comparePositions(floor, row.floor) <= 0) return 0
  const [entries, stubs] = [tx.objectStore('entries'), tx.objectStore('stubs')]
  const hour = hourOf(floor.clock)
  // Of the floor's own hour something may stay; earlier hours go whole.
  const cut = await positionsIn(entries, stubs, room, {
    from: { clock: hour * HOUR_US, id: START.id },
    to: floor,
  })
  const below = IDBKeyRange.bound([room], keyOf(room, floor), false, true)
  let gone = 0
  for (;;) {
    const rows = await entries.getAll(below, TRIM_BATCH)
    const last = rows.at(-1)
    if (last === undefined) break
    // What stands below because it stands nowhere is told of elsewhere.
    for (const { clock, id } of rows) storedPlace(clock, idOf(id))
    gone += rows.length
    await entries.delete(IDBKeyRange.bound([room], [room, last.clock, last.id]))
    await dropFromLogs(tx, rows)
  }
  const left = keysIn(room, { from: floor, to: hourKeys(hour).to })
  const [sums, ...counts] = await Promise.all([
    readSums(tx, room, [floor]),
    ...(left === undefined ? [] : [entries.count(left), stubs.count(left)]),
  ])
  // What stood in a wrong place has gone with it, or never was here.
  const told = (sums.get(hour)?.count ?? 0) - cut.length
  checkCount(
    told,
    counts.reduce((sum, count) => sum + count, 0),
  )
  notAwaited([
    stubs.delete(below),
    tx.objectStore('sums').delete(IDBKeyRange.bound([room], [room, hour], false, true)),
    ...changeSums(tx, room, cut, termsOf(cut), sums, subtractFrom),
    tx.objectStore('rooms').put({ ...changed(row), floor }),
  ])
  return gone
}

/** What one's own entry leaves behind when it is said once more is nothing. */
export async function dropOne(tx: Writing, { room, position }: Entry): Promise<void> {
  const entries = tx.objectStore('entries')
  const [row, sums] = await Promise.all([
    entries.get(keyOf(room, position)),
    readSums(tx, room, [position]),
  ])
  if (row === undefined) return
  notAwaited([
    entries.delete(keyOf(room, position)),
    ...changeSums(tx, room, [position], termsOf([position]), sums, subtractFrom),
  ])
  await dropFromLogs(tx, [row])
}

export async function lowerFloor(tx: Writing, room: RoomId, floor: Position): Promise<void> {
  const row = await tx.objectStore('rooms').get(room)
  if (row === undefined || comparePositions(floor, row.floor) >= 0) return
  await tx.objectStore('rooms').put({ ...changed(row), floor })
}

/** Remembers what is not kept; what is, and what is below the floor, stays as it is. */
export async function keepStubs(
  tx: Writing,
  room: RoomId,
  positions: readonly Position[],
  terms: Terms,
): Promise<void> {
  const once = [...new Map(positions.map((position) => [position.id, position])).values()]
  const keys = once.map((position) => keyOf(room, position))
  const [sums, row, ...known] = await Promise.all([
    readSums(tx, room, once),
    roomIn(tx, room),
    ...keys.map(async (key) => {
      const there = [tx.objectStore('entries').getKey(key), tx.objectStore('stubs').getKey(key)]
      return (await Promise.all(there)).some((found) => found !== undefined)
    }),
  ])
  const fresh = once.filter(
    (position, i) => known[i] === false && comparePositions(position, row.floor) >= 0,
  )
  if (fresh.length === 0) return
  notAwaited([
    ...fresh.map(({ clock, id }) => tx.objectStore('stubs').add({ room, clock, id: idBytes(id) })),
    ...changeSums(tx, room, fresh, terms, sums, addTo),
    tx.objectStore('rooms').put(changed(row)),
  ])
}

export function rowOf(entry: Entry, state?: DeliveryState): EntryRow {
  const { room, clock, id, form, bytes, author, head } = entry
  const place = head === undefined ? {} : { log: head.log, seq: head.seq }
  const own = state === undefined ? {} : { state }
  return { room, clock, id: idBytes(id), form, bytes, author, ...place, ...own }
}

/** Two entries may share a seq: a seq is dropped only if none of it is left. */
export async function dropFromLogs(tx: Writing, rows: readonly EntryRow[]): Promise<void> {
  const byLog = tx.objectStore('entries').index('by-log')
  const left = await Promise.all(
    rows.map((row) =>
      isInLog(row) ? byLog.getKey([row.room, row.author, row.log, row.seq]) : undefined,
    ),
  )
  const gone = rows.filter((_, i) => left[i] === undefined)
  notAwaited(changeLogs(tx, gone, await readLogs(tx, gone), withoutSeq))
}

interface InLog {
  readonly key: LogKey
  readonly seq: number
}

type LogKey = [RoomId, PeerId, LogId]

/** What is held of the logs that rows are in, by the text of their keys. */
type HeldLogs = ReadonlyMap<string, Runs>

/** One read for each log that `rows` touch; made sense of before anything is written. */
async function readLogs(tx: Writing, rows: readonly EntryRow[]): Promise<HeldLogs> {
  const keys = [...new Map(inLogs(rows).map(({ key }) => [key.join(' '), key]))]
  const logs = tx.objectStore('logs')
  return new Map(
    await Promise.all(
      keys.map(async ([text, key]) => [text, runsOf(await logs.get(key))] as const),
    ),
  )
}

/** One write for each. */
function changeLogs(
  tx: Writing,
  rows: readonly EntryRow[],
  held: HeldLogs,
  change: (runs: Runs, seq: number) => Runs,
): readonly Promise<unknown>[] {
  const logs = tx.objectStore('logs')
  const byLog = Map.groupBy(inLogs(rows), ({ key }) => key.join(' '))
  return [...byLog].flatMap(([text, ofOne]) => {
    const [first] = ofOne
    if (first === undefined) return []
    const runs = ofOne.reduce((runs, { seq }) => change(runs, seq), held.get(text) ?? [])
    const [room, author, log] = first.key
    return [runs.length === 0 ? logs.delete(first.key) : logs.put({ room, author, log, runs })]
  })
}

export function runsOf(row: LogRow | undefined): Runs {
  return row === undefined ? [] : storedRuns(row.runs)
}

function inLogs(rows: readonly EntryRow[]): readonly InLog[] {
  return rows
    .filter(isInLog)
    .map(({ room, author, log, seq }) => ({ key: [room, author, log], seq }))
}

/** What stands in no log, or where the disk has made something else of it, is told of in none. */
export function isInLog<T extends Pick<EntryRow, 'author' | 'log' | 'seq'>>(
  row: T,
): row is T & Required<Pick<EntryRow, 'log' | 'seq'>> {
  const { author, log, seq }: { readonly [name: string]: unknown } = row
  return typeof author === 'string' && typeof log === 'string' && Number.isSafeInteger(seq)
}
