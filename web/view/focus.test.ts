import { flushSync, tick } from 'svelte'
import { afterEach, expect, test, vi } from 'vitest'
import { StorageError } from '../../shared/history.ts'
import { hashOf } from '../../shared/route.ts'
import { en } from '../text/en.ts'
import { TestPage, box, button } from './test-page.ts'

let page: TestPage

afterEach(() => page.close())

/** As by Enter on it. */
function press(name: string): HTMLButtonElement {
  const pressed = button(name)
  pressed.focus()
  expect(document.activeElement).toBe(pressed)
  pressed.click()
  return pressed
}

async function hasFocus(): Promise<Element | null> {
  await tick()
  await new Promise((resolve) => setTimeout(resolve))
  flushSync()
  return document.activeElement
}

test('a trouble that is dismissed leaves the focus to the next one, and the last one to the box', async () => {
  page = new TestPage()
  await page.begin()
  page.app.troubles.set('no-webrtc', ({ noWebRtc }) => noWebRtc)
  page.app.troubles.set('outdated', ({ outdated }) => outdated)
  const first = press(en.dismissTrouble)
  const next = await hasFocus()
  expect([next === first, next?.textContent]).toEqual([false, en.dismissTrouble])
  expect(document.body.textContent).not.toContain(en.troubles.noWebRtc)
  press(en.dismissTrouble)
  expect(await hasFocus()).toBe(box())
})

test('an offer that is declined, accepted or answered leaves the focus to the box', async () => {
  page = new TestPage()
  await page.begin()
  const { attention } = page.app
  if (attention === undefined) throw new Error('nobody attends')
  attention.offer = 'missed'
  press(en.notice.decline)
  expect(await hasFocus()).toBe(box())
  attention.offer = 'missed'
  press(en.notice.allow)
  expect(await hasFocus()).toBe(box())
  expect(attention.refused).toBe('never')
  press(en.dismissTrouble)
  expect(await hasFocus()).toBe(box())
})

test('with a finger the focus goes to the log, so that no keyboard comes up', async () => {
  vi.stubGlobal('matchMedia', (query: string) => {
    const list = new EventTarget()
    return Object.assign(list, { matches: query === '(pointer: coarse)', media: query })
  })
  page = new TestPage()
  await page.begin()
  page.app.troubles.set('outdated', ({ outdated }) => outdated)
  press(en.dismissTrouble)
  expect((await hasFocus())?.getAttribute('role')).toBe('log')
  // Whoever writes has the keyboard up, and writes on in the next room.
  box()?.focus()
  page.app.go(hashOf('garden'))
  flushSync()
  expect(await hasFocus()).toBe(box())
})

test.each([en.retry, en.discard])(
  '%s at what was not kept leaves the focus to the box',
  async (name) => {
    page = new TestPage()
    await page.begin()
    vi.spyOn(page.history, 'say').mockRejectedValue(new StorageError({ kind: 'storage-full' }))
    page.say('hold on to this')
    await vi.waitFor(() => button(name))
    press(name)
    expect(await hasFocus()).toBe(box())
  },
)

test('the way back from an address that is no room leads to its box', async () => {
  page = new TestPage({ hash: '#/no such room' })
  flushSync()
  document.querySelector<HTMLAnchorElement>('main a')?.focus()
  expect(document.activeElement?.textContent).toContain('Go to')
  page.app.go('#/')
  flushSync()
  expect(await hasFocus()).toBe(box())
})

test('whoever reads in one room, and goes to another by its address, is not nowhere', async () => {
  page = new TestPage()
  await page.begin()
  document.querySelector<HTMLElement>('[role="log"]')?.focus()
  page.app.go(hashOf('garden'))
  flushSync()
  expect(await hasFocus()).toBe(box())
})

test('whoever comes back to the network, or takes the turn, is in the box', async () => {
  page = new TestPage()
  for (const [phase, name] of [
    ['left', en.quit.back],
    ['elsewhere', en.elsewhere.useHere],
  ] as const) {
    page.app.phase = phase
    flushSync()
    press(name)
    await hasFocus()
    page.app.phase = 'chat'
    flushSync()
    expect(await hasFocus()).toBe(box())
  }
})
