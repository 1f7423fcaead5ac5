import type { Browser, Page } from '@playwright/test'
import { hostileTexts } from './hostile-texts.ts'
import { Person } from './person.ts'
import { type Line, RelayNode } from './relay.ts'
import { expect, test as base, took } from './test.ts'
import { Tripwire } from './tripwire.ts'

const SEED = 26
const TEXTS = 10_000
const ROOM = 'hostile'
/** So that a page of the log, however tall its texts, is drawn at once. */
const TALL = { width: 1_200, height: 4_000 }
const PHONE = { width: 360, height: 640 }

interface World {
  /** Opens the page of a relay-node that has carried these lines. */
  readonly afterLines: (lines: readonly Line[], viewport?: Viewport) => Promise<Wired>
}

type Viewport = { readonly width: number; readonly height: number }

interface Wired {
  readonly person: Person
  readonly wire: Tripwire
  readonly url: string
}

const test = base.extend<World>({
  afterLines: async ({ browser }, use) => {
    const open: { readonly relay: RelayNode; readonly person: Person }[] = []
    await use(async (lines, viewport) => {
      const relay = await RelayNode.withHistory(ROOM, lines)
      const wired = await openWired(browser, `${relay.url}/#/r/${ROOM}`, viewport)
      open.push({ relay, person: wired.person })
      return wired
    })
    for (const { relay, person } of open) {
      await person.close()
      await relay.stop()
      expect(person.errors).toEqual([])
    }
  },
})

async function openWired(browser: Browser, url: string, viewport?: Viewport): Promise<Wired> {
  const context = await browser.newContext(viewport === undefined ? {} : { viewport })
  const person = new Person(context, await context.newPage())
  const wire = await Tripwire.lay(context, person.page, new URL(url).origin)
  await person.page.goto(url)
  return { person, wire, url }
}

/** Names are what somebody claims; topics and kinds of the future carry texts, too. */
function lineOf(content: string, i: number): Line {
  const name = i % 3 === 0 ? { username: content.slice(-200).toWellFormed() } : {}
  if (i % 11 === 0) return { ...name, content, kind: 'action' }
  if (i % 13 === 0) return { ...name, content, kind: 'topic', body: { topic: content } }
  if (i % 17 === 0) return { ...name, content, kind: 'of-the-future', body: { html: content } }
  return { ...name, content }
}

/**
 * Scrolls up from the end of the log until so many messages have stood in view, or nothing new has for
 * long. How many have.
 */
function readUp(page: Page, most: number): Promise<number> {
  return page.evaluate(async (most) => {
    const log = document.querySelector('[role=log]')
    if (log === null) throw new Error('no log')
    const frame = (): Promise<unknown> => new Promise(requestAnimationFrame)
    const { top, bottom } = log.getBoundingClientRect()
    const isInView = (article: Element): boolean => {
      const place = article.getBoundingClientRect()
      return article.isConnected && place.bottom > top && place.top < bottom
    }
    /** And is still there when all above it has its true height. */
    const toBottom = async (article: Element): Promise<void> => {
      do {
        article.scrollIntoView({ block: 'end' })
        await frame()
      } while (article.isConnected && !isInView(article))
    }
    const read = new Set<string>()
    let last: Element | undefined
    for (let still = 0; still < 600 && read.size < most; still++) {
      const inView = [...log.querySelectorAll('article')].filter(isInView)
      for (const { dataset } of inView) {
        const { entry } = dataset
        if (entry === undefined || read.has(entry)) continue
        still = 0
        read.add(entry)
      }
      const first = inView[0]
      if (first === undefined || first === last) {
        log.scrollTop -= 0.9 * log.clientHeight
        await frame()
      } else await toBottom(first)
      last = first
    }
    return read.size
  }, most)
}

/** Each line is written and sent as somebody would who types fast, one in so many ms. */
function type(page: Page, lines: readonly string[], everyMs: number): Promise<void> {
  return page.evaluate(
    async ([lines, everyMs]) => {
      const box = document.querySelector<HTMLTextAreaElement>('#composer')
      if (box === null) throw new Error('no composer')
      for (const line of lines) {
        box.value = line
        box.dispatchEvent(new InputEvent('input', { bubbles: true }))
        await new Promise(requestAnimationFrame)
        const key = { key: 'Enter', bubbles: true, cancelable: true }
        box.dispatchEvent(new KeyboardEvent('keydown', key))
        await new Promise((resolve) => setTimeout(resolve, everyMs))
      }
    },
    [lines, everyMs] as const,
  )
}

/** What sticks out of the window, or of the column that it stands in. */
function sticksOut(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const boxes = document.querySelectorAll(
      'html, body, main, header, nav, aside, [role=log], .inner',
    )
    const wide = [...boxes].filter((box) => box.scrollWidth > box.clientWidth)
    return wide.map((box) => `${box.localName}.${box.className}: ${box.scrollWidth}`)
  })
}

test(`${TEXTS} texts that would run a script or call elsewhere do neither, as words, names, topics`, async ({
  afterLines,
}) => {
  test.slow()
  test.info().annotations.push({ type: 'seed', description: String(SEED) })
  const texts = hostileTexts(SEED, TEXTS)
  const { person, wire } = await afterLines(texts.map(lineOf), TALL)
  await expect
    .poll(async () => (await person.entries()).length, { timeout: 30_000 })
    .toBeGreaterThan(20)
  expect(await readUp(person.page, TEXTS)).toBe(TEXTS)
  await wire.isUntouched()
  // Names are offered, texts found.
  await person.composer.fill('@')
  await expect(person.page.getByRole('option').first()).toBeVisible()
  await person.say('/search script')
  await expect(person.answer('script').getByRole('listitem').first()).toBeVisible()
  await wire.isUntouched()
})

test('the same as names, topics and reasons of somebody present, as rooms, and as commands', async ({
  browser,
  relay,
}) => {
  test.slow()
  const url = `${relay.url}/#/r/${ROOM}`
  const [alice, bob] = [await openWired(browser, url), await openWired(browser, url)]
  await Promise.all([alice.person.isLive(1), bob.person.isLive(1)])
  const texts = hostileTexts(SEED + 1, 300).map((text) => text.replaceAll('\n', ' '))
  const names = texts.map((text) => text.slice(0, 32).toWellFormed())
  const seen = bob.person.page.evaluate(async () => {
    const seen = { names: new Set<string>(), reasons: new Set<string>(), topics: new Set<string>() }
    const add = (to: Set<string>, selector: string): void => {
      const text = document.querySelector(selector)?.textContent?.trim()
      if (text !== undefined && text !== '') to.add(text)
    }
    while (document.querySelector('.topic')?.textContent !== 'the last one') {
      add(seen.names, 'aside li + li .name')
      add(seen.reasons, 'aside li + li .how')
      add(seen.topics, '.topic')
      await new Promise(requestAnimationFrame)
    }
    return [seen.names.size, seen.reasons.size, seen.topics.size] as const
  })
  await type(
    alice.person.page,
    texts.flatMap((text, i) => [
      `/nick ${names[i] ?? ''}`,
      `/away ${text.slice(0, 80).toWellFormed()}`,
      ...(i % 3 === 0 ? [`/topic ${text.slice(0, 200).toWellFormed()}`] : []),
    ]),
    10,
  )
  await alice.person.say('/topic the last one')
  const [shownNames, reasons, topics] = await seen
  expect(Math.min(shownNames, reasons, topics)).toBeGreaterThan(10)
  await alice.wire.isUntouched()
  await bob.wire.isUntouched()

  await type(
    alice.person.page,
    texts.map((text) => `/join ${text}`),
    0,
  )
  await type(
    alice.person.page,
    texts.map((text) => `/${text}`),
    0,
  )
  await alice.person.page.evaluate(async (texts) => {
    for (const text of texts) {
      location.hash = `#/r/${text}`
      await new Promise(requestAnimationFrame)
      location.hash = `#/r/${encodeURIComponent(text)}`
      await new Promise(requestAnimationFrame)
    }
  }, texts)
  await expect(alice.person.page.getByRole('alert').last()).toContainText('cannot be a room')
  await alice.wire.isUntouched()
  for (const { person } of [alice, bob]) {
    await person.close()
    expect(person.errors).toEqual([])
  }
})

const FORCED = '\u202E'
const ZALGO = [...'zalgo'].map((letter) => letter + '\u0316\u0317\u0318\u0301'.repeat(15)).join('')

test('names that hide, turn about, tower up or pose as another are drawn as what they are', async ({
  afterLines,
}) => {
  const names = [
    ['alice', 'alice'],
    // Cyrillic а, і, с, е.
    ['\u0430l\u0456\u0441\u0435', '\u0430l\u0456\u0441\u0435'],
    [`${FORCED}ecila`, 'ecila'],
    ['bo\u200Fb\u2066', 'bob'],
    ['\u200B\u2060\uFE0F\u3164\u2800', /^….{6}$/],
    ['n'.repeat(300), 'n'.repeat(32)],
    [ZALGO, /^(?:\p{L}\p{M}{0,4}){5}$/u],
    ['two\n\nlines\u2028three', 'twolinesthree'],
  ] as const
  const said = names.flatMap(([username], i) =>
    Array.from({ length: 3 }, (_, k) => ({ username, content: `number ${i}, ${k}` })),
  )
  const { person } = await afterLines(said)
  for (const [i, [, shown]] of names.entries()) {
    const first = person.message(`number ${i}, 0`)
    await expect(first.locator('.name')).toHaveText(shown)
  }
  // Two keys, and names that nobody tells apart by sight: each stands with a part of its key.
  await expect(person.message('number 0, 0').locator('.key')).toHaveText(/\w/)
  await expect(person.message('number 1, 0').locator('.key')).toHaveText(/\w/)
  await expect(person.message('number 3, 0').locator('.key')).toHaveCount(0)
  for (const viewport of [PHONE, { width: 1_200, height: 800 }]) {
    await person.page.setViewportSize(viewport)
    await expect.poll(() => sticksOut(person.page)).toEqual([])
  }
})

test('signs that turn text about end with what they stand in: a link still says where it leads', async ({
  afterLines,
}) => {
  const { person } = await afterLines([
    { content: `${FORCED}https://evil.example/moc.knab//:sptth` },
    { content: `[${FORCED}knab](https://evil.example/)` },
    { content: `\`a${FORCED}b\`` },
    { content: 'the last one' },
  ])
  await expect(person.message('the last one')).toBeVisible()
  /** The letters of an element from left to right, as they stand on the screen. */
  const drawn = (selector: string, nth: number): Promise<string> =>
    person.log
      .locator(selector)
      .nth(nth)
      .evaluate((element) => {
        const places: { readonly letter: string; readonly left: number }[] = []
        const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
        for (let node = texts.nextNode(); node !== null; node = texts.nextNode())
          for (const [i, letter] of [...(node.textContent ?? '')].entries()) {
            const range = document.createRange()
            range.setStart(node, i)
            range.setEnd(node, i + 1)
            const { left, width } = range.getBoundingClientRect()
            if (width > 0) places.push({ letter, left })
          }
        return places
          .sort((a, b) => a.left - b.left)
          .map(({ letter }) => letter)
          .join('')
      })
  expect(await drawn('.text a', 0)).toBe('https://evil.example/moc.knab//:sptth')
  expect(await drawn('.host', 0)).toContain('(evil.example)')
  await expect(person.log.locator('.text code')).toHaveText('a‹U+202E›b')
})

test('a tower of marks covers nothing of what others have said', async ({ afterLines }) => {
  const tower = `a${'\u0301\u0302\u0303'.repeat(300)}b${'\u0316\u0317\u0318'.repeat(300)}`
  const plain = await afterLines([{ content: 'before' }, { content: 'ab' }, { content: 'after' }])
  const covered = await afterLines([
    { content: 'before' },
    { content: tower },
    { content: 'after' },
  ])
  for (const text of ['before', 'after']) {
    const [one, other] = await Promise.all(
      [plain, covered].map(async ({ person }) => {
        const words = person.message(text).locator('.text')
        await expect(words).toBeVisible()
        return words.screenshot()
      }),
    )
    expect(one?.equals(other ?? Buffer.of())).toBe(true)
  }
})

for (const viewport of [PHONE, { width: 1_200, height: 800 }])
  test(`words of 4,000 letters without a break stay within ${viewport.width} px`, async ({
    afterLines,
  }) => {
    const letters = 'w'.repeat(4_000)
    const link = `https://localhost/${'x'.repeat(3_900)}`
    const { person } = await afterLines(
      [
        { content: letters },
        { content: 'ก'.repeat(4_000) },
        { content: '\u00A0'.repeat(1_999) + 'x'.repeat(2_000) },
        { content: link.slice(0, 2_000) },
        { content: `[${'l'.repeat(200)}](https://${'h'.repeat(60)}.${'o'.repeat(60)}.example/)` },
        { content: `\`${letters.slice(2)}\`` },
        { content: `\`\`\`\n${letters.slice(9)}\n\`\`\`` },
        { content: `> **${letters.slice(6)}**` },
        { content: letters, kind: 'action' },
        { content: letters, kind: 'topic', body: { topic: letters } },
        { content: letters, kind: 'of-the-future' },
        { content: 'the last one', username: 'n'.repeat(300) },
      ],
      viewport,
    )
    await expect(person.message('the last one')).toBeVisible()
    await person.say(letters)
    await person.say(`/search ${letters.slice(0, 100)}`)
    await person.say(`/${letters.slice(0, 3_000)}`)
    await expect(person.answer('Unknown command')).toBeVisible()
    await person.composer.fill(letters)
    expect(await sticksOut(person.page)).toEqual([])
    expect(await readUp(person.page, 13)).toBe(13)
    expect(await sticksOut(person.page)).toEqual([])
    // The topic stands in the head of a wide page.
    await expect(person.page.getByRole('status', { name: 'Connection' })).toBeInViewport()
  })

const DEEP = ['> ', '**_', '*a **b _c ~~d ', '[', '[a](', '`', '```\n', '~~*_**', '- ', 'https://']

/** Far above what any of them takes, and far below what a square of their length would. */
const AT_ONCE_MS = 1_000

test('Markdown nested two thousand deep is drawn flat, and at once', async ({ someone }) => {
  const alice = await someone()
  await alice.isLive(0)
  const texts = DEEP.map((piece) => `${piece.repeat(2_000).slice(0, 3_990)} end`)
  const times = await alice.page.evaluate(async (texts) => {
    const box = document.querySelector<HTMLTextAreaElement>('#composer')
    if (box === null) throw new Error('no composer')
    const times: number[] = []
    for (const text of texts) {
      box.value = text
      box.dispatchEvent(new InputEvent('input', { bubbles: true }))
      await new Promise(requestAnimationFrame)
      const start = performance.now()
      box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', cancelable: true }))
      await new Promise(requestAnimationFrame)
      await new Promise((resolve) => setTimeout(resolve))
      times.push(performance.now() - start)
    }
    return times
  }, texts)
  await expect(alice.log.locator('[data-entry]')).toHaveCount(DEEP.length)
  took(Math.max(...times))
  expect(Math.max(...times)).toBeLessThan(AT_ONCE_MS)
  const deepest = await alice.log.evaluate((log) => {
    const depthOf = (element: Element): number =>
      Math.max(0, ...[...element.children].map((child) => 1 + depthOf(child)))
    return depthOf(log)
  })
  expect(deepest).toBeLessThan(12)
})

const STORES = ['p2p-chat-history', 'p2p-chat-settings']

/** All that a database holds, and its version. */
function contentsOf(page: Page, name: string): Promise<string> {
  return page.evaluate(async (name) => {
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => {
          resolve(request.result)
        }
        request.onerror = () => {
          reject(request.error ?? new Error('no reason'))
        }
      })
    const database = await done(indexedDB.open(name))
    const stores = [...database.objectStoreNames]
    const all = await Promise.all(
      stores.map((store) => done(database.transaction(store).objectStore(store).getAll())),
    )
    const { version } = database
    database.close()
    return JSON.stringify([version, stores, all])
  }, name)
}

for (const name of STORES)
  test(`a newer version has written into ${name}: the page opens, says so, and leaves all as it is`, async ({
    someone,
    relay,
  }) => {
    const alice = await someone({ path: '/#/r/garden' })
    await alice.isLive(0)
    await alice.say('said before')
    await expect(alice.message('said before')).toHaveAttribute('data-delivery', /./)
    await alice.composer.fill('half a thought')
    // A page of the same origin that is not the program.
    await alice.page.goto(`${relay.url}/icon.svg`)
    await alice.page.evaluate(
      (name) =>
        new Promise<void>((resolve, reject) => {
          const opening = indexedDB.open(name, 99)
          opening.onupgradeneeded = () => opening.result.createObjectStore('of-the-future')
          opening.onsuccess = () => {
            opening.result.close()
            resolve()
          }
          opening.onerror = reject
        }),
      name,
    )
    const kept = (): Promise<readonly string[]> =>
      Promise.all(STORES.map((store) => contentsOf(alice.page, store)))
    const before = await kept()

    await alice.page.goto(`${relay.url}/#/r/garden`)
    const told = alice.page.getByText('A newer version of this program has written on this device')
    await expect(told).toBeVisible()
    await expect(told).toContainText('reload the page to get the newer one. Nothing is lost')
    await expect(alice.composer).toHaveValue('half a thought')
    await alice.say('said meanwhile')
    await expect(alice.composer).toHaveValue('said meanwhile')
    await alice.page.reload()
    await expect(told).toBeVisible()
    await expect(alice.composer).toHaveValue('said meanwhile')
    await alice.page.goto(`${relay.url}/icon.svg`)
    expect(await kept()).toEqual(before)
  })
