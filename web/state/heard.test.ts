import { expect, test } from 'vitest'
import { NEW_YEAR, alice, bob, entry, lobby } from '../../shared/testing/people.ts'
import { heardSince } from './heard.ts'

test('what others say from now on is heard: not what stood there, nor history, nor oneself', async () => {
  const at = NEW_YEAR / 1_000
  const say = (who: typeof bob, content: string, clock: number, kind = 'text') =>
    entry(who, { content, kind, seq: clock - NEW_YEAR + 90_000_001, clock, room: lobby.id })
  const stood = await say(bob, 'before', NEW_YEAR - 2)
  const all = [
    await say(bob, 'yesterday', NEW_YEAR - 86_400_000),
    stood,
    await say(bob, 'just said', NEW_YEAR - 1),
    await say(alice, 'mine', NEW_YEAR + 1),
    await say(bob, 'unread', NEW_YEAR + 2, 'react'),
    await say(bob, 'waves', NEW_YEAR + 3, 'action'),
  ]
  const heard = heardSince(all, new Set([stood.id]), at, alice.peerId)
  expect(heard.map(({ entry: { content } }) => content)).toEqual(['just said', 'waves'])
  const flood = await Promise.all(
    Array.from({ length: 20 }, (_, i) => say(bob, `${i}`, NEW_YEAR + 10 + i)),
  )
  const last = heardSince(flood, new Set(), at, alice.peerId).map(
    ({ entry: { content } }) => content,
  )
  expect([last.length, last.at(-1)]).toEqual([8, '19'])
})
