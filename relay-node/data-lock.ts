import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const NAME = 'in-use.sqlite'
/** Of sqlite3.h, without what it adds in the higher bytes. */
const BUSY = 5

export type DataLock = { readonly kind: 'held'; readonly release: () => void } | DataLockRefusal

interface DataLockRefusal {
  /** `impossible`: the file system has no locks, or cannot be written to. */
  readonly kind: 'taken' | 'impossible'
  readonly complaint: string
}

/**
 * Two relay-nodes with one key and one archive would be one peer id in two places. SQLite's lock on
 * an empty file is the operating system's own (fcntl, LockFileEx): it goes with its process,
 * whatever ends that, which no file with a process id in it does.
 */
export function lockData(dataDir: string): DataLock {
  let db: DatabaseSync | undefined
  try {
    db = new DatabaseSync(join(dataDir, NAME), { timeout: 0 })
    // Without a file for its journal, for which a full disk has no room.
    db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    const held = db
    return {
      kind: 'held',
      release: () => {
        if (held.isOpen) held.close()
      },
    }
  } catch (error) {
    if (db?.isOpen === true) db.close()
    const code: unknown = error instanceof Error && 'errcode' in error ? error.errcode : undefined
    if (typeof code === 'number' && (code & 0xff) === BUSY)
      return {
        kind: 'taken',
        complaint: `Another relay-node is running on ${dataDir}: stop it, or give this one a DATA_DIR of its own.`,
      }
    const complaint = `DATA_DIR ${dataDir} cannot be locked (${String((error as Error).message)}): make sure that no other relay-node runs on it.`
    return { kind: 'impossible', complaint }
  }
}
