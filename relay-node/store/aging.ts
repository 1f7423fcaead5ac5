import { START } from '../../shared/ids.ts'
import type { Sqlite } from './sqlite.ts'

/** When the oldest and the newest of what is kept were said, µs since 1970. */
export interface Span {
  readonly oldest: number
  readonly newest: number
}

/** Of all rooms; nothing if nothing is kept. */
export function spanOf(db: Sqlite): Span | undefined {
  const end = (order: string): string =>
    `(SELECT clock FROM entries WHERE room = ref ORDER BY clock ${order} LIMIT 1)`
  const row = db.get(
    `SELECT min(${end('ASC')}) AS oldest, max(${end('DESC')}) AS newest FROM rooms`,
  )
  const [oldest, newest] = [row?.['oldest'], row?.['newest']]
  return typeof oldest === 'number' && typeof newest === 'number' ? { oldest, newest } : undefined
}

/** What time it was, ms since 1970, when `noteTime` was called last. */
export function notedTime(db: Sqlite): number | undefined {
  const noted = Number(db.get("SELECT value FROM meta WHERE key = 'time'")?.['value'])
  return Number.isSafeInteger(noted) ? noted : undefined
}

export function noteTime(db: Sqlite, ms: number): void {
  const sql = `INSERT INTO meta (key, value) VALUES ('time', ?)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value`
  db.run(sql, String(Math.floor(ms)))
}

/** Floors above `clock` (µs) were set by a wrong clock: nothing would be kept any more. Returns how many. */
export function lowerFloorsAbove(db: Sqlite, clock: number): number {
  const sql = 'UPDATE rooms SET floor_clock = ?, floor_id = ? WHERE floor_clock > ?'
  return db.run(sql, START.clock, START.id, Math.floor(clock)).changes
}
