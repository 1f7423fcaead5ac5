import { afterEach, expect, test, vi } from 'vitest'
import { Chat } from '../shared/chat.ts'
import { StorageError } from '../shared/history.ts'
import { systemRuntime } from '../shared/runtime.ts'
import type { RelayNews } from '../shared/relay-news.ts'
import { Session } from './session.ts'
import { type Acts, App } from './state/app.svelte.ts'
import { en } from './text/en.ts'

const runtime = systemRuntime()

function newApp(): App {
  const acts: Partial<Acts> = { usedEmojis: { read: () => undefined, write: () => undefined } }
  return new App({
    clock: runtime.clock,
    text: en,
    locales: [],
    version: '0.0.0',
    guest: true,
    address: 'https://chat.example/',
    hash: '#/',
    navigate: () => undefined,
    cover: () => undefined,
    acts: acts as Acts,
  })
}

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

test('settings that cannot be read are told, and the turn can be given up all the same', async () => {
  vi.stubGlobal('isSecureContext', true)
  vi.spyOn(Chat.prototype, 'start').mockRejectedValue(new StorageError({ kind: 'storage-full' }))
  const app = newApp()
  const never = new Promise<never>(() => undefined)
  const news: Partial<RelayNews> = { bootstrap: never, tellTime: () => vi.fn() }
  const session = new Session({ app, runtime, news: news as RelayNews, network: never })
  session.start()
  await session.stop()
  expect([...app.troubles.keys()]).toContain('no-node')
  expect(app.mute).toBe(true)
})

test('a wrong clock that was dismissed is told again only once it is another trouble', async () => {
  vi.stubGlobal('isSecureContext', true)
  const app = newApp()
  const never = new Promise<never>(() => undefined)
  const news = { bootstrap: never, tellTime: () => vi.fn() } as unknown as RelayNews
  const session = new Session({ app, runtime, news, network: never })
  session.start()
  const chat = await vi.waitFor(() => {
    if (app.chat === undefined) throw new Error('no chat yet')
    return app.chat
  })
  const MINUTE_MS = 60_000
  const learn = (aheadMs: number): void => {
    chat.time.learn(Date.now() + aheadMs)
  }
  const told = (): string | undefined => app.troubles.get('clock')?.(en.troubles)
  learn(5 * MINUTE_MS)
  expect(told()).toContain('5 minutes behind')
  app.dismiss('clock')
  // As it goes: the others' clocks are a few seconds apart, and after a sleep all are asked again.
  for (const aheadMs of [5 * MINUTE_MS + 4_000, 5 * MINUTE_MS + 31_000, 5 * MINUTE_MS - 2_000]) {
    learn(aheadMs)
    expect(told()).toBe(undefined)
  }
  chat.time.changes.emit({ kind: 'jumped' })
  learn(5 * MINUTE_MS)
  expect(told()).toBe(undefined)
  learn(20 * MINUTE_MS)
  expect(told()).toContain('20 minutes behind')
  app.dismiss('clock')
  learn(0)
  learn(20 * MINUTE_MS)
  expect(told()).toContain('20 minutes behind')
  await session.stop()
})

test('a relay-node that does not answer is not told of at each try once that was dismissed', () => {
  const app = newApp()
  const silent = (answers: boolean): void => {
    app.tell('no-relay', ({ noRelay }) => noRelay('chat.example', answers))
  }
  silent(false)
  expect(app.troubles.has('no-relay')).toBe(true)
  app.dismiss('no-relay')
  silent(false)
  expect(app.troubles.has('no-relay')).toBe(false)
  silent(true)
  expect(app.troubles.has('no-relay')).toBe(true)
  app.dismiss('no-relay')
  app.settle('no-relay')
  silent(true)
  expect(app.troubles.has('no-relay')).toBe(true)
})
