import puppeteer, { type Browser, type Page } from 'puppeteer-core'
import type { Page as PlaywrightPage } from '@playwright/test'
import { expect, test } from './test.ts'

const executablePath = process.env['FIREFOX_PATH']

/** Playwright's own Firefox is a patched build; a released one is driven over WebDriver BiDi. */
async function openFirefox(path: string, url: string): Promise<{ browser: Browser; page: Page }> {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: path,
    headless: true,
  })
  const page = await browser.newPage()
  await page.goto(url)
  return { browser, page }
}

test('Firefox and Chromium talk directly', async ({ someone, relay }) => {
  test.skip(executablePath === undefined, 'no Firefox here: set FIREFOX_PATH')
  test.slow()
  const alice = await someone()
  const { browser, page } = await openFirefox(executablePath ?? '', relay.url)
  try {
    await alice.isLive(1)
    await page.waitForSelector('::-p-aria([name="Message"][role="textbox"])')
    await page.waitForFunction(
      () => document.querySelector('[role=status]')?.textContent?.includes('Live · 1'),
      { timeout: 20_000 },
    )
    await page.type('::-p-aria([name="Message"][role="textbox"])', 'Hello from Firefox')
    await page.keyboard.press('Enter')
    await alice.sees('Hello from Firefox')
    await alice.say('Hello from Chromium')
    await page.waitForSelector('::-p-text(Hello from Chromium)')
    await expect(alice.people).toContainText('direct')
    // It asks no STUN server on this very device, which proves nothing: the link stands.
    await page.type('::-p-aria([name="Message"][role="textbox"])', '/doctor')
    await page.keyboard.press('Enter')
    await page.waitForSelector('::-p-text(Nothing is wrong)', { timeout: 20_000 })
  } finally {
    await browser.close()
  }
})

/** Of a picture, PNG in base64: 0 for black to 255 for white. */
function brightest(reader: PlaywrightPage, picture: string): Promise<number> {
  return reader.evaluate(async (picture) => {
    const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0))
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height)
    const context = canvas.getContext('2d')
    if (context === null) throw new Error('nothing to look with')
    context.drawImage(bitmap, 0, 0)
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height)
    // Red, green, blue, and how much of it.
    return data.reduce((most, value, i) => (i % 4 === 3 ? most : Math.max(most, value)), 0)
  }, picture)
}

test('in the dark nothing beside the log is white, and the log stands right above the box', async ({
  someone,
  relay,
}) => {
  test.skip(executablePath === undefined, 'no Firefox here: set FIREFOX_PATH')
  test.slow()
  const { page: reader } = await someone()
  const { browser, page } = await openFirefox(executablePath ?? '', relay.url)
  try {
    await page.waitForSelector('#composer')
    for (const line of ['/theme dark', '/help', '/help', 'one of my own']) {
      await page.type('#composer', line)
      await page.keyboard.press('Enter')
      await page.waitForFunction(
        (line) => document.querySelector('.inner > :last-child')?.textContent?.includes(line),
        {},
        line,
      )
    }
    for (const width of [1_920, 1_366, 1_000]) {
      await page.setViewport({ width, height: 700 })
      const { said, row, bar } = await page.evaluate(() => {
        const sidesOf = (selector: string): readonly number[] => {
          const { left, right } =
            document.querySelector(selector)?.getBoundingClientRect() ?? new DOMRect()
          return [Math.round(left), Math.round(right)]
        }
        const log = document.querySelector('.log')
        const { right, y, height } = log?.getBoundingClientRect() ?? new DOMRect()
        const bar = (log?.getBoundingClientRect().width ?? 0) - (log?.clientWidth ?? 0)
        return {
          said: sidesOf('.inner > :last-child'),
          row: sidesOf('.composer .row'),
          bar: { x: right - bar, y, width: bar, height },
        }
      })
      expect([width, said]).toEqual([width, row])
      expect(bar.width).toBeGreaterThan(0)
      const shot = await page.screenshot({ clip: bar, encoding: 'base64' })
      expect(await brightest(reader, shot)).toBeLessThan(160)
    }
  } finally {
    await browser.close()
  }
})
