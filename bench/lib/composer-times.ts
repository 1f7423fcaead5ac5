import type { Browser, BrowserContext, Page } from '@playwright/test'
import { type Spread, spreadOf } from './spread.ts'

const ROUNDS = 10

interface Marked {
  composerAt?: number
}

/** Runs in the page, before anything of it. */
function watch(): void {
  const marked = globalThis as unknown as Marked
  new MutationObserver(() => {
    if (document.querySelector('#composer') !== null) marked.composerAt ??= performance.now()
  }).observe(document, { childList: true, subtree: true })
}

async function composerAt(page: Page): Promise<number> {
  await page.waitForFunction(() => (globalThis as unknown as Marked).composerAt !== undefined)
  return page.evaluate(() => (globalThis as unknown as Marked).composerAt ?? NaN)
}

/** From navigation to the box to write in, ms, by browsers that have nothing of the page yet. */
export async function coldComposer(browser: Browser, url: string): Promise<Spread> {
  const times: number[] = []
  for (let i = 0; i < ROUNDS; i++) {
    const context = await browser.newContext()
    await context.addInitScript(watch)
    const page = await context.newPage()
    await page.goto(url)
    times.push(await composerAt(page))
    await context.close()
  }
  return spreadOf(times)
}

/** The same for who comes back, with all that is on their disk. */
export async function warmComposer(context: BrowserContext, url: string): Promise<Spread> {
  const page = await context.newPage()
  await page.addInitScript(watch)
  const times: number[] = []
  for (let i = 0; i < ROUNDS; i++) {
    await page.goto('about:blank')
    await page.goto(url)
    times.push(await composerAt(page))
  }
  await page.close()
  return spreadOf(times)
}
