/**
 * Somebody with a fresh profile opens a room of 10,000 entries, all of which an archive holds: from
 * navigation to the last 100 on the screen, and to all of them on the disk; and for how long the page
 * could not be touched meanwhile: all tasks of its main thread by their durations. Prints JSON; times
 * in ms. ROUNDS and ENTRIES name other counts.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { type BrowserContext, chromium } from '@playwright/test'
import { CHROMIUM_ARGS } from '../e2e/chromium.ts'
import { RelayNode } from '../e2e/relay.ts'
import { type MainThread, watchMainThread } from './lib/main-thread.ts'
import { type Spread, longestOf, spreadOf } from './lib/spread.ts'

const ROUNDS = Number(process.env['ROUNDS'] ?? 5)
/** How long the page could not be touched is measured in rounds of its own. */
const TRACED = Math.max(1, Math.ceil(ROUNDS / 2))
const ENTRIES = Number(process.env['ENTRIES'] ?? 10_000)
const ROOM = 'newcomer'
const AIMS = { last100: 1_500, all: 15_000, taskP95: 50 }
const PATIENCE_MS = 60_000

interface Marks {
  connected?: number
  first?: number
  last100?: number
  all?: number
}

/** What it prints. */
export interface NewcomerReport {
  readonly entries: number
  readonly rounds: number
  readonly aims: typeof AIMS
  readonly fromNavigation: {
    readonly connected: Spread
    readonly firstOnScreen: Spread
    readonly last100OnScreen: Spread
    readonly allOnDisk: Spread
  }
  readonly tasks: {
    readonly all: Spread
    /** Most tasks are next to nothing: these are the ones that do something. */
    readonly overOneMs: Spread
    readonly longest: number
    readonly over50Ms: Spread & { readonly aRound: number }
  }
}

interface Round extends Pick<MainThread, 'tasks'> {
  readonly marks: Required<Marks>
}

/** Runs in the page, before anything of it: notes when things first stand, on the screen and on the disk. */
function watch(entries: number): void {
  const marks: Marks = {}
  Object.assign(globalThis, { marks })
  const note = (name: keyof Marks, there: boolean): void => {
    if (there) marks[name] ??= performance.now()
  }
  const observer = new MutationObserver(() => {
    const log = document.querySelector('[role=log]')
    const pill = document.querySelector('[role=status][aria-label=Connection]')?.textContent ?? ''
    note('connected', /Live|Relay only/.test(pill))
    const shown = log?.querySelectorAll('[data-entry]') ?? []
    note('first', shown.length > 0)
    if (shown.length < 100) return
    // The newest of all is the last, so these are the last hundred.
    if (shown[shown.length - 1]?.textContent.includes(`Line ${entries} of`) !== true) return
    note('last100', true)
    observer.disconnect()
  })
  observer.observe(document, { childList: true, subtree: true, characterData: true })
  // Counted by the engine, outside of the page's own thread.
  const count = async (): Promise<number> => {
    // Opening what is not there yet would make it.
    if (!(await indexedDB.databases()).some(({ name }) => name === 'p2p-chat-history')) return 0
    const opening = indexedDB.open('p2p-chat-history')
    return new Promise((resolve, reject) => {
      opening.onerror = reject
      opening.onsuccess = () => {
        const db = opening.result
        const counting = db.transaction('entries').objectStore('entries').count()
        counting.onerror = reject
        counting.onsuccess = () => {
          db.close()
          resolve(counting.result)
        }
      }
    })
  }
  const timer = setInterval(() => {
    void count().then((held) => {
      note('all', held >= entries)
      if (held >= entries) clearInterval(timer)
    })
  }, 200)
}

/** @param traced all tasks are noted; the trace itself takes a tenth of the time. */
async function newcomer(relay: RelayNode, traced: boolean): Promise<Round> {
  const folder = mkdtempSync(join(tmpdir(), 'p2p-chat-bench-'))
  const executablePath = process.env['CHROMIUM_PATH']
  // On a disk, as people have it: a private window would keep it all in memory.
  const context: BrowserContext = await chromium.launchPersistentContext(folder, {
    ...(executablePath === undefined ? {} : { executablePath }),
    chromiumSandbox: process.getuid?.() !== 0,
    args: [...CHROMIUM_ARGS],
  })
  try {
    const page = await context.newPage()
    await page.addInitScript(watch, ENTRIES)
    const stop = traced ? await watchMainThread(page) : undefined
    await page.goto(`${relay.url}/#/r/${ROOM}`)
    const marksNow = (): Promise<Marks> =>
      page.evaluate(() => (globalThis as unknown as { marks: Marks }).marks)
    await page.waitForFunction(
      () => {
        const { marks } = globalThis as unknown as { marks: Marks }
        return marks.all !== undefined && marks.last100 !== undefined
      },
      undefined,
      { timeout: PATIENCE_MS, polling: 250 },
    )
    const marks = (await marksNow()) as Required<Marks>
    return { marks, tasks: (await stop?.())?.tasks ?? [] }
  } finally {
    await context.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const relay = await RelayNode.withHistory(ROOM, ENTRIES)
try {
  const rounds: Round[] = []
  for (let round = 0; round < ROUNDS; round++) rounds.push(await newcomer(relay, false))
  const traced: Round[] = []
  for (let round = 0; round < TRACED; round++) traced.push(await newcomer(relay, true))
  const times = (name: keyof Marks): Spread => spreadOf(rounds.map(({ marks }) => marks[name]))
  const tasks = traced.flatMap((round) => round.tasks)
  const long = tasks.filter((ms) => ms > AIMS.taskP95)
  const report: NewcomerReport = {
    entries: ENTRIES,
    rounds: ROUNDS,
    aims: AIMS,
    fromNavigation: {
      connected: times('connected'),
      firstOnScreen: times('first'),
      last100OnScreen: times('last100'),
      allOnDisk: times('all'),
    },
    tasks: {
      all: spreadOf(tasks),
      overOneMs: spreadOf(tasks.filter((ms) => ms > 1)),
      longest: longestOf(tasks),
      over50Ms: { aRound: Math.round((long.length / TRACED) * 10) / 10, ...spreadOf(long) },
    },
  }
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
} finally {
  await relay.stop()
}
