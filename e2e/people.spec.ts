import AxeBuilder from '@axe-core/playwright'
import type { Person } from './person.ts'
import { expect, test } from './test.ts'

/** Two with names that tell them apart, directly linked. */
async function named(people: readonly Person[], names: readonly string[]): Promise<void> {
  await Promise.all(people.map((person) => person.isLive(people.length - 1)))
  for (const [i, person] of people.entries()) {
    await person.say(`/nick ${names[i] ?? ''}`)
    await expect(person.answer(`You are ${names[i] ?? ''} now.`)).toBeVisible()
  }
  for (const person of people) {
    for (const name of names) await expect(person.people).toContainText(name)
  }
}

test('who is writing is seen, until it is said or given up, and not of those who want it unseen', async ({
  someone,
}) => {
  const [alice, bob] = [await someone(), await someone()]
  await named([alice, bob], ['alice', 'bob'])
  const line = alice.page.getByText('bob is writing…')
  await bob.composer.pressSequentially('Hello')
  await expect(line).toBeVisible()
  await bob.composer.press('Enter')
  await alice.sees('Hello')
  await expect(line).toBeHidden()
  // A command is nobody else's business.
  await bob.page.waitForTimeout(3_100)
  await bob.composer.pressSequentially('/topic roses')
  await bob.page.waitForTimeout(1_000)
  await expect(line).toBeHidden()
  await bob.composer.fill('')
  await bob.composer.pressSequentially('well,')
  await expect(line).toBeVisible()
  await expect(line).toBeHidden({ timeout: 10_000 })
  await bob.people.getByRole('checkbox', { name: 'Others see that I am writing' }).uncheck()
  await bob.page.reload()
  await bob.isLive(1)
  await expect(bob.people.getByRole('checkbox')).not.toBeChecked()
  await bob.composer.pressSequentially(' let me think')
  await bob.page.waitForTimeout(1_500)
  await expect(line).toBeHidden()
})

test('who is away says why, and comes back with one press', async ({ someone }) => {
  const [alice, bob] = [await someone(), await someone()]
  await named([alice, bob], ['alice', 'bob'])
  await bob.say('/away lunch')
  await expect(alice.people).toContainText('away: lunch')
  await expect(bob.people).toContainText('this device · away: lunch')
  await bob.page.reload()
  await expect(bob.page.getByText('Others see that you are away: lunch')).toBeVisible()
  await bob.isLive(1)
  await expect(alice.people).toContainText('away: lunch')
  await bob.page.getByRole('button', { name: 'I am back' }).click()
  await expect(bob.composer).toBeFocused()
  await expect(alice.people).not.toContainText('away')
})

test('blocking hides past and future at once, and after a reload; unblocking shows all again', async ({
  someone,
}) => {
  const [alice, eve] = [await someone(), await someone()]
  await named([alice, eve], ['alice', 'eve'])
  await eve.say('buy this')
  await alice.sees('buy this')
  await alice.say('no, thanks')
  await eve.sees('no, thanks')
  await alice.say('/block eve')
  await expect(alice.answer('is blocked')).toBeVisible()
  await expect(alice.message('buy this')).toHaveCount(0)
  await expect(alice.message('no, thanks')).toHaveCount(1)
  await eve.say('and this')
  await eve.sees('and this')
  await expect(eve.message('and this')).toHaveAttribute('data-delivery', 'stored')
  await eve.composer.pressSequentially('and')
  await alice.page.waitForTimeout(1_500)
  await expect(alice.message('and this')).toHaveCount(0)
  await expect(alice.page.getByText('is writing…')).toBeHidden()
  const blocked = alice.people.getByRole('list', { name: 'Blocked' })
  await expect(blocked).toContainText('eve')
  const { violations } = await new AxeBuilder({ page: alice.page }).analyze()
  expect(violations.map(({ id }) => id)).toEqual([])
  await alice.page.reload()
  await alice.isLive(1)
  await expect(alice.message('no, thanks')).toHaveCount(1)
  await expect(alice.message(/buy this|and this/)).toHaveCount(0)
  await alice.composer.pressSequentially('@')
  await expect(alice.palette).toBeHidden()
  // She has them, and hands them on: who comes later has all of it, with eve gone.
  await eve.close()
  const bob = await someone()
  await bob.sees('and this')
  await blocked.getByRole('button', { name: 'Unblock eve' }).click()
  await expect(alice.message(/buy this|and this/)).toHaveCount(2)
  expect(await alice.entries()).toEqual(await bob.entries())
})

test('people and rooms are completed by keyboard alone, the latest speaker first', async ({
  someone,
}) => {
  const people = [await someone(), await someone(), await someone()]
  const [alice, bob, carol] = people as [Person, Person, Person]
  await named(people, ['alice', 'bob', 'carol'])
  await bob.say('first')
  await alice.sees('first')
  await carol.say('second')
  await alice.sees('second')
  const { keyboard } = alice.page
  const options = alice.palette.getByRole('option')
  await alice.composer.focus()
  await keyboard.type('ask @')
  await expect(options).toHaveText(['@carol', '@bob'])
  await keyboard.press('Tab')
  await expect(alice.composer).toHaveValue('ask @carol ')
  await keyboard.press('Tab')
  await expect(alice.composer).toHaveValue('ask @bob ')
  await expect(options.nth(1)).toHaveAttribute('aria-selected', 'true')
  await keyboard.press('Tab')
  await expect(alice.composer).toHaveValue('ask @carol ')
  await keyboard.press('Shift+Tab')
  await expect(alice.composer).toHaveValue('ask @bob ')
  // Enter never sends while a list is open.
  await keyboard.press('Enter')
  await expect(alice.palette).toBeHidden()
  await expect(alice.message('ask @bob')).toHaveCount(0)
  await keyboard.press('Enter')
  await bob.sees('ask @bob')
  // In the middle of a text.
  await keyboard.type('tell , please')
  for (let i = 0; i < ', please'.length; i++) await keyboard.press('ArrowLeft')
  await keyboard.type('@ca')
  await keyboard.press('Enter')
  await expect(alice.composer).toHaveValue('tell @carol , please')
  await keyboard.press('Backspace')
  await expect(alice.composer).toHaveValue('tell @carol, please')
  await keyboard.press('Escape')
  await keyboard.press('Enter')
  await carol.sees('tell @carol, please')
  await keyboard.type('/join garden')
  await keyboard.press('Enter')
  await expect(alice.page).toHaveURL(/#\/r\/garden$/)
  await keyboard.type('see #p2p')
  await keyboard.press('Tab')
  await expect(alice.composer).toHaveValue('see #p2p-chat-default ')
  await alice.composer.fill('')
  await alice.page.goBack()
  await expect(alice.people.getByRole('listitem').filter({ hasText: 'carol' })).toContainText(
    'direct',
    { timeout: 20_000 },
  )
  await alice.composer.focus()
  await keyboard.type('/whois c')
  await keyboard.press('Tab')
  await expect(alice.composer).toHaveValue('/whois carol')
  await keyboard.press('Enter')
  await expect(alice.answer(/carol has the key .*Directly connected .*Proved: /)).toBeVisible()
})

test('a topic is for everybody, a shrug is whole, and who went was seen', async ({ someone }) => {
  const [alice, bob] = [await someone(), await someone()]
  await named([alice, bob], ['alice', 'bob'])
  await alice.say('/topic roses, and what eats them')
  await bob.sees('* alice set the topic: roses, and what eats them')
  await expect(bob.page.getByRole('banner').or(bob.page.locator('main > header'))).toContainText(
    'roses, and what eats them',
  )
  await bob.say('/shrug who knows')
  await expect(alice.message('who knows')).toContainText('who knows ¯\\_(ツ)_/¯')
  await alice.say('/mute')
  await expect(alice.rooms.getByRole('link', { name: /p2p-chat-default/ })).toContainText('muted')
  await bob.close()
  const lately = alice.people.getByRole('list', { name: 'Seen here lately' })
  await expect(lately).toContainText(/bob\s*last seen/)
  await alice.page.reload()
  await expect(alice.page.locator('main > header')).toContainText('roses, and what eats them')
})
