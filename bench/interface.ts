/**
 * What the page is like with a long room on the device: how soon it stands, how it scrolls, how fast it finds,
 * and what its main thread does while a crowd talks.
 * Prints JSON; times in ms. MESSAGES names another length. Frames by `requestAnimationFrame`, with the mouse's
 * wheel turned all the while; what the screen shows in between is the compositor's.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { type Page, chromium } from '@playwright/test'
import { rolldown } from 'rolldown'
import { CHROMIUM_ARGS } from '../e2e/chromium.ts'
import { Person } from '../e2e/person.ts'
import { RelayNode } from '../e2e/relay.ts'
import { complete } from '../shared/commands/complete.ts'
import { alice } from '../shared/testing/people.ts'
import { Simulation } from '../shared/testing/simulation.ts'
import { parse } from '../web/state/markdown.ts'
import { arriving } from './lib/arriving.ts'
import { coldComposer, warmComposer } from './lib/composer-times.ts'
import { watchMainThread } from './lib/main-thread.ts'
import { type Spread, spreadOf } from './lib/spread.ts'

const MESSAGES = Number(process.env['MESSAGES'] ?? 100_000)
const ROOM = 'interface'
const OTHER = 'elsewhere'
const OPENINGS = 5
const SCROLL_MS = 10_000
/** A turn of the wheel each 16 ms: as fast as people read along, as they look for something, and as no hand can. */
const WHEELS_PX = [40, 150, 600]
const QUERIES = ['needle', 'garden', 'relay morning', '"somebody said"', 'อากาศ', 'nowhere', '31']
const SEARCHES = 21
const PEOPLE = 1_000
const HOSTILE_CHARACTERS = 4_096
const HOSTILE = [
  '*',
  '**a ',
  '_a*b ',
  '`',
  '[',
  '[a](',
  'https://',
  'https://a.)',
  '> ',
  '```\n',
  '~~*_**',
]

async function bundled(): Promise<string> {
  const input = fileURLToPath(new URL('lib/fill-page.ts', import.meta.url))
  const bundle = await rolldown({ input, platform: 'browser', logLevel: 'warn' })
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: false })
  await bundle.close()
  return output[0].code
}

/** From the click on a room's link to its messages on the screen. */
function opening(page: Page, room: string): Promise<number> {
  return page.evaluate(
    (hash) =>
      new Promise<number>((resolve) => {
        const start = performance.now()
        location.hash = hash
        const look = (): void => {
          const link = document.querySelector(`a[href="${hash}"]`)
          const shown = document.querySelectorAll('[role=log] [data-entry]').length
          const there = link?.getAttribute('aria-current') === 'page' && shown > 40
          if (there) resolve(performance.now() - start)
          else requestAnimationFrame(look)
        }
        requestAnimationFrame(look)
      }),
    `#/r/${room}`,
  )
}

async function scrolling(page: Page, wheelPx: number): Promise<object> {
  const stop = await watchMainThread(page)
  const frames = page.evaluate(
    (ms) =>
      new Promise<{ readonly frames: readonly number[]; readonly articles: number }>((resolve) => {
        const frames: number[] = []
        let articles = 0
        const start = performance.now()
        let last = start
        const look = (): void => {
          const now = performance.now()
          frames.push(now - last)
          last = now
          articles = Math.max(articles, document.querySelectorAll('[role=log] article').length)
          if (now - start < ms) requestAnimationFrame(look)
          else resolve({ frames, articles })
        }
        requestAnimationFrame(look)
      }),
    SCROLL_MS,
  )
  await page.mouse.move(500, 300)
  const end = Date.now() + SCROLL_MS
  while (Date.now() < end) {
    await page.mouse.wheel(0, -wheelPx)
    await page.waitForTimeout(16)
  }
  const seen = await frames
  const { tasks } = await stop()
  return {
    pxPerSecond: Math.round((wheelPx * 1_000) / 16),
    frame: spreadOf(seen.frames),
    framesPerSecond: Math.round(seen.frames.length / (SCROLL_MS / 1_000)),
    articlesAtMost: seen.articles,
    tasksOver50Ms: tasks.filter((ms) => ms > 50).length,
    taskOverOneMs: spreadOf(tasks.filter((ms) => ms > 1)),
  }
}

async function inTurn<T, R>(all: readonly T[], one: (of: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = []
  for (const each of all) results.push(await one(each))
  return results
}

async function searching(person: Person): Promise<object> {
  const once = async (
    query: string,
  ): Promise<{ readonly first: number; readonly whole: number }> => {
    const answers = person.log.getByRole('article', { name: /^System: / })
    const before = await answers.count()
    await person.composer.fill(`/search ${query}`)
    const took = person.page.evaluate(
      (count) =>
        new Promise<{ readonly first: number; readonly whole: number }>((resolve) => {
          addEventListener(
            'keydown',
            () => {
              const start = performance.now()
              let first: number | undefined
              const look = (): void => {
                const articles = document.querySelectorAll('[role=log] [aria-label^="System: "]')
                const now = performance.now() - start
                if (articles.length > count) first ??= now
                const label = [...articles].at(-1)?.getAttribute('aria-label')
                if (first === undefined || label?.includes('still searching') !== false)
                  setTimeout(look)
                else resolve({ first, whole: now })
              }
              setTimeout(look)
            },
            { once: true, capture: true },
          )
        }),
      before,
    )
    await person.composer.press('Enter')
    const times = await took
    await person.log
      .getByRole('button', { name: /dismiss/i })
      .first()
      .click()
    return times
  }
  const stop = await watchMainThread(person.page)
  // Nobody has searched yet: all the history is read for it.
  const { first, whole } = await once('needle')
  const { tasks } = await stop()
  const times: number[] = []
  for (let i = 0; i < SEARCHES; i++)
    times.push((await once(QUERIES[i % QUERIES.length] ?? '')).whole)
  return {
    first: Math.round(first),
    firstWhole: Math.round(whole),
    taskWhileReading: spreadOf(tasks.filter((ms) => ms > 1)),
    later: spreadOf(times),
  }
}

/** What the palette offers while a name is typed in a room of many: of each letter. */
async function suggesting(): Promise<Spread> {
  const { chat, room } = await new Simulation(1).cast(alice)
  const everybody = Array.from({ length: PEOPLE }, (_, i) => ({
    id: `12D3KooW${String(i).padStart(44, 'x')}` as typeof chat.id,
    name: `swift-falcon-${i}`,
    since: i,
    knownSince: i,
    addresses: [],
    silent: false,
  }))
  Object.defineProperty(room.presence, 'people', { get: () => everybody })
  const typed = 'swift-falcon-7'
  const times = Array.from({ length: 10 * typed.length }, (_, i) => {
    const start = performance.now()
    complete(`hello @${typed.slice(0, i % typed.length)}`, { chat, room })
    return performance.now() - start
  })
  return spreadOf(times)
}

function hostileMarkdown(): number {
  const times = HOSTILE.map((piece) => {
    const text = piece.repeat(HOSTILE_CHARACTERS).slice(0, HOSTILE_CHARACTERS)
    parse(text, 'https://chat.example/')
    const start = performance.now()
    parse(text, 'https://chat.example/')
    return performance.now() - start
  })
  return Math.round(Math.max(...times) * 100) / 100
}

const relay = await RelayNode.start()
const executablePath = process.env['CHROMIUM_PATH']
const options = {
  ...(executablePath === undefined ? {} : { executablePath }),
  chromiumSandbox: process.getuid?.() !== 0,
  args: [...CHROMIUM_ARGS],
}
const others = await chromium.launch(options)
const folder = mkdtempSync(join(tmpdir(), 'p2p-chat-bench-'))
const context = await chromium.launchPersistentContext(folder, {
  ...options,
  // Only to write what is measured into the page's own store.
  bypassCSP: true,
  viewport: { width: 1_200, height: 800 },
})
try {
  const person = new Person(context, await context.newPage())
  const { page } = person
  await page.goto(`${relay.url}/#/r/${ROOM}`)
  await page.locator('[role=log]').waitFor()
  await page.addScriptTag({ content: await bundled(), type: 'module' })
  await page.waitForFunction(() => 'fillRoom' in globalThis)
  const filling = performance.now()
  await page.evaluate(([room, count]) => globalThis.fillRoom(room, count), [
    ROOM,
    MESSAGES,
  ] as const)
  const fillSeconds = Math.round((performance.now() - filling) / 1_000)
  await page.goto(`${relay.url}/#/r/${OTHER}`)
  await page.reload()
  await page.locator('[role=log]').waitFor()
  // A command would still run when the next room is wanted.
  await page.locator(`a[href="#/r/${OTHER}"]`).waitFor()
  await page.goto(`${relay.url}/#/r/${ROOM}`)
  await page.waitForFunction(() => document.querySelectorAll('[data-entry]').length > 40)
  const openings: number[] = []
  for (let i = 0; i < OPENINGS; i++) {
    await page.evaluate((hash) => (location.hash = hash), `#/r/${OTHER}`)
    await page.waitForFunction(() => document.querySelectorAll('[data-entry]').length === 0)
    openings.push(await opening(page, ROOM))
  }
  const report = {
    messages: MESSAGES,
    fillSeconds,
    people: PEOPLE,
    aims: {
      composerCold: 1_500,
      composerWarm: 500,
      suggestion: 16,
      opening: 100,
      framesPerSecond: 60,
      searchP95: 50,
      markdown: 20,
      shellBytes: 70_000,
      taskP95WhileFiftyArrive: 50,
    },
    composer: {
      cold: await coldComposer(others, relay.url),
      warm: await warmComposer(context, `${relay.url}/#/r/${ROOM}`),
    },
    opening: spreadOf(openings),
    scrolling: await inTurn(WHEELS_PX, (px) => scrolling(page, px)),
    search: await searching(person),
    suggestion: await suggesting(),
    hostileMarkdown: hostileMarkdown(),
    arriving: await arriving(others, relay),
    sizes: JSON.parse(
      execFileSync(process.execPath, ['scripts/sizes.ts'], { encoding: 'utf8' }),
    ) as object,
  }
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
} finally {
  await others.close()
  await context.close()
  await relay.stop()
  rmSync(folder, { recursive: true, force: true })
}
