import { Entry, type Form } from '../../shared/entry.ts'
import { type RoomId, START } from '../../shared/ids.ts'
import { idOf, ownRow, tallyAnew } from './room-rows.ts'
import type { Sqlite } from './sqlite.ts'

/** So many lines of a room are read to find out which one it is. */
const ASKED = 16

/** From one room's number to the next: as many steps as there are rooms, however much was said. */
const REFS_WITHOUT_ROOM = `
  WITH RECURSIVE refs (ref) AS (
    SELECT min(room) FROM entries
    UNION ALL SELECT (SELECT min(room) FROM entries WHERE room > ref) FROM refs WHERE ref IS NOT NULL
  )
  SELECT ref FROM refs WHERE ref IS NOT NULL AND ref NOT IN (SELECT ref FROM rooms)`

/**
 * Finds rooms again whose row the disk has lost: each line tells in which one it was said. What was
 * forgotten there on purpose may come back, since the row knew it alone. How many were found.
 */
export async function adoptOrphans(db: Sqlite): Promise<number> {
  const refs = db.all(REFS_WITHOUT_ROOM).map(({ ref }) => Number(ref))
  for (const ref of refs) {
    const room = await roomOfRef(db, ref)
    db.transaction(() => {
      if (room === undefined) drop(db, ref)
      else adopt(db, ref, room)
    })
  }
  return refs.length
}

async function roomOfRef(db: Sqlite, ref: number): Promise<RoomId | undefined> {
  const rows = db.all('SELECT id, form, bytes FROM entries WHERE room = ? LIMIT ?', ref, ASKED)
  for (const row of rows) {
    const { form, bytes } = row
    if (!(bytes instanceof Uint8Array) || !(row['id'] instanceof Uint8Array)) continue
    const entry = await Entry.restore(form as Form, bytes, idOf(row))
    if (entry.ok) return entry.value.room
  }
  return undefined
}

function adopt(db: Sqlite, ref: number, room: RoomId): void {
  const known = db.get('SELECT ref FROM rooms WHERE id = ?', room)
  if (known === undefined) {
    const sql = 'INSERT INTO rooms (ref, id, floor_clock, floor_id) VALUES (?, ?, ?, ?)'
    db.run(sql, ref, room, START.clock, START.id)
    return
  }
  // Begun anew meanwhile: both are one room, and what is told of it is reckoned anew.
  const { ref: own } = ownRow(db, room)
  for (const table of ['entries', 'stubs'])
    db.run(`UPDATE OR IGNORE ${table} SET room = ? WHERE room = ?`, own, ref)
  drop(db, ref)
  tallyAnew(db, own)
}

function drop(db: Sqlite, ref: number): void {
  for (const table of ['entries', 'stubs', 'sums', 'logs', 'usage', 'holders'])
    db.run(`DELETE FROM ${table} WHERE room = ?`, ref)
}
