import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { type Failure, type Result, fail, ok } from '../../shared/failure.ts'
import { StorageError } from '../../shared/history.ts'

/** Schema version 1. A newer version only adds, and reads every older one. */
const SQLITE_VERSION = 1
/** "p2ch": tells our files from other databases. */
const APPLICATION_ID = 0x70326368
/** Another process (a backup) may hold the file for a moment; a longer wait would stop the node. */
const BUSY_MS = 2_000

/** The codes of sqlite3.h, as far as they mean something to us. */
const FULL = 13
const CORRUPT = 11
/** SQLITE_IOERR_SHMSIZE: no room for the file that goes with the WAL. */
const IO_SHM_SIZE = 4_874
const NOT_A_DATABASE = 26

/**
 * Rooms and authors are numbers, or their names would take more room than what is said. `place` finds
 * and orders without touching the rows, which hold the lines.
 */
const VERSION_1 = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE rooms (
    ref INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
    floor_clock INTEGER NOT NULL, floor_id TEXT NOT NULL,
    author TEXT, seq INTEGER, prev TEXT
  );
  CREATE TABLE authors (ref INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);
  CREATE TABLE entries (
    room INTEGER NOT NULL, clock INTEGER NOT NULL, id BLOB NOT NULL, form INTEGER NOT NULL,
    author INTEGER NOT NULL, log TEXT, seq INTEGER, state INTEGER, bytes BLOB NOT NULL
  );
  CREATE UNIQUE INDEX place ON entries (room, clock, id);
  CREATE UNIQUE INDEX by_id ON entries (id);
  CREATE INDEX by_log ON entries (room, author, log, seq) WHERE seq IS NOT NULL;
  CREATE INDEX by_state ON entries (room, state, clock, id) WHERE state IS NOT NULL;
  CREATE TABLE stubs (
    room INTEGER NOT NULL, clock INTEGER NOT NULL, id BLOB NOT NULL, PRIMARY KEY (room, clock, id)
  ) WITHOUT ROWID;
  CREATE TABLE sums (
    room INTEGER NOT NULL, hour INTEGER NOT NULL, count INTEGER NOT NULL, sum BLOB NOT NULL,
    PRIMARY KEY (room, hour)
  ) WITHOUT ROWID;
  CREATE TABLE logs (
    room INTEGER NOT NULL, author INTEGER NOT NULL, log TEXT NOT NULL, runs TEXT NOT NULL,
    PRIMARY KEY (room, author, log)
  ) WITHOUT ROWID;
  CREATE TABLE usage (
    room INTEGER NOT NULL, author INTEGER NOT NULL, entries INTEGER NOT NULL, bytes INTEGER NOT NULL,
    PRIMARY KEY (room, author)
  ) WITHOUT ROWID;
  CREATE TABLE holders (
    room INTEGER NOT NULL, holder TEXT NOT NULL, log TEXT NOT NULL, lo INTEGER NOT NULL,
    hi INTEGER NOT NULL, archive INTEGER NOT NULL, word INTEGER NOT NULL, PRIMARY KEY (room, holder)
  ) WITHOUT ROWID;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SQLITE_VERSION};
`

export type Value = string | number | Uint8Array | null
/** A row as it comes; each query knows its columns. */
export type Row = Readonly<Record<string, unknown>>

/** One file. Every call blocks the process, so callers keep them short. */
export class Sqlite {
  readonly #db: DatabaseSync
  readonly #path: string
  readonly #statements = new Map<string, StatementSync>()

  private constructor(db: DatabaseSync, path: string) {
    this.#db = db
    this.#path = path
  }

  static open(path: string, maxPages?: number): Result<Sqlite> {
    let db: DatabaseSync | undefined
    try {
      db = new DatabaseSync(path, { timeout: BUSY_MS })
      const told = prepare(db)
      if (maxPages !== undefined) db.exec(`PRAGMA max_page_count = ${maxPages}`)
      if (told === undefined) return ok(new Sqlite(db, path))
      db.close()
      return fail({ kind: 'storage-failed', what: `${path} ${told}` })
    } catch (error) {
      db?.close()
      const told = storageError(error, path)
      if (told instanceof StorageError) return fail(told.failure)
      throw told
    }
  }

  all(sql: string, ...values: readonly Value[]): readonly Row[] {
    return this.#run(() => this.#statement(sql).all(...values))
  }

  get(sql: string, ...values: readonly Value[]): Row | undefined {
    return this.#run(() => this.#statement(sql).get(...values))
  }

  /** How many rows it changed, and the number of the last one it put in. */
  run(
    sql: string,
    ...values: readonly Value[]
  ): { readonly changes: number; readonly ref: number } {
    return this.#run(() => {
      const { changes, lastInsertRowid } = this.#statement(sql).run(...values)
      return { changes: Number(changes), ref: Number(lastInsertRowid) }
    })
  }

  /** All of `work` or nothing; on the disk, as far as a killed process goes, when it returns. */
  transaction<T>(work: () => T): T {
    this.#run(() => {
      this.#db.exec('BEGIN IMMEDIATE')
    })
    try {
      const value = work()
      this.#run(() => {
        this.#db.exec('COMMIT')
      })
      return value
    } catch (error) {
      // A full disk may have ended the transaction by itself.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw error
    }
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close()
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#db.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  #run<T>(work: () => T): T {
    if (!this.#db.isOpen)
      throw new StorageError({ kind: 'storage-failed', what: `${this.#path} is closed` })
    try {
      return work()
    } catch (error) {
      throw storageError(error, this.#path)
    }
  }
}

/** Makes a new file ours. What is wrong with one that cannot be used, in words. */
function prepare(db: DatabaseSync): string | undefined {
  const version = pragma(db, 'user_version')
  const application = pragma(db, 'application_id')
  const fresh = version === 0 && db.prepare('SELECT 1 FROM sqlite_master').get() === undefined
  if (!fresh && application !== APPLICATION_ID) return 'is a database of something else'
  if (version > SQLITE_VERSION) return 'was written by a newer version'
  // WAL with NORMAL: a commit is one write to the log, handed to the operating system, and outlives the
  // process, kill -9 included. Only a power cut can take the last commits, never the file; FULL would wait
  // for the disk at every burst, with the whole node standing still, since calls block.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;')
  if (fresh) db.exec(`BEGIN IMMEDIATE; ${VERSION_1} COMMIT;`)
  return undefined
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name])
}

/** What the disk does is a StorageError; anything else is our own mistake, and stays what it is. */
function storageError(error: unknown, path: string): unknown {
  const code = codeOf(error)
  if (code === undefined) return error
  return new StorageError(failureOf(code, error, path), { cause: error })
}

function failureOf(code: number, error: unknown, path: string): Failure {
  if ((code & 0xff) === FULL || code === IO_SHM_SIZE) return { kind: 'storage-full' }
  const damaged = [CORRUPT, NOT_A_DATABASE].includes(code & 0xff)
  const what = damaged
    ? 'is damaged: move it away to start an empty one'
    : error instanceof Error
      ? error.message
      : String(error)
  return { kind: 'storage-failed', what: `${path} ${what}` }
}

/** SQLite's own code, with what it adds in the higher bytes. */
function codeOf(error: unknown): number | undefined {
  const code: unknown = error instanceof Error && 'errcode' in error ? error.errcode : undefined
  return typeof code === 'number' ? code : undefined
}
