import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { expect, test } from './test.ts'

/** With all rules on: AAA, best practices and experiments, too. */
const RULES = [
  ...['wcag2a', 'wcag2aa', 'wcag2aaa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
  ...['best-practice', 'experimental'],
]

async function expectNothingFromAxe(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze()
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`),
  ).toEqual([])
}

// Each theme and each language once: neither changes what the other is judged by.
for (const [colorScheme, locale] of [
  ['light', 'en-US'],
  ['dark', 'th-TH'],
] as const)
  test(`axe finds nothing, ${colorScheme}, ${locale}`, async ({ someone }) => {
    // Six analyses of a whole page.
    test.slow()
    const browser = { locale }
    const alice = await someone({ colorScheme, browser })
    const bob = await someone({ colorScheme, browser, viewport: { width: 390, height: 844 } })
    const box = alice.page.locator('#composer')
    await expect(bob.page.getByRole('article')).toHaveCount(0)
    await expect(bob.page.getByRole('log').getByRole('textbox')).toBeVisible()
    await expect(bob.page.getByRole('log').getByRole('img')).toBeVisible()
    await expectNothingFromAxe(bob.page)
    await expect(alice.page.getByRole('status').getByText(/· 1$/)).toBeVisible({
      timeout: 20_000,
    })
    await box.fill('one **message** with `code`\n```js\nlet x = 1\n```\n> quoted')
    await box.press('Enter')
    await expect(bob.page.getByText('quoted')).toBeVisible()
    for (const line of ['/help', '/keys', '/theme blue']) {
      await box.fill(line)
      await box.press('Enter')
    }
    await expect(alice.page.getByRole('article').filter({ hasText: 'blue' })).toBeVisible()
    await box.pressSequentially('/')
    await expect(alice.page.getByRole('listbox')).toBeVisible()
    await expectNothingFromAxe(alice.page)
    await box.fill('/theme ')
    await expectNothingFromAxe(alice.page)
    await alice.page.getByRole('status').getByRole('button').click()
    await expectNothingFromAxe(alice.page)
    await bob.page.locator('button.drawer').first().click()
    await expectNothingFromAxe(bob.page)
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
  for (let i = 1; i <= 90; i++) {
    await alice.composer.fill(`message number ${i}.`)
    await alice.composer.press('Enter')
  }
  await alice.sees('message number 90.')
  await expect(alice.log.getByText('saving')).toHaveCount(0)
  await alice.page.reload()
  await alice.sees('message number 90.')
  await expect(alice.message('message number 3.')).toHaveCount(0)
  const newest = alice.message('message number 90.')
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
