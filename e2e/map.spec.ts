import AxeBuilder from '@axe-core/playwright'
import type { Locator, Page } from '@playwright/test'
import type { Person } from './person.ts'
import { expect, test } from './test.ts'

const PHONE = { width: 390, height: 844 }

const mapOf = (person: Person): Locator =>
  person.page.getByRole('region', { name: 'How this room is connected' })
const rowOf = (person: Person, name: string | RegExp): Locator =>
  mapOf(person).getByRole('table').getByRole('row').filter({ hasText: name })
const nodeOf = (person: Person, name: string): Locator =>
  mapOf(person)
    .getByRole('toolbar', { name: 'People and relay-nodes' })
    .getByRole('button', { name: new RegExp(`^${name}: `) })

interface SeenPulse {
  readonly kind: string
  readonly from: string
  readonly to: string
}

/** Pulses are gone in a second: the page notes them itself. */
async function notePulses(page: Page): Promise<() => Promise<readonly SeenPulse[]>> {
  await page.evaluate(() => {
    const seen: SeenPulse[] = []
    Object.assign(globalThis, { seenPulses: seen })
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes)
        for (const node of addedNodes)
          if (node instanceof SVGElement && node.dataset['pulse'] !== undefined) {
            const { pulse: kind = '', from = '', to = '' } = node.dataset
            seen.push({ kind, from, to })
          }
    }).observe(document.body, { childList: true, subtree: true })
  })
  return () =>
    page.evaluate(() => (globalThis as unknown as { seenPulses: SeenPulse[] }).seenPulses)
}

/** The key is in no name, but in the rows. */
async function idOf(person: Person, name: string): Promise<string> {
  return (await rowOf(person, name).getAttribute('data-peer')) ?? ''
}

test('three people are linked directly in the picture and the table, and a message runs along its path', async ({
  someone,
}) => {
  const [alice, bob, carol] = [await someone(), await someone(), await someone()]
  for (const [person, name] of [
    [alice, 'alice'],
    [bob, 'bob'],
    [carol, 'carol'],
  ] as const)
    await person.say(`/nick ${name}`)
  await Promise.all([alice, bob, carol].map((person) => person.isLive(2)))
  await alice.say('/map')
  const map = mapOf(alice)
  await expect(map).toBeVisible()
  await expect(alice.log).toBeHidden()
  await expect(map.locator('[data-link="direct"]')).toHaveCount(2)
  await expect(map.locator('[data-link="relay"]')).toHaveCount(1)
  await expect(map.getByRole('img', { name: /linked directly to both others/ })).toBeVisible()
  for (const name of ['bob', 'carol']) {
    await expect(rowOf(alice, name)).toContainText('direct · WebRTC')
    // Measured by now, and said to be so in both places.
    await expect(rowOf(alice, name)).toContainText(/\d ms$/)
    await expect(nodeOf(alice, name)).toHaveAccessibleName(
      /Directly connected by WebRTC, [\d,]+ ms there and back/,
    )
  }
  await expect(rowOf(alice, 'localhost')).toContainText('relay-node · WebSocket')

  const [bobId, carolId] = [await idOf(alice, 'bob'), await idOf(alice, 'carol')]
  const pulses = await notePulses(alice.page)
  await bob.say('hello from bob')
  // The log is not on the page: it is read aloud all the same.
  await expect(
    alice.page.locator('[aria-live="polite"]', { hasText: 'bob: hello from bob' }),
  ).toHaveCount(1)
  await expect(map.getByText(/^bob’s last message (came straight|was brought by)/)).toBeVisible()
  const came = (await pulses()).filter(({ kind }) => kind === 'message')
  const straight = await map.getByText('came straight from them').count()
  // Where it came from is what the sentence says, and it was passed on to somebody else or to nobody.
  expect(came[0]?.from === bobId).toBe(straight === 1)
  const mine = came[0]?.to ?? ''
  expect(came.slice(1).every(({ from }) => from === mine)).toBe(true)

  await alice.say('hello from alice')
  await expect(map.getByText(/^Your last message left for /)).toBeVisible()
  await expect
    .poll(async () =>
      (await pulses())
        .filter(({ kind, from, to }) => kind === 'message' && from === mine && to !== bobId)
        .map(({ to }) => to),
    )
    .toContain(carolId)
  // It comes to an end: nothing is left lying on the picture.
  await expect(map.locator('[data-pulse="message"]')).toHaveCount(0)

  await nodeOf(alice, 'carol').click()
  const card = map.getByRole('article', { name: 'carol' })
  await expect(card).toContainText(/^.*Directly connected by WebRTC, [\d,]+ ms there and back\./)
  await expect(card).toContainText(/Here since .* by their own word/)
  await expect(card).toContainText('They have said that they keep 1 message of yours.')

  await carol.close()
  await expect(map.locator('[data-link="direct"]')).toHaveCount(1)
  await expect(rowOf(alice, 'carol')).toHaveCount(0)
  await expect(card).toHaveCount(0)
  await alice.page.keyboard.press('Escape')
  await expect(map).toHaveCount(0)
  await alice.sees('hello from bob')
})

test('who hides behind the relay-node stands beyond it, and nothing is claimed that was not measured', async ({
  someone,
}) => {
  const alice = await someone()
  await alice.say('/relay only')
  await expect(alice.answer('Relay-only')).toBeVisible()
  const bob = await someone()
  await bob.say('/nick bob')
  await expect(alice.pill).toHaveText('Relay only · 1', { timeout: 20_000 })
  await alice.page.getByRole('button', { name: 'Map of the room' }).click()
  const map = mapOf(alice)
  await expect(rowOf(alice, 'bob')).toContainText(/(heard by way of|through) localhost/)
  await expect(map.locator('[data-link="direct"]')).toHaveCount(0)
  await expect(map.locator('[data-link="beyond"]')).toHaveCount(1)
  await expect(map.getByRole('img', { name: /No direct link to anybody/ })).toBeVisible()
  const pulses = await notePulses(alice.page)
  await bob.say('hello through the relay')
  await expect(map.getByText(/^bob’s last message was brought by localhost/)).toBeVisible()
  const kinds = (await pulses()).map(({ kind }) => kind)
  expect(kinds).toContain('message')
  expect(kinds).toContain('glow')
})

test('the keyboard alone goes through the picture, and comes back', async ({ someone }) => {
  const [alice, bob] = [await someone(), await someone()]
  await bob.say('/nick bob')
  await Promise.all([alice.isLive(1), bob.isLive(1)])
  const { keyboard } = alice.page
  const button = alice.page.getByRole('button', { name: 'Map of the room' })
  await button.focus()
  await keyboard.press('Enter')
  await expect(button).toHaveAttribute('aria-expanded', 'true')
  const map = mapOf(alice)
  await expect(map).toBeVisible()
  const nodes = map.getByRole('toolbar')
  for (let i = 0; i < 5 && (await nodes.locator(':focus').count()) === 0; i++)
    await keyboard.press('Tab')
  await keyboard.press('End')
  await expect(nodeOf(alice, 'bob')).toBeFocused()
  await keyboard.press('Enter')
  await expect(map.getByRole('article', { name: 'bob' })).toContainText('Directly connected')
  await expect(nodeOf(alice, 'bob')).toHaveAttribute('aria-pressed', 'true')
  await keyboard.press('Home')
  await keyboard.press('Space')
  await expect(map.getByRole('article')).toContainText('There is no server in the middle.')
  // Typing goes on landing in the box, and a list that is open is closed before the map.
  await keyboard.type('/wh')
  await expect(alice.palette).toBeVisible()
  await keyboard.press('Escape')
  await expect(alice.palette).toBeHidden()
  await expect(map).toBeVisible()
  await nodeOf(alice, 'bob').focus()
  await keyboard.press('Escape')
  await expect(map).toHaveCount(0)
  await expect(button).toBeFocused()
})

test('axe finds nothing on the map in either theme, and nothing sticks out', async ({
  someone,
}) => {
  const alice = await someone({ colorScheme: 'light' })
  const bob = await someone({ colorScheme: 'dark', viewport: PHONE })
  await bob.say('/nick bob')
  await Promise.all([alice.isLive(1), bob.isLive(1)])
  for (const person of [alice, bob]) {
    await person.page.getByRole('button', { name: 'Map of the room' }).click()
    await expect(mapOf(person).locator('[data-link="direct"]')).toHaveCount(1)
  }
  await nodeOf(alice, 'bob').click()
  for (const { page } of [alice, bob])
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      const { violations } = await new AxeBuilder({ page }).analyze()
      expect(
        violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
      ).toEqual([])
      const beyond = await page.evaluate(
        () => document.documentElement.scrollWidth - window.innerWidth,
      )
      expect(beyond).toBeLessThanOrEqual(0)
    }
})

test('nothing moves for whoever wants nothing to move, and the path lights up all the same', async ({
  someone,
}) => {
  const [alice, bob] = [await someone(), await someone()]
  await alice.page.emulateMedia({ reducedMotion: 'reduce' })
  await Promise.all([alice.isLive(1), bob.isLive(1)])
  await alice.say('/map')
  await expect(mapOf(alice).locator('[data-link="direct"]')).toHaveCount(1)
  const places = alice.page.evaluate(
    () =>
      new Promise<readonly string[]>((resolve) => {
        const seen: string[] = []
        let pulse: Element | null = null
        const look = (): void => {
          pulse ??= document.querySelector('[data-pulse="message"]')
          if (pulse?.isConnected === false) resolve(seen)
          else {
            if (pulse !== null) seen.push(getComputedStyle(pulse).transform)
            requestAnimationFrame(look)
          }
        }
        look()
      }),
  )
  await bob.say('a quiet hello')
  const seen = await places
  expect(seen.length).toBeGreaterThan(1)
  expect(new Set(seen).size).toBe(1)
})

test('a map that cannot be loaded says so, and the chat goes on', async ({ someone }) => {
  const alice = await someone({ unkept: true })
  await alice.page.route('**/assets/MapOf-*.js', (route) => route.abort())
  await alice.say('/map')
  await expect(alice.page.getByText('The map could not be loaded')).toBeVisible()
  await alice.say('still here')
  await alice.page.keyboard.press('Escape')
  await alice.sees('still here')
})

test('whoever tries again to load the map by keyboard is where it was, whether or not it comes', async ({
  someone,
}) => {
  const alice = await someone({ unkept: true })
  const { keyboard } = alice.page
  let answers = false
  await alice.page.route('**/assets/MapOf-*.js', (route) =>
    answers ? route.continue() : route.abort(),
  )
  await alice.say('/map')
  const again = alice.page.getByRole('button', { name: 'Try again' })
  for (answers of [false, true]) {
    await again.focus()
    await keyboard.press('Enter')
    if (answers) await expect(alice.page.locator('.node.me')).toBeVisible()
    else await expect(alice.page.getByRole('alert')).toBeVisible()
    expect(await alice.page.evaluate(() => document.activeElement !== document.body)).toBe(true)
    if (!answers) {
      await keyboard.press('Tab')
      await expect(again).toBeFocused()
    }
  }
  await keyboard.press('Escape')
  await expect(alice.page.getByRole('button', { name: 'Map of the room' })).toBeFocused()
})

test('two of one long name are told apart by their keys, which are not cut off', async ({
  someone,
}) => {
  const alice = await someone({ viewport: { width: 390, height: 844 } })
  const others = await Promise.all([someone(), someone()])
  for (const other of others) await other.say('/nick one and the same name of both')
  await alice.isLive(2)
  await alice.page.getByRole('button', { name: 'Map of the room' }).click()
  const labels = alice.page.locator('.node.direct .name')
  await expect(labels).toHaveCount(2)
  await expect(labels.first()).toContainText('…')
  const keys = await labels.evaluateAll((all) =>
    all.map((label) => {
      const texts = document.createTreeWalker(
        label.firstElementChild ?? label,
        NodeFilter.SHOW_TEXT,
      )
      let last: Node | null = null
      while (texts.nextNode() !== null)
        if (texts.currentNode.textContent?.trim() !== '') last = texts.currentNode
      const range = document.createRange()
      if (last !== null) range.selectNodeContents(last)
      // What is drawn of the last letters: nothing beyond their label.
      const beyond = range.getBoundingClientRect().right - label.getBoundingClientRect().right
      return { seen: beyond <= 0.5, key: last?.textContent?.slice(-7) ?? '' }
    }),
  )
  expect(keys.map(({ seen }) => seen)).toEqual([true, true])
  expect(new Set(keys.map(({ key }) => key)).size).toBe(2)
  for (const { key } of keys) expect(key).toMatch(/^…\w{6}$/)
})
