import type { Locator, Page } from '@playwright/test'
import type { Person } from './person.ts'
import { expect, test } from './test.ts'

/** What sticks out to the side, where nobody can scroll to it. */
function stickingOut(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const scrolls = (element: Element): boolean => {
      for (let up: Element | null = element; up !== null; up = up.parentElement)
        if (up.scrollWidth > up.clientWidth && /auto|scroll/.test(getComputedStyle(up).overflowX))
          return true
      return false
    }
    const all = [
      ...document.querySelectorAll<HTMLElement>('button, a, p, input, textarea, pre, h1'),
    ]
    const out = all.filter((element) => {
      const { left, right, width } = element.getBoundingClientRect()
      const visible = element.checkVisibility({ visibilityProperty: true }) && width > 1
      return visible && (left < -1 || right > innerWidth + 1) && !scrolls(element)
    })
    const wide = document.documentElement.scrollWidth > innerWidth ? ['the page itself'] : []
    return [...wide, ...out.map((element) => element.outerHTML.slice(0, 120))]
  })
}

async function talk(alice: Person): Promise<void> {
  await alice.isLive(0)
  for (const text of [
    'word'.repeat(100),
    'https://example.org/' + 'a'.repeat(200),
    `\`\`\`\n${'x'.repeat(200)}\n\`\`\``,
    'שלום עולם',
  ]) {
    await alice.say(text)
    await expect(alice.message(text.replaceAll('`', '').trim()).last()).toBeAttached()
  }
  await alice.say('/theme')
  await expect(alice.answer('Colours')).toBeVisible()
}

// 1280 × 1024 at 400 % (WCAG 2.2, 1.4.10).
const ZOOMED = { width: 320, height: 256 }

for (const locale of ['en-US', 'th-TH'] as const)
  test(`at 400 % nothing sticks out, and everything is reached, ${locale}`, async ({ someone }) => {
    const alice = await someone({ viewport: ZOOMED, browser: { locale } })
    const { page } = alice
    const box = page.locator('#composer')
    await expect(box).toBeInViewport({ ratio: 1 })
    expect(await stickingOut(page)).toEqual([])
    for (const text of ['word'.repeat(100), `\`\`\`\n${'x'.repeat(200)}\n\`\`\``, '/conn']) {
      await box.fill(text)
      await box.press('Enter')
      await expect(box).toHaveValue('')
    }
    await expect(page.getByText('/conn').first()).toBeAttached()
    expect(await stickingOut(page)).toEqual([])
    // A long text in the box leaves its button, and something of the log.
    await box.fill('a line\n'.repeat(20))
    await expect(page.locator('.send')).toBeInViewport({ ratio: 1 })
    await box.fill('/')
    const options = page.getByRole('option')
    for (let i = 0; i < 12; i++) await box.press('ArrowDown')
    await expect(options.and(page.locator('[aria-selected=true]'))).toBeInViewport({ ratio: 0.9 })
    expect(await stickingOut(page)).toEqual([])
    await box.fill('')
    const pill = page.getByRole('status').getByRole('button')
    await expect(pill).toBeInViewport({ ratio: 1 })
    await pill.click()
    await page.locator('#why button').scrollIntoViewIfNeeded()
    await expect(page.locator('#why button')).toBeInViewport({ ratio: 1 })
    expect(await stickingOut(page)).toEqual([])
    await page.keyboard.press('Escape')
    for (const drawer of ['nav', 'aside'] as const) {
      await page.locator('button.drawer')[drawer === 'nav' ? 'first' : 'last']().click()
      await expect(page.locator(drawer)).toBeInViewport({ ratio: 1 })
      expect(await stickingOut(page)).toEqual([])
      await page.keyboard.press('Escape')
      await expect(page.locator(drawer)).toBeHidden()
    }
  })

test('from right to left all of it stands mirrored, and each message as it is written', async ({
  someone,
}) => {
  const alice = await someone({
    viewport: { width: 390, height: 844 },
    script: () => {
      document.addEventListener('readystatechange', () => (document.documentElement.dir = 'rtl'))
    },
  })
  const { page } = alice
  await talk(alice)
  await expect(alice.message('שלום').locator('.text')).toHaveCSS('direction', 'rtl')
  await expect(alice.message('wordword').locator('.text')).toHaveCSS('direction', 'ltr')
  expect(await stickingOut(page)).toEqual([])
  await page.locator('button.drawer').first().click()
  await expect(page.locator('nav')).toBeInViewport({ ratio: 1 })
  const right = (): Promise<number> =>
    page.locator('nav').evaluate((nav) => nav.getBoundingClientRect().right)
  await expect.poll(right).toBe(390)
  await page.keyboard.press('Escape')
  await expect(page.locator('nav')).toBeHidden()
})

test('forced colours leave the focus, the delivery and the connection to be seen', async ({
  someone,
}) => {
  const alice = await someone({ browser: { forcedColors: 'active' } })
  const bob = await someone()
  await Promise.all([alice.isLive(1), bob.isLive(1)])
  await alice.say('seen in forced colours')
  const mine = alice.message('seen in forced colours')
  await expect(mine).toHaveAttribute('data-delivery', 'stored')
  const canvas = await alice.page.evaluate(() => {
    const probe = document.body.appendChild(document.createElement('i'))
    probe.style.cssText = 'background: Canvas; color: CanvasText'
    const { backgroundColor, color } = getComputedStyle(probe)
    probe.remove()
    return { back: backgroundColor, text: color }
  })
  const disc = mine.locator('.mark circle')
  await expect(disc).toHaveCSS('fill', canvas.text)
  await expect(disc).toHaveCSS('stroke', canvas.text)
  // A direct link is a full dot, one through the relay a hollow one.
  const dot = await alice.pill
    .getByRole('button')
    .evaluate((button) => getComputedStyle(button, '::before').backgroundColor)
  expect(dot).toBe(canvas.text)
  await alice.composer.focus()
  const frame = alice.page.locator('.row:has(#composer)')
  await expect(frame).not.toHaveCSS('outline-style', 'none')
  await expect(frame).not.toHaveCSS('outline-color', canvas.back)
  await alice.page.keyboard.press('Shift+Tab')
  const focused = alice.page.locator(':focus-visible')
  await expect(focused).not.toHaveCSS('outline-style', 'none')
  await expect(focused).not.toHaveCSS('outline-color', canvas.back)
})

test('whoever wants no motion sees none', async ({ someone }) => {
  const alice = await someone({
    viewport: { width: 390, height: 844 },
    browser: { reducedMotion: 'reduce' },
  })
  await talk(alice)
  await alice.page.locator('button.drawer').first().click()
  const moving = await alice.page.evaluate(() => document.getAnimations().length)
  expect(moving).toBe(0)
  await expect(alice.page.locator('nav')).toHaveCSS('transition-duration', '0s')
})

for (const locale of ['en-US', 'th-TH'] as const)
  test(`a finger meets targets of 44 px, ${locale}`, async ({ someone }) => {
    const alice = await someone({
      viewport: { width: 390, height: 844 },
      browser: { locale, isMobile: true, hasTouch: true },
    })
    const { page } = alice
    const box = page.locator('#composer')
    await expect(box).toBeVisible()
    /** Links amid a text are as high as the text: 2.5.8 leaves them out. */
    const small = (): Promise<readonly string[]> =>
      page.evaluate(() =>
        [...document.querySelectorAll('button, nav a, input, textarea, [role=option]')]
          .filter((target) => target.checkVisibility({ visibilityProperty: true }))
          .map((target) => ({ target, box: target.getBoundingClientRect() }))
          .filter(({ box: { width, height } }) => Math.min(width, height) < 43.9)
          .map(
            ({ target, box: { width, height } }) =>
              `${width}×${height}: ${target.outerHTML.slice(0, 120)}`,
          ),
      )
    expect(await small()).toEqual([])
    for (const text of ['```\ncode\n```', '/theme']) {
      await box.fill(text)
      await box.press('Enter')
    }
    await expect(page.getByText('/theme').first()).toBeVisible()
    await box.fill('/')
    expect(await small()).toEqual([])
    await box.fill('')
    await page.getByRole('status').getByRole('button').click()
    expect(await small()).toEqual([])
    await page.keyboard.press('Escape')
    await page.locator('button.drawer').first().click()
    expect(await small()).toEqual([])
  })

/** Nothing of it is cut off. */
function isWhole(place: Locator): Promise<boolean> {
  return place.evaluate(
    (element) =>
      element.scrollWidth <= element.clientWidth &&
      element.scrollHeight <= element.clientHeight + 1,
  )
}

const LONG_ROOM = 'weekend-hiking-club-2026'

for (const locale of ['en-US', 'th-TH'] as const) {
  test(`a low screen leaves the log more than the header, ${locale}`, async ({ someone }) => {
    const alice = await someone({ viewport: { width: 320, height: 200 }, browser: { locale } })
    const high = (place: Locator): Promise<number> =>
      place.evaluate((element) => element.clientHeight)
    await expect(alice.page.locator('.log')).toBeVisible()
    await expect(alice.page.getByRole('status').getByRole('button')).toBeInViewport({ ratio: 1 })
    await expect(alice.page.locator('#map-button')).toBeInViewport({ ratio: 1 })
    const header = await high(alice.page.locator('main > header'))
    expect(await high(alice.page.locator('.log'))).toBeGreaterThan(header)
    expect(await stickingOut(alice.page)).toEqual([])
  })

  test(`a phone shows the room's name, its topic and its address whole, ${locale}`, async ({
    someone,
  }) => {
    const alice = await someone({
      path: `/#/r/${LONG_ROOM}`,
      viewport: { width: 360, height: 740 },
      browser: { locale },
    })
    const { page } = alice
    const topic = page.locator('main > header').getByText('boots and a map')
    const box = page.locator('#composer')
    await expect(page.locator('h1')).toHaveText(LONG_ROOM)
    await expect(page.getByRole('status').first()).toContainText('·')
    const enlarge = (to: string): Promise<void> =>
      page.evaluate((to) => {
        document.documentElement.style.setProperty('--text-size', to)
      }, to)
    await enlarge('1.5')
    expect(await isWhole(page.locator('.invitation :is(input, textarea)'))).toBe(true)
    expect(await stickingOut(page)).toEqual([])
    await enlarge('1')
    await box.fill('/topic boots and a map')
    await box.press('Enter')
    for (const width of [360, 375, 390, 640]) {
      await page.setViewportSize({ width, height: width === 640 ? 360 : 740 })
      expect(await isWhole(page.locator('h1'))).toBe(true)
      await expect(topic).toBeVisible()
      expect(await isWhole(topic)).toBe(true)
      expect(await stickingOut(page)).toEqual([])
    }
  })
}

test('a message that was found stands in a frame that touches none of it', async ({ someone }) => {
  const alice = await someone({ viewport: { width: 390, height: 844 } })
  const { page } = alice
  await alice.isLive(0)
  for (const text of ['above', 'the needle', 'below']) await alice.say(text)
  await alice.say('/search needle')
  await alice.answer('needle').getByRole('button').first().click()
  const found = page.locator('article.sought')
  await expect(found).toBeFocused()
  const free = await found.evaluate((article) => {
    const { outlineOffset, outlineWidth } = getComputedStyle(article)
    const inner = parseFloat(outlineOffset)
    const outer = inner + parseFloat(outlineWidth)
    const box = article.getBoundingClientRect()
    const rects = [...article.querySelectorAll('time, svg, .said')].map((part) =>
      part.getBoundingClientRect(),
    )
    const above = article.previousElementSibling?.getBoundingClientRect().bottom ?? 0
    return Math.min(
      box.right + inner - Math.max(...rects.map(({ right }) => right)),
      Math.min(...rects.map(({ left }) => left)) - (box.left - inner),
      box.top - outer - above + 1,
    )
  })
  expect(free).toBeGreaterThan(0.5)
  expect(await stickingOut(page)).toEqual([])
})

test('what is new in a room does not cut its name', async ({ someone }) => {
  const alice = await someone({ path: `/#/r/${LONG_ROOM}` })
  const bob = await someone({ path: `/#/r/${LONG_ROOM}` })
  await Promise.all([alice.isLive(1), bob.isLive(1)])
  await alice.say('/join garden')
  await expect(alice.page).toHaveURL(/garden$/)
  await bob.say('anybody there?')
  const link = alice.rooms.getByRole('link', { name: LONG_ROOM })
  await expect(link).toContainText('1 new')
  expect(await isWhole(link.locator('.name'))).toBe(true)
})
