import type { RoomId } from '../../shared/ids.ts'
import { tallyAnew } from './damage.ts'
import {
  type OpenDatabase,
  type Opening,
  STORES,
  type Writing,
  notAwaited,
  openDatabase,
  openMended,
} from './database.ts'

/** Opens the database; stores that are missing are made anew, with what the others tell of them. */
export async function openWhole(opening: Opening, gone: () => void): Promise<OpenDatabase> {
  const db = await openDatabase(opening, gone)
  if (STORES.every((store) => db.objectStoreNames.contains(store))) return db
  const { name, log } = opening
  log('history: stores are missing', { name, left: [...db.objectStoreNames] })
  db.close()
  return openMended(opening, gone, db, mend)
}

/** What is told of the entries is reckoned anew. */
async function mend(tx: Writing): Promise<void> {
  notAwaited([tx.objectStore('sums').clear(), tx.objectStore('logs').clear()])
  for (const room of await roomsIn(tx)) await tallyAnew(tx, room)
}

/** Those of which something is kept: the first part of its key. */
async function roomsIn(tx: Writing): Promise<ReadonlySet<RoomId>> {
  const rooms = new Set<RoomId>()
  for (const store of ['entries', 'stubs'] as const) {
    let behind: IDBKeyRange | undefined
    for (;;) {
      const cursor = await tx.objectStore(store).openKeyCursor(behind)
      if (cursor === null) break
      const [room] = cursor.key
      rooms.add(room)
      behind = IDBKeyRange.lowerBound([room, []])
    }
  }
  return rooms
}
