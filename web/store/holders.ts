import { HOLDERS_MAX, type HeldRun } from '../../shared/history.ts'
import type { PeerId, RoomId } from '../../shared/ids.ts'
import type { Writing } from './database.ts'
import { keysUnder } from './places.ts'

/** A holder's latest word replaces its earlier one; in a full room the oldest word goes. */
export async function keepHolder(
  tx: Writing,
  room: RoomId,
  holder: PeerId,
  { log, lo, hi, archive }: HeldRun,
): Promise<void> {
  const holders = tx.objectStore('holders')
  const words = holders.index('by-word')
  const last = await words.openCursor(keysUnder(room), 'prev')
  await holders.put({ room, holder, log, lo, hi, archive, word: (last?.value.word ?? 0) + 1 })
  const count = await holders.count(keysUnder(room))
  const oldest = count > HOLDERS_MAX ? await words.getKey(keysUnder(room)) : undefined
  if (oldest !== undefined) await holders.delete(oldest)
}
