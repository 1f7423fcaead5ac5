import { expect, test, vi } from 'vitest'
import { systemRuntime } from './runtime.ts'
import { TrueTime } from './guard.ts'
import { RelayNews } from './relay-news.ts'
import { alice } from './testing/people.ts'
import { VirtualClock } from './testing/virtual-time.ts'

const BOOTSTRAP = {
  version: '1.0.0',
  peerId: alice.peerId,
  topic: 'lobby',
  multiaddrs: [],
  iceServers: [],
}

test.each([
  ['nothing answers', () => Promise.reject(new TypeError('Failed to fetch')), false],
  ['a login page answers', () => Promise.resolve(new Response('<!doctype html>')), true],
  [
    'a proxy says that nobody is there',
    () => Promise.resolve(new Response('', { status: 502 })),
    true,
  ],
  ['another program answers', () => Promise.resolve(Response.json({ version: 7 })), true],
])('told apart: %s', async (_, answer, answers) => {
  const told = await new Promise<boolean>((resolve) => {
    new RelayNews({ runtime: systemRuntime(), ask: answer, onsilence: resolve, onanswer: vi.fn() })
  })
  expect(told).toBe(answers)
})

test('however often the clock jumps, its relay-node is asked by one loop', async () => {
  const clock = new VirtualClock(Date.UTC(2026, 0))
  const ask = vi.fn(() => Promise.reject(new TypeError('Failed to fetch')))
  ask.mockImplementationOnce(() => Promise.resolve(Response.json(BOOTSTRAP)) as Promise<never>)
  const runtime = { ...systemRuntime(), clock }
  const news = new RelayNews({ runtime, ask, onsilence: vi.fn(), onanswer: vi.fn() })
  await news.bootstrap
  ask.mockClear()
  const time = new TrueTime(clock)
  const stop = news.tellTime(time, false)
  for (let jump = 0; jump < 5; jump++) {
    time.changes.emit({ kind: 'jumped' })
    await clock.run(10)
  }
  expect(ask).toHaveBeenCalledTimes(5)
  // After 1, 2, 4, 8, 16 and 30 s.
  await clock.run(62_000)
  expect(ask).toHaveBeenCalledTimes(5 + 6)
  stop()
  await clock.run(62_000)
  time.changes.emit({ kind: 'jumped' })
  expect(ask).toHaveBeenCalledTimes(5 + 6)
})
