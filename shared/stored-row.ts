import { Entry } from './entry.ts'
import type { EntryId, LogId, Position, RoomId } from './ids.ts'
import type { Proofs } from './proofs.ts'

/** What a disk gives back as an entry, with what stands beside it: none of it is believed. */
export interface StoredRow {
  readonly room: RoomId
  readonly clock: number
  readonly id: EntryId
  readonly form: unknown
  readonly bytes: unknown
  readonly log: LogId | null | undefined
  readonly seq: number | null | undefined
}

/**
 * The entry, if the row is sound: its bytes are those of its id, and it stands where they say.
 * @param proofs asked whether the signature holds, too, for what is handed to others
 */
export async function restored(row: StoredRow, proofs?: Proofs): Promise<Entry | undefined> {
  const { bytes, form } = row
  if ((form !== 1 && form !== 2) || !ArrayBuffer.isView(bytes)) return undefined
  const { buffer, byteOffset, byteLength } = bytes
  const entry = await Entry.restore(form, new Uint8Array(buffer, byteOffset, byteLength), row.id)
  if (!entry.ok) return undefined
  const { room, clock, head } = entry.value
  const inPlace = room === row.room && clock === row.clock
  if (!inPlace || head?.log !== (row.log ?? undefined) || head?.seq !== (row.seq ?? undefined))
    return undefined
  if (proofs !== undefined && !(await proofs.hold(entry.value))) return undefined
  return entry.value
}

/** Where the newest of some rows stands; anywhere, if one does not tell. */
export function newestClock(rows: readonly Pick<Position, 'clock'>[]): number {
  return Math.max(...rows.map(({ clock }) => (isClock(clock) ? clock : Infinity)))
}

export function isClock(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

export function isPosition(value: unknown): value is Position {
  if (typeof value !== 'object' || value === null) return false
  const { clock, id } = value as Partial<Record<keyof Position, unknown>>
  return isClock(clock) && typeof id === 'string'
}
