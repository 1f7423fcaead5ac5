import { flushSync } from 'svelte'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Chat } from '../../shared/chat.ts'
import { StorageError } from '../../shared/history.ts'
import { DEFAULT_ROOM } from '../../shared/limits.ts'
import { hashOf } from '../../shared/route.ts'
import { TestPage, box, button, log } from './test-page.ts'

let page: TestPage
let chat: Chat

beforeEach(async () => {
  page = new TestPage()
  chat = await page.begin()
})

afterEach(() => page.close())

async function logSays(text: string | RegExp): Promise<void> {
  await vi.waitFor(() => {
    expect(log()).toMatch(text)
  })
}

function result(): HTMLButtonElement {
  flushSync()
  const found = document.querySelector<HTMLButtonElement>('button.found')
  if (found === null) throw new Error('nothing was found')
  return found
}

async function isLedTo(text: string): Promise<void> {
  await vi.waitFor(() => {
    flushSync()
    expect(document.activeElement?.matches('article.message')).toBe(true)
    expect(document.activeElement?.textContent).toContain(text)
  })
}

async function sayIn(room: string, text: string): Promise<void> {
  await page.goTo(room)
  page.say(text)
  await logSays(text)
  await vi.waitFor(() => {
    expect(document.querySelector('[data-entry]')).not.toBe(null)
  })
}

/** Asked for in a room that the reader turns away from before the answer comes. */
async function searchAndTurnAway(): Promise<void> {
  await sayIn('garden', 'a needle')
  page.say('/search needle')
  await page.goTo(DEFAULT_ROOM)
  await logSays('1 message with “needle”')
}

test('a result whose message is forgotten says so', async () => {
  await searchAndTurnAway()
  await page.goTo('garden')
  page.say('/clear unsent')
  await logSays('forgotten on this device')
  await page.goTo(DEFAULT_ROOM)
  result().click()
  await logSays('is not on this device any more')
})

test('a result of another room leads there', async () => {
  await searchAndTurnAway()
  result().click()
  await isLedTo('a needle')
  expect(page.app.current?.name).toBe('garden')
})

test('a result of a room that was left says so', async () => {
  await searchAndTurnAway()
  page.say('/leave garden')
  await logSays('You left garden')
  result().click()
  await logSays('You are not in garden any more')
  expect(page.app.current?.name).toBe(DEFAULT_ROOM)
})

test('a result that the disk does not give is not said to be gone', async () => {
  await searchAndTurnAway()
  // It is not on the screen any more.
  const { timeline } = page.app.rooms.ensure('garden')
  for (const { key } of timeline.rows) timeline.drop(key)
  vi.spyOn(page.history, 'get').mockRejectedValue(
    new StorageError({ kind: 'storage-failed', what: 'the disk is away' }),
  )
  result().click()
  await logSays('could not be read')
  expect(log()).not.toContain('any more')
})

test('a result reads as its message does, without the signs that it is written with', async () => {
  page.say('the **needle** in `a_b` and [the hay](https://hay.example/x)')
  await vi.waitFor(() => {
    expect(document.querySelector('[data-entry]')).not.toBe(null)
  })
  page.say('/search needle')
  await logSays('1 message with “needle”')
  const drawn = document.querySelector('[data-entry] .text')?.textContent ?? ''
  expect(drawn).toBe('the needle in a_b and the hay (hay.example)')
  expect(result().textContent).toContain(`] ${drawn} (`)
})

test('what was done by /me stands in a result as it was typed', async () => {
  page.say('/me takes *the needle*')
  await logSays('takes')
  page.say('/search needle')
  await logSays('1 message with “needle”')
  expect(result().textContent).toContain('] takes *the needle* (')
})

test.each(['/search needle', '/goto 1', '/goto 2026-01-01'])(
  '%s says of which room it speaks, also to a reader who is in another by then',
  async (command) => {
    await page.goTo('garden')
    page.say(command)
    await page.goTo(DEFAULT_ROOM)
    await logSays(/Nothing [^.]* garden/)
  },
)

test('/goto answers about its own room, also to a reader who is in another by then', async () => {
  await sayIn('garden', 'a needle')
  page.say('/goto 2026-01-01')
  await page.goTo(DEFAULT_ROOM)
  await logSays(/garden/)
  expect(log()).not.toContain('not on this device')
  expect(page.app.current?.name).toBe(DEFAULT_ROOM)
})

test('whoever went on to a third room while one was being left stays there', async () => {
  await page.goTo('garden')
  page.say('/leave')
  await page.goTo('kitchen')
  await vi.waitFor(() => {
    expect(chat.room('garden')).toBe(undefined)
  })
  await logSays('You left garden')
  expect(page.app.current?.name).toBe('kitchen')
})

test('whoever goes into a room that is being left is led home, and not to nothing', async () => {
  await page.goTo('garden')
  await page.goTo(DEFAULT_ROOM)
  page.say('/leave garden')
  page.app.go(hashOf('garden'))
  await logSays('You left garden')
  expect(page.app.current?.name).toBe(DEFAULT_ROOM)
  expect(box()).not.toBe(null)
})

test('a room that one comes back to does not lead to what was looked for last time', async () => {
  await sayIn(DEFAULT_ROOM, 'a needle')
  page.say('/goto 2026-01-01')
  await isLedTo('a needle')
  box()?.focus()
  await page.goTo('garden')
  await page.goTo(DEFAULT_ROOM)
  await new Promise((resolve) => setTimeout(resolve, 20))
  flushSync()
  expect(document.activeElement).toBe(box())
})

test('addresses stand below the words, folded away', () => {
  page.app.current?.timeline.note({
    tone: 'plain',
    text: 'links',
    details: [{ label: 'Addresses', lines: ['/ip4/192.0.2.7/tcp/1'] }],
  })
  flushSync()
  const details = document.querySelector<HTMLDetailsElement>('article details')
  expect(details?.open).toBe(false)
  expect(details?.querySelector('summary')?.textContent).toBe('Addresses')
  expect(details?.textContent).toContain('/ip4/192.0.2.7/tcp/1')
  expect(() => button('Dismiss this answer')).not.toThrow()
})
