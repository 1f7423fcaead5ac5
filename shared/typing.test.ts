import { expect, test } from 'vitest'
import type { PeerId } from './ids.ts'
import { TYPING_FOR_MS, TYPISTS_MAX } from './limits.ts'
import { alice, bob } from './testing/people.ts'
import { VirtualClock } from './testing/virtual-time.ts'
import { Typing } from './typing.ts'

test('ends by itself, and not while it goes on', async () => {
  const clock = new VirtualClock(0)
  const typing = new Typing(clock)
  const told: (readonly PeerId[])[] = []
  typing.changes.subscribe(() => told.push(typing.people))
  typing.hear(alice.peerId, 1n, true)
  await clock.run(TYPING_FOR_MS / 2)
  typing.hear(bob.peerId, 1n, true)
  typing.hear(alice.peerId, 2n, true)
  await clock.run(TYPING_FOR_MS - 1)
  expect(typing.people).toEqual([alice.peerId, bob.peerId])
  await clock.run(1)
  expect(typing.people).toEqual([])
  expect(told).toEqual([[alice.peerId], [alice.peerId, bob.peerId], []])
})

test('of a crowd only so many are shown', () => {
  const typing = new Typing(new VirtualClock(0))
  for (let i = 0; i < 3 * TYPISTS_MAX; i++) typing.hear(`peer ${i}` as PeerId, 1n, true)
  expect(typing.people).toHaveLength(TYPISTS_MAX)
})

test('a clock that is set back keeps nobody writing for ever', async () => {
  const clock = new VirtualClock(1_000_000)
  let back = 0
  const typing = new Typing({
    now: () => clock.now() - back,
    after: (ms, run) => clock.after(ms, run),
  })
  typing.hear(alice.peerId, 1n, true)
  back = 3 * TYPING_FOR_MS
  await clock.run(10 * TYPING_FOR_MS)
  expect(typing.people).toEqual([])
})
