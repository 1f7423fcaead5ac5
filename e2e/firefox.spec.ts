import puppeteer, { type Browser, type Page } from 'puppeteer-core'
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
