import { toBase64url } from '../../shared/bytes.ts'
import type { Entry } from '../../shared/entry.ts'
import { idBytes } from '../../shared/id-bytes.ts'
import {
  type EntryId,
  type LogId,
  type PeerId,
  type Position,
  type Range,
  type RoomId,
  START,
  comparePositions,
} from '../../shared/ids.ts'
import { HOUR_US } from '../../shared/limits.ts'
import { type OwnHead, isOwnHead } from '../../shared/own-log.ts'
import { type Runs, withSeq } from '../../shared/runs.ts'
import { isPosition } from '../../shared/stored-row.ts'
import { isPlace, parsedRuns, storedPlace, storedSum } from '../../shared/stored-tally.ts'
import { type Sum, addTo, digestsOf, emptySum, sameSum, sumBytes } from '../../shared/sums.ts'
import { type HourSum, hourOf } from '../../shared/tally.ts'
import type { Row, Sqlite, Value } from './sqlite.ts'

/** A room as its row tells it. */
export interface RoomRow {
  /** The number that stands for it; 0, which no row has, before anything was kept of it. */
  readonly ref: number
  readonly floor: Position
  readonly head: OwnHead | undefined
}

/** Of an entry, as far as what is told of its room hangs on it. */
export interface Place extends Position {
  readonly author: number
  readonly log: LogId | null
  readonly seq: number | null
  /** What it takes on the disk. */
  readonly bytes: number
}

/** What a row and its places in four indexes take beside the line, measured by bench/store. */
export const ROW_BYTES = 320

export function roomRow(db: Sqlite, room: RoomId): RoomRow {
  const row = db.get('SELECT * FROM rooms WHERE id = ?', room)
  if (row === undefined) return { ref: 0, floor: START, head: undefined }
  // A head that makes no sense is found again from one's own log when something is said.
  const { author, seq, prev } = row
  const head = { author, seq, prev }
  const floor = { clock: row['floor_clock'], id: row['floor_id'] }
  return {
    ref: Number(row['ref']),
    floor: isPosition(floor) ? floor : START,
    head: isOwnHead(head) ? head : undefined,
  }
}

/** The row, made if there is none: inside of transactions only. */
export function ownRow(db: Sqlite, room: RoomId): RoomRow {
  const found = roomRow(db, room)
  if (found.ref > 0) return found
  const { ref } = db.run(
    'INSERT INTO rooms (id, floor_clock, floor_id) VALUES (?, ?, ?)',
    room,
    START.clock,
    START.id,
  )
  return { ...found, ref }
}

export function putHead(db: Sqlite, ref: number, { author, seq, prev }: OwnHead): void {
  db.run('UPDATE rooms SET author = ?, seq = ?, prev = ? WHERE ref = ?', author, seq, prev, ref)
}

export function putFloor(db: Sqlite, ref: number, { clock, id }: Position): void {
  db.run('UPDATE rooms SET floor_clock = ?, floor_id = ? WHERE ref = ?', clock, id, ref)
}

export function authorRef(db: Sqlite, author: PeerId): number {
  const found = db.get('SELECT ref FROM authors WHERE id = ?', author)
  if (found !== undefined) return Number(found['ref'])
  return db.run('INSERT INTO authors (id) VALUES (?)', author).ref
}

/** False if it was there. */
export function putEntry(
  db: Sqlite,
  ref: number,
  author: number,
  { clock, id, form, bytes, head }: Entry,
  state: number | null,
): boolean {
  const { changes } = db.run(
    'INSERT INTO entries (room, clock, id, form, author, log, seq, state, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ref,
    clock,
    idBytes(id),
    form,
    author,
    head?.log ?? null,
    head?.seq ?? null,
    state,
    bytes,
  )
  return changes > 0
}

export function isStub(db: Sqlite, ref: number, position: Position): boolean {
  const found = db.get(
    'SELECT 1 FROM stubs WHERE room = ? AND clock = ? AND id = ?',
    ...placed(ref, position),
  )
  return found !== undefined
}

/** False if it was there, or an entry is. */
export function putStub(db: Sqlite, ref: number, position: Position): boolean {
  const place = placed(ref, position)
  const kept = db.get('SELECT 1 FROM entries WHERE room = ? AND clock = ? AND id = ?', ...place)
  if (kept !== undefined) return false
  const { changes } = db.run(
    'INSERT INTO stubs (room, clock, id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    ...place,
  )
  return changes > 0
}

/** One read and one write for each hour that `positions` touch. */
export function changeSums(
  db: Sqlite,
  ref: number,
  positions: readonly Position[],
  change: (sum: Sum, term: Sum) => void,
): void {
  for (const [hour, ofHour] of Map.groupBy(positions, ({ clock }) => hourOf(clock))) {
    const row = db.get('SELECT hour, count, sum FROM sums WHERE room = ? AND hour = ?', ref, hour)
    const sum = row === undefined ? emptySum() : sumOf(row).sum
    for (const { id } of ofHour) change(sum, digestsOf(id))
    if (sum.count === 0) db.run('DELETE FROM sums WHERE room = ? AND hour = ?', ref, hour)
    else
      db.run(
        'INSERT OR REPLACE INTO sums (room, hour, count, sum) VALUES (?, ?, ?, ?)',
        ref,
        hour,
        sum.count,
        sumBytes(sum),
      )
  }
}

/**
 * What is told of an hour, from what is there. Whether what was told was of that, and of what is `gone`.
 * @throws DamagedTally
 */
export function sumAnew(db: Sqlite, ref: number, hour: number, gone: readonly Position[]): boolean {
  const told = sumIn(db, ref, hour)
  const [from, to] = [hour, hour + 1].map((each) => ({ ...START, clock: each * HOUR_US }))
  if (from === undefined || to === undefined) return false
  db.run('DELETE FROM sums WHERE room = ? AND hour = ?', ref, hour)
  changeSums(db, ref, positionsIn(db, ref, { from, to }, Infinity), addTo)
  const sum = sumIn(db, ref, hour)
  for (const { id } of gone) addTo(sum, digestsOf(id))
  return sameSum(sum, told)
}

export function sumIn(db: Sqlite, ref: number, hour: number): Sum {
  return sumsIn(db, ref, hour, hour)[0]?.sum ?? emptySum()
}

/** What is told of a room, from what is there. How many entries stood in no place, and went. */
export function tallyAnew(db: Sqlite, ref: number): number {
  for (const table of ['sums', 'logs']) db.run(`DELETE FROM ${table} WHERE room = ?`, ref)
  const [entries, stubs] = ['entries', 'stubs'].map((table) => dropNowhere(db, ref, table))
  const rows = db.all('SELECT author, log, seq FROM entries WHERE room = ?', ref)
  changeLogs(db, ref, rows.map(inLogOf), withSeq)
  changeSums(db, ref, [...(entries?.left ?? []), ...(stubs?.left ?? [])], addTo)
  usageAnew(db, ref)
  return entries?.gone ?? 0
}

function dropNowhere(
  db: Sqlite,
  ref: number,
  table: string,
): { readonly left: readonly Position[]; readonly gone: number } {
  const rows = db.all(`SELECT clock, id FROM ${table} WHERE room = ?`, ref)
  const lost = rows.filter((row) => !isPlace(row['clock'], idOf(row)))
  const sql = `DELETE FROM ${table} WHERE room = ? AND clock IS ? AND id IS ?`
  for (const { clock, id } of lost) db.run(sql, ref, clock as Value, id as Value)
  return { left: rows.filter((row) => !lost.includes(row)).map(positionOf), gone: lost.length }
}

/** What each author takes, from what is there. */
export function usageAnew(db: Sqlite, ref: number): void {
  db.run('DELETE FROM usage WHERE room = ?', ref)
  db.run(
    `INSERT INTO usage (room, author, entries, bytes)
     SELECT room, author, count(*), sum(length(bytes) + ${ROW_BYTES}) FROM entries WHERE room = ? GROUP BY author`,
    ref,
  )
}

export function sumsIn(db: Sqlite, ref: number, first: number, last: number): readonly HourSum[] {
  return db
    .all(
      'SELECT hour, count, sum FROM sums WHERE room = ? AND hour BETWEEN ? AND ? ORDER BY hour',
      ref,
      first,
      last,
    )
    .map(sumOf)
}

function sumOf(row: Row): HourSum {
  return {
    hour: Number(row['hour']),
    sum: storedSum(row['count'], row['sum']),
  }
}

export function changeLogs(
  db: Sqlite,
  ref: number,
  places: readonly Pick<Place, 'author' | 'log' | 'seq'>[],
  change: (runs: Runs, seq: number) => Runs,
): void {
  const byLog = Map.groupBy(places, ({ author, log }) => (log === null ? '' : `${author} ${log}`))
  for (const ofOne of byLog.values()) {
    const [{ author, log } = { author: 0, log: null }] = ofOne
    if (log === null) continue
    const runs = ofOne.reduce<Runs>(
      (runs, { seq }) => (seq === null ? runs : change(runs, seq)),
      runsOf(db, ref, author, log),
    )
    if (runs.length === 0)
      db.run('DELETE FROM logs WHERE room = ? AND author = ? AND log = ?', ref, author, log)
    else
      db.run(
        'INSERT OR REPLACE INTO logs (room, author, log, runs) VALUES (?, ?, ?, ?)',
        ref,
        author,
        log,
        JSON.stringify(runs),
      )
  }
}

export function runsOf(db: Sqlite, ref: number, author: number, log: LogId): Runs {
  const sql = 'SELECT runs FROM logs WHERE room = ? AND author = ? AND log = ?'
  const row = db.get(sql, ref, author, log)
  return row === undefined ? [] : parsedRuns(row['runs'])
}

/** @param sign 1 for what came, −1 for what went */
export function changeUsage(db: Sqlite, ref: number, places: readonly Place[], sign: 1 | -1): void {
  for (const [author, ofOne] of Map.groupBy(places, (place) => place.author)) {
    const bytes = ofOne.reduce((sum, place) => sum + place.bytes, 0)
    db.run(
      `INSERT INTO usage (room, author, entries, bytes) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET entries = entries + excluded.entries, bytes = bytes + excluded.bytes`,
      ref,
      author,
      sign * ofOne.length,
      sign * bytes,
    )
    db.run('DELETE FROM usage WHERE room = ? AND author = ? AND entries = 0', ref, author)
  }
}

/**
 * What is kept and stubbed in the range, in order.
 * @throws DamagedTally
 */
export function positionsIn(
  db: Sqlite,
  ref: number,
  range: Range,
  limit: number,
): readonly Position[] {
  const bounds = [...placed(ref, range.from), ...placed(ref, range.to).slice(1)]
  const within = 'room = ? AND (clock, id) >= (?, ?) AND (clock, id) < (?, ?)'
  const rows = db.all(
    `SELECT clock, id FROM entries WHERE ${within} UNION ALL SELECT clock, id FROM stubs WHERE ${within} ORDER BY clock, id LIMIT ?`,
    ...bounds,
    ...bounds,
    // To SQLite a negative limit is none.
    limit === Infinity ? -1 : limit,
  )
  return rows.map((row) => storedPlace(row['clock'], idOf(row)))
}

/**
 * The clock of the `nth` newest below `before`, kept or stubbed; not below the floor.
 * @throws DamagedTally
 */
export function clockFromEnd(
  db: Sqlite,
  { ref, floor }: RoomRow,
  before: Position,
  nth: number,
): number | undefined {
  const bounds = [...placed(ref, floor), ...placed(ref, before).slice(1)]
  const within = 'room = ? AND (clock, id) >= (?, ?) AND (clock, id) < (?, ?)'
  const row = db.get(
    `SELECT clock, id FROM entries WHERE ${within} UNION ALL SELECT clock, id FROM stubs WHERE ${within} ORDER BY clock DESC, id DESC LIMIT 1 OFFSET ?`,
    ...bounds,
    ...bounds,
    nth - 1,
  )
  return row === undefined ? undefined : storedPlace(row['clock'], idOf(row)).clock
}

/** A room's number and a position as the columns of a place. */
export function placed(
  ref: number,
  { clock, id }: Position,
): readonly [number, number, Uint8Array] {
  return [ref, clock, idBytes(id)]
}

/** As the row tells it, believed or not. */
export function positionOf(row: Row): Position {
  return { clock: Number(row['clock']), id: idOf(row) }
}

/** Of what are no bytes, the empty id. */
export function idOf({ id }: Row): EntryId {
  return toBase64url(id instanceof Uint8Array ? id : new Uint8Array()) as EntryId
}

/** What stands in no log, or where the disk has made something else of it, is told of in none. */
export function inLogOf({ author, log, seq }: Row): Pick<Place, 'author' | 'log' | 'seq'> {
  const inLog = typeof log === 'string' && Number.isSafeInteger(seq)
  return {
    author: Number(author),
    log: inLog ? (log as LogId) : null,
    seq: inLog ? Number(seq) : null,
  }
}

/** What is below the floor is on its way out, and counts for nothing. */
export function aboveFloor({ from, to }: Range, floor: Position): Range {
  return { from: comparePositions(from, floor) < 0 ? floor : from, to }
}
