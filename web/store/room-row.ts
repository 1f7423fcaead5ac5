import { type RoomId, START } from '../../shared/ids.ts'
import { isOwnHead } from '../../shared/own-log.ts'
import { isPosition } from '../../shared/stored-row.ts'
import type { Reading, RoomRow, Writing } from './database.ts'

function emptyRoom(room: RoomId): RoomRow {
  return { room, floor: START, writes: 0 }
}

export async function roomIn(tx: Reading | Writing, room: RoomId): Promise<RoomRow> {
  return roomOf(room, await tx.objectStore('rooms').get(room))
}

/**
 * A room as its row tells it, as far as that makes sense: a head that does not is found again from
 * one's own log when something is said.
 */
export function roomOf(room: RoomId, row: RoomRow | undefined): RoomRow {
  if (row === undefined) return emptyRoom(room)
  const { floor, head, writes } = row
  return {
    room,
    floor: isPosition(floor) ? floor : START,
    writes: Number.isSafeInteger(writes) ? writes : 0,
    ...(isOwnHead(head) ? { head } : {}),
  }
}
