import { openDB } from 'idb'
import type { Bytes } from '../../shared/bytes.ts'
import { idBytes } from '../../shared/id-bytes.ts'
import type { RoomId } from '../../shared/ids.ts'
import type { Tamper } from '../../shared/testing/history.damage.cases.ts'

/** For tests: changes what stands in a database, past the store. */
export function tamperWith(name: () => string): Tamper {
  return {
    async bytes(id, change) {
      const db = await openDB(name())
      const tx = db.transaction('entries', 'readwrite')
      const row = (await tx.store.index('by-id').get(idBytes(id))) as { readonly bytes: Bytes }
      await tx.store.put({ ...row, bytes: change(row.bytes) })
      await tx.done
      db.close()
    },
    async place(id, to) {
      const db = await openDB(name())
      const tx = db.transaction('entries', 'readwrite')
      const byId = tx.store.index('by-id')
      const row = (await byId.get(idBytes(id))) as object
      const key = await byId.getKey(idBytes(id))
      if (key !== undefined) await tx.store.delete(key)
      await tx.store.put({ ...row, ...to })
      await tx.done
      db.close()
    },
    async tally(room, of) {
      const db = await openDB(name())
      const rows = (await db.getAll(of)) as readonly { readonly room: RoomId }[]
      const rubbish = of === 'sums' ? { sum: new Uint8Array(3) } : { runs: [['x', 7]] }
      for (const row of rows.filter((each) => each.room === room))
        await db.put(of, { ...row, ...rubbish })
      db.close()
    },
    async ownLog() {
      const db = await openDB(name())
      await db.put('meta', 'rubbish', 'log')
      db.close()
    },
    async room(room, damage) {
      const db = await openDB(name())
      if (damage === 'no-row') await db.delete('rooms', room)
      else if (damage === 'no-prev') {
        const row = (await db.get('rooms', room)) as { readonly head: object }
        await db.put('rooms', { ...row, head: { ...row.head, prev: 'rubbish' } })
      } else await db.put('rooms', { room, floor: 7, head: { rubbish: true }, writes: 'many' })
      db.close()
    },
  }
}
