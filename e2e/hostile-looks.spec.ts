import type { Page } from '@playwright/test'
import { readUp, test } from './hostile.ts'
import { expect, took } from './test.ts'

const PHONE = { width: 360, height: 640 }
const DESK = { width: 1_200, height: 800 }

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
  for (const viewport of [PHONE, DESK]) {
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

for (const viewport of [PHONE, DESK])
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
      const enter = { key: 'Enter', bubbles: true, cancelable: true }
      box.dispatchEvent(new KeyboardEvent('keydown', enter))
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
