import type { Entry } from '../../shared/entry.ts'
import type { LogId, RoomId } from '../../shared/ids.ts'
import type { Proofs } from '../../shared/proofs.ts'
import { withoutSeq } from '../../shared/runs.ts'
import { restored } from '../../shared/stored-row.ts'
import { isPlace } from '../../shared/stored-tally.ts'
import { hourOf } from '../../shared/tally.ts'
import {
  changeLogs,
  idOf,
  inLogOf,
  ownRow,
  positionOf,
  sumAnew,
  tallyAnew,
  usageAnew,
} from './room-rows.ts'
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
    const gone = rows.filter((row) => dropOne(db, ref, row)).map(positionOf)
    if (gone.length === 0) return 0
    const sound = gone.filter(({ clock, id }) => isPlace(clock, id))
    const hours = [...Map.groupBy(sound, ({ clock }) => hourOf(clock))]
    const right = hours.map(([hour, ofHour]) => sumAnew(db, ref, hour, ofHour))
    // What stood in a wrong place is told of in another.
    if (sound.length < gone.length || right.includes(false)) tallyAnew(db, ref)
    else usageAnew(db, ref)
    return gone.length
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
  const { clock, id } = there
  if (id instanceof Uint8Array)
    db.run('DELETE FROM stubs WHERE room = ? AND clock = ? AND id = ?', ref, Number(clock), id)
  const inLog = inLogOf(there)
  const { author, log, seq } = inLog
  const left = 'SELECT 1 FROM entries WHERE room = ? AND author = ? AND log = ? AND seq = ?'
  if (db.get(left, ref, author, log, seq) === undefined) changeLogs(db, ref, [inLog], withoutSeq)
  return true
}

function sameBytes(a: unknown, b: unknown): boolean {
  if (!(a instanceof Uint8Array) || !(b instanceof Uint8Array)) return a === b
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
