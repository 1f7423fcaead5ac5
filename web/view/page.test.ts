import { flushSync, tick } from 'svelte'
import { afterEach, expect, test, vi } from 'vitest'
import { DEFAULT_ROOM } from '../../shared/limits.ts'
import type { App, AppOptions } from '../state/app.svelte.ts'
import { hashOf } from '../../shared/route.ts'
import { en } from '../text/en.ts'
import { TestPage, box, button, log } from './test-page.ts'

let page: TestPage
let app: App

function open(more: Partial<AppOptions> = {}): void {
  page = new TestPage(more)
  ;({ app } = page)
}

async function begin(): Promise<void> {
  await page.begin()
}

afterEach(() => page.close())

test('a tab that asked for the turn, had it and lost it, may ask once more', () => {
  open()
  app.phase = 'elsewhere'
  button('Use it here').click()
  expect(button('Use it here').disabled).toBe(true)
  expect(document.body.textContent).toContain(en.elsewhere.asked)
  app.phase = 'chat'
  flushSync()
  app.phase = 'elsewhere'
  expect(button('Use it here').disabled).toBe(false)
  expect(document.body.textContent).not.toContain(en.elsewhere.asked)
})

test('a guest who leaves is not promised that anything stays', () => {
  open({ guest: true })
  app.phase = 'left'
  flushSync()
  expect(document.body.textContent).not.toContain(en.quit.why)
})

test('at midnight today is yesterday', async () => {
  vi.useFakeTimers({ now: new Date(2026, 10, 24, 23, 59, 50), toFake: ['Date'] })
  open()
  await begin()
  app.current?.timeline.note({ tone: 'plain', text: 'late at night' })
  flushSync()
  const day = (): string | undefined => document.querySelector('h2 time')?.textContent
  expect(day()).toBe('Today')
  vi.setSystemTime(new Date(2026, 10, 25, 0, 0, 1))
  await vi.waitFor(
    () => {
      expect(day()).toBe('Yesterday')
    },
    { timeout: 3_000 },
  )
})

test('whoever writes in one room writes on in the next', async () => {
  open()
  await begin()
  box()?.focus()
  app.go(hashOf('garden'))
  flushSync()
  await tick()
  expect(document.activeElement).toBe(box())
  expect(app.current?.name).toBe('garden')
  await vi.waitFor(() => {
    expect(app.current?.timeline.loaded).toBe(true)
  })
  app.current?.composer.command('/leave')
  await vi.waitFor(() => {
    expect(app.current?.name).toBe(DEFAULT_ROOM)
    expect(document.activeElement).toBe(box())
  })
})

test('an answer is read in the log: the map gives way to it', async () => {
  open()
  await begin()
  app.mapped = true
  app.current?.composer.command('/version')
  await vi.waitFor(() => {
    expect(document.querySelector('[role="log"]')?.textContent).toContain('P2P Chat 0.0.0')
  })
  app.current?.composer.command('/help')
  app.mapped = true
  await vi.waitFor(() => {
    expect(app.current?.timeline.empty).toBe(true)
    expect(app.current?.timeline.rows.filter(({ kind }) => kind === 'notice')).toHaveLength(2)
  })
  expect(app.mapped).toBe(true)
})

test('Esc closes a list before the map, also in a room that the map was taken along to', async () => {
  open()
  await begin()
  app.mapped = true
  flushSync()
  app.go(hashOf('garden'))
  await vi.waitFor(() => {
    expect(app.current?.timeline.loaded).toBe(true)
  })
  const composer = app.current?.composer
  if (composer === undefined) throw new Error('there is no room')
  composer.text = '/h'
  const esc = (): void => {
    box()?.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }),
    )
  }
  expect(composer.open).toBe(true)
  esc()
  expect([composer.open, app.mapped]).toEqual([false, true])
  esc()
  expect(app.mapped).toBe(false)
})

test('what is dismissed leaves the focus in the log, and not nowhere', async () => {
  open()
  await begin()
  app.current?.timeline.note({ tone: 'plain', text: 'an answer' }, '/version')
  const dismiss = button(en.dismiss)
  dismiss.focus()
  dismiss.click()
  flushSync()
  expect(document.activeElement?.getAttribute('role')).toBe('log')
})

test('a letter typed on a switch lands in the box, too', async () => {
  open()
  await begin()
  flushSync()
  const shows = document.querySelector<HTMLInputElement>('input[type="checkbox"]')
  shows?.focus()
  expect(document.activeElement).toBe(shows)
  shows?.dispatchEvent(new KeyboardEvent('keydown', { key: 'a', bubbles: true }))
  expect(document.activeElement).toBe(box())
})

test('a page on which no chat opens does not go on saying that it opens one', async () => {
  open()
  app.beMute('no-node', ({ noNode }) => noNode('no disk'))
  flushSync()
  const pill = document.querySelector('[role="status"]')
  expect(pill?.textContent).toBe('Offline')
  expect(document.querySelector('#why')?.textContent).not.toContain(en.pill.why(undefined))
  expect(document.querySelector('#map-button')).toBe(null)
  await begin()
  flushSync()
  expect(document.querySelector('#map-button')).not.toBe(null)
  app.current?.composer.command('/version')
  if (app.current !== undefined) app.current.composer.text = 'hello'
  app.current?.composer.send()
  expect(app.current?.composer.text).toBe('')
})

test('at an address that is no room, what begins a command goes to one first', () => {
  open({ hash: '#/no such room' })
  expect(box()).toBe(null)
  button(en.joinRoom).click()
  expect(box()?.value).toBe('/join ')
})

test('an address that is no room says how those of rooms look, and one typed by hand opens its room', () => {
  open({ hash: '#/no such room' })
  expect(document.querySelector('main [role="alert"]')?.textContent).toContain(
    'The address of a room looks like https://chat.example/#/r/garden',
  )
  app.go('#nonsense')
  flushSync()
  expect(app.current?.name).toBe('nonsense')
  expect(box()).not.toBe(null)
})

test('whoever has left has nothing unread on the icon', async () => {
  open()
  await begin()
  app.attention?.count(3)
  app.end('left')
  flushSync()
  expect(page.counts.at(-1)).toBe(0)
})

test('a log that has just given way to that of another room is not asked for its size', async () => {
  const errors: unknown[] = []
  const onerror = (event: ErrorEvent): void => {
    errors.push(event.error)
  }
  addEventListener('error', onerror)
  open()
  await begin()
  app.current?.timeline.note({ tone: 'plain', text: 'an answer' })
  flushSync()
  const log = document.querySelector('[role="log"]')
  app.go(hashOf('garden'))
  flushSync()
  expect(log?.isConnected).toBe(false)
  log?.dispatchEvent(new Event('scroll'))
  page.resize()
  await tick()
  removeEventListener('error', onerror)
  expect(errors).toEqual([])
})

test('the menu below the rooms runs commands for whoever knows none, and keeps what is being written', async () => {
  open()
  await begin()
  const write = app.current?.composer
  if (write === undefined) throw new Error('no room')
  button(en.menu.lang).click()
  await vi.waitFor(() => {
    expect(log()).toContain('/lang')
  })
  // Each language is one press away.
  expect(button('ไทย')).toBeDefined()
  button(en.menu.theme).click()
  await vi.waitFor(() => {
    expect(document.querySelectorAll('[role="log"] .asked')).toHaveLength(2)
  })
  button(en.menu.invite).click()
  await vi.waitFor(() => {
    expect(document.querySelectorAll('[role="log"] .asked')).toHaveLength(3)
  })
  write.text = 'half a word'
  button(en.menu.search).click()
  expect(box()?.value).toBe('/search ')
  write.text = ''
  flushSync()
  expect(box()?.value).toBe('half a word')
})
