import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { type Page, chromium, expect, test } from '@playwright/test'
import puppeteer, { type Browser } from 'puppeteer-core'
import { CHROMIUM_ARGS } from './chromium.ts'
import { tear } from './profile.ts'
import { fillUp, mountSmallDisk, unmount } from './small-disk.ts'
import { serveStorePage } from './store-page.ts'

/** The engines differ: in Firefox a transaction is over after an await of anything but its own. */
const REPORT = 'globalThis.reportStore()'
const KEEPS = { failed: [], keys: 'cloned', samePerson: true, mended: 13 }

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

test('a disk that was really full takes everything again once there is room', async () => {
  test.skip(process.getuid?.() !== 0, 'only root mounts a disk')
  const served = await serveStorePage()
  const folder = await mountSmallDisk()
  const browser = await launch(folder, ['--disk-cache-size=1000000'])
  try {
    const page = await browser.newPage()
    await page.goto(served.url)
    await page.evaluate(() => globalThis.hold())
    const say = (): Promise<string> => page.evaluate(() => globalThis.held.say(10_000))
    const hear = (): Promise<string> => page.evaluate(() => globalThis.held.hear())
    expect(await say()).toBe('kept')
    fillUp(join(folder, 'filler'))
    // Some may still go into files that are there: then it is refused, and stays so.
    await expect.poll(say, { timeout: 30_000 }).toBe('storage-full')
    for (let i = 0; i < 3; i++) expect(await say()).toBe('storage-full')
    expect(await hear()).toBe('storage-full')
    await rm(join(folder, 'filler'))
    const before = await page.evaluate(() => globalThis.held.count())
    expect(await say()).toBe('kept')
    expect(await hear()).toBe('kept')
    expect(await page.evaluate(() => globalThis.held.count())).toBe(before + 2)
    expect(await page.evaluate(() => globalThis.held.twice())).toEqual([])
    await page.reload()
    await page.evaluate(() => globalThis.hold())
    expect(await page.evaluate(() => globalThis.held.count())).toBe(before + 2)
    expect(await page.evaluate(() => globalThis.held.lost)).toEqual([])
  } finally {
    await browser.close()
    await unmount(folder)
    await served.stop()
  }
})

test('data that the browser takes away costs neither the log nor the person', async ({ page }) => {
  const served = await serveStorePage()
  await page.goto(served.url)
  await page.evaluate(() => globalThis.hold())
  const say = (): Promise<string> => page.evaluate(() => globalThis.held.say(10))
  for (let i = 0; i < 3; i++) expect(await say()).toBe('kept')
  const person = await page.evaluate(() => globalThis.held.person())
  const floor = await page.evaluate(() => globalThis.held.forget())
  const session = await page.context().newCDPSession(page)
  const { origin } = new URL(served.url)
  await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' })
  // Before anything is said: whoever reads along is told, too.
  await expect.poll(() => page.evaluate(() => globalThis.held.lost)).toEqual(['taken-away'])
  expect(await say()).toBe('kept')
  expect(await page.evaluate(() => globalThis.held.count())).toBe(1)
  expect(await page.evaluate(() => globalThis.held.twice())).toEqual([])
  expect(await page.evaluate(() => globalThis.held.floor())).toBe(floor)
  expect(await page.evaluate(() => globalThis.held.person())).toBe(person)
  await page.reload()
  await page.evaluate(() => globalThis.hold())
  expect(await page.evaluate(() => globalThis.held.person())).toBe(person)
  expect(await page.evaluate(() => globalThis.held.floor())).toBe(floor)
  await served.stop()
})

/** With those of a relay-node's store (relay-node/store/killed.test.ts) twenty. */
const KILLS = 6

interface Committed {
  readonly clock: number
  readonly id: string
  readonly seq: number | undefined
}

/** Writes in a page until the browser is killed; gives back what the page said was committed. */
async function killAmidWrites(
  userDataDir: string,
  url: string,
  round: number,
): Promise<readonly Committed[]> {
  const browser = await launch(userDataDir)
  const told: Committed[] = []
  const page = await browser.newPage()
  await page.exposeFunction('tell', (what: string) => {
    const [, clock, id = '', seq] = what.split(' ')
    told.push({ clock: Number(clock), id, seq: seq === undefined ? undefined : Number(seq) })
  })
  await page.goto(url)
  const gone = new Promise((resolve) => browser.process()?.once('exit', resolve))
  const writing = page
    .evaluate(`globalThis.writeUntilKilled(${round}, (what) => void globalThis.tell(what))`)
    .catch(() => undefined)
  await expect.poll(() => told.length).toBeGreaterThan(50)
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 500))
  browser.process()?.kill('SIGKILL')
  await Promise.all([gone, writing])
  await tear(userDataDir)
  return told
}

function launch(userDataDir: string, more: readonly string[] = []): Promise<Browser> {
  return puppeteer.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? chromium.executablePath(),
    userDataDir,
    headless: true,
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), ...CHROMIUM_ARGS, ...more],
  })
}

test('a browser killed amid writes has lost nothing that was committed', async () => {
  test.slow()
  const served = await serveStorePage()
  const folder = await mkdtemp(join(tmpdir(), 'p2p-chat-store-'))
  const committed: Committed[] = []
  for (let round = 0; round < KILLS; round++) {
    committed.push(...(await killAmidWrites(folder, served.url, round)))
    const browser = await launch(folder)
    const page = await browser.newPage()
    await page.goto(served.url)
    const { ids, floor, next } = await page.evaluate(() => globalThis.reportStanding())
    await browser.close()
    const kept = new Set(ids)
    expect(committed.filter(({ clock, id }) => clock >= floor && !kept.has(id))).toEqual([])
    const seqs = committed.flatMap(({ seq }) => seq ?? [])
    expect(new Set(seqs).size).toBe(seqs.length)
    expect(next).toBeGreaterThan(Math.max(...seqs))
  }
  await rm(folder, { recursive: true, force: true })
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
  // Firefox may tell of the load of the blank page before this one.
  await page.waitForFunction(() => 'reportStore' in globalThis)
  expect(await page.evaluate(REPORT)).toMatchObject(KEEPS)
  await browser.close()
  await served.stop()
})
