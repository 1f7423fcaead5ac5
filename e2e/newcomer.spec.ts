import { readFile } from 'node:fs/promises'
import { Person } from './person.ts'
import { RelayNode } from './relay.ts'
import { expect, test as base } from './test.ts'

const ENTRIES = 10_000
const ROOM = 'long'

const test = base.extend<{ readonly archive: RelayNode }>({
  archive: async ({}, use) => {
    const relay = await RelayNode.withHistory(ROOM, ENTRIES)
    await use(relay)
    await relay.stop()
  },
})

interface Seen {
  /** The message at the bottom, whenever that was another one. */
  readonly ends: string[]
  /** In so many frames an entry stood on the screen twice. */
  doubles: number
  /** How far the bottom was out of view when a frame was drawn, at most, px. */
  away: number
}

/** Runs in the page, before anything of it: looks at each frame. */
function look(): void {
  const seen: Seen = { ends: [], doubles: 0, away: 0 }
  Object.assign(globalThis, { seen })
  const each = (): void => {
    requestAnimationFrame(afterwards)
    const log = document.querySelector('[role=log]')
    const shown = [...(log?.querySelectorAll<HTMLElement>('[data-entry]') ?? [])]
    const end = /Line \d+ of/.exec(shown.at(-1)?.textContent ?? '')?.[0]
    if (log === null || end === undefined) return
    if (seen.ends.at(-1) !== end) seen.ends.push(end)
    const ids = new Set(shown.map(({ dataset }) => dataset['entry']))
    if (ids.size < shown.length) seen.doubles++
    seen.away = Math.max(seen.away, log.scrollHeight - log.scrollTop - log.clientHeight)
  }
  // Once it is drawn: what a size that has changed moves is put right before.
  const afterwards = (): void => void setTimeout(each)
  requestAnimationFrame(afterwards)
}

async function seenBy(person: Person): Promise<Seen> {
  return person.page.evaluate(() => (globalThis as unknown as { seen: Seen }).seen)
}

/** How many entries are on the disk of this person's browser. */
async function heldBy(person: Person): Promise<number> {
  return person.page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => {
          resolve(request.result)
        }
        request.onerror = reject
      })
    const db = await done(indexedDB.open('p2p-chat-history'))
    const count = await done(db.transaction('entries').objectStore('entries').count())
    db.close()
    return count
  })
}

/** What the lines of an export say, from top to bottom. */
async function exported(person: Person): Promise<readonly string[]> {
  const downloading = person.page.waitForEvent('download')
  await person.say('/export')
  const text = await readFile(await (await downloading).path(), 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => /Line \d+ of/.exec((JSON.parse(line) as { content: string }).content)?.[0] ?? '')
}

async function newcomer(browser: Parameters<typeof Person.open>[0], url: string): Promise<Person> {
  const context = await browser.newContext()
  await context.addInitScript(look)
  const person = new Person(context, await context.newPage())
  await person.page.goto(`${url}/#/r/${ROOM}`)
  return person
}

test(`a newcomer to a room of ${ENTRIES} sees its end first, and then has all of it, once, in order`, async ({
  browser,
  archive,
}) => {
  test.slow()
  const person = await newcomer(browser, archive.url)
  await expect(person.message(`Line ${ENTRIES} of`)).toBeInViewport()
  await expect.poll(() => heldBy(person), { timeout: 60_000 }).toBe(ENTRIES)
  const { ends, doubles, away } = await seenBy(person)
  expect(ends).toEqual([`Line ${ENTRIES} of`])
  expect(doubles).toBe(0)
  expect(away).toBeLessThan(2)
  await expect(person.log.getByRole('heading', { name: 'New messages' })).toHaveCount(0)
  expect(await exported(person)).toEqual(
    Array.from({ length: ENTRIES }, (_, i) => `Line ${i + 1} of`),
  )
  expect(person.errors).toEqual([])
  await person.close()
})

test('who reads further up while a long history comes in keeps their place', async ({
  browser,
  archive,
}) => {
  test.slow()
  const person = await newcomer(browser, archive.url)
  await expect(person.message(`Line ${ENTRIES} of`)).toBeInViewport()
  await person.log.hover()
  await person.page.mouse.wheel(0, -1_000)
  await expect(person.message(`Line ${ENTRIES} of`)).not.toBeInViewport()
  const places = await person.page.evaluate(async () => {
    const log = document.querySelector('[role=log]')
    if (log === null) throw new Error('no log')
    const frame = (): Promise<unknown> => new Promise(requestAnimationFrame)
    // The wheel rolls out first.
    for (let before = NaN; before !== log.scrollTop; await frame()) {
      before = log.scrollTop
      for (let i = 0; i < 10; i++) await frame()
    }
    const middle = log.getBoundingClientRect().top + log.clientHeight / 2
    const article = [...log.querySelectorAll('[data-entry]')].find(
      (each) => each.getBoundingClientRect().bottom > middle,
    )
    if (article === undefined) throw new Error('nothing in the middle')
    const places: number[] = []
    const until = performance.now() + 4_000
    while (performance.now() < until) {
      places.push(article.getBoundingClientRect().top)
      await frame()
    }
    return places
  })
  const away = places.map((place) => Math.abs(place - (places[0] ?? NaN)))
  expect(Math.max(...away)).toBeLessThan(2)
  await expect.poll(() => heldBy(person), { timeout: 60_000 }).toBe(ENTRIES)
  await expect(
    person.page.getByRole('button', { name: 'Jump to latest', exact: true }),
  ).toBeVisible()
  expect(person.errors).toEqual([])
  await person.close()
})
