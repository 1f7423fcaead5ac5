import { setImmediate } from 'node:timers/promises'
import { type PeerId, type Position, type RoomId, START } from '../../shared/ids.ts'
import { CHUNK } from './keeping.ts'
import { ROW_BYTES, placed, positionOf, roomRow } from './room-rows.ts'
import type { Sqlite } from './sqlite.ts'

/** What something takes on the disk: the lines, and a fixed share of the indexes for each. */
export interface Usage {
  readonly entries: number
  readonly bytes: number
}

export interface RoomUsage extends Usage {
  readonly room: RoomId
  readonly oldest: Position
}

const FROM_ROOM = 'FROM usage JOIN rooms ON rooms.ref = usage.room'

export function usageOf(db: Sqlite, room: RoomId): Usage {
  const sql = `SELECT sum(entries) AS entries, sum(usage.bytes) AS bytes ${FROM_ROOM} WHERE rooms.id = ?`
  const row = db.get(sql, room)
  return { entries: Number(row?.['entries'] ?? 0), bytes: Number(row?.['bytes'] ?? 0) }
}

export function usageByAuthor(db: Sqlite, room: RoomId): ReadonlyMap<PeerId, Usage> {
  const rows = db.all(
    `SELECT authors.id AS author, entries, bytes ${FROM_ROOM} JOIN authors ON authors.ref = usage.author WHERE rooms.id = ?`,
    room,
  )
  return new Map(
    rows.map(({ author, entries, bytes }) => [
      author as PeerId,
      { entries: Number(entries), bytes: Number(bytes) },
    ]),
  )
}

/**
 * Keys cost nothing to invent, and each takes a row. The last one stays: its number would be given out
 * again, and whoever got it would seem to have been here before others who were.
 */
export function forgetAuthors(db: Sqlite): void {
  db.run(
    `DELETE FROM authors WHERE ref < (SELECT max(ref) FROM authors)
     AND ref NOT IN (SELECT author FROM usage)`,
  )
}

/** Authors are numbered as they come, and their numbers stay. */
export function newestAuthor(db: Sqlite): number {
  return Number(db.get('SELECT max(ref) AS ref FROM authors')?.['ref'] ?? 0)
}

/** Whether something is kept in the room of an author who came no later than the one numbered `newest`. */
export function hasSpoken(db: Sqlite, room: RoomId, author: PeerId, newest: number): boolean {
  const sql = `SELECT 1 ${FROM_ROOM} JOIN authors ON authors.ref = usage.author
    WHERE rooms.id = ? AND authors.id = ? AND authors.ref <= ?`
  return db.get(sql, room, author, newest) !== undefined
}

/** Every room of which something is kept, the one that takes the most first. */
export function roomUsages(db: Sqlite): readonly RoomUsage[] {
  const rows = db.all(
    `SELECT rooms.id AS id, rooms.ref AS ref, sum(entries) AS entries, sum(usage.bytes) AS bytes
     ${FROM_ROOM} GROUP BY rooms.ref ORDER BY bytes DESC`,
  )
  return rows.flatMap((row) => {
    const sql = 'SELECT clock, id FROM entries WHERE room = ? ORDER BY clock, id LIMIT 1'
    const oldest = db.get(sql, Number(row['ref']))
    if (oldest === undefined) return []
    const usage = { entries: Number(row['entries']), bytes: Number(row['bytes']) }
    return [{ room: row['id'] as RoomId, ...usage, oldest: positionOf(oldest) }]
  })
}

/** Where the first entry stands that stays when the oldest `excess` bytes go. */
export async function floorAfter(db: Sqlite, room: RoomId, excess: number): Promise<Position> {
  const { ref, floor } = roomRow(db, room)
  let from = floor
  let left = excess
  for (;;) {
    const rows = db.all(
      `SELECT clock, id, length(bytes) AS bytes FROM entries
       WHERE room = ? AND (clock, id) >= (?, ?) ORDER BY clock, id LIMIT ?`,
      ...placed(ref, from),
      CHUNK,
    )
    for (const row of rows) {
      if (left <= 0) return positionOf(row)
      left -= Number(row['bytes']) + ROW_BYTES
    }
    const last = rows.at(-1)
    if (last === undefined) return from
    // Of many at one clock the rest goes, too: a floor that fits on the wire stands between clocks.
    from = { ...START, clock: positionOf(last).clock + 1 }
    await setImmediate()
  }
}
