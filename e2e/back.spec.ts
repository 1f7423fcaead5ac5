import type { Page } from '@playwright/test'
import type { Person } from './person.ts'
import { expect, test } from './test.ts'

const PHONE = { width: 390, height: 844 }
const GARDEN = /#\/r\/garden$/
const HOME = /#\/$/

const length = (page: Page): Promise<number> => page.evaluate(() => history.length)

async function join(person: Person, room: string): Promise<void> {
  await person.say(`/join ${room}`)
  await expect(person.page).toHaveURL(new RegExp(`#/r/${room}$`))
  await expect(person.log).toBeVisible()
}

test('on a phone, back closes what lies over the talk before it leaves the room', async ({
  someone,
}) => {
  const alice = await someone({ path: '/#/', viewport: PHONE })
  const { page } = alice
  const map = page.locator('#map-button')
  await alice.isLive(0)
  await join(alice, 'garden')
  for (const panel of ['people', 'rooms'] as const) {
    await page.locator(`button.drawer`)[panel === 'rooms' ? 'first' : 'last']().click()
    await expect(alice[panel]).toBeInViewport({ ratio: 1 })
    await page.goBack()
    await expect(alice[panel]).toBeHidden()
    await expect(page).toHaveURL(GARDEN)
  }
  await map.click()
  await expect(alice.log).toBeHidden()
  await page.goBack()
  await expect(alice.log).toBeVisible()
  await expect(page).toHaveURL(GARDEN)
  // One after the other, the last one first.
  await map.click()
  await page.locator('button.drawer').first().click()
  await page.goBack()
  await expect(alice.rooms).toBeHidden()
  await expect(map).toHaveAttribute('aria-expanded', 'true')
  await page.goBack()
  await expect(map).toHaveAttribute('aria-expanded', 'false')
  await expect(page).toHaveURL(GARDEN)
  await page.goBack()
  await expect(page).toHaveURL(HOME)
})

test('what is closed otherwise leaves nothing to go back through', async ({ someone }) => {
  const alice = await someone({ path: '/#/', viewport: PHONE })
  const { page } = alice
  await alice.isLive(0)
  await join(alice, 'garden')
  const before = await length(page)
  for (let i = 0; i < 3; i++) {
    await page.locator('button.drawer').last().click()
    await expect(alice.people).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(alice.people).toBeHidden()
    await page.locator('#map-button').click()
    await expect(alice.log).toBeHidden()
    await page.locator('#map-button').click()
    await expect(alice.log).toBeVisible()
  }
  // What was gone back from lies ahead, until something else is opened.
  expect(await length(page)).toBeLessThanOrEqual(before + 1)
  // A room that is chosen from the drawer takes the drawer's place.
  await page.locator('button.drawer').first().click()
  await alice.rooms.getByRole('link', { name: 'p2p-chat-default' }).click()
  await expect(page).toHaveURL(HOME)
  await expect(alice.rooms).toBeHidden()
  await page.goBack()
  await expect(page).toHaveURL(GARDEN)
  await expect(alice.rooms).toBeHidden()
  await page.goBack()
  await expect(page).toHaveURL(HOME)
  await page.goForward()
  await expect(page).toHaveURL(GARDEN)
})

test('a map that comes along to another room, or through a reload, is no dead end', async ({
  someone,
}) => {
  const alice = await someone({ path: '/#/', viewport: PHONE })
  const { page } = alice
  const map = page.locator('#map-button')
  await alice.isLive(0)
  await map.click()
  await alice.say('/join garden')
  await expect(page).toHaveURL(GARDEN)
  await expect(map).toHaveAttribute('aria-expanded', 'true')
  await page.goBack()
  await expect(map).toHaveAttribute('aria-expanded', 'false')
  await expect(page).toHaveURL(GARDEN)
  await map.click()
  await expect(alice.log).toBeHidden()
  await page.reload()
  await expect(alice.log).toBeVisible()
  await expect(page).toHaveURL(GARDEN)
  await page.goBack()
  await expect(page).toHaveURL(HOME)
  // By hand.
  await map.click()
  await page.evaluate(() => (location.hash = '#/r/shed'))
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('shed')
  await expect(map).toHaveAttribute('aria-expanded', 'false')
  await page.goBack()
  await expect(page).toHaveURL(HOME)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('p2p-chat-default')
  await expect(map).toHaveAttribute('aria-expanded', 'false')
})

for (const mapped of [false, true])
  test(`back does not lead into a room that was left, ${mapped ? 'by its map' : 'by its log'}`, async ({
    someone,
  }) => {
    const alice = await someone({ path: '/#/', viewport: PHONE })
    const { page } = alice
    await alice.isLive(0)
    await join(alice, 'garden')
    if (mapped) {
      await page.locator('#map-button').click()
      await expect(alice.log).toBeHidden()
    }
    await alice.say('/leave')
    await expect(alice.answer('garden')).toBeVisible()
    await expect(page).toHaveURL(HOME)
    await page.goBack()
    await expect(page).toHaveURL(HOME)
    await alice.say('/rooms')
    await expect(alice.answer('Your rooms (1)')).toBeVisible()
  })
