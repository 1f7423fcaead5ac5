import type { DBSchema, IDBPDatabase } from 'idb'
import { StorageError } from '../../shared/history.ts'
import type { Log } from '../../shared/runtime.ts'
import { isGone, nameOf, storageError } from './engine-failure.ts'

export interface ConnectionOptions<S extends DBSchema> {
  /** Opens the database; `gone` is called when the browser, or a newer page, has closed it. */
  readonly open: (gone: () => void) => Promise<IDBPDatabase<S>>
  /** Looks at what was opened before anything else does: the same each time. */
  readonly check: (db: IDBPDatabase<S>) => Promise<void>
  readonly log: Log
}

const FIRST_PAUSE_MS = 50
const LAST_PAUSE_MS = 1_000

/**
 * A database that is opened again before the next work, whoever closed it: a browser closes it when its disk
 * is full or its own files fail, and when it takes the data away. Nothing that has begun is done twice.
 */
export class Connection<S extends DBSchema> {
  readonly #options: ConnectionOptions<S>
  #db: IDBPDatabase<S> | undefined
  #opening: Promise<IDBPDatabase<S>> | undefined
  /** The last that was heard of the disk: an engine that cannot open for want of room does not say why. */
  #full = false
  #closed = false

  constructor(options: ConnectionOptions<S>) {
    this.#options = options
  }

  /** Rejects with a StorageError if it cannot be opened. */
  async ready(): Promise<void> {
    await this.#database()
  }

  /**
   * @param begin begins a transaction at once, before it awaits anything: where it throws, nothing
   *   has begun, and it is called again with the database opened anew
   */
  async use<T>(begin: (db: IDBPDatabase<S>) => Promise<T>): Promise<T> {
    const db = await this.#database()
    try {
      return await this.#begun(db, begin)
    } catch (error) {
      const told = this.#told(error)
      this.#full = told.failure.kind === 'storage-full'
      // A connection that still stands is found standing by the next work.
      if (isGone(error)) this.#lose(db)
      throw told
    }
  }

  /** Something was written. */
  worked(): void {
    this.#full = false
  }

  close(): void {
    this.#closed = true
    this.#db?.close()
    this.#db = undefined
  }

  async #begun<T>(db: IDBPDatabase<S>, begin: (db: IDBPDatabase<S>) => Promise<T>): Promise<T> {
    let doing: Promise<T>
    try {
      doing = begin(db)
    } catch (error) {
      if (!isGone(error)) throw error
      this.#lose(db)
      doing = begin(await this.#database())
    }
    return doing
  }

  async #database(): Promise<IDBPDatabase<S>> {
    if (this.#db !== undefined) return this.#db
    if (this.#closed)
      throw new StorageError({ kind: 'storage-failed', what: 'it is closed already' })
    this.#opening ??= this.#openAnew().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async #openAnew(): Promise<IDBPDatabase<S>> {
    let db: IDBPDatabase<S> | undefined
    let gone = false
    try {
      db = await this.#opened(() => {
        gone = true
        if (db === undefined) return
        this.#lose(db)
        // What was taken away is noticed now, and not only when something is said.
        if (!this.#closed) this.#database().catch(() => undefined)
      })
      await this.#options.check(db)
    } catch (error) {
      db?.close()
      throw this.#told(error)
    }
    // What was closed meanwhile is given out all the same: the first transaction finds out.
    if (!gone) this.#db = db
    if (this.#closed) this.close()
    return db
  }

  /** Chromium aborts what is opened while it takes the data away, and tells of that just before. */
  async #opened(gone: () => void): Promise<IDBPDatabase<S>> {
    for (let pause = FIRST_PAUSE_MS; ; pause *= 2) {
      try {
        return await this.#options.open(gone)
      } catch (error) {
        if (nameOf(error) !== 'AbortError' || pause > LAST_PAUSE_MS) throw error
      }
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
  }

  #lose(db: IDBPDatabase<S>): void {
    if (this.#db === db) this.#db = undefined
    db.close()
  }

  #told(error: unknown): StorageError {
    if (!(error instanceof StorageError))
      this.#options.log('storage: the browser failed', { why: String(error) })
    const told = storageError(error)
    return this.#full && isGone(error)
      ? new StorageError({ kind: 'storage-full' }, { cause: error })
      : told
  }
}
