import { expect, test } from './test.ts'

test('a second tab of one profile says so, and takes over when asked', async ({ someone }) => {
  const alice = await someone()
  await alice.say('from the first tab')
  await alice.sees('from the first tab')
  const second = await alice.context.newPage()
  await second.goto(alice.page.url())
  await expect(second.getByText('This chat is open in another tab')).toBeVisible()
  await second.getByRole('button', { name: 'Use it here' }).click()
  await expect(second.getByRole('article').filter({ hasText: 'from the first tab' })).toBeVisible()
  await expect(second.getByRole('textbox', { name: 'Message' })).toBeVisible()
  await expect(alice.page.getByText('This chat is open in another tab')).toBeVisible()
})

test('a second tab takes over by itself when the first closes', async ({ someone }) => {
  const alice = await someone()
  const bob = await someone()
  await alice.isLive(1)
  const second = await alice.context.newPage()
  await second.goto(alice.page.url())
  await expect(second.getByText('This chat is open in another tab')).toBeVisible()
  await alice.page.close()
  await expect(second.getByRole('textbox', { name: 'Message' })).toBeVisible({ timeout: 2_000 })
  await expect(second.getByRole('status', { name: 'Connection' })).toHaveText('Live · 1', {
    timeout: 20_000,
  })
  await second.getByRole('textbox', { name: 'Message' }).fill('from the second tab')
  await second.keyboard.press('Enter')
  await bob.sees('from the second tab')
})

test('a guest beside a profile is somebody else, and gone with the tab', async ({
  someone,
  relay,
}) => {
  const alice = await someone()
  await alice.isLive(0)
  const guest = await alice.context.newPage()
  await guest.goto(relay.url)
  await guest.getByRole('button', { name: 'Join as a guest' }).click()
  await alice.isLive(1)
  await guest.getByRole('textbox', { name: 'Message' }).fill('I am only visiting')
  await guest.keyboard.press('Enter')
  await alice.sees('I am only visiting')
  await guest.goto('about:blank')
  await guest.goto(`${relay.url}/?guest`)
  await expect(guest.getByRole('textbox', { name: 'Message' })).toBeVisible()
  await expect(guest.getByRole('article').filter({ hasText: 'I am only visiting' })).toHaveCount(0)
})
