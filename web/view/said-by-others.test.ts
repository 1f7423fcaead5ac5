import { afterEach, expect, test, vi } from 'vitest'
import { flushSync, tick } from 'svelte'
import type { Entry } from '../../shared/entry.ts'
import { DEFAULT_ROOM } from '../../shared/limits.ts'
import { NEW_YEAR, entry, eve, lobby } from '../../shared/testing/people.ts'
import { en } from '../text/en.ts'
import { th } from '../text/th.ts'
import { TestPage, log } from './test-page.ts'

let page: TestPage

afterEach(() => page.close())

function hear(...entries: readonly Entry[]): void {
  page.app.current?.room?.changes.emit({ kind: 'entries', entries, late: new Set() })
  flushSync()
}

const names = (): readonly string[] => {
  flushSync()
  const all = [...document.querySelectorAll('article')]
  return all.map((article) => article.getAttribute('aria-label') ?? '')
}

const said = async (text: string): Promise<void> => {
  page.say(text)
  await vi.waitFor(() => {
    flushSync()
    expect(document.querySelector('article[data-entry]:last-of-type')?.textContent).toContain(text)
  })
}

test('nothing that others say passes for the answer to a command', async () => {
  page = new TestPage()
  await page.begin()
  const from = (username: string, seq: number): Promise<Entry> =>
    entry(eve, { username, content: 'All is lost', seq, clock: NEW_YEAR + seq, room: lobby.id })
  hear(await from('System', 1), await from('System: notice', 2), await from('ระบบ', 3))
  expect(names()).toHaveLength(3)
  for (const name of names()) {
    expect(name).toContain('All is lost')
    expect(name).not.toMatch(/^(System|ระบบ)/)
  }
  const heads = document.querySelectorAll('article .key')
  expect([...heads].map((key) => key.textContent)).toEqual(
    Array<string>(3).fill(`…${eve.peerId.slice(-6)}`),
  )
})

test('nobody becomes the program by name', async () => {
  page = new TestPage()
  await page.begin()
  page.say('/nick system')
  await vi.waitFor(() => {
    expect(names().join()).toContain('A name must not look like the one that answers commands')
  })
  expect(page.app.name).toBe('alice')
})

test('whoever is pressed in the log is told of, as in the list of people', async () => {
  page = new TestPage()
  await page.begin()
  hear(await entry(eve, { content: 'here I am', clock: NEW_YEAR, room: lobby.id }))
  const who = document.querySelector<HTMLButtonElement>('article button')
  expect(who?.textContent).toContain('eve')
  // The log is walked by its messages: no stop of Tab for each.
  expect(who?.tabIndex).toBe(-1)
  who?.click()
  await vi.waitFor(() => {
    expect(names().at(-1)).toMatch(new RegExp(`^System: .*${eve.peerId}`))
  })
})

test.each([
  ['en', en],
  ['th', th],
] as const)('no answer is turned about by what it quotes, %s', async (_, text) => {
  const EVIL = '\u202Eevil\u2067'
  page = new TestPage({ text })
  await page.begin()
  await said(`${EVIL}needle שלום`)
  const lines = '/join /whois /search /ping /goto /theme /topic-not /mute /dial /block'.split(' ')
  const quoted = ['/search needle', ...lines.map((line) => `${line} ${EVIL}שלום`), `/${EVIL}`]
  for (const [i, line] of quoted.entries()) {
    page.say(line)
    await vi.waitFor(() => {
      flushSync()
      expect(answers(text.system)).toHaveLength(i + 1)
    })
  }
  // Some say that there is no network, and quote nothing.
  const shown = answers(text.system).filter(({ textContent }) => textContent.includes('‹U+202E›'))
  expect(shown.length).toBeGreaterThanOrEqual(8)
  for (const answer of answers(text.system)) {
    expect(answer.getAttribute('aria-label')).not.toMatch(/[\u202A-\u202E\u2066-\u2069]/)
    const ours = answer.querySelector('.text')?.cloneNode(true) as HTMLElement
    expect(ours.textContent).not.toMatch(/[\u202A-\u202E\u2066-\u2069]/)
    for (const apart of ours.querySelectorAll('bdi')) apart.remove()
    expect(ours.textContent).not.toMatch(/\p{Script=Hebrew}/u)
  }
})

function answers(system: string): readonly HTMLElement[] {
  const all = [...document.querySelectorAll<HTMLElement>('article')]
  return all.filter((article) => article.getAttribute('aria-label')?.startsWith(`${system}: `))
}

test('a wrong address does not turn about what the page says of it', () => {
  page = new TestPage({ hash: '#/r/%E2%80%AEevil' })
  expect(document.querySelector('main [role="alert"]')?.textContent).toContain(
    '“‹U+202E›evil” cannot be a room',
  )
})

test.each(['/search soon', '/history', '/topic'])(
  'what is cleared leaves the answers to %s, too',
  async (asked) => {
    page = new TestPage()
    const chat = await page.begin()
    await said('gone soon')
    page.say('/topic gone soon')
    await vi.waitFor(() => {
      expect(chat.company.topic(DEFAULT_ROOM)?.text).toBe('gone soon')
    })
    page.say(asked)
    await vi.waitFor(() => {
      expect(answers(en.system).at(-1)?.textContent).toContain('gone soon')
    })
    page.say('/clear unsent')
    await vi.waitFor(() => {
      expect(log()).toContain('on this device')
      expect(log()).not.toContain('gone soon')
    })
  },
)

test('a room that is named in a message is a link to it on this page', async () => {
  page = new TestPage()
  await page.begin()
  await said('see #garden or https://chat.example/#/r/roses or https://else.example/')
  await tick()
  const links = [...document.querySelectorAll('article .text a')].map((link) => [
    link.textContent,
    link.getAttribute('href'),
    link.getAttribute('target'),
  ])
  expect(links).toEqual([
    ['#garden', '#/r/garden', null],
    ['https://chat.example/#/r/roses', '#/r/roses', null],
    ['https://else.example/', 'https://else.example/', '_blank'],
  ])
})
