import { randomBytes, webcrypto } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Download } from '@playwright/test'
import { Person } from './person.ts'
import { expect, test } from './test.ts'

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const KEY_BYTES = 32
/** A sync brings it so long after it was said: then it came late. */
const LATE_MS = 10_000
const QUOTA_BYTES = 500_000

/** What PROTOCOL.md says of a signed line, from outside the program. */
async function isSigned(line: string): Promise<boolean> {
  const [, unsigned, sig = ''] = /^(.*),"sig":"([A-Za-z0-9_-]{86})"\}$/s.exec(line) ?? []
  const { from } = JSON.parse(line) as { from: string }
  const { subtle } = webcrypto
  const key = await subtle.importKey('raw', keyOf(from), 'Ed25519', false, ['verify'])
  const signed = Buffer.from(`p2p-chat/line/1\n${unsigned ?? ''}}`)
  return subtle.verify('Ed25519', key, Buffer.from(sig, 'base64url'), signed)
}

/** The public key that a peer id spells: the last 32 bytes of its base58btc. */
function keyOf(peerId: string): Uint8Array<ArrayBuffer> {
  let n = 0n
  for (const letter of peerId) n = n * 58n + BigInt(ALPHABET.indexOf(letter))
  return new Uint8Array(Buffer.from(n.toString(16).padStart(2 * 38, '0'), 'hex')).slice(-KEY_BYTES)
}

async function linesOf(download: Download): Promise<readonly string[]> {
  const text = await readFile(await download.path(), 'utf8')
  expect(text.endsWith('\n')).toBe(true)
  return text.slice(0, -1).split('\n')
}

/** Articles and headings of the log, from top to bottom. */
async function logOf(person: Person): Promise<readonly string[]> {
  const heading = person.log.getByRole('heading', { name: 'New messages' })
  return heading.or(person.log.getByRole('article')).allTextContents()
}

/** Loads the page again so that it finds no relay, or finds it again. */
async function reload(person: Person, online: boolean): Promise<void> {
  if (online) await person.context.unroute('**/bootstrap.json')
  else await person.context.route('**/bootstrap.json', (route) => route.abort())
  await person.page.reload()
  await expect(person.composer).toBeVisible()
}

test('an export is a file of lines that anybody can verify', async ({ someone }) => {
  const alice = await someone()
  const bob = await someone()
  await Promise.all([alice.isLive(1), bob.isLive(1)])
  await alice.say('first — "quoted", ส, 👍')
  await bob.sees('first')
  await bob.say('second')
  await alice.sees('second')
  const downloading = alice.page.waitForEvent('download')
  await alice.say('/export')
  const download = await downloading
  expect(download.suggestedFilename()).toMatch(/^p2p-chat-p2p-chat-default-[\d-]{10}\.jsonl$/)
  const lines = await linesOf(download)
  expect(lines.map((line) => (JSON.parse(line) as { content: string }).content)).toEqual([
    'first — "quoted", ส, 👍',
    'second',
  ])
  expect(await Promise.all(lines.map(isSigned))).toEqual([true, true])
  expect(await isSigned((lines[1] ?? '').replace('second', 'zecond'))).toBe(false)
  await expect(alice.answer('2 messages saved as')).toBeVisible()
})

test('/storage tells what is held, and how safely', async ({ someone }) => {
  const alice = await someone()
  await alice.isLive(0)
  await alice.say('something to keep')
  await expect(alice.message('something to keep')).toHaveAttribute('data-delivery', /./)
  await alice.say('/storage')
  const answer = alice.answer('This device holds:')
  await expect(answer).toContainText('p2p-chat-default (1 message)')
  await expect(answer).toContainText(/\d+ ([kMG]B|byte) in all, of \d/)
  await expect(answer).toContainText(/may drop it|until you delete it/)
})

test('/wipe with its word makes somebody new; without it, nothing happens', async ({ someone }) => {
  const alice = await someone()
  await alice.isLive(0)
  await alice.say('/nick old-me')
  await alice.say('said by the old me')
  await expect(alice.message('said by the old me')).toHaveAttribute('data-delivery', /./)
  await alice.say('/join cellar')
  await expect(alice.rooms.getByRole('link', { name: 'cellar' })).toBeVisible()
  await alice.say('/wipe')
  await expect(alice.answer('type /wipe everything')).toBeVisible()
  await alice.composer.fill('an unsent thought')
  await alice.page.reload()
  await expect(alice.composer).toHaveValue('an unsent thought')
  const loaded = alice.page.waitForEvent('load')
  await alice.say('/wipe everything')
  await loaded
  await expect(alice.rooms.getByRole('button', { name: 'Your name' })).toBeVisible()
  await expect(alice.rooms.getByRole('button', { name: 'Your name' })).not.toContainText('old-me')
  await expect(alice.rooms.getByRole('link', { name: 'cellar' })).toHaveCount(0)
  await expect(alice.composer).toHaveValue('')
  // The relay's archive may bring it back, as what somebody else has said.
  await alice.isLive(0)
  await expect(
    alice.log
      .getByRole('article', { name: /^old-me: / })
      .and(alice.page.locator('[data-delivery]')),
  ).toHaveCount(0)
})

test('a guest wipes nothing but themselves', async ({ someone, relay }) => {
  const alice = await someone()
  await alice.isLive(0)
  await alice.say('/nick host')
  const guest = await alice.context.newPage()
  await guest.goto(`${relay.url}/?guest`)
  const box = guest.getByRole('textbox', { name: 'Message', exact: true })
  const loaded = guest.waitForEvent('load')
  await box.fill('/wipe everything')
  await box.press('Enter')
  await loaded
  await guest.close()
  await alice.page.reload()
  await expect(alice.rooms.getByRole('button', { name: 'Your name' })).toContainText('host')
})

test('where a message is, in words', async ({ someone, relay }) => {
  const alice = await someone()
  const bob = await someone()
  await Promise.all([alice.isLive(1), bob.isLive(1)])
  await alice.say('keep this')
  const kept = alice.message('keep this')
  await expect(kept).toHaveAttribute('data-delivery', 'stored')
  await expect(async () => {
    await alice.composer.focus()
    await kept.focus()
    await expect(kept).toHaveAccessibleDescription(/^Stored on 2 of 2 devices/, { timeout: 100 })
  }).toPass()
  await bob.close()
  await relay.kill()
  await expect(alice.pill).toHaveText(/Reconnecting…|Offline/)
  // Bob’s end is gone without a word: until the pings find out, something can be handed to it.
  await expect(async () => {
    await alice.say('/peers')
    await expect(alice.answer('Connected Peers (0)').last()).toBeVisible({ timeout: 1_000 })
  }).toPass()
  await alice.say('for later')
  const queued = alice.message('for later')
  await expect(queued).toHaveAttribute('data-delivery', 'queued')
  await queued.hover()
  await expect(queued).toHaveAccessibleDescription(/^Waiting on this device/)
})

test('what came late is marked where it stands, and told without moving anything', async ({
  someone,
}) => {
  test.slow()
  const alice = await someone({ viewport: { width: 900, height: 480 } })
  const bob = await someone()
  await Promise.all([alice.isLive(1), bob.isLive(1)])
  await alice.say('before bob went')
  await bob.sees('before bob went')
  await reload(bob, false)
  await bob.say('written in a tunnel')
  await expect(bob.message('written in a tunnel')).toHaveAttribute('data-delivery', 'queued')
  for (let i = 1; i <= 30; i++) await alice.say(`meanwhile ${i}.`)
  await alice.message('meanwhile 30.').hover()
  await alice.page.mouse.wheel(0, -120)
  await expect(alice.page.getByRole('button', { name: 'Jump to latest' })).toBeVisible()
  await alice.page.waitForTimeout(LATE_MS)
  const place = async (): Promise<number> =>
    Math.round((await alice.message('meanwhile 22.').boundingBox())?.y ?? 0)
  const before = await place()
  await reload(bob, true)
  const told = alice.log.getByRole('button', { name: '1 arrived later, further up' })
  await expect(told).toBeVisible({ timeout: 20_000 })
  const late = alice.message('written in a tunnel')
  await expect(late).toContainText('arrived later')
  await expect(late).toHaveAccessibleDescription('arrived later')
  await expect(late).not.toBeInViewport()
  const inBetween = alice.log
    .getByRole('article')
    .filter({ hasText: /bob went|tunnel|meanwhile 1\./ })
  expect(await inBetween.allTextContents()).toEqual([
    expect.stringContaining('before bob went'),
    expect.stringContaining('written in a tunnel'),
    expect.stringContaining('meanwhile 1.'),
  ])
  expect(await place()).toBe(before)
  await told.click()
  await expect(late).toBeInViewport()
  await expect(late).toBeFocused()
  await expect(told).toHaveCount(0)
})

test('"New messages" stands before what was missed and stays there', async ({ someone }) => {
  const alice = await someone()
  const bob = await someone()
  await Promise.all([alice.isLive(1), bob.isLive(1)])
  await bob.say('number one')
  await alice.sees('number one')
  await alice.say('/join cellar')
  await expect(alice.page).toHaveURL(/cellar$/)
  await bob.say('number two')
  await bob.say('number three')
  const home = alice.rooms.getByRole('link', { name: 'p2p-chat-default' })
  await expect(home).toContainText('2 new')
  await home.click()
  const order = [/number one/, /^New messages$/, /number two/, /number three/]
  const stands = async (expected: readonly RegExp[]): Promise<void> => {
    const log = await logOf(alice)
    expect(log).toEqual(expected.map((line) => expect.stringMatching(line)))
  }
  await alice.sees('number three')
  await stands(order)
  await bob.say('number four')
  await alice.sees('number four')
  await stands([...order, /number four/])
  await alice.say('read, all of it')
  await alice.sees('read, all of it')
  await expect(alice.log.getByRole('heading', { name: 'New messages' })).toHaveCount(0)
})

test('what a full disk refuses stays with its writer, with the way out', async ({
  browser,
  relay,
}) => {
  test.slow()
  const context = await browser.newContext()
  const alice = new Person(context, await context.newPage())
  const cdp = await context.newCDPSession(alice.page)
  const allow = (quotaSize?: number): Promise<unknown> =>
    cdp.send('Storage.overrideQuotaForOrigin', {
      origin: relay.url,
      ...(quotaSize === undefined ? {} : { quotaSize }),
    })
  // Before the first use: later the engine goes by what it has measured already.
  await allow(QUOTA_BYTES)
  await alice.page.goto(relay.url)
  await alice.isLive(0)
  await relay.kill()
  const refused = alice.log.getByRole('article').filter({ has: alice.page.getByRole('alert') })
  for (let i = 1; i <= 400 && (await refused.count()) === 0; i++)
    // Nothing that a database could press together.
    await alice.say(randomBytes(2_900).toString('base64'))
  const alert = refused.first().getByRole('alert')
  await expect(alert).toContainText('has no room left')
  await expect(alert).toContainText(/\/clear 30 .*\/storage /)
  await allow()
  await alert.getByRole('button', { name: 'Discard' }).click()
  await context.close()
})
