import { openDB } from 'idb'
import type { Bytes } from '../../shared/bytes.ts'
import { idBytes } from '../../shared/id-bytes.ts'
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
    async room(room, damage) {
      const db = await openDB(name())
      if (damage === 'no-row') await db.delete('rooms', room)
      else await db.put('rooms', { room, floor: 7, head: { rubbish: true }, writes: 'many' })
      db.close()
    },
  }
}
