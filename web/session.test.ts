import { afterEach, expect, test, vi } from 'vitest'
import { Chat } from '../shared/chat.ts'
import { StorageError } from '../shared/history.ts'
import { systemRuntime } from '../shared/runtime.ts'
import type { RelayNews } from './relay-news.ts'
import { Session } from './session.ts'
import { type Acts, App } from './state/app.svelte.ts'
import { en } from './text/en.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

test('settings that cannot be read are told, and the turn can be given up all the same', async () => {
  vi.stubGlobal('isSecureContext', true)
  vi.spyOn(Chat.prototype, 'start').mockRejectedValue(new StorageError({ kind: 'storage-full' }))
  const runtime = systemRuntime()
  const acts: Partial<Acts> = { usedEmojis: { read: () => undefined, write: () => undefined } }
  const app = new App({
    clock: runtime.clock,
    text: en,
    locales: [],
    version: '0.0.0',
    guest: true,
    address: 'https://chat.example/',
    hash: '#/',
    navigate: () => undefined,
    acts: acts as Acts,
  })
  const never = new Promise<never>(() => undefined)
  const news: Partial<RelayNews> = { bootstrap: never }
  const session = new Session({ app, runtime, news: news as RelayNews, network: never })
  session.start()
  await session.stop()
  expect([...app.troubles.keys()]).toContain('no-node')
  expect(app.mute).toBe(true)
})
