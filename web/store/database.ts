import {
  type DBSchema,
  type IDBPDatabase,
  type IDBPTransaction,
  type StoreNames,
  openDB,
} from 'idb'
import type { Bytes } from '../../shared/bytes.ts'
import type { Form } from '../../shared/entry.ts'
import type { Holder } from '../../shared/history.ts'
import type { LogId, PeerId, Position, RoomId } from '../../shared/ids.ts'
import type { Log } from '../../shared/runtime.ts'
import type { OwnHead } from '../../shared/own-log.ts'
import type { Runs } from '../../shared/runs.ts'
import type { Connection } from './connection.ts'
import { isEmptied, isGone, storageError } from './engine-failure.ts'

/**
 * Rows may gain fields without a new schema; a new schema only adds stores and indexes, and reads
 * every older one (shared/testing/fixtures).
 */
const SCHEMA = 1
/** A database that was mended has another version, but the same schema: 1 becomes 1001, then 1002. */
const VERSIONS_A_SCHEMA = 1_000

/** Where something stands in a room. The id is kept as bytes: keys are then in the order of positions. */
export interface PlaceRow {
  readonly room: RoomId
  readonly clock: number
  readonly id: Bytes
}

/** 0 queued, 1 sent, 2 stored: numbers, because they are compared. */
export type DeliveryState = 0 | 1 | 2

export interface EntryRow extends PlaceRow {
  readonly form: Form
  /** As they came. */
  readonly bytes: Bytes
  readonly author: PeerId
  /** Form 1 only: a row without them is not in the index by log. */
  readonly log?: LogId
  readonly seq?: number
  /** One's own only: a row without it is not in the index by state. */
  readonly state?: DeliveryState
}

export interface RoomRow {
  readonly room: RoomId
  readonly floor: Position
  /** Since something was said here. */
  readonly head?: OwnHead
  /** How many transactions have changed the room: what was read before is still true if this is. */
  readonly writes: number
}

/** The sum over the ids that are kept and stubbed in one hour; changes when they do. */
export interface SumRow {
  readonly room: RoomId
  /** Hours since 1970. */
  readonly hour: number
  readonly count: number
  readonly sum: Bytes
}

/** What is held of one author's log. */
export interface LogRow {
  readonly room: RoomId
  readonly author: PeerId
  readonly log: LogId
  readonly runs: Runs
}

export interface HolderRow extends Holder {
  readonly room: RoomId
  /** Counts the words heard in the room, so that the oldest one can go. */
  readonly word: number
}

export interface HistorySchema extends DBSchema {
  entries: {
    key: [RoomId, number, Bytes]
    value: EntryRow
    indexes: {
      'by-id': Bytes
      'by-log': [RoomId, PeerId, LogId, number]
      'by-state': [RoomId, DeliveryState, number, Bytes]
    }
  }
  stubs: { key: [RoomId, number, Bytes]; value: PlaceRow }
  sums: { key: [RoomId, number]; value: SumRow }
  logs: { key: [RoomId, PeerId, LogId]; value: LogRow }
  rooms: { key: RoomId; value: RoomRow }
  holders: {
    key: [RoomId, PeerId]
    value: HolderRow
    indexes: { 'by-word': [RoomId, number] }
  }
  meta: { key: string; value: unknown }
}

export type OpenDatabase = IDBPDatabase<HistorySchema>
export type Database = Connection<HistorySchema>
export type Stores = StoreNames<HistorySchema>
export type Writing = IDBPTransaction<HistorySchema, Stores[], 'readwrite' | 'versionchange'>

export type Reading = IDBPTransaction<HistorySchema, Stores[]>

export interface Opening {
  readonly name: string
  readonly log: Log
  /** A newer page has changed the database: this one cannot use it any more. */
  readonly outdated: () => void
  /** The browser has deleted all, because it found its files damaged. */
  readonly emptied: () => void
}

/**
 * In whatever version it is there.
 * @param gone whoever it was, something has closed it: it is to be opened again
 */
export async function openDatabase(opening: Opening, gone: () => void): Promise<OpenDatabase> {
  const database = await openVersion(opening, gone, undefined, (db, upgrade) => {
    if (isEmptied(upgrade)) opening.emptied()
    createMissing(db)
  })
  if (schemaOf(database.version) <= SCHEMA) return database
  database.close()
  throw new DOMException('of a newer schema', 'VersionError')
}

/**
 * A database without some of its stores, closed by its caller, gets them in one transaction, and with
 * them what `mend` writes: in Firefox, too, it must await nothing but its own requests.
 */
export async function openMended(
  opening: Opening,
  gone: () => void,
  { version }: OpenDatabase,
  mend: (tx: Writing) => Promise<void>,
): Promise<OpenDatabase> {
  const next = version < VERSIONS_A_SCHEMA ? version * VERSIONS_A_SCHEMA + 1 : version + 1
  let failed: unknown
  try {
    return await openVersion(opening, gone, next, (db, _, tx) => {
      createMissing(db)
      mend(tx).catch((error: unknown) => {
        failed = tx.error ?? error
        abort(tx)
      })
    })
  } catch (error) {
    // Whoever opens is told only that it was aborted.
    throw failed ?? error
  }
}

async function openVersion(
  { name, log, outdated }: Opening,
  gone: () => void,
  version: number | undefined,
  upgrade: (db: OpenDatabase, event: IDBVersionChangeEvent, tx: Writing) => void,
): Promise<OpenDatabase> {
  const database = await openDB<HistorySchema>(name, version, {
    upgrade: (db, _, __, tx, event) => {
      // Whoever opens is told of an end that is none.
      notAwaited([tx.done])
      upgrade(db, event, tx)
    },
    blocked: (from, to) => {
      log('history: waits for another tab to close an older version', { name, from, to })
    },
    // Another page wants to upgrade or to mend: it must not wait for this one.
    blocking: (_, wanted) => {
      database.close()
      if (wanted !== null && schemaOf(wanted) > SCHEMA) outdated()
      gone()
    },
    terminated: gone,
  })
  return database
}

function schemaOf(version: number): number {
  return version < VERSIONS_A_SCHEMA ? version : Math.floor(version / VERSIONS_A_SCHEMA)
}

export const STORES = ['entries', 'stubs', 'sums', 'logs', 'rooms', 'holders', 'meta'] as const

function createMissing(db: OpenDatabase): void {
  const place = ['room', 'clock', 'id']
  const make: Readonly<Record<(typeof STORES)[number], () => void>> = {
    entries: () => {
      const entries = db.createObjectStore('entries', { keyPath: place })
      entries.createIndex('by-id', 'id', { unique: true })
      entries.createIndex('by-log', ['room', 'author', 'log', 'seq'])
      entries.createIndex('by-state', ['room', 'state', 'clock', 'id'])
    },
    stubs: () => db.createObjectStore('stubs', { keyPath: place }),
    sums: () => db.createObjectStore('sums', { keyPath: ['room', 'hour'] }),
    logs: () => db.createObjectStore('logs', { keyPath: ['room', 'author', 'log'] }),
    rooms: () => db.createObjectStore('rooms', { keyPath: 'room' }),
    holders: () => {
      const holders = db.createObjectStore('holders', { keyPath: ['room', 'holder'] })
      holders.createIndex('by-word', ['room', 'word'])
    },
    meta: () => db.createObjectStore('meta'),
  }
  for (const store of STORES) if (!db.objectStoreNames.contains(store)) make[store]()
}

/** What `work` of `writing` returns when nothing shall be written after all. */
export const UNDONE = Symbol('undone')

/** Requests whose failure the end of their transaction tells. */
export function notAwaited(requests: readonly Promise<unknown>[]): void {
  for (const request of requests) request.catch(() => undefined)
}

/**
 * Runs `work` in one transaction and resolves once that is on the disk. `work` must await nothing
 * but its own requests: in Firefox the transaction is over after any other await. What it has
 * requested by its end is written, whether it has waited for it or not.
 */
export async function writing<T>(
  db: Database,
  stores: readonly Stores[],
  work: (tx: Writing) => Promise<T>,
): Promise<T> {
  const value = await db.use((opened) => written(beginWriting(opened, stores), work))
  db.worked()
  return value
}

export function beginWriting(db: OpenDatabase, stores: readonly Stores[]): Writing {
  // Relaxed: handed to the operating system, not forced through its caches. What a power cut takes
  // of one's own log comes back from others and moves the head (HistoryStore.add).
  return db.transaction([...stores], 'readwrite', { durability: 'relaxed' })
}

export async function written<T>(tx: Writing, work: (tx: Writing) => Promise<T>): Promise<T> {
  const done = tx.done.catch(() => undefined)
  let refused: DOMException | null = null
  const heed = ({ target }: Event): void => {
    refused ??= (target as IDBRequest).error
  }
  // On the way down: what idb hears on the way up ends `work` before anybody after it is told.
  tx.addEventListener('error', heed, { capture: true })
  try {
    const value = await work(tx)
    if (value === UNDONE) {
      tx.abort()
      await done
      return value
    }
    // Said aloud, the commit need not wait for the answers to the last requests.
    tx.commit()
    await tx.done
    return value
  } catch (error) {
    // Before what is aborted here refuses the rest.
    const why = refused ?? error
    abort(tx)
    await done
    // A transaction that was aborted says why, once it is; the first request that failed knows it before.
    throw storageError(tx.error ?? why)
  }
}

function abort(tx: Writing): void {
  try {
    tx.abort()
  } catch {
    // Over already.
  }
}

/** Runs `work` in one transaction that only reads; it, too, awaits nothing but its own requests. */
export async function reading<T>(
  db: Database,
  stores: readonly Stores[],
  work: (tx: Reading) => Promise<T>,
): Promise<T> {
  const begin = (opened: OpenDatabase): Promise<T> => read(beginReading(opened, stores), work)
  try {
    return await db.use(begin)
  } catch (error) {
    // Closed in the middle, by somebody else's write: to read twice does no harm.
    if (!isGone(error)) throw error
    return db.use(begin)
  }
}

export function beginReading(db: OpenDatabase, stores: readonly Stores[]): Reading {
  return db.transaction([...stores])
}

export function read<T>(tx: Reading, work: (tx: Reading) => Promise<T>): Promise<T> {
  // Its requests tell what went wrong.
  notAwaited([tx.done])
  return work(tx)
}
