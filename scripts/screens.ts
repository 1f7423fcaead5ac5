// Draws the pictures of docs/screens from the real thing: a relay-node, browsers, and people who talk.
import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import {
  type Browser,
  type BrowserContextOptions,
  type Page,
  chromium,
  expect,
} from '@playwright/test'
import { CHROMIUM_ARGS } from '../e2e/chromium.ts'
import { Person } from '../e2e/person.ts'
import { Crowd } from '../bench/lib/crowd.ts'
import { RelayNode } from '../e2e/relay.ts'
import { buildIfStale } from './build-if-stale.ts'
import { findBrowsers } from './find-browsers.ts'
import { ROOT } from './run.ts'

const FOLDER = join(ROOT, 'docs/screens')
const WINDOW = { width: 980, height: 640 }
const WIDE = { width: 1200, height: 780 }
const PHONE = { width: 390, height: 844 }
const SIZES = {
  phone: PHONE,
  laptop: { width: 1366, height: 768 },
  wide: { width: 1920, height: 1080 },
}
const MAX_BYTES = 300_000

/** Opens the page as somebody with a name; what the command answered is gone after the reload. */
async function open(
  browser: Browser,
  url: string,
  name: string,
  look: BrowserContextOptions,
): Promise<Person> {
  const context = await browser.newContext(look)
  const person = new Person(context, await context.newPage())
  await person.page.goto(url)
  await person.say(`/nick ${name}`)
  await expect(person.answer(`You are ${name} now.`)).toBeVisible()
  await person.page.reload()
  await expect(person.composer).toBeVisible()
  return person
}

/** @param animations what is on its way on the map is a part of the picture */
async function save(
  page: Page,
  name: string,
  animations: 'disabled' | 'allow' = 'disabled',
): Promise<void> {
  // Fonts, links and marks come to rest.
  await page.waitForTimeout(1_500)
  const path = join(FOLDER, `${name}.png`)
  await page.screenshot({ path, animations, caret: 'hide' })
  const { size } = statSync(path)
  console.log(`docs/screens/${name}.png ${Math.round(size / 1_000)} kB`)
  if (size > MAX_BYTES) throw new Error(`${name}.png is too large for a README`)
}

type Line = readonly [person: Person, text: string]

/** One after the other, so that the order is the one that was meant. */
async function talk(lines: readonly Line[], seenBy: readonly Person[]): Promise<void> {
  for (const [person, text] of lines) {
    await person.say(text)
    const words = text.replace(/^\/me /, '')
    for (const reader of seenBy) await expect(reader.message(words).last()).toBeAttached()
  }
}

/** Two people's windows beside each other on one desk. */
async function twoWindows(browser: Browser, people: readonly Person[]): Promise<void> {
  const shots = await Promise.all(
    people.map(async ({ page }) => {
      const png = await page.screenshot({ animations: 'disabled', caret: 'hide' })
      return `<figure><header><i></i><i></i><i></i></header><img src="data:image/png;base64,${png.toString('base64')}"></figure>`
    }),
  )
  const page = await browser.newPage({ viewport: { width: 2080, height: 760 } })
  await page.setContent(`<!doctype html><style>
    body { display: flex; gap: 40px; align-items: center; justify-content: center; height: 100vh; margin: 0; background: #dfe7e3 }
    figure { margin: 0; overflow: hidden; border: 1px solid #b9c4bf; border-radius: 10px; background: #fff; box-shadow: 0 2px 6px #0001, 0 18px 48px #0002 }
    header { display: flex; gap: 7px; align-items: center; height: 32px; padding: 0 13px; background: #eef2f0; border-bottom: 1px solid #d5ddd9 }
    i { width: 10px; height: 10px; border-radius: 50%; background: #c3cdc8 }
    img { display: block; width: ${WINDOW.width}px; height: ${WINDOW.height}px }
  </style>${shots.join('')}`)
  await save(page, 'two-windows')
  await page.close()
}

/** As many as a room of thirty has beside two with a screen. */
const CROWD = 28
const CROWD_IN_MS = 180_000
/** Somebody says something, so that there is something on its way. */
const TALK_EVERY_MS = 700

/** The map, seen by a laptop and a phone, in both themes: with three people, and with thirty. */
async function maps(browser: Browser): Promise<void> {
  const relay = await RelayNode.start()
  let crowd: Crowd | undefined
  try {
    const heron = await open(browser, relay.url, 'grey-heron', { viewport: WIDE })
    const wren = await open(browser, relay.url, 'tiny-wren', {
      viewport: PHONE,
      deviceScaleFactor: 1.5,
      isMobile: true,
      hasTouch: true,
    })
    const seers = [heron, wren]
    const third = await open(browser, relay.url, 'quiet-otter', { viewport: WINDOW })
    for (const person of seers) {
      await person.isLive(2)
      await person.page.getByRole('button', { name: 'Map of the room' }).click()
      await expect(person.page.locator('[data-link="direct"]')).toHaveCount(2)
    }
    await third.say('Good morning, both!')
    await bothThemes(heron, 'map')
    await bothThemes(wren, 'map-phone')
    await third.close()
    crowd = await Crowd.start(CROWD, relay.wsAddress)
    for (const person of seers)
      await expect(person.pill).toHaveText(`Live · ${CROWD + 1}`, { timeout: CROWD_IN_MS })
    crowd.talk(TALK_EVERY_MS)
    await expect(heron.page.getByText(/’s last message (came|was brought)/)).toBeVisible()
    await bothThemes(wren, 'map-thirty-phone')
    await bothThemes(heron, 'map-thirty')
    await heron.page.getByRole('table').getByRole('button').nth(3).click()
    await save(heron.page, 'map-card', 'allow')
  } finally {
    await crowd?.stop()
    await relay.stop()
  }
}

async function bothThemes({ page }: Person, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await save(page, `${name}-${colorScheme}`, 'allow')
  }
}

/** What somebody sees, at the size of a phone, a laptop and a wide screen, in both themes. */
async function everywhere({ page }: Person, name: string): Promise<void> {
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await save(page, `${name}-${size}-${colorScheme}`)
    }
  }
}

async function draw(browser: Browser, relay: RelayNode): Promise<void> {
  const { url } = relay
  const falcon = await open(browser, url, 'swift-falcon', { viewport: WINDOW })
  const otter = await open(browser, url, 'quiet-otter', { viewport: WINDOW })
  const both = [falcon, otter]
  await Promise.all(both.map((person) => person.isLive(1)))
  await talk(
    [
      [falcon, 'Good morning! Can you read this?'],
      [otter, 'Loud and clear. And it came straight from your browser: the list says “direct”.'],
      [falcon, 'So what happens if we switch the relay off?'],
      [otter, 'Nothing. Try it.'],
      [falcon, '/me pulls the plug'],
      [falcon, 'Still here?'],
      [otter, 'Still here 🙂'],
      [otter, 'And whoever comes back later gets all of this, in the same order.'],
    ],
    both,
  )
  await falcon.composer.fill('Then let us tell the others')
  for (const { page } of both) await page.waitForTimeout(2_500)
  await twoWindows(browser, both)
  await falcon.composer.fill('')

  const empty = await open(browser, `${url}/#/r/garden`, 'early-bird', { viewport: WIDE })
  await save(empty.page, 'empty')
  await empty.composer.pressSequentially('/')
  await expect(empty.palette).toBeVisible()
  await save(empty.page, 'palette')
  await everywhere(empty, 'palette')
  await empty.composer.fill('')
  await everywhere(empty, 'empty')
  await empty.close()

  const heron = await open(browser, url, 'grey-heron', { viewport: WIDE, colorScheme: 'dark' })
  await heron.isLive(2)
  const all = [...both, heron]
  await talk(
    [
      [heron, 'Hello both! I was offline until now, and I can read everything from above.'],
      [falcon, 'That is the idea: what is said is kept by everyone who was there.'],
    ],
    all,
  )
  await heron.message('I was offline until now').hover()
  await save(heron.page, 'dark')

  const phone = await open(browser, url, 'tiny-wren', {
    viewport: PHONE,
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
  })
  await phone.isLive(3)
  await talk([[phone, 'On my way, reading along on the phone.']], [...all, phone])
  await save(phone.page, 'phone')
  await phone.close()

  await many(falcon, otter, heron)
  await otter.close()
  await heron.close()
  await offline(falcon, relay)
}

/** A busy room, in which one has been away for a while. */
async function many(falcon: Person, otter: Person, heron: Person): Promise<void> {
  await falcon.page.setViewportSize(WIDE)
  await talk(
    [
      [otter, 'Shall we meet at the lake on Saturday?'],
      [heron, 'Saturday is fine. The forecast says sun until four.'],
      [falcon, 'I can bring the small tent and the blue kettle.'],
      [otter, 'Then I take care of food: bread, cheese, tomatoes, and plums from the garden.'],
      [heron, 'Who has the map?'],
    ],
    [falcon],
  )
  await falcon.say('/join kitchen')
  await expect(falcon.page).toHaveURL(/kitchen/)
  await talk(
    [
      [otter, 'I do. The path along the water is closed, so we walk around by the mill:'],
      [otter, 'https://example.org/lake/paths?from=mill&to=jetty'],
      [heron, 'שלום, שבת בעשר ליד הטחנה?'],
      [otter, 'כן 👍'],
      [heron, '🎉🎉'],
    ],
    [otter, heron],
  )
  await expect(falcon.rooms.getByRole('link', { name: /5 new/ })).toBeVisible()
  await falcon.rooms.getByRole('link', { name: /p2p-chat-default/ }).click()
  await expect(falcon.page.getByRole('heading', { name: 'New messages' })).toBeVisible()
  await falcon.composer.fill('Ten at the mill, then.')
  await save(falcon.page, 'many')
  await falcon.composer.fill('')
  await talk(
    [
      [
        otter,
        'Bring **good shoes**: the path is `wet`. For the map:\n```\nmill → jetty  2.4 km\njetty → lake  1.1 km\n```',
      ],
      [heron, '> bread, cheese, tomatoes\nI can bring _coffee_, too.'],
    ],
    [],
  )
  await expect(falcon.log.getByText('too.')).toBeVisible()
  await everywhere(falcon, 'room')
  await falcon.say('/search lake')
  await expect(falcon.log.getByRole('button', { name: /Shall we meet at the lake/ })).toBeVisible()
  await everywhere(falcon, 'search')
}

/** Nobody is left, and nothing answers: what is written waits. */
async function offline(falcon: Person, relay: RelayNode): Promise<void> {
  await relay.kill()
  // Not before the links are gone: what is said until then is handed to those who have left.
  await expect(falcon.pill).toHaveText(/^Offline/, { timeout: CROWD_IN_MS })
  await falcon.say('I will be there. This goes out as soon as anybody can hear it.')
  await expect(falcon.message('This goes out').last()).toHaveAttribute('data-delivery', 'queued')
  await everywhere(falcon, 'offline')
}

if (!(await buildIfStale())) process.exit(1)
const browsers = await findBrowsers()
if (browsers === undefined) process.exit(1)
mkdirSync(FOLDER, { recursive: true })
const relay = await RelayNode.start()
const browser = await chromium.launch({
  executablePath: browsers.CHROMIUM_PATH,
  chromiumSandbox: process.getuid?.() !== 0,
  args: [...CHROMIUM_ARGS],
})
/** `node scripts/screens.ts maps`: these alone. */
const only = process.argv[2]
try {
  if (only !== 'maps') await draw(browser, relay)
  await maps(browser)
} finally {
  await browser.close()
  await relay.stop()
}
