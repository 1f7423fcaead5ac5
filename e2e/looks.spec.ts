import process from 'node:process'
import type { Locator } from '@playwright/test'
import { test } from './hostile.ts'
import type { Person } from './person.ts'
import { expect } from './test.ts'

interface Box {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** Where the letters of an element stand, px. */
function lettersOf(element: Locator): Promise<Box> {
  return element.evaluate((node) => {
    const range = document.createRange()
    range.selectNodeContents(node)
    const { left, right, top, bottom } = range.getBoundingClientRect()
    return { left, right, top, bottom }
  })
}

async function boxOf(element: Locator): Promise<Box> {
  const box = await element.boundingBox()
  if (box === null) throw new Error('not drawn')
  return { left: box.x, right: box.x + box.width, top: box.y, bottom: box.y + box.height }
}

function middle({ top, bottom }: Box): number {
  return (top + bottom) / 2
}

/** A picture for whoever looks at them: `SHOTS=<folder>`. */
async function shoot(person: Person, name: string): Promise<void> {
  const folder = process.env['SHOTS']
  if (folder === undefined) return
  await person.page.waitForTimeout(300)
  await person.page.screenshot({ path: `${folder}/${name}.png`, animations: 'disabled' })
}

test('names stand beside what they say, in every script, and times where the eye finds them', async ({
  afterLines,
}) => {
  const { person } = await afterLines(
    [
      { username: 'anna', content: 'one of a run' },
      { username: 'anna', content: 'two of a run' },
      { username: 'anna', content: 'three of a run' },
      // The first letter is Cyrillic.
      { username: '\u0430nna', content: 'another key' },
      { username: 'נועה', content: 'שלום לכולם' },
      { username: 'bob', content: 'a long line of many words '.repeat(20) },
    ],
    { width: 1_366, height: 768 },
  )
  const one = person.message('one of a run')
  await expect(one.locator('.key')).toBeVisible()
  const name = await boxOf(one.locator('.name'))
  expect(Math.abs(middle(await boxOf(one.locator('time'))) - middle(name))).toBeLessThan(4)
  const tops = await Promise.all(
    ['one', 'two', 'three'].map(
      async (nth) => (await boxOf(person.message(`${nth} of a run`).locator('.text'))).top,
    ),
  )
  const [first = 0, second = 0, third = 0] = tops
  expect(Math.abs(second - first - (third - second))).toBeLessThan(1)
  const hebrew = person.message('שלום')
  const avatar = await boxOf(hebrew.locator('svg').first())
  expect(avatar.left - (await lettersOf(hebrew.locator('.name'))).right).toBeLessThan(12)
  await shoot(person, 'names-1366')
  await person.page.setViewportSize({ width: 1_920, height: 1_080 })
  const long = person.message('a long line')
  const words = await lettersOf(long.locator('.text'))
  expect((await boxOf(long.locator('time'))).left - words.right).toBeLessThan(80)
  await shoot(person, 'names-1920')
  await person.page.emulateMedia({ colorScheme: 'dark' })
  await shoot(person, 'names-1920-dark')
  await person.page.setViewportSize({ width: 320, height: 640 })
  await shoot(person, 'names-320-dark')
})

test('of long names that begin alike, each is seen with its key', async ({ afterLines }) => {
  const { person } = await afterLines([
    // Each person says three lines.
    ...['said by one', 'twice', 'thrice'].map((content) => ({
      username: 'a very long name, the first one',
      content,
    })),
    { username: 'a very long name, the other', content: 'said by another' },
  ])
  for (const viewport of [
    { width: 1_366, height: 768 },
    { width: 320, height: 640 },
  ]) {
    await person.page.setViewportSize(viewport)
    const keys = new Set<string>()
    for (const content of ['said by one', 'said by another']) {
      const who = person.message(content).locator('.who')
      const key = who.locator('.key')
      await expect(key).toBeInViewport({ ratio: 1 })
      const [outer, inner] = [await boxOf(who), await boxOf(key)]
      expect(inner.left).toBeGreaterThanOrEqual(outer.left)
      expect(inner.right).toBeLessThanOrEqual(outer.right)
      keys.add(await key.innerText())
    }
    expect(keys.size).toBe(2)
    await shoot(person, `alike-${viewport.width}`)
  }
})

for (const width of [320, 360, 390])
  test(`larger text leaves the name of the room in the head of a page of ${width} px`, async ({
    someone,
  }) => {
    const finger = { hasTouch: true, isMobile: true }
    const alice = await someone({ viewport: { width, height: 640 }, browser: finger })
    await alice.isLive(0)
    for (const size of [100, 112.5, 125, 150]) {
      if (size > 100) {
        await alice.say('/theme larger')
        await expect(alice.answer(`text: ${size} %`)).toHaveCount(1)
      }
      const head = alice.page.locator('main > header')
      const name = await boxOf(head.locator('h1'))
      const letter = await head
        .locator('h1')
        .evaluate((h1) => parseFloat(getComputedStyle(h1).fontSize))
      expect(name.right - name.left).toBeGreaterThan(3 * letter)
      const boxes = await Promise.all(
        (await head.locator('button, h1').all()).map(async (each) =>
          (await each.isVisible()) ? [await boxOf(each)] : [],
        ),
      )
      const shown = boxes.flat()
      for (const [i, a] of shown.entries()) {
        expect(a.left).toBeGreaterThanOrEqual(0)
        expect(a.right).toBeLessThanOrEqual(width)
        for (const b of shown.slice(i + 1))
          expect(
            a.left >= b.right - 1 ||
              b.left >= a.right - 1 ||
              a.top >= b.bottom - 1 ||
              b.top >= a.bottom - 1,
          ).toBe(true)
      }
      await shoot(alice, `head-${width}-${size}`)
    }
  })

for (const [locale, message] of [
  ['en-US', 'Message'],
  ['th-TH', 'ข้อความ'],
] as const)
  test(`what the empty box says is read whole in large text on a small phone: ${locale}`, async ({
    someone,
  }) => {
    const alice = await someone({ viewport: { width: 320, height: 640 }, browser: { locale } })
    const box = alice.page.getByRole('textbox', { name: message, exact: true })
    for (const size of ['112.5', '125', '150']) {
      await box.fill('/theme larger')
      await box.press('Enter')
      await expect(alice.page.getByText(new RegExp(`: ${size} ?%`))).toHaveCount(1)
    }
    const [needs, has] = await box.evaluate((area) => {
      if (!(area instanceof HTMLTextAreaElement)) throw new Error('no box')
      const style = getComputedStyle(area)
      const context = document.createElement('canvas').getContext('2d')
      if (context === null) throw new Error('nothing to measure with')
      context.font = style.font
      const beside = parseFloat(style.paddingInlineStart) + parseFloat(style.paddingInlineEnd)
      return [context.measureText(area.placeholder).width, area.clientWidth - beside] as const
    })
    expect(needs).toBeGreaterThan(0)
    expect(needs).toBeLessThanOrEqual(has)
    // In a text that is larger still, it ends in an ellipsis.
    await box.blur()
    const overflow = await box.evaluate(
      (area) => getComputedStyle(area, '::placeholder').textOverflow,
    )
    expect(overflow).toBe('ellipsis')
    await shoot(alice, `placeholder-320-150-${locale}`)
  })

test('the address to share is read whole on a phone', async ({ someone }) => {
  const alice = await someone({
    path: '/#/r/blue-room',
    viewport: { width: 390, height: 844 },
    colorScheme: 'dark',
  })
  await alice.isLive(0)
  const field = alice.log.getByRole('textbox')
  const [needs, has] = await field.evaluate((input) => [input.scrollWidth, input.clientWidth])
  expect(needs).toBeLessThanOrEqual(has ?? 0)
  await shoot(alice, 'address-390-dark')
})

test('what could not be kept looks so, and says why once', async ({ someone }) => {
  const alice = await someone({ viewport: { width: 390, height: 844 }, colorScheme: 'dark' })
  await alice.isLive(0)
  await alice.page.evaluate(() => {
    for (const act of ['put', 'add'] as const)
      IDBObjectStore.prototype[act] = () => {
        throw new DOMException('full', 'QuotaExceededError')
      }
  })
  await alice.say('not kept')
  await expect(alice.log.getByRole('alert')).toHaveCount(1)
  const why = (await alice.log.getByRole('alert').locator('span').textContent()) ?? ''
  await alice.say('nor this one')
  await expect(alice.log.getByRole('alert')).toHaveCount(2)
  await expect(alice.log.getByText(why)).toHaveCount(1)
  const bad = await alice.log
    .getByRole('alert')
    .first()
    .evaluate((word) => getComputedStyle(word).color)
  await expect(alice.message('nor this one').locator('circle.refused')).toHaveCSS('stroke', bad)
  await shoot(alice, 'refused-390-dark')
})

test('no link of the map runs through the word by me, and whom I block is told of', async ({
  someone,
}) => {
  const alice = await someone({ viewport: { width: 1_366, height: 768 } })
  const bob = await someone()
  await Promise.all([alice.isLive(1), bob.isLive(1)])
  await alice.page.getByRole('button', { name: 'Map of the room' }).click()
  const word = alice.page.locator('.me .name span')
  await expect(word).toHaveText('you')
  await expect(alice.page.locator('.node.direct')).toHaveCount(1)
  await alice.page.waitForTimeout(1_200)
  await shoot(alice, 'map-1366')
  const me = await boxOf(alice.page.locator('.node.me button'))
  const other = await boxOf(alice.page.locator('.node.direct button'))
  const letters = await lettersOf(word)
  // They stand straight below one another, and the word beside the link between them.
  const link = (me.left + me.right) / 2
  expect(Math.abs(2 * link - other.left - other.right)).toBeLessThan(4)
  expect(letters.left).toBeGreaterThan(link + 4)
  await alice.page.keyboard.press('Escape')
  const name = (await bob.page.locator('.me b').innerText()).split(',')[0] ?? ''
  await alice.say(`/block ${name}`)
  await expect(alice.people.getByText('Somebody whom you block is here')).toBeVisible()
  await expect(alice.pill).toHaveText('Live · 1')
  await expect(alice.people.getByText('Nobody else is here')).toHaveCount(0)
  await shoot(alice, 'blocked-1366')
})

test('whoever knows no commands finds the menu with the keyboard, and makes the text larger', async ({
  someone,
}) => {
  const alice = await someone({ viewport: { width: 320, height: 640 } })
  await alice.isLive(0)
  await alice.say('there is talk')
  const { keyboard } = alice.page
  await alice.page.locator('button.drawer').first().click()
  await alice.rooms.getByText('Menu', { exact: true }).focus()
  await keyboard.press('Enter')
  await expect(alice.rooms.getByRole('button', { name: 'Invite others' })).toBeInViewport()
  await expect(alice.rooms.getByRole('button', { name: 'All commands' })).toBeInViewport()
  await shoot(alice, 'menu-320')
  for (let i = 0; i < 3; i++) await keyboard.press('Tab')
  await expect(alice.rooms.getByRole('button', { name: 'Colours and text size' })).toBeFocused()
  await keyboard.press('Enter')
  await expect(alice.rooms).toBeHidden()
  await alice.answer('Colours').getByRole('button', { name: 'Larger text' }).click()
  await expect(alice.answer('text: 112.5 %')).toBeVisible()
  await shoot(alice, 'menu-look-320')
  await alice.page.setViewportSize({ width: 1_366, height: 768 })
  await alice.rooms.getByText('Menu', { exact: true }).click()
  await shoot(alice, 'menu-1366')
  await alice.page.emulateMedia({ colorScheme: 'dark' })
  await alice.rooms.getByRole('button', { name: 'Search messages' }).click()
  await expect(alice.composer).toHaveValue('/search ')
  await expect(alice.composer).toBeFocused()
  await shoot(alice, 'menu-search-1366-dark')
})
