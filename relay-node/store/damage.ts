import type { Entry } from '../../shared/entry.ts'
import type { LogId, RoomId } from '../../shared/ids.ts'
import type { Proofs } from '../../shared/proofs.ts'
import { withoutSeq } from '../../shared/runs.ts'
import { isClock, restored } from '../../shared/stored-row.ts'
import { hourOf } from '../../shared/tally.ts'
import { idOf } from './reading.ts'
import { changeLogs, ownRow, sumAnew, usageAnew } from './room-rows.ts'
import type { Row, Sqlite } from './sqlite.ts'

/** The entry, if the row is sound. */
export async function restoredRow(
  room: RoomId,
  row: Row,
  proofs?: Proofs,
): Promise<Entry | undefined> {
  if (!(row['id'] instanceof Uint8Array)) return undefined
  const { form, bytes } = row
  const log = row['log'] as LogId | null
  const seq = row['seq'] as number | null
  return restored(
    { room, clock: Number(row['clock']), id: idOf(row), form, bytes, log, seq },
    proofs,
  )
}

/**
 * Drops rows of one room that were read and found damaged, unless something else stands there now. What is
 * told of them is reckoned anew from what is left, since they cannot be believed. How many went.
 */
export function dropDamaged(db: Sqlite, room: RoomId, rows: readonly Row[]): number {
  return db.transaction(() => {
    const { ref } = ownRow(db, room)
    let count = 0
    for (const row of rows) if (dropOne(db, ref, row)) count++
    const clocks = rows.map((row) => Number(row['clock'])).filter(isClock)
    for (const hour of new Set(clocks.map(hourOf))) sumAnew(db, ref, hour)
    if (count > 0) usageAnew(db, ref)
    return count
  })
}

function dropOne(db: Sqlite, ref: number, row: Row): boolean {
  const rowid = Number(row['rowid'])
  const there = db.get(
    'SELECT clock, id, author, log, seq, bytes FROM entries WHERE rowid = ?',
    rowid,
  )
  if (there === undefined || !sameBytes(there['bytes'], row['bytes'])) return false
  db.run('DELETE FROM entries WHERE rowid = ?', rowid)
  const { clock, id, author, log, seq } = there
  if (id instanceof Uint8Array)
    db.run('DELETE FROM stubs WHERE room = ? AND clock = ? AND id = ?', ref, Number(clock), id)
  if (typeof log !== 'string' || typeof seq !== 'number') return true
  const inLog = { author: Number(author), log: log as LogId, seq }
  const left = 'SELECT 1 FROM entries WHERE room = ? AND author = ? AND log = ? AND seq = ?'
  if (db.get(left, ref, inLog.author, log, seq) === undefined)
    changeLogs(db, ref, [inLog], withoutSeq)
  return true
}

function sameBytes(a: unknown, b: unknown): boolean {
  if (!(a instanceof Uint8Array) || !(b instanceof Uint8Array)) return a === b
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
