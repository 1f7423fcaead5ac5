import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from './test.ts'

async function expectNothingFromAxe(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`),
  ).toEqual([])
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing, ${colorScheme}`, async ({ someone }) => {
    const alice = await someone({ colorScheme })
    await expectNothingFromAxe(alice.page)
    const bob = await someone({ colorScheme, viewport: { width: 390, height: 844 } })
    await Promise.all([alice.isLive(1), bob.isLive(1)])
    await alice.say('one message')
    await bob.sees('one message')
    await alice.say('/help')
    await expect(alice.answer('Available commands')).toBeVisible()
    await alice.composer.pressSequentially('/')
    await expect(alice.palette).toBeVisible()
    await expectNothingFromAxe(alice.page)
    await expectNothingFromAxe(bob.page)
  })
}

test('the keyboard alone does everything', async ({ someone }) => {
  const alice = await someone()
  const { keyboard } = alice.page
  await expect(alice.composer).toBeVisible()
  await alice.page.locator('body').press('h')
  await keyboard.type('ello from the keyboard')
  await keyboard.press('Enter')
  await alice.sees('hello from the keyboard')
  await keyboard.type('/ni')
  await expect(alice.palette.getByRole('option', { name: /^\/nick/ })).toBeVisible()
  await keyboard.press('Tab')
  await expect(alice.composer).toHaveValue('/nick ')
  await keyboard.type('key-only')
  await keyboard.press('Enter')
  await expect(alice.answer('You are key-only now.')).toBeVisible()
  await keyboard.type('/join cellar')
  await keyboard.press('Enter')
  await expect(alice.page).toHaveURL(/#\/r\/cellar$/)
  await keyboard.type('/')
  await expect(alice.palette).toBeVisible()
  await keyboard.press('Escape')
  await expect(alice.palette).toBeHidden()
  await keyboard.press('Backspace')
  // Every interactive thing can be reached and shows where the focus is.
  const reached = new Set<string>()
  for (let i = 0; i < 30; i++) {
    await keyboard.press('Tab')
    const name = await alice.page.evaluate(() => {
      const focused = document.activeElement
      return focused === null
        ? ''
        : `${focused.tagName} ${focused.getAttribute('aria-label') ?? focused.textContent}`
    })
    reached.add(name)
  }
  expect([...reached].some((name) => name.includes('cellar'))).toBe(true)
  expect([...reached].some((name) => name.includes('p2p-chat-default'))).toBe(true)
})

test('a phone has room for everything', async ({ someone }) => {
  const alice = await someone({ viewport: { width: 360, height: 640 } })
  const bob = await someone()
  await Promise.all([alice.isLive(1), bob.isLive(1)])
  await bob.say('a rather long message '.repeat(12))
  await alice.sees('a rather long message')
  await alice.say('from the phone')
  await bob.sees('from the phone')
  const overflow = await alice.page.evaluate(
    () => document.documentElement.scrollWidth - window.innerWidth,
  )
  expect(overflow).toBeLessThanOrEqual(0)
  await expect(alice.composer).toBeInViewport()
  await alice.page
    .getByRole('button', { name: /people/i })
    .first()
    .click()
  await expect(alice.people).toBeVisible()
  await expect(alice.people).toContainText('direct')
  await alice.page.keyboard.press('Escape')
  await expect(alice.people).toBeHidden()
})

test('older messages load on scrolling, and the newest stand there at once without a network', async ({
  someone,
  relay,
}) => {
  test.slow()
  const alice = await someone()
  await expect(alice.composer).toBeVisible()
  for (let i = 1; i <= 150; i++) {
    await alice.composer.fill(`message number ${i}.`)
    await alice.composer.press('Enter')
  }
  await alice.sees('message number 150.')
  await expect(alice.log.getByText('saving')).toHaveCount(0)
  await alice.page.reload()
  await alice.sees('message number 150.')
  await expect(alice.message('message number 3.')).toHaveCount(0)
  const newest = alice.message('message number 150.')
  await newest.hover()
  for (let i = 0; i < 40 && (await alice.message('message number 1.').count()) === 0; i++) {
    await alice.page.mouse.wheel(0, -1_200)
    await alice.page.waitForTimeout(50)
  }
  await expect(alice.message('message number 1.')).toHaveCount(1)
  const texts = await alice.log.locator('[data-entry]').allTextContents()
  const numbers = texts.flatMap((text) => /number (\d+)\./.exec(text)?.[1] ?? []).map(Number)
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
  await relay.kill()
  await expect(alice.pill).toHaveText(/Reconnecting…|Offline/)
  await alice.say('written with no network')
  await alice.sees('written with no network')
  await expect(alice.message('written with no network')).toHaveAttribute('data-delivery', 'queued')
})
