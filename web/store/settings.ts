import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB } from 'idb'
import { type Result, fail, ok } from '../../shared/failure.ts'
import { isRecord } from '../../shared/json.ts'
import { isNotify } from '../../shared/notify.ts'
import type { ChatSettings, Settings } from '../../shared/settings.ts'
import { areMet, areMuted, areNamed, areTopics } from './people-values.ts'
import { StorageError } from '../../shared/history.ts'
import type { Log } from '../../shared/runtime.ts'
import { Connection } from './connection.ts'
import { notAwaited } from './database.ts'
import { storageError } from './engine-failure.ts'

/** A key pair as an engine could keep it: as it is, or the bytes of its private half. */
export type StoredKeys =
  | { readonly privateKey: CryptoKey; readonly publicKey: CryptoKey }
  | { readonly pkcs8: Uint8Array<ArrayBuffer>; readonly raw: Uint8Array<ArrayBuffer> }

/** What a page remembers beside history. */
export interface PageValues extends ChatSettings {
  readonly keys: StoredKeys
  /** Written and not yet sent, by room name. */
  readonly drafts: Readonly<Record<string, string>>
}

export interface PageSettings extends Settings {
  get<K extends keyof PageValues>(key: K): Promise<PageValues[K] | undefined>
  set<K extends keyof PageValues>(key: K, value: PageValues[K]): Promise<void>
  /** Sets what is not set yet; gives back what then stands: of two tabs, one wins. */
  keep<K extends keyof PageValues>(key: K, value: PageValues[K]): Promise<PageValues[K]>
  close(): void
}

interface SettingsSchema extends DBSchema {
  values: { key: string; value: unknown }
}

/** Only ever grows by keys: what a newer version wrote under keys of its own is left alone. */
const SETTINGS_VERSION = 1

export async function openSettings(
  name: string,
  log: Log = () => undefined,
): Promise<Result<PageSettings>> {
  const settings = new IdbSettings(name, log)
  try {
    await settings.start()
    return ok(settings)
  } catch (error) {
    if (error instanceof StorageError) return fail(error.failure)
    throw error
  }
}

class IdbSettings implements PageSettings {
  readonly #db: Connection<SettingsSchema>
  /** Written again if the browser takes the data away: nobody becomes somebody else over it. */
  readonly #known = new Map<keyof PageValues, unknown>()
  #created = false

  constructor(name: string, log: Log) {
    this.#db = new Connection({
      open: (gone) => {
        this.#created = false
        return this.#open(name, gone)
      },
      check: (db) => this.#check(db),
      log,
    })
  }

  start(): Promise<void> {
    return this.#db.ready()
  }

  async get<K extends keyof PageValues>(key: K): Promise<PageValues[K] | undefined> {
    const value: unknown = await this.#db.use((db) => {
      const tx = db.transaction('values')
      notAwaited([tx.done])
      return tx.store.get(key)
    })
    if (!isValue(key, value)) return undefined
    this.#known.set(key, value)
    return value
  }

  async set<K extends keyof PageValues>(key: K, value: PageValues[K]): Promise<void> {
    await this.#db.use((db) => {
      const tx = db.transaction('values', 'readwrite')
      return committed(tx, [tx.store.put(value, key)])
    })
    this.#known.set(key, value)
  }

  async keep<K extends keyof PageValues>(key: K, value: PageValues[K]): Promise<PageValues[K]> {
    const kept = await this.#db.use((db) =>
      keepFirst(db.transaction('values', 'readwrite'), key, value),
    )
    this.#known.set(key, kept)
    return kept
  }

  close(): void {
    this.#db.close()
  }

  async #open(name: string, gone: () => void): Promise<IDBPDatabase<SettingsSchema>> {
    const db = await openDB<SettingsSchema>(name, SETTINGS_VERSION, {
      upgrade: (database) => {
        this.#created = true
        database.createObjectStore('values')
      },
      blocking: () => {
        db.close()
        gone()
      },
      terminated: gone,
    })
    return db
  }

  async #check(db: IDBPDatabase<SettingsSchema>): Promise<void> {
    if (!this.#created || this.#known.size === 0) return
    const tx = db.transaction('values', 'readwrite')
    await committed(
      tx,
      [...this.#known].map(([key, value]) => tx.store.put(value, key)),
    )
  }
}

type Keeping = IDBPTransaction<SettingsSchema, ['values'], 'readwrite'>

async function keepFirst<K extends keyof PageValues>(
  tx: Keeping,
  key: K,
  value: PageValues[K],
): Promise<PageValues[K]> {
  const values = tx.objectStore('values')
  const kept: unknown = await values.get(key)
  if (isValue(key, kept)) return kept
  await committed(tx, [values.put(value, key)])
  return value
}

async function committed(tx: Keeping, requests: readonly Promise<unknown>[]): Promise<void> {
  try {
    await Promise.all([...requests, tx.done])
  } catch (error) {
    await tx.done.catch(() => undefined)
    // A transaction that was aborted says why; its requests only say that it was.
    throw storageError(tx.error ?? error)
  }
}

/** Settings that are gone with the tab: guests, and where the browser keeps nothing. */
export class MemoryPageSettings implements PageSettings {
  readonly #values = new Map<keyof PageValues, unknown>()

  get<K extends keyof PageValues>(key: K): Promise<PageValues[K] | undefined> {
    return Promise.resolve(this.#values.get(key) as PageValues[K] | undefined)
  }

  set<K extends keyof PageValues>(key: K, value: PageValues[K]): Promise<void> {
    this.#values.set(key, value)
    return Promise.resolve()
  }

  keep<K extends keyof PageValues>(key: K, value: PageValues[K]): Promise<PageValues[K]> {
    if (!this.#values.has(key)) this.#values.set(key, value)
    return Promise.resolve(this.#values.get(key) as PageValues[K])
  }

  close(): void {
    this.#values.clear()
  }
}

/** What was stored by another version, or by hand in the developer tools, is read like any other input. */
function isValue<K extends keyof PageValues>(key: K, value: unknown): value is PageValues[K] {
  return READERS[key](value)
}

const READERS: Readonly<Record<keyof PageValues, (value: unknown) => boolean>> = {
  keys: (value) =>
    isRecord(value) &&
    ((value['privateKey'] instanceof CryptoKey && value['publicKey'] instanceof CryptoKey) ||
      (value['pkcs8'] instanceof Uint8Array && value['raw'] instanceof Uint8Array)),
  name: (value) => typeof value === 'string',
  rooms: (value) => Array.isArray(value) && value.every((room) => typeof room === 'string'),
  joinedAt: (value) =>
    isRecord(value) && Object.values(value).every((at) => typeof at === 'number'),
  verbose: (value) => typeof value === 'boolean',
  notify: (value) => isRecord(value) && Object.values(value).every(isNotify),
  notifyAloud: (value) => typeof value === 'boolean',
  relayMode: (value) => value === 'auto' || value === 'only',
  relays: (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
  blocked: areNamed,
  muted: areMuted,
  typesUnseen: (value) => typeof value === 'boolean',
  away: (value) => value === false || typeof value === 'string',
  met: areMet,
  topics: areTopics,
  drafts: (value) =>
    isRecord(value) && Object.values(value).every((draft) => typeof draft === 'string'),
}
