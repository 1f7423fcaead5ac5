import { openDB } from 'idb'
import { fromBase64url, toBase64url } from '../../shared/bytes.ts'
import { isRecord } from '../../shared/json.ts'

/** A database as JSON, so that a store of an older version can be laid down again and read. */
export interface Dump {
  readonly version: number
  readonly stores: readonly DumpedStore[]
}

interface DumpedStore {
  readonly name: string
  readonly keyPath: string | readonly string[] | null
  readonly indexes: readonly {
    readonly name: string
    readonly keyPath: string | readonly string[]
    readonly unique: boolean
  }[]
  /** With a key of its own only where the store has no key path. */
  readonly rows: readonly { readonly key?: unknown; readonly value: unknown }[]
}

/** How bytes stand in JSON. */
const BYTES = 'bytes:'

export async function dump(name: string): Promise<Dump> {
  const db = await openDB(name)
  const stores: DumpedStore[] = []
  for (const storeName of [...db.objectStoreNames]) {
    const { store } = db.transaction(storeName)
    const indexes = [...store.indexNames].map((index) => {
      const { keyPath, unique } = store.index(index)
      return { name: index, keyPath: keyPath, unique }
    })
    const [keys, values] = await Promise.all([store.getAllKeys(), store.getAll()])
    const { keyPath } = store
    const rows = values.map((value, i) => ({
      ...(keyPath === null ? { key: keys[i] } : {}),
      value: written(value),
    }))
    stores.push({ name: storeName, keyPath, indexes, rows })
  }
  const { version } = db
  db.close()
  return { version, stores }
}

export async function restore(name: string, { version, stores }: Dump): Promise<void> {
  const db = await openDB(name, version, {
    upgrade: (created) => {
      for (const { name: store, keyPath, indexes } of stores) {
        const made = created.createObjectStore(
          store,
          keyPath === null ? {} : { keyPath: mutable(keyPath) },
        )
        for (const index of indexes)
          made.createIndex(index.name, mutable(index.keyPath), { unique: index.unique })
      }
    },
  })
  for (const { name: store, keyPath, rows } of stores) {
    const tx = db.transaction(store, 'readwrite')
    const puts = rows.map(({ key, value }) =>
      tx.store.put(read(value), keyPath === null ? (key as IDBValidKey) : undefined),
    )
    await Promise.all([...puts, tx.done])
  }
  db.close()
}

function mutable(keyPath: string | readonly string[]): string | string[] {
  return typeof keyPath === 'string' ? keyPath : [...keyPath]
}

function written(value: unknown): unknown {
  if (!(value instanceof Uint8Array)) return isRecord(value) ? mapped(value, written) : value
  return `${BYTES}${toBase64url(value)}`
}

function read(value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith(BYTES))
    return isRecord(value) ? mapped(value, read) : value
  const text = value.slice(BYTES.length)
  const bytes = fromBase64url(text, Math.floor((text.length * 3) / 4))
  if (!bytes.ok) throw new Error('broken dump')
  return bytes.value
}

function mapped(
  value: Readonly<Record<string, unknown>>,
  change: (value: unknown) => unknown,
): unknown {
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, change(inner)]))
}
