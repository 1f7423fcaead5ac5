import type { HeldLog } from '../../shared/history.ts'
import { idBytes } from '../../shared/id-bytes.ts'
import type { EntryId, LogId, PeerId, Position, RoomId, ShortId } from '../../shared/ids.ts'
import { heldIn } from '../../shared/runs.ts'
import { parsedRuns } from '../../shared/stored-tally.ts'
import { placed, roomRow } from './room-rows.ts'
import type { Row, Sqlite } from './sqlite.ts'

const COLUMNS = 'SELECT rowid, clock, id, form, state, log, seq, bytes FROM entries'
/** What is below the floor is on its way out, and not given out any more. */
const ABOVE_FLOOR = 'room = ? AND (clock, id) >= (?, ?)'

function fromFloor(db: Sqlite, room: RoomId): readonly [number, number, Uint8Array] {
  const { ref, floor } = roomRow(db, room)
  return placed(ref, floor)
}

/** The newest `limit` before `before`, the newest first. */
export function rowsBefore(
  db: Sqlite,
  room: RoomId,
  before: Position,
  limit: number,
): readonly Row[] {
  const [, clock, id] = placed(0, before)
  return db.all(
    `${COLUMNS} WHERE ${ABOVE_FLOOR} AND (clock, id) < (?, ?) ORDER BY clock DESC, id DESC LIMIT ?`,
    ...fromFloor(db, room),
    clock,
    id,
    limit,
  )
}

/** The oldest `limit` after `after`. */
export function rowsAfter(
  db: Sqlite,
  room: RoomId,
  after: Position,
  limit: number,
): readonly Row[] {
  const [, clock, id] = placed(0, after)
  return db.all(
    `${COLUMNS} WHERE ${ABOVE_FLOOR} AND (clock, id) > (?, ?) ORDER BY clock, id LIMIT ?`,
    ...fromFloor(db, room),
    clock,
    id,
    limit,
  )
}

/** In the order of `ids`. */
export function rowsOf(db: Sqlite, room: RoomId, ids: readonly EntryId[]): readonly Row[] {
  const floor = fromFloor(db, room)
  const sql = `${COLUMNS} WHERE id = ? AND ${ABOVE_FLOOR}`
  return ids.flatMap((id): readonly Row[] => {
    const row = db.get(sql, idBytes(id), ...floor)
    return row === undefined ? [] : [row]
  })
}

export function rowsUnder(db: Sqlite, room: RoomId, ids: readonly ShortId[]): readonly Row[] {
  const floor = fromFloor(db, room)
  // Left to itself, SQLite takes the index of places and reads the whole room for each id.
  const sql = `${COLUMNS} INDEXED BY by_id WHERE id BETWEEN ? AND ? AND ${ABOVE_FLOOR}`
  return ids.flatMap((id) => {
    const first = idBytes(id)
    const last = new Uint8Array(2 * first.length).fill(0xff)
    last.set(first)
    return db.all(sql, first, last, ...floor)
  })
}

/** One's own of a state below `state`, from the oldest or from the newest. */
export function rowsBelowState(
  db: Sqlite,
  room: RoomId,
  state: number,
  limit: number,
  from: 'oldest' | 'newest',
): readonly Row[] {
  const order = from === 'oldest' ? 'clock, id' : 'clock DESC, id DESC'
  return db.all(
    `${COLUMNS} WHERE ${ABOVE_FLOOR} AND state < ? ORDER BY ${order} LIMIT ?`,
    ...fromFloor(db, room),
    state,
    Math.max(0, limit),
  )
}

export function logsOf(db: Sqlite, room: RoomId): readonly HeldLog[] {
  const rows = db.all(
    'SELECT authors.id AS author, log, runs FROM logs JOIN authors ON authors.ref = author WHERE room = ?',
    roomRow(db, room).ref,
  )
  return rows.flatMap(({ author, log, runs }) => {
    const held = heldIn(parsedRuns(runs))
    return held === undefined ? [] : [{ author: author as PeerId, log: log as LogId, ...held }]
  })
}

/** Seqs of a log that more than one entry has, rising. */
export function twinsOf(db: Sqlite, room: RoomId, author: PeerId, log: LogId): readonly number[] {
  const sql = `SELECT seq FROM entries INDEXED BY by_log
    WHERE ${ABOVE_FLOOR} AND author = (SELECT ref FROM authors WHERE id = ?) AND log = ?
    AND seq IS NOT NULL GROUP BY seq HAVING count(*) > 1 ORDER BY seq`
  return db.all(sql, ...fromFloor(db, room), author, log).map((row) => Number(row['seq']))
}
