/**
 * The two durable stores at 1 k, 100 k and 1 M entries of one room: opening it and its newest page,
 * adding, saying, fingerprints. Prints JSON; times in ms. Opening must not grow with the room.
 * SIZES and INDEXEDDB_SIZES name others; a
 * million rows take Chromium three minutes to write, so it gets them only when told.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { chromium } from '@playwright/test'
import { CHROMIUM_ARGS } from '../e2e/chromium.ts'
import { serveStorePage } from '../e2e/store-page.ts'
import { SqliteHistory } from '../relay-node/store/history-sqlite.ts'
import { ROW_BYTES } from '../relay-node/store/room-rows.ts'
import { systemRuntime } from '../shared/runtime.ts'
import { sumBytes } from '../shared/sums.ts'
import { bob, lobby, logId, must } from '../shared/testing/people.ts'
import { type Opened, type StoreTimes, openingsOf, timesOf } from './lib/store-times.ts'
import { HourSums, fillers } from './lib/synthetic.ts'

const sizes = (name: string, otherwise: string): readonly number[] =>
  (process.env[name] ?? otherwise).split(' ').map(Number)
const SIZES = sizes('SIZES', '1000 100000 1000000')
const INDEXEDDB_SIZES = sizes('INDEXEDDB_SIZES', '1000 100000')
const REST_MS = 5_000
const REST_PATIENCE_MS = 120_000

type Also = { readonly overheadBytes: number } | { readonly fillSeconds: number }
export type Measured = Opened & StoreTimes & Also

interface OfStore {
  /** So many times as long as the smallest room the largest takes to open. */
  readonly openingGrowth: number
  readonly times: readonly Measured[]
}

/** What it prints. */
export interface StoreReport {
  readonly sqlite: OfStore
  readonly indexedDb: OfStore
}

/** Rows written directly: a million signatures would only take time. */
function fill(path: string, count: number): number {
  const db = new DatabaseSync(path)
  db.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; BEGIN')
  db.prepare('INSERT INTO rooms (ref, id, floor_clock, floor_id) VALUES (1, ?, 0, ?)').run(
    lobby.id,
    '',
  )
  db.prepare('INSERT INTO authors (ref, id) VALUES (1, ?)').run(bob.peerId)
  const row = db.prepare(
    'INSERT INTO entries (room, clock, id, form, author, log, seq, bytes) VALUES (1, ?, ?, 1, 1, ?, ?, ?)',
  )
  const sumRow = db.prepare('INSERT INTO sums (room, hour, count, sum) VALUES (1, ?, ?, ?)')
  const sums = new HourSums((hour, sum) => sumRow.run(hour, sum.count, sumBytes(sum)))
  let lines = 0
  for (const filler of fillers(count)) {
    row.run(filler.clock, filler.idBytes, logId('bob'), filler.seq, filler.bytes)
    sums.add(filler)
    lines += filler.bytes.length
  }
  sums.end()
  db.prepare('INSERT INTO logs (room, author, log, runs) VALUES (1, 1, ?, ?)').run(
    logId('bob'),
    JSON.stringify([[1, count]]),
  )
  db.prepare('INSERT INTO usage (room, author, entries, bytes) VALUES (1, 1, ?, ?)').run(
    count,
    lines + count * ROW_BYTES,
  )
  db.exec('COMMIT')
  db.close()
  return Math.round((statSync(path).size - lines) / count)
}

async function sqlite(): Promise<readonly Measured[]> {
  const folder = mkdtempSync(join(tmpdir(), 'p2p-chat-bench-'))
  try {
    const rooms = []
    for (const entries of SIZES) {
      const path = join(folder, `${entries}.sqlite`)
      const open = async (): Promise<SqliteHistory> =>
        must(await SqliteHistory.open(path, systemRuntime()))
      await (await open()).close()
      rooms.push({ entries, open, overheadBytes: fill(path, entries) })
    }
    const opened = await openingsOf(rooms)
    const times: StoreTimes[] = []
    for (const room of rooms) times.push(await timesOf(room))
    return rooms.map(({ overheadBytes }, i) => together(opened[i], times[i], { overheadBytes }))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Once nothing in a folder has changed for a while: after a million rows LevelDB goes on to order its
 * files for seconds, which nobody who opens a room has just made it do.
 */
async function atRest(folder: string): Promise<void> {
  const state = (): string =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.parentPath.includes('IndexedDB'))
      .map(({ parentPath, name }) => {
        const path = join(parentPath, name)
        const { size, mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? {}
        return `${path} ${size} ${mtimeMs}`
      })
      .join('\n')
  const end = performance.now() + REST_PATIENCE_MS
  for (let last = ''; performance.now() < end; await sleep(REST_MS)) {
    const now = state()
    if (now === last) return
    last = now
  }
  throw new Error('the store does not come to rest')
}

async function indexedDb(): Promise<readonly Measured[]> {
  const served = await serveStorePage(new URL('lib/store-bench-page.ts', import.meta.url))
  const folder = mkdtempSync(join(tmpdir(), 'p2p-chat-bench-'))
  const executablePath = process.env['CHROMIUM_PATH']
  // On a disk, as people have it: a private window would keep it all in memory.
  const context = await chromium.launchPersistentContext(folder, {
    ...(executablePath === undefined ? {} : { executablePath }),
    chromiumSandbox: process.getuid?.() !== 0,
    args: [...CHROMIUM_ARGS],
  })
  const page = await context.newPage()
  await page.goto(served.url)
  const rooms = []
  for (const count of INDEXEDDB_SIZES)
    rooms.push(await page.evaluate((entries) => globalThis.fillBench(entries), count))
  await atRest(folder)
  const opened = await page.evaluate((rooms) => globalThis.openBench(rooms), rooms)
  const times: StoreTimes[] = []
  for (const room of rooms)
    times.push(await page.evaluate((room) => globalThis.benchStore(room), room))
  await context.close()
  await served.stop()
  rmSync(folder, { recursive: true, force: true })
  return rooms.map(({ fillSeconds }, i) => together(opened[i], times[i], { fillSeconds }))
}

function together(opened: Opened | undefined, times: StoreTimes | undefined, also: Also): Measured {
  if (opened === undefined || times === undefined) throw new Error('not measured')
  return { ...opened, ...times, ...also }
}

function growth(times: readonly Opened[]): number {
  const [first, last] = [times.at(0)?.openAndPage ?? NaN, times.at(-1)?.openAndPage ?? NaN]
  return Math.round((last / first) * 100) / 100
}

const inSqlite = await sqlite()
const inIndexedDb = await indexedDb()
const report: StoreReport = {
  sqlite: { openingGrowth: growth(inSqlite), times: inSqlite },
  indexedDb: { openingGrowth: growth(inIndexedDb), times: inIndexedDb },
}
process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
