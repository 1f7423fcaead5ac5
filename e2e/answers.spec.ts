import AxeBuilder from '@axe-core/playwright'
import { expect, test } from './test.ts'

test('what a command takes stands there while it is written, whether or not it can be completed', async ({
  someone,
}) => {
  const alice = await someone()
  const { composer, page, palette } = alice
  await composer.pressSequentially('/clear ')
  await expect(composer).toHaveAccessibleDescription('/clear [days] [unsent] e.g. /clear 30')
  await expect(page.getByText('e.g. /clear 30')).toBeVisible()
  await expect(page.locator('mark')).toHaveText('[days]')
  await expect(palette).toBeHidden()
  await composer.pressSequentially('7 ')
  await expect(page.locator('mark')).toHaveText('[unsent]')
  await composer.fill('/theme ')
  await expect(page.locator('mark')).toHaveText('[look]')
  await expect(palette).toBeVisible()
  await composer.fill('/nick swift')
  await expect(page.locator('mark')).toHaveText('[name]')
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id }) => id)).toEqual([])
  await composer.press('Escape')
  await expect(page.locator('mark')).toHaveCount(0)
  await expect(composer).toHaveValue('/nick swift')
  await expect(composer).toHaveAccessibleDescription('')
  await composer.press('Enter')
  await expect(alice.answer('You are swift now.')).toBeVisible()
})

test('an answer longer than the screen is read from its beginning', async ({ someone }) => {
  const alice = await someone()
  await alice.say('before')
  await alice.say('/help')
  const answer = alice.answer('Available commands:')
  await expect(answer.getByText('Available commands:')).toBeInViewport()
  await expect(answer.getByText('/quit')).not.toBeInViewport()
  await alice.page.getByRole('button', { name: 'Jump to latest' }).click()
  await expect(answer.getByText('/quit')).toBeInViewport()
  await alice.say('/version')
  await expect(alice.answer(/P2P Chat \d/)).toBeInViewport({ ratio: 1 })
  await alice.say('after')
  await alice.sees('after')
})

test('a press on somebody tells who they are, and on a phone the list gives way', async ({
  someone,
}) => {
  const alice = await someone()
  const bob = await someone({ viewport: { width: 390, height: 844 } })
  await Promise.all([alice.isLive(1), bob.isLive(1)])
  await alice.say('/nick anna')
  await bob.say('/nick bert')
  await alice.say('hello')
  await alice.composer.fill('half a sentence')
  await alice.people.getByRole('button', { name: /^bert/ }).click()
  const card = alice.answer('bert has the key')
  await expect(card).toContainText('Directly connected')
  await expect(alice.composer).toHaveValue('half a sentence')
  await alice.people.getByRole('button', { name: /^anna/ }).click()
  await expect(alice.answer('You are anna. Your key is')).toBeVisible()
  await bob.page.getByRole('button', { name: 'People' }).click()
  await bob.people.getByRole('button', { name: /^anna/ }).click()
  await expect(bob.people).toBeHidden()
  await expect(bob.answer('anna has the key')).toBeVisible()
})

test('who is called by name sees where', async ({ someone }) => {
  const [alice, bob] = [await someone(), await someone()]
  await Promise.all([alice.isLive(1), bob.isLive(1)])
  await alice.say('/nick anna')
  await bob.say('nobody in particular')
  await bob.say('anna, look here')
  const ground = (text: string): Promise<string> =>
    alice
      .message(text)
      .locator('.said')
      .evaluate((said) => getComputedStyle(said).backgroundColor)
  await alice.sees('anna, look here')
  expect(await ground('anna, look here')).not.toBe(await ground('nobody in particular'))
  await alice.say('/nick carla')
  await expect.poll(() => ground('anna, look here')).toBe(await ground('nobody in particular'))
})

test('of several who share a name one is picked by keyboard, without typing a key', async ({
  someone,
}) => {
  const [alice, bob, carol] = [await someone(), await someone(), await someone()]
  await alice.isLive(2)
  await bob.say('/nick anna')
  // With a letter of another script: it looks the same.
  await carol.say('/nick аnna')
  await expect(alice.people.getByRole('button', { name: /^.nna/ })).toHaveCount(2)
  await alice.say('/whois anna')
  const asked = alice.answer('Several are called “anna”, or look like it. Whom do you mean?')
  const picks = asked.getByRole('listitem').getByRole('button')
  await expect(picks).toHaveCount(2)
  const { violations } = await new AxeBuilder({ page: alice.page }).analyze()
  expect(violations.map(({ id }) => id)).toEqual([])
  const label = (await picks.first().textContent())?.trim() ?? ''
  const [name = '', end = ''] = label.split(' …')
  await picks.first().press('Enter')
  await expect(alice.answer(`${name} has the key`)).toContainText(end)
})
