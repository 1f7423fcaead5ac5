import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import type { Person } from './person.ts'
import { expect, test } from './test.ts'

/** The badges that were asked for: what an icon shows, no test can see. */
function watchBadge(): void {
  const badges: number[] = []
  Object.assign(globalThis, { badges })
  navigator.setAppBadge = (count) => Promise.resolve(void badges.push(count ?? -1))
  navigator.clearAppBadge = () => Promise.resolve(void badges.push(0))
}

/** Counts how often the browser was asked to ask, which then says no. */
function refuse(): void {
  Object.assign(globalThis, { asks: 0 })
  let permission: NotificationPermission = 'default'
  Object.defineProperty(Notification, 'permission', { get: () => permission })
  Notification.requestPermission = () => {
    Object.assign(globalThis, { asks: Number(Reflect.get(globalThis, 'asks')) + 1 })
    permission = 'denied'
    return Promise.resolve(permission)
  }
}

/** A browser without a screen hides no page: it is told that it is hidden. */
async function look(page: Page, state: DocumentVisibilityState): Promise<void> {
  await page.evaluate((now) => {
    Object.defineProperty(document, 'visibilityState', { get: () => now, configurable: true })
    document.dispatchEvent(new Event('visibilitychange'))
  }, state)
}

interface Shown {
  readonly title: string
  readonly body: string
  readonly tag: string
  readonly silent: boolean | null
}

function notificationsOf(page: Page): Promise<readonly Shown[]> {
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready
    const shown = await registration.getNotifications()
    return shown.map(({ title, body, tag, silent }) => ({ title, body, tag, silent }))
  })
}

async function named(person: Person, name: string): Promise<void> {
  await person.say(`/nick ${name}`)
  await expect(person.answer(`You are ${name} now.`)).toBeVisible()
}

test('what is unread stands in the title, on the icon and in the list, with the mentions', async ({
  someone,
}) => {
  const alice = await someone({ script: watchBadge })
  const bob = await someone()
  await named(alice, 'alice')
  await expect(alice.page).toHaveTitle('p2p-chat-default — P2P Chat')
  await alice.isLive(1)
  await look(alice.page, 'hidden')
  await bob.say('hello?')
  await bob.say('are you there, Alice?')
  await expect(alice.page).toHaveTitle('(2) p2p-chat-default — P2P Chat')
  const link = alice.rooms.getByRole('link', { name: 'p2p-chat-default' })
  await expect(link).toContainText('2 new')
  await expect(link).toContainText('@ you')
  const badges = (): Promise<unknown> =>
    alice.page.evaluate(() => Reflect.get(globalThis, 'badges') as unknown)
  await expect.poll(badges).toEqual([0, 1, 2])
  await look(alice.page, 'visible')
  await expect(alice.page).toHaveTitle('p2p-chat-default — P2P Chat')
  await expect(link).not.toContainText('@ you')
  await expect.poll(badges).toEqual([0, 1, 2, 0])
})

test('notifications: one for each room, as /notify says, and a click shows the room', async ({
  someone,
}) => {
  const alice = await someone({ path: '/#/r/garden' })
  await alice.context.grantPermissions(['notifications'])
  const bob = await someone({ path: '/#/r/garden' })
  await named(alice, 'alice')
  await named(bob, 'bob')
  await alice.isLive(1)
  const { page } = alice
  await expect
    .poll(() => page.evaluate(() => navigator.serviceWorker.controller?.state))
    .toBe('activated')

  // Never while the page can be seen.
  await bob.say('alice, you see this')
  await alice.sees('alice, you see this')
  await look(page, 'hidden')
  await bob.say('not about anybody')
  await expect(alice.message('not about anybody')).toHaveCount(1)
  expect(await notificationsOf(page)).toEqual([])

  await bob.say('@alice where are you?')
  const tag = 'room garden'
  await expect
    .poll(() => notificationsOf(page))
    .toEqual([{ title: 'garden', body: 'bob: @alice where are you?', tag, silent: true }])
  await bob.say('/me waves at alice')
  await expect
    .poll(() => notificationsOf(page))
    .toEqual([{ title: 'garden · 2 new', body: '* bob waves at alice', tag, silent: true }])

  await alice.composer.fill('/join other')
  await alice.composer.press('Enter')
  await expect(page.getByRole('heading', { name: 'other', exact: true })).toBeVisible()
  const [worker] = alice.context.serviceWorkers()
  await worker?.evaluate(async () => {
    const scope = globalThis as unknown as { readonly registration: ServiceWorkerRegistration }
    const [notification] = await scope.registration.getNotifications()
    const Click = Reflect.get(globalThis, 'NotificationEvent') as new (
      kind: string,
      init: unknown,
    ) => Event
    globalThis.dispatchEvent(new Click('notificationclick', { notification }))
  })
  await expect(page.getByRole('heading', { name: 'garden', exact: true })).toBeVisible()
  expect(await notificationsOf(page)).toEqual([])

  await look(page, 'visible')
  await alice.say('/notify all')
  await expect(alice.answer('you are told of everything said in garden')).toBeVisible()
  await look(page, 'hidden')
  await bob.say('anything at all')
  await expect
    .poll(async () => (await notificationsOf(page)).map(({ body }) => body))
    .toEqual(['bob: anything at all'])
  // Whoever looks has seen it.
  await look(page, 'visible')
  await alice.say('/notify sound')
  await expect(alice.answer('Notifications make a sound')).toBeVisible()
  await look(page, 'hidden')
  await bob.say('and again')
  await expect
    .poll(async () => (await notificationsOf(page)).map(({ silent }) => silent))
    .toEqual([false])
  await look(page, 'visible')
  await expect.poll(() => notificationsOf(page)).toEqual([])
  await alice.say('/notify none')
  await expect(alice.answer('You are told nothing of garden')).toBeVisible()
  await look(page, 'hidden')
  await bob.say('alice, alice, alice')
  await expect(alice.message('alice, alice, alice')).toHaveCount(1)
  expect(await notificationsOf(page)).toEqual([])
})

test('what comes in as history calls nobody', async ({ someone, relay }) => {
  const alice = await someone()
  await alice.context.grantPermissions(['notifications'])
  await named(alice, 'alice')
  await alice.say('/notify all')
  const bob = await someone()
  await alice.isLive(1)
  await expect
    .poll(() => alice.page.evaluate(() => navigator.serviceWorker.controller?.state))
    .toBe('activated')
  await alice.page.goto('about:blank')
  await bob.say('alice, you are gone')
  await bob.sees('alice, you are gone')
  await alice.context.addInitScript(() => {
    Object.defineProperty(document, 'visibilityState', { get: () => 'hidden', configurable: true })
  })
  await alice.page.goto(relay.url)
  await expect(alice.message('alice, you are gone')).toHaveCount(1, { timeout: 20_000 })
  await alice.isLive(1)
  await bob.say('and now, alice?')
  await expect
    .poll(async () =>
      (await notificationsOf(alice.page)).map(
        ({ title, body }) => `${title} | ${body.split(': ')[1]}`,
      ),
    )
    .toEqual(['p2p-chat-default | and now, alice?'])
})

test('the browser is asked after the first missed mention, when the reader wants it, and its no is told', async ({
  someone,
}) => {
  const alice = await someone({ script: refuse })
  const bob = await someone()
  await named(alice, 'alice')
  await alice.isLive(1)
  const asks = (): Promise<unknown> =>
    alice.page.evaluate(() => Reflect.get(globalThis, 'asks') as unknown)
  const offer = alice.page.getByRole('button', { name: 'Notify me' })
  await bob.say('alice, you see this')
  await alice.sees('alice, you see this')
  await look(alice.page, 'hidden')
  await bob.say('nobody in particular')
  await expect(alice.message('nobody in particular')).toHaveCount(1)
  await expect(offer).toHaveCount(0)
  // To say what one wants to be told of is no reason yet.
  await look(alice.page, 'visible')
  await alice.say('/notify mentions')
  await expect(alice.answer('you are asked once you have missed a mention')).toBeVisible()
  await expect(offer).toHaveCount(0)
  await look(alice.page, 'hidden')
  await bob.say('@alice?')
  await expect(offer).toBeVisible()
  expect(await asks()).toBe(0)
  expect((await new AxeBuilder({ page: alice.page }).analyze()).violations).toEqual([])
  await look(alice.page, 'visible')
  await offer.click()
  await expect.poll(asks).toBe(1)
  await expect(offer).toHaveCount(0)
  await expect(
    alice.page.getByText('This browser blocks notifications from this page'),
  ).toBeVisible()
  await alice.say('/notify all')
  await expect(alice.answer('This browser blocks notifications from this page')).toBeVisible()
  expect(await asks()).toBe(1)
})
