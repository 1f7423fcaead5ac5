import { expect, test } from './test.ts'

test('what was said is found, and shown in its place by keyboard and by number', async ({
  someone,
}) => {
  test.slow()
  const alice = await someone({ path: '/#/r/search' })
  await alice.say('the first needle in the hay')
  for (let i = 0; i < 70; i++) await alice.say(`hay ${i}`)
  await alice.say('สวัสดีครับทุกคน')
  // Kept: what is only on its way to the disk would be back in the box after a reload.
  const last = alice.log.locator('[data-entry]').filter({ hasText: 'สวัสดี' })
  await expect(last).toHaveCount(1)
  await alice.page.reload()
  await alice.sees('hay 69')
  await alice.say('/search needle')
  const answer = alice.answer('1 message with “needle”')
  await expect(answer).toBeVisible()
  const found = answer.getByRole('button', { name: /the first needle in the hay/ })
  await found.focus()
  await alice.page.keyboard.press('Enter')
  const first = alice.log.locator('[data-entry]').filter({ hasText: 'the first needle' })
  await expect(first).toBeInViewport()
  await expect(first).toBeFocused()
  await alice.say('/search ทุกคน')
  await expect(alice.answer('1 message with “ทุกคน”')).toBeVisible()
  await alice.say('/goto 1')
  await expect(last).toBeFocused()
  const today = await alice.page.evaluate(() => {
    const now = new Date()
    const two = (n: number): string => String(n).padStart(2, '0')
    return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
  })
  await alice.say(`/goto ${today}`)
  await expect(first).toBeFocused()
  await alice.say('/goto 7')
  await expect(alice.answer(/a number from the last \/search/)).toBeVisible()
  await alice.say('/search nowhere to be found')
  await expect(alice.answer(/Nothing that this device holds/)).toBeVisible()
})

test('what was found is marked for whoever points at it, until they turn to something else', async ({
  someone,
}) => {
  const alice = await someone({ path: '/#/r/search' })
  await alice.say('the needle')
  await alice.sees('the needle')
  await alice.say('/search needle')
  await alice
    .answer('1 message')
    .getByRole('button', { name: /the needle/ })
    .click()
  const found = alice.log.locator('[data-entry]').filter({ hasText: 'the needle' })
  await expect(found).toBeFocused()
  await expect(found).toHaveCSS('outline-style', 'solid')
  await alice.composer.click()
  await expect(found).toHaveCSS('outline-style', 'none')
})
