import { deleteDB, openDB } from 'idb'

/** All that this program keeps is named so, and `/wipe` finds it if a crash leaves it behind. */
const DATABASE = 'p2p-chat-doctor'
const PROBE_BYTES = 1024 * 1024
/** As much chance as browsers give at a time: what can be compressed would fit where messages do not. */
const CHANCE_BYTES = 64 * 1024

/**
 * Whether a mebibyte more would be kept, tried and taken back; nothing if that cannot be tried here.
 * Chromium says of its quota what fits any disk (what is used, and 10 GiB), so the figure proves nothing.
 */
export async function isStorageFull(): Promise<boolean | undefined> {
  try {
    const db = await openDB(DATABASE, 1, {
      upgrade: (database) => {
        database.createObjectStore('probe')
      },
    })
    try {
      await db.put('probe', noise(), 'probe')
      return false
    } catch {
      // Not always for want of quota: of a disk that is full Chromium says that it could not write a file.
      return true
    } finally {
      db.close()
    }
  } catch (error) {
    return isQuota(error) ? true : undefined
  } finally {
    await deleteDB(DATABASE).catch(() => undefined)
  }
}

function noise(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(PROBE_BYTES)
  for (let at = 0; at < bytes.length; at += CHANCE_BYTES)
    crypto.getRandomValues(bytes.subarray(at, at + CHANCE_BYTES))
  return bytes
}

function isQuota(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'QuotaExceededError'
}
