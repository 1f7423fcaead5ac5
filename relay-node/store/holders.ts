import { HOLDERS_MAX, type HeldRun, type Holder } from '../../shared/history.ts'
import type { LogId, PeerId, RoomId } from '../../shared/ids.ts'
import { ownRow, roomRow } from './room-rows.ts'
import type { Sqlite } from './sqlite.ts'

/** A holder's latest word replaces its earlier one; in a full room the oldest word goes. */
export function keepHolder(db: Sqlite, room: RoomId, holder: PeerId, run: HeldRun): void {
  const { log, lo, hi, archive } = run
  db.transaction(() => {
    const { ref } = ownRow(db, room)
    const last = db.get('SELECT max(word) AS word FROM holders WHERE room = ?', ref)
    const word = Number(last?.['word'] ?? 0) + 1
    db.run(
      'INSERT OR REPLACE INTO holders (room, holder, log, lo, hi, archive, word) VALUES (?, ?, ?, ?, ?, ?, ?)',
      ...[ref, holder, log, lo, hi, archive ? 1 : 0, word],
    )
    db.run(
      `DELETE FROM holders WHERE room = ? AND holder IN
       (SELECT holder FROM holders WHERE room = ? ORDER BY word DESC LIMIT -1 OFFSET ?)`,
      ...[ref, ref, HOLDERS_MAX],
    )
  })
}

/** The one heard of last comes last. */
export function holdersOf(db: Sqlite, room: RoomId): readonly Holder[] {
  const { ref } = roomRow(db, room)
  const rows = db.all('SELECT * FROM holders WHERE room = ? ORDER BY word', ref)
  return rows.map(({ holder, log, lo, hi, archive }) => ({
    holder: holder as PeerId,
    log: log as LogId,
    lo: Number(lo),
    hi: Number(hi),
    archive: archive === 1,
  }))
}
