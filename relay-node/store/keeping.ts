import { type Entry, shortId } from '../../shared/entry.ts'
import type { EntryId, LogId, PeerId, Position, RoomId } from '../../shared/ids.ts'
import { comparePositions } from '../../shared/ids.ts'
import { toBase64url } from '../../shared/bytes.ts'
import { idBytes } from '../../shared/id-bytes.ts'
import { headAfter, takenBack } from '../../shared/own-log.ts'
import { HOUR_US } from '../../shared/limits.ts'
import { withSeq, withoutSeq } from '../../shared/runs.ts'
import { checkCount, storedPlace } from '../../shared/stored-tally.ts'
import { addTo, subtractFrom } from '../../shared/sums.ts'
import { hourOf } from '../../shared/tally.ts'
import {
  type Place,
  ROW_BYTES,
  authorRef,
  changeLogs,
  changeSums,
  changeUsage,
  idOf,
  inLogOf,
  isStub,
  ownRow,
  placed,
  putEntry,
  putFloor,
  putHead,
  putStub,
  roomRow,
  runsOf,
  sumIn,
  tallyAnew,
} from './room-rows.ts'
import type { Row, Sqlite } from './sqlite.ts'

/** Of one transaction: some 20 ms, in which the node stands still. */
export const CHUNK = 500

/** Keeps what is new and not below its room's floor: one transaction. */
export function keepNew(db: Sqlite, own: LogId, entries: readonly Entry[]): readonly Entry[] {
  return db.transaction(() =>
    [...Map.groupBy(entries, ({ room }) => room)].flatMap(([room, ofRoom]) =>
      keepInRoom(db, own, room, ofRoom),
    ),
  )
}

function keepInRoom(
  db: Sqlite,
  own: LogId,
  room: RoomId,
  entries: readonly Entry[],
): readonly Entry[] {
  const { ref, floor, head: before } = ownRow(db, room)
  const { returned, head } = takenBack(before, own, entries)
  const authors = new Map<PeerId, number>()
  const fresh: Entry[] = []
  const places: Place[] = []
  let misplaced = false
  for (const entry of entries) {
    if (comparePositions(entry.position, floor) < 0 || isStub(db, ref, entry.position)) continue
    const author = authors.get(entry.author) ?? authorRef(db, entry.author)
    authors.set(entry.author, author)
    const put = (): boolean => putEntry(db, ref, author, entry, returned.has(entry) ? 1 : null)
    if (!put()) {
      if (!dropElsewhere(db, ref, entry)) continue
      misplaced = true
      put()
    }
    fresh.push(entry)
    places.push(placeOf(entry, author))
  }
  tellOf(db, ref, places)
  // It was told of where it belongs, or where it stood.
  if (misplaced) tallyAnew(db, ref)
  if (head !== undefined && head !== before) putHead(db, ref, head)
  return fresh
}

/** The row of an entry, if the disk has made something else of its place, where nobody finds it. */
function dropElsewhere(db: Sqlite, ref: number, { clock, id }: Entry): boolean {
  const sql = 'DELETE FROM entries WHERE id = ? AND NOT (room IS ? AND clock IS ?)'
  return db.run(sql, idBytes(id), ref, clock).changes > 0
}

export function lowerFloor(db: Sqlite, room: RoomId, floor: Position): void {
  db.transaction(() => {
    const row = roomRow(db, room)
    if (row.ref > 0 && comparePositions(floor, row.floor) < 0) putFloor(db, row.ref, floor)
  })
}

/**
 * Keeps what was said after `seq − 1`. False, and nothing is written, if the head or the floor has
 * moved, or if others have brought back what this disk lost of the log: then the head stands behind it.
 */
export function keepSaid(db: Sqlite, entry: Entry, seq: number, insteadOf?: Entry): boolean {
  return db.transaction(() => {
    const { ref, floor, head } = ownRow(db, entry.room)
    const author = authorRef(db, entry.author)
    if (head === undefined && recoverHead(db, ref, author, entry)) return false
    if ((head?.seq ?? 1) !== seq || comparePositions(entry.position, floor) < 0) return false
    if (!putEntry(db, ref, author, entry, 0)) return false
    tellOf(db, ref, [placeOf(entry, author)])
    putHead(db, ref, headAfter(entry, seq))
    if (insteadOf !== undefined) dropOne(db, ref, insteadOf)
    return true
  })
}

function recoverHead(db: Sqlite, ref: number, author: number, entry: Entry): boolean {
  const { log } = entry
  const seq = log === undefined ? undefined : runsOf(db, ref, author, log).at(-1)?.[1]
  if (log === undefined || seq === undefined) return false
  const sql = 'SELECT id FROM entries WHERE room = ? AND author = ? AND log = ? AND seq = ?'
  const last = db.get(sql, ref, author, log, seq)
  if (last === undefined) return false
  const id = toBase64url(last['id'] as Uint8Array) as EntryId
  putHead(db, ref, { author: entry.author, seq: seq + 1, prev: shortId(id) })
  return true
}

/** What is told of a room changes with what is in it. */
function tellOf(db: Sqlite, ref: number, places: readonly Place[]): void {
  changeLogs(db, ref, places, withSeq)
  changeSums(db, ref, places, addTo)
  changeUsage(db, ref, places, 1)
}

/** Remembers what is not kept; what is, and what is below the floor, stays as it is. */
export function keepStubs(db: Sqlite, room: RoomId, positions: readonly Position[]): void {
  db.transaction(() => {
    const { ref, floor } = ownRow(db, room)
    const fresh = positions.filter(
      (position) => comparePositions(position, floor) >= 0 && putStub(db, ref, position),
    )
    changeSums(db, ref, fresh, addTo)
  })
}

/** False if the floor is as high already. */
export function raiseFloor(db: Sqlite, room: RoomId, floor: Position): boolean {
  return db.transaction(() => {
    const row = ownRow(db, room)
    if (comparePositions(floor, row.floor) <= 0) return false
    putFloor(db, row.ref, floor)
    return true
  })
}

/** Drops a chunk of what lies below the floor. How many entries and stubs went; none is the end. */
export function dropBelow(
  db: Sqlite,
  room: RoomId,
): { readonly entries: number; readonly stubs: number } {
  return db.transaction(() => {
    const { ref, floor } = ownRow(db, room)
    const bounds = [...placed(ref, floor), CHUNK] as const
    const below = 'room = ? AND (clock, id) < (?, ?) ORDER BY clock, id LIMIT ?'
    const rows = db.all(`${PLACES} WHERE ${below}`, ...bounds)
    const stubs = db.all(`SELECT clock, id FROM stubs WHERE ${below}`, ...bounds).map(placeIn)
    dropRows(db, ref, rows)
    for (const stub of stubs)
      db.run('DELETE FROM stubs WHERE room = ? AND clock = ? AND id = ?', ...placed(ref, stub))
    changeSums(db, ref, stubs, subtractFrom)
    if (rows.length < CHUNK && stubs.length < CHUNK) checkHour(db, ref, hourOf(floor.clock))
    return { entries: rows.length, stubs: stubs.length }
  })
}

/** @throws DamagedTally where what stood in a wrong place went with what was dropped, or never was here */
function checkHour(db: Sqlite, ref: number, hour: number): void {
  const sql = `SELECT (SELECT count(*) FROM entries WHERE room = ? AND clock >= ? AND clock < ?)
    + (SELECT count(*) FROM stubs WHERE room = ? AND clock >= ? AND clock < ?) AS count`
  const bounds = [ref, hour * HOUR_US, (hour + 1) * HOUR_US]
  const there = Number(db.get(sql, ...bounds, ...bounds)?.['count'])
  checkCount(sumIn(db, ref, hour).count, there)
}

const PLACES = 'SELECT rowid, clock, id, author, log, seq, length(bytes) AS bytes FROM entries'

/** What one's own entry leaves behind when it is said once more is nothing. */
function dropOne(db: Sqlite, ref: number, { position }: Entry): void {
  const row = db.get(`${PLACES} WHERE room = ? AND clock = ? AND id = ?`, ...placed(ref, position))
  if (row !== undefined) dropRows(db, ref, [row])
}

function dropRows(db: Sqlite, ref: number, rows: readonly Row[]): void {
  for (const row of rows) db.run('DELETE FROM entries WHERE rowid = ?', Number(row['rowid']))
  const places = rows.map(placeOfRow)
  // Two entries may share a seq: a seq is dropped only if none of it is left.
  const sql = 'SELECT 1 FROM entries WHERE room = ? AND author = ? AND log = ? AND seq = ?'
  const last = places.filter(
    ({ author, log, seq }) =>
      log !== null && seq !== null && db.get(sql, ref, author, log, seq) === undefined,
  )
  changeLogs(db, ref, last, withoutSeq)
  changeSums(db, ref, places, subtractFrom)
  changeUsage(db, ref, places, -1)
}

function placeOf({ position, bytes, head }: Entry, author: number): Place {
  const size = bytes.length + ROW_BYTES
  return { ...position, author, log: head?.log ?? null, seq: head?.seq ?? null, bytes: size }
}

function placeOfRow(row: Row): Place {
  return { ...placeIn(row), ...inLogOf(row), bytes: Number(row['bytes']) + ROW_BYTES }
}

/** @throws DamagedTally */
function placeIn(row: Row): Position {
  return storedPlace(row['clock'], idOf(row))
}
