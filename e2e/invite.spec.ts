import AxeBuilder from '@axe-core/playwright'
import type { Locator } from '@playwright/test'
import { encode } from 'uqr'
import { PageServer } from './page-server.ts'
import { Person } from './person.ts'
import { RelayNode } from './relay.ts'
import { expect, test } from './test.ts'

const PHONE = { width: 390, height: 844 }

const ADDRESS = 'The address to share'
const codeIn = (place: Locator): Locator =>
  place.getByRole('img', { name: 'QR code of this address' })
const linkIn = (place: Locator): Promise<string> => place.getByLabel(ADDRESS).inputValue()

/** The modules of a code as a camera sees them: rows of 0 and 1 from what is painted, and the light around them. */
async function scanned(code: Locator): Promise<{ rows: readonly string[]; quiet: boolean }> {
  return code.evaluate(async (svg) => {
    const [left = 0, , side = 0] = (svg.getAttribute('viewBox') ?? '').split(' ').map(Number)
    const margin = -left
    const size = side - 2 * margin
    const copy = svg.cloneNode(true) as SVGElement
    copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
    copy.setAttribute('width', String(4 * side))
    copy.setAttribute('height', String(4 * side))
    const image = new Image()
    image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`
    await image.decode()
    const canvas = document.createElement('canvas')
    canvas.width = canvas.height = 4 * side
    const painted = canvas.getContext('2d')
    if (painted === null) throw new Error('no canvas')
    painted.drawImage(image, 0, 0)
    const isDark = (x: number, y: number): boolean => {
      const [red = 255, , , alpha = 0] = painted.getImageData(4 * x + 2, 4 * y + 2, 1, 1).data
      if (alpha < 255) throw new Error('what is behind the code shows through')
      return red < 128
    }
    const range = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i)
    const rows = range(size).map((y) =>
      range(size)
        .map((x) => (isDark(x + margin, y + margin) ? '1' : '0'))
        .join(''),
    )
    const edges = range(side).flatMap((i) =>
      range(margin).flatMap((m) => [
        isDark(i, m),
        isDark(m, i),
        isDark(i, side - 1 - m),
        isDark(side - 1 - m, i),
      ]),
    )
    return { rows, quiet: margin >= 4 && !edges.includes(true) }
  })
}

function modulesOf(text: string): readonly string[] {
  return encode(text, { border: 0 }).data.map((row) =>
    row.map((dark) => (dark ? '1' : '0')).join(''),
  )
}

/** Runs in the page, before the program: a share sheet, and what was put on it. */
function shareSheet(): void {
  const shared: ShareData[] = []
  Object.assign(globalThis, { shared })
  Object.defineProperty(navigator, 'share', {
    value: (data: ShareData) => {
      shared.push(data)
      return shared.length > 1
        ? Promise.reject(new DOMException('closed', 'AbortError'))
        : Promise.resolve()
    },
  })
}

for (const look of [{ colorScheme: 'light' }, { colorScheme: 'dark', viewport: PHONE }] as const)
  test(`an empty room shows its address and a code that leads there, ${look.colorScheme}`, async ({
    someone,
  }) => {
    const alice = await someone({ path: '/#/r/garden', ...look })
    const code = codeIn(alice.log)
    await expect(code).toBeInViewport()
    const link = await linkIn(alice.log)
    expect(new URL(link).hash).toBe('#/r/garden')
    const { rows, quiet } = await scanned(code)
    expect(rows).toEqual(modulesOf(link))
    expect(quiet).toBe(true)
    await expect(alice.log.getByText('leads to this very device')).toBeVisible()
    const { violations } = await new AxeBuilder({ page: alice.page }).analyze()
    expect(violations).toEqual([])
  })

test('on a small phone an empty room is read from the top, and what is said is followed', async ({
  someone,
}) => {
  const alice = await someone({ path: '/#/r/garden', viewport: { width: 320, height: 480 } })
  const title = alice.log.getByRole('heading', { name: 'Nothing has been said in garden yet' })
  await expect(codeIn(alice.log)).toBeAttached()
  await expect(title).toBeInViewport()
  await codeIn(alice.log).scrollIntoViewIfNeeded()
  await alice.log.evaluate((log) => (log.scrollTop = 40))
  for (let i = 0; i < 12; i++) await alice.say(`line ${i}`)
  await alice.sees('line 11')
  await expect(alice.page.getByRole('button', { name: /^Jump to latest/ })).toHaveCount(0)
})

test('without a share sheet the address is copied, and whoever opens it is in the room', async ({
  someone,
  browser,
}) => {
  const alice = await someone({ path: '/#/r/garden' })
  await alice.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await alice.log.getByRole('button', { name: 'Copy' }).click()
  await expect(alice.log.getByRole('status').filter({ hasText: 'Copied' })).toBeVisible()
  const link = await alice.page.evaluate(() => navigator.clipboard.readText())
  expect(link).toBe(await linkIn(alice.log))
  const bob = await Person.open(browser, link, { path: '' })
  try {
    await bob.isLive(1)
    await bob.say('here by your link')
    await alice.sees('here by your link')
    await expect(bob.page.getByRole('heading', { name: 'garden', exact: true })).toBeVisible()
  } finally {
    await bob.close()
  }
})

test('a share sheet is handed the address, and to close it is no failure', async ({ someone }) => {
  const alice = await someone({ script: shareSheet })
  const share = alice.log.getByRole('button', { name: 'Share', exact: true })
  await share.click()
  await share.click()
  const shared = (): Promise<unknown> =>
    alice.page.evaluate(() => Reflect.get(globalThis, 'shared') as unknown)
  const sheet = { title: 'P2P Chat', url: await linkIn(alice.log) }
  await expect.poll(shared).toEqual([sheet, sheet])
  await expect(alice.log.getByText(/^(Copied|Select the address)/)).toHaveCount(0)
})

test('/invite shows the same amid a conversation', async ({ someone }) => {
  const alice = await someone({ path: '/#/r/garden' })
  await alice.say('not empty any more')
  await alice.sees('not empty any more')
  await alice.say('/invite')
  const answer = alice.answer('Whoever opens this address is in garden.')
  await expect(codeIn(answer)).toBeInViewport({ ratio: 1 })
  expect((await scanned(codeIn(answer))).rows).toEqual(modulesOf(await linkIn(answer)))
  await expect(answer.getByRole('button', { name: 'Copy' })).toBeVisible()
  await expect(answer.getByText('leads to this very device')).toBeVisible()
})

test('an invite names the other relay-node that holds the room, and brings others in by it alone', async ({
  browser,
}) => {
  const a = await RelayNode.start()
  const b = await RelayNode.start({ BOOTSTRAP: a.tcpAddress })
  const page = await PageServer.start()
  const people: Person[] = []
  const open = async (url: string, path: string): Promise<Person> => {
    const person = await Person.open(browser, url, { path })
    people.push(person)
    return person
  }
  try {
    const alice = await open(a.url, '/#/r/garden')
    const field = alice.log.getByLabel(ADDRESS)
    await expect(field).toHaveValue(new RegExp(`\\?relay=.*/p2p/${b.peerId}$`), { timeout: 20_000 })
    const link = await field.inputValue()
    expect(link).not.toContain(a.peerId)
    expect((await scanned(codeIn(alice.log))).rows).toEqual(modulesOf(link))
    // The same page from a place that is no relay-node: nothing leads further but the invite.
    const bob = await open(page.url, `/${new URL(link).hash}`)
    await bob.isLive(1)
    await bob.say('by the other relay-node')
    await alice.sees('by the other relay-node')
  } finally {
    for (const person of people) await person.close()
    await page.stop()
    await a.stop()
    await b.stop()
  }
})

test('an address to share makes the page no longer than the screen', async ({ someone }) => {
  const alice = await someone({ path: '/#/r/garden', viewport: PHONE })
  for (let i = 0; i < 40; i++) await alice.say(`line ${i}`)
  await alice.say('/invite')
  await expect(codeIn(alice.log)).toBeVisible()
  await alice.say('/help')
  await expect(alice.answer('Available commands')).toBeInViewport()
  await expect(alice.page.getByRole('heading', { level: 1 })).toBeInViewport({ ratio: 1 })
  const [tall, high] = await alice.page.evaluate(() => [
    document.documentElement.scrollHeight,
    innerHeight,
  ])
  expect(tall).toBe(high)
})
