/**
 * How smoothly the map of a room runs: a page among real people without a screen, who link to it and to each
 * other by WebRTC, and talk. `frame` is from one `requestAnimationFrame` to the next, `drawn` from one picture on
 * the screen to the next, by a trace, as are all tasks of the main thread. Prints JSON; times in ms. People and
 * page share the machine: read it beside `withoutMap`, where nothing moves and little is drawn, and a task's
 * time beside what it took of a processor.
 */
import process from 'node:process'
import { type Page, chromium, expect } from '@playwright/test'
import { CHROMIUM_ARGS } from '../e2e/chromium.ts'
import { Person } from '../e2e/person.ts'
import { RelayNode } from '../e2e/relay.ts'
import { Crowd } from './lib/crowd.ts'
import { watchMainThread } from './lib/main-thread.ts'
import { spreadOf } from './lib/spread.ts'

const PEOPLE = Number(process.env['PEOPLE'] ?? 30)
const PER_SECOND = Number(process.env['PER_SECOND'] ?? 5)
const SECONDS = Number(process.env['SECONDS'] ?? 15)
const SETTLE_MS = 10_000
const IN_WITHIN_MS = 180_000

/** From frame to frame of the page; the screen shows what moves in between, too. */
function framesOf(page: Page, ms: number): Promise<readonly number[]> {
  return page.evaluate(
    (wanted) =>
      new Promise<readonly number[]>((resolve) => {
        const frames: number[] = []
        const start = performance.now()
        let last = start
        const look = (): void => {
          const now = performance.now()
          frames.push(now - last)
          last = now
          if (now - start < wanted) requestAnimationFrame(look)
          else resolve(frames)
        }
        requestAnimationFrame(look)
      }),
    ms,
  )
}

async function measure(page: Page): Promise<object> {
  const stop = await watchMainThread(page, { screen: true })
  const frames = await framesOf(page, SECONDS * 1_000)
  const { tasks, cpu, drawn } = await stop()
  return {
    frame: spreadOf(frames),
    framesPerSecond: Math.round(frames.length / SECONDS),
    drawn: spreadOf(drawn),
    drawnPerSecond: Math.round(drawn.length / SECONDS),
    busyShare: shareOf(tasks),
    cpuShare: shareOf(cpu),
    tasksOver50Ms: over50Ms(tasks),
    cpuOver50Ms: over50Ms(cpu),
  }
}

function shareOf(tasks: readonly number[]): number {
  return Number((tasks.reduce((sum, ms) => sum + ms, 0) / (SECONDS * 1_000)).toFixed(3))
}

function over50Ms(tasks: readonly number[]): number {
  return tasks.filter((ms) => ms > 50).length
}

const relay = await RelayNode.start()
const browser = await chromium.launch({
  ...(process.env['CHROMIUM_PATH'] === undefined
    ? {}
    : { executablePath: process.env['CHROMIUM_PATH'] }),
  chromiumSandbox: process.getuid?.() !== 0,
  args: [...CHROMIUM_ARGS],
})
let crowd: Crowd | undefined
try {
  const person = await Person.open(browser, relay.url, { viewport: { width: 1_280, height: 800 } })
  const { page } = person
  crowd = await Crowd.start(PEOPLE, relay.wsAddress)
  await expect(person.pill).toHaveText(`Live · ${PEOPLE}`, { timeout: IN_WITHIN_MS })
  await page.waitForTimeout(SETTLE_MS)
  crowd.talk(1_000 / PER_SECOND)
  const withoutMap = await measure(page)
  await expect(person.pill).toHaveText(`Live · ${PEOPLE}`, { timeout: IN_WITHIN_MS })
  const start = performance.now()
  await page.getByRole('button', { name: 'Map of the room' }).click()
  await expect(page.getByRole('table').getByRole('row')).toHaveCount(PEOPLE + 2)
  const opened = performance.now() - start
  const direct = await page.locator('[data-link="direct"]').count()
  const withMap = await measure(page)
  console.log(
    JSON.stringify(
      { people: PEOPLE, perSecond: PER_SECOND, direct, opened, withMap, withoutMap },
      null,
      2,
    ),
  )
} finally {
  await browser.close()
  await crowd?.stop()
  await relay.stop()
}
