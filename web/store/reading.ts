import { idBytes } from '../../shared/id-bytes.ts'
import {
  END,
  type EntryId,
  type LogId,
  type PeerId,
  type Position,
  type RoomId,
  type ShortId,
} from '../../shared/ids.ts'
import {
  type Database,
  type DeliveryState,
  type EntryRow,
  type Reading,
  reading,
} from './database.ts'
import { runsOf } from './keeping.ts'
import { idsUnder, keyOf, keysUnder } from './places.ts'

/** Three requests, whatever the limit: a cursor from the end to the page's first key, then one range. */
export function newestRows(
  db: Database,
  room: RoomId,
  before: Position = END,
  limit: number,
): Promise<readonly EntryRow[]> {
  const end = keyOf(room, before)
  return reading(db, ['entries'], async (tx) => {
    const entries = tx.objectStore('entries')
    const last = await entries.openKeyCursor(IDBKeyRange.bound([room], end, false, true), 'prev')
    if (last === null) return []
    const first = limit > 1 ? await last.advance(limit - 1) : last
    return entries.getAll(IDBKeyRange.bound(first?.key ?? [room], end, false, true))
  })
}

/** The oldest `limit` after `after`. */
export function nextRows(
  db: Database,
  room: RoomId,
  after: Position,
  limit: number,
): Promise<readonly EntryRow[]> {
  const range = IDBKeyRange.bound(keyOf(room, after), [room, []], true)
  return reading(db, ['entries'], (tx) => tx.objectStore('entries').getAll(range, limit))
}

/** In the order of `ids`. */
export function rowsOf(
  db: Database,
  room: RoomId,
  ids: readonly EntryId[],
): Promise<readonly EntryRow[]> {
  return reading(db, ['entries'], async (tx) => {
    const byId = tx.objectStore('entries').index('by-id')
    const rows = await Promise.all(ids.map((id) => byId.get(idBytes(id))))
    return rows.flatMap((row) => (row?.room === room ? [row] : []))
  })
}

export function rowsUnder(
  db: Database,
  room: RoomId,
  ids: readonly ShortId[],
): Promise<readonly EntryRow[]> {
  return reading(db, ['entries'], async (tx) => {
    const byId = tx.objectStore('entries').index('by-id')
    const rows = await Promise.all(ids.map((id) => byId.getAll(idsUnder(id))))
    return rows.flat().filter((row) => row.room === room)
  })
}

/** The newest `limit` of each state below `state`. */
export function rowsBelowState(
  db: Database,
  room: RoomId,
  state: DeliveryState,
  limit: number,
): Promise<readonly EntryRow[]> {
  const lesser = ([0, 1, 2] as const).slice(0, state)
  return reading(db, ['entries'], async (tx) => {
    const byState = tx.objectStore('entries').index('by-state')
    const rows = lesser.map(async (each) => {
      const range = keysUnder(room, each)
      const last = await byState.openKeyCursor(range, 'prev')
      if (last === null) return []
      const first = limit > 1 ? await last.advance(limit - 1) : last
      const from: IDBValidKey = first?.key ?? [room, each]
      return byState.getAll(IDBKeyRange.bound(from, [room, each, []]))
    })
    return (await Promise.all(rows)).flat()
  })
}

/** Seqs of a log that more than one entry has, rising. */
export async function twinsIn(
  tx: Reading,
  room: RoomId,
  author: PeerId,
  log: LogId,
): Promise<readonly number[]> {
  const byLog = tx.objectStore('entries').index('by-log')
  const [row, count] = await Promise.all([
    tx.objectStore('logs').get([room, author, log]),
    byLog.count(keysUnder(room, author, log)),
  ])
  // Almost always there are none, and a long log is not read for it.
  if (count <= runsOf(row).reduce((sum, [lo, hi]) => sum + hi - lo + 1, 0)) return []
  const twins = new Set<number>()
  let before: number | undefined
  let cursor = await byLog.openKeyCursor(keysUnder(room, author, log))
  for (; cursor !== null; cursor = await cursor.continue()) {
    const [, , , seq] = cursor.key
    if (seq === before) twins.add(seq)
    before = seq
  }
  return [...twins]
}
