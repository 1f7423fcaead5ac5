import type { Log } from '../../shared/runtime.ts'
import {
  type Database,
  type OpenDatabase,
  beginReading,
  beginWriting,
  notAwaited,
  read,
  written,
  writing,
} from './database.ts'

/** In `meta`: whether somebody has the database open, or had when they were killed. */
const OPEN = 'open'
const ZEROS = 'zeros '
/** Chromium keeps values of 64 KiB and more in files of their own, beside the log. */
const ZEROS_BYTES = 60_000
/** LevelDB begins another log after 4 MiB (its write_buffer_size). */
const LOG_BYTES = 4 * 1024 * 1024

/**
 * Looks whether the run before has ended in order, and notes that this one has begun.
 *
 * Chromium keeps IndexedDB in a LevelDB that goes on in the log of the run before, also behind a record
 * that its writer was killed amid (https://github.com/google/leveldb/issues/1287). At the start after, that
 * log does not verify, and Chromium deletes all that this origin keeps: history, key and settings. After a
 * run that was killed, enough zeros for another log to be begun are therefore written before anything else. A
 * browser that is quit as a whole may leave its pages no time to say so, too.
 */
export async function begin(db: OpenDatabase, log: Log): Promise<void> {
  const open = await read(beginReading(db, ['meta']), (tx) => tx.objectStore('meta').get(OPEN))
  try {
    if (open === true && isChromium()) await renewLog(db)
    if (open !== true) await note(db, true)
  } catch (error) {
    // A full disk: what is there can be read all the same.
    log('history: the log is not renewed', { why: String(error) })
  }
}

/** The page goes, or comes back from where browsers keep pages for a while. */
export async function rest(db: Database, resting: boolean): Promise<void> {
  await writing(db, ['meta'], (tx) => {
    // Nothing is waited for: of a page that goes, no more than what it has requested is done.
    notAwaited([tx.objectStore('meta').put(!resting, OPEN)])
    return Promise.resolve()
  })
}

async function note(db: OpenDatabase, open: boolean): Promise<void> {
  await written(beginWriting(db, ['meta']), (tx) => tx.objectStore('meta').put(open, OPEN))
}

async function renewLog(db: OpenDatabase): Promise<void> {
  await written(beginWriting(db, ['meta']), async (tx) => {
    const zeros = new Uint8Array(ZEROS_BYTES)
    const count = Math.ceil(LOG_BYTES / ZEROS_BYTES)
    const puts = Array.from({ length: count }, (_, i) =>
      tx.objectStore('meta').put(zeros, ZEROS + String(i)),
    )
    await Promise.all(puts)
  })
  // By itself: what is written and deleted in one transaction never gets into the log.
  await written(beginWriting(db, ['meta']), (tx) =>
    tx.objectStore('meta').delete(IDBKeyRange.bound(ZEROS, `${ZEROS}~`)),
  )
}

/** Only Chromium tells of data that it has lost, and only Chromium keeps it in a LevelDB. */
function isChromium(): boolean {
  return 'dataLoss' in IDBVersionChangeEvent.prototype
}
