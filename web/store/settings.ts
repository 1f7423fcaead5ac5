import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import { type Result, fail, ok } from '../../shared/failure.ts'
import type { ChatSettings, Settings } from '../../shared/settings.ts'
import { storageError } from './database.ts'

export type Theme = 'system' | 'light' | 'dark'

/** A key pair as an engine could keep it: as it is, or the bytes of its private half. */
export type StoredKeys =
  | { readonly privateKey: CryptoKey; readonly publicKey: CryptoKey }
  | { readonly pkcs8: Uint8Array<ArrayBuffer>; readonly raw: Uint8Array<ArrayBuffer> }

/** What a page remembers beside history. */
export interface PageValues extends ChatSettings {
  readonly keys: StoredKeys
  readonly theme: Theme
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

export async function openSettings(name: string): Promise<Result<PageSettings>> {
  try {
    const db = await openDB<SettingsSchema>(name, SETTINGS_VERSION, {
      upgrade: (database) => {
        database.createObjectStore('values')
      },
      blocking: () => {
        db.close()
      },
    })
    return ok(new IdbSettings(db))
  } catch (error) {
    return fail(storageError(error).failure)
  }
}

class IdbSettings implements PageSettings {
  readonly #db: IDBPDatabase<SettingsSchema>

  constructor(db: IDBPDatabase<SettingsSchema>) {
    this.#db = db
  }

  async get<K extends keyof PageValues>(key: K): Promise<PageValues[K] | undefined> {
    const value: unknown = await this.#db.get('values', key)
    return isValue(key, value) ? value : undefined
  }

  async set<K extends keyof PageValues>(key: K, value: PageValues[K]): Promise<void> {
    await this.#db.put('values', value, key)
  }

  async keep<K extends keyof PageValues>(key: K, value: PageValues[K]): Promise<PageValues[K]> {
    const tx = this.#db.transaction('values', 'readwrite')
    const done = tx.done.catch(() => undefined)
    const kept: unknown = await tx.store.get(key)
    if (isValue(key, kept)) return kept
    try {
      await Promise.all([tx.store.put(value, key), tx.done])
    } catch (error) {
      await done
      throw error
    }
    return value
  }

  close(): void {
    this.#db.close()
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
  relayMode: (value) => value === 'auto' || value === 'only',
  relays: (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
  theme: (value) => value === 'system' || value === 'light' || value === 'dark',
  drafts: (value) =>
    isRecord(value) && Object.values(value).every((draft) => typeof draft === 'string'),
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
