import { DatabaseSync } from 'node:sqlite'
import { type Result, fail, ok } from '../../shared/failure.ts'
import { StorageError } from '../../shared/history.ts'
import type { ChatSettings, Settings } from '../../shared/settings.ts'

/** SQLITE_FULL of sqlite3.h. */
const FULL = 13

/** What the person of this terminal has set, in an SQLite file: each value is written whole, or not at all. */
export class SettingsFile implements Settings {
  readonly #db: DatabaseSync

  private constructor(db: DatabaseSync) {
    this.#db = db
  }

  static open(path: string): Result<SettingsFile> {
    try {
      const db = new DatabaseSync(path)
      db.exec(
        'PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID',
      )
      return ok(new SettingsFile(db))
    } catch (error) {
      return fail(failureOf(error))
    }
  }

  get<K extends keyof ChatSettings>(key: K): Promise<ChatSettings[K] | undefined> {
    return this.#try(() => {
      const row = this.#db.prepare('SELECT value FROM settings WHERE key = ?').get(key)
      const json = row?.['value']
      return typeof json === 'string' ? (JSON.parse(json) as ChatSettings[K]) : undefined
    })
  }

  set<K extends keyof ChatSettings>(key: K, value: ChatSettings[K]): Promise<void> {
    return this.#try(() => {
      this.#db
        .prepare('REPLACE INTO settings (key, value) VALUES (?, ?)')
        .run(key, JSON.stringify(value))
    })
  }

  close(): void {
    this.#db.close()
  }

  #try<T>(work: () => T): Promise<T> {
    try {
      return Promise.resolve(work())
    } catch (error) {
      return Promise.reject(new StorageError(failureOf(error), { cause: error }))
    }
  }
}

function failureOf(error: unknown): StorageError['failure'] {
  const code: unknown = error instanceof Error && 'errcode' in error ? error.errcode : undefined
  if (typeof code === 'number' && (code & 0xff) === FULL) return { kind: 'storage-full' }
  return { kind: 'storage-failed', what: error instanceof Error ? error.message : String(error) }
}
