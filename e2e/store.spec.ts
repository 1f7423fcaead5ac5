import { type Page, expect, test } from '@playwright/test'
import puppeteer from 'puppeteer-core'
import { serveStorePage } from './store-page.ts'

/** The engines differ: in Firefox a transaction is over after an await of anything but its own. */
const REPORT = 'globalThis.reportStore()'
const KEEPS = { failed: [], keys: 'cloned', samePerson: true }

async function makeDiskSmall(page: Page, url: string, quotaSize: number): Promise<void> {
  const session = await page.context().newCDPSession(page)
  await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(url).origin, quotaSize })
}

test('the store on disk keeps its contract in Chromium', async ({ page }) => {
  const served = await serveStorePage()
  await page.goto(served.url)
  expect(await page.evaluate(REPORT)).toMatchObject(KEEPS)
  await served.stop()
})

test('a full disk is told, and what was said before stays', async ({ page }) => {
  const served = await serveStorePage()
  const errors: Error[] = []
  page.on('pageerror', (error) => errors.push(error))
  // Before the first use: later the engine goes by what it has measured already.
  await makeDiskSmall(page, served.url, 3_000_000)
  await page.goto(served.url)
  const full = await page.evaluate(() => globalThis.fillStore())
  expect(full.refused).toEqual(['storage-full', 'storage-full'])
  expect(full.said).toBeGreaterThan(10)
  expect(full.kept).toBe(full.said)
  expect(errors).toEqual([])
  await served.stop()
})

test('the store on disk keeps its contract in Firefox', async () => {
  const executablePath = process.env['FIREFOX_PATH']
  test.skip(executablePath === undefined, 'no Firefox here: set FIREFOX_PATH')
  if (executablePath === undefined) return
  const served = await serveStorePage()
  const browser = await puppeteer.launch({ browser: 'firefox', executablePath, headless: true })
  const page = await browser.newPage()
  await page.goto(served.url)
  expect(await page.evaluate(REPORT)).toMatchObject(KEEPS)
  await browser.close()
  await served.stop()
})
