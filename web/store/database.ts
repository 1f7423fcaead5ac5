import {
  type DBSchema,
  type IDBPDatabase,
  type IDBPTransaction,
  type StoreNames,
  openDB,
} from 'idb'
import type { Bytes } from '../../shared/bytes.ts'
import type { Form } from '../../shared/entry.ts'
import { type Result, fail, ok } from '../../shared/failure.ts'
import { StorageError } from '../../shared/history.ts'
import type { EntryId, LogId, PeerId, Position, RoomId } from '../../shared/ids.ts'
import type { Log } from '../../shared/runtime.ts'
import type { Runs } from './runs.ts'

/**
 * Schema version 1. Rows may gain fields without a new version; a new version only adds stores and
 * indexes, and reads every older one (shared/testing/fixtures).
 */
export const HISTORY_VERSION = 1

export interface EntryRow {
  readonly room: RoomId
  readonly clock: number
  readonly id: EntryId
  readonly form: Form
  /** As they came. */
  readonly bytes: Bytes
  readonly author: PeerId
  /** Form 1 only: a row without them is not in the index by log. */
  readonly log?: LogId
  readonly seq?: number
}

/** Where one's own log goes on in a room. */
export interface HeadRow {
  readonly room: RoomId
  readonly author: PeerId
  /** The seq that the next entry gets. */
  readonly seq: number
  readonly prev: string
}

/** 0 queued, 1 sent, 2 stored: numbers, because they are compared. */
export type DeliveryState = 0 | 1 | 2

export interface DeliveryRow extends Position {
  readonly room: RoomId
  readonly state: DeliveryState
}

export interface HistorySchema extends DBSchema {
  entries: {
    key: [RoomId, number, EntryId]
    value: EntryRow
    indexes: { 'by-id': EntryId; 'by-log': [RoomId, PeerId, LogId, number] }
  }
  /** What is held of each author's log, kept in the transaction that keeps the entries. */
  logs: {
    key: [RoomId, PeerId, LogId]
    value: {
      readonly room: RoomId
      readonly author: PeerId
      readonly log: LogId
      readonly runs: Runs
    }
  }
  heads: { key: RoomId; value: HeadRow }
  rooms: { key: RoomId; value: { readonly room: RoomId; readonly floor: Position } }
  deliveries: {
    key: [RoomId, EntryId]
    value: DeliveryRow
    indexes: { 'by-state': [RoomId, DeliveryState, number, EntryId] }
  }
  meta: { key: string; value: unknown }
}

export type Database = IDBPDatabase<HistorySchema>
export type Stores = StoreNames<HistorySchema>
export type Writing = IDBPTransaction<HistorySchema, Stores[], 'readwrite'>

export interface Opening {
  readonly name: string
  readonly log: Log
  /** The database went away under us: another tab brings a newer version, or the browser took it. */
  readonly lost?: (failure: Extract<Result<never>, { ok: false }>['failure']) => void
}

export async function openDatabase({ name, log, lost }: Opening): Promise<Result<Database>> {
  try {
    const database = await openDB<HistorySchema>(name, HISTORY_VERSION, {
      upgrade: (db, from) => {
        if (from < 1) createVersion1(db)
      },
      blocked: (from, to) => {
        log('history: waits for another tab to close an older version', { name, from, to })
      },
      // A newer page wants to upgrade: it must not wait for this one.
      blocking: () => {
        database.close()
        lost?.({ kind: 'storage-failed', what: 'opened by a newer version' })
      },
      terminated: () => {
        lost?.({ kind: 'storage-failed', what: 'closed by the browser' })
      },
    })
    return ok(database)
  } catch (error) {
    if (nameOf(error) === 'VersionError')
      return fail({ kind: 'storage-failed', what: 'written by a newer version' })
    return fail(storageError(error).failure)
  }
}

function createVersion1(db: Database): void {
  const entries = db.createObjectStore('entries', { keyPath: ['room', 'clock', 'id'] })
  entries.createIndex('by-id', 'id', { unique: true })
  entries.createIndex('by-log', ['room', 'author', 'log', 'seq'])
  db.createObjectStore('logs', { keyPath: ['room', 'author', 'log'] })
  db.createObjectStore('heads', { keyPath: 'room' })
  db.createObjectStore('rooms', { keyPath: 'room' })
  const deliveries = db.createObjectStore('deliveries', { keyPath: ['room', 'id'] })
  deliveries.createIndex('by-state', ['room', 'state', 'clock', 'id'])
  db.createObjectStore('meta')
}

/**
 * Runs `work` in one transaction and resolves once that is on the disk. `work` must await nothing
 * but its own requests: in Firefox the transaction is over after any other await.
 */
export async function writing<T>(db: Database, work: (tx: Writing) => Promise<T>): Promise<T> {
  let tx: Writing
  try {
    // Relaxed: handed to the operating system, not forced through its caches. What a power cut takes
    // of one's own log comes back from others and moves the head (HistoryStore.add).
    tx = db.transaction([...db.objectStoreNames], 'readwrite', { durability: 'relaxed' })
  } catch (error) {
    throw storageError(error)
  }
  const done = tx.done.catch(() => undefined)
  try {
    const value = await work(tx)
    await tx.done
    return value
  } catch (error) {
    try {
      tx.abort()
    } catch {
      // Over already.
    }
    await done
    // A transaction that was aborted says why; its requests only say that it was.
    throw storageError(tx.error ?? error)
  }
}

export async function reading<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw storageError(error)
  }
}

export function storageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error
  if (nameOf(error) === 'QuotaExceededError')
    return new StorageError({ kind: 'storage-full' }, { cause: error })
  return new StorageError({ kind: 'storage-failed', what: String(error) }, { cause: error })
}

function nameOf(error: unknown): string {
  return error instanceof Error || error instanceof DOMException ? error.name : ''
}
