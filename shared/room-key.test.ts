import { describe, expect, test } from 'vitest'
import { isRoomName, roomKeyOf, roomOfTopic } from './room-key.ts'
import { garden, lobby, must } from './testing/people.ts'

const good = ['lobby', 'p2p-chat-default', 'a', '7', 'A.b_c-d', 'x'.repeat(64)]
const bad = [
  '',
  '-a',
  '.a',
  '_a',
  'a b',
  'a/b',
  'ä',
  'x'.repeat(65),
  'a\n',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
]

test.each(good)('%j is a room', async (name) => {
  const room = must(await roomKeyOf(name))
  expect([room.name, room.topic, room.live]).toEqual([name, name, `p2p-chat/live/${name}`])
  expect(room.id).toMatch(/^[A-Za-z0-9_-]{43}$/)
})

test.each(bad)('%j is no room, and no topic leads there', async (name) => {
  expect(isRoomName(name)).toBe(false)
  expect(await roomKeyOf(name)).toEqual({ ok: false, failure: { kind: 'bad-room-name', name } })
  expect(roomOfTopic(name)).toBeUndefined()
  expect(roomOfTopic(`p2p-chat/live/${name}`)).toBeUndefined()
})

describe('the room of a topic', () => {
  test('is its name, or what follows the prefix of the live topic', () => {
    expect(roomOfTopic('lobby')).toEqual({ name: 'lobby', live: false })
    expect(roomOfTopic('p2p-chat/live/lobby')).toEqual({ name: 'lobby', live: true })
    expect(roomOfTopic('p2p-chat/live/p2p-chat/live/lobby')).toBeUndefined()
    expect(roomOfTopic('p2p-chat/1/abc')).toBeUndefined()
  })
})

test('rooms have ids of their own', () => {
  expect(lobby.id).not.toBe(garden.id)
})
