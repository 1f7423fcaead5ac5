import type { StorageCause } from '../../shared/failure.ts'
import { StorageError } from '../../shared/history.ts'

/** What engines call a connection that is closed, or closes under the work that goes on. */
const GONE: ReadonlySet<string> = new Set(['InvalidStateError', 'UnknownError', 'AbortError'])
/** Chromium's LevelDB closes with an error that has no name of its own for this. */
const NO_ROOM = /no.?space|disk.?full|quota/i

/** Whether the connection may be closed now, or is. */
export function isGone(error: unknown): boolean {
  const cause = error instanceof StorageError ? error.cause : error
  return GONE.has(nameOf(cause))
}

/** Whether something with the same unique part of it stands elsewhere. */
export function isTaken(error: unknown): boolean {
  return error instanceof StorageError && nameOf(error.cause) === 'ConstraintError'
}

/** What an engine says is for whoever develops; people are told what it means. */
export function storageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error
  const name = nameOf(error)
  if (name === 'QuotaExceededError' || (GONE.has(name) && NO_ROOM.test(String(error))))
    return new StorageError({ kind: 'storage-full' }, { cause: error })
  const cause = causeOf(name)
  return new StorageError({ kind: 'storage-failed', what: WHAT[cause], cause }, { cause: error })
}

const WHAT: { readonly [C in StorageCause]: string } = {
  newer: 'written by a newer version',
  closed: 'the browser has closed its storage, which is opened again; try again',
  forbidden: 'the browser allows no storage here',
  broken: 'the browser’s storage has failed; try again',
}

function causeOf(name: string): StorageCause {
  if (name === 'VersionError') return 'newer'
  if (GONE.has(name)) return 'closed'
  return name === 'SecurityError' ? 'forbidden' : 'broken'
}

export function nameOf(error: unknown): string {
  return error instanceof Error || error instanceof DOMException ? error.name : ''
}

/** Whether Chromium has found its files damaged, and deleted all that was in them. */
export function isEmptied(upgrade: IDBVersionChangeEvent): boolean {
  return 'dataLoss' in upgrade && upgrade.dataLoss === 'total'
}
