import { type Browser, expect } from '@playwright/test'
import { Person } from '../../e2e/person.ts'
import type { RelayNode } from '../../e2e/relay.ts'
import { Crowd } from './crowd.ts'
import { watchMainThread } from './main-thread.ts'
import { longestOf, spreadOf } from './spread.ts'

const PEOPLE = 5
const PER_SECOND = 50
const SECONDS = 15
const IN_WITHIN_MS = 60_000

interface Counting {
  shown: number
}

/** Runs in the page. What is far above leaves it again, so that only what comes can be counted. */
function countShown(): void {
  const counting = globalThis as unknown as Counting
  counting.shown = 0
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes)
      for (const node of addedNodes)
        if (node instanceof Element)
          counting.shown += node.matches('[data-entry]')
            ? 1
            : node.querySelectorAll('[data-entry]').length
  }).observe(document.body, { childList: true, subtree: true })
}

/** What the page's main thread does while five people say ten messages a second each, and somebody reads along. */
export async function arriving(browser: Browser, relay: RelayNode): Promise<object> {
  const person = await Person.open(browser, relay.url)
  const crowd = await Crowd.start(PEOPLE, relay.wsAddress)
  try {
    const here = async (): Promise<number> =>
      Number(/^Live · (\d+)$/.exec((await person.pill.textContent())?.trim() ?? '')?.[1] ?? 0)
    // The page that is measured before is in that room, too.
    await expect.poll(here, { timeout: IN_WITHIN_MS }).toBeGreaterThanOrEqual(PEOPLE)
    await person.page.evaluate(countShown)
    const shown = (): Promise<number> =>
      person.page.evaluate(() => (globalThis as unknown as Counting).shown)
    crowd.talk(1_000 / PER_SECOND)
    await expect.poll(shown, { timeout: IN_WITHIN_MS }).toBeGreaterThan(PER_SECOND)
    const before = await shown()
    const stop = await watchMainThread(person.page)
    await person.page.waitForTimeout(SECONDS * 1_000)
    const { tasks } = await stop()
    return {
      perSecond: PER_SECOND,
      shownPerSecond: Math.round(((await shown()) - before) / SECONDS),
      task: spreadOf(tasks),
      taskOverOneMs: spreadOf(tasks.filter((ms) => ms > 1)),
      tasksOver50Ms: tasks.filter((ms) => ms > 50).length,
      longest: longestOf(tasks),
      busyShare: Number((tasks.reduce((sum, ms) => sum + ms, 0) / (SECONDS * 1_000)).toFixed(3)),
    }
  } finally {
    await crowd.stop()
    await person.close()
  }
}
