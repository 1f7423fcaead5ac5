import { expect, test } from 'vitest'
import { alice } from '../../shared/testing/people.ts'
import { readArguments } from './arguments.ts'

const placed = (typed: readonly string[], environment = {}) => {
  const asked = readArguments(typed, environment)
  return asked.kind === 'place' ? asked.place : asked
}
const RELAY = `/ip4/192.0.2.7/tcp/4001/p2p/${alice.peerId}`

test('without a word it looks for the relay-node of this machine', () => {
  const room = 'p2p-chat-default'
  expect(placed([])).toEqual({ origin: 'http://localhost:8080', relays: [], room })
  const environment = { PORT: '9000', CHAT_TOPIC: 'garden' }
  expect(placed([], environment)).toEqual({
    origin: 'http://localhost:9000',
    relays: [],
    room: 'garden',
  })
  expect(placed([], { PORT: '', CHAT_TOPIC: '' })).toMatchObject({ room })
})

test.each([
  ['https://chat.example/', 'https://chat.example', 'p2p-chat-default', []],
  ['chat.example:8080', 'http://chat.example:8080', 'p2p-chat-default', []],
  ['https://chat.example/#/r/garden', 'https://chat.example', 'garden', []],
  [`https://chat.example/#/r/garden?relay=${RELAY}`, 'https://chat.example', 'garden', [RELAY]],
])('a page or an invite: %s', (where, origin, room, relays) => {
  expect(placed([where])).toEqual({ origin, relays, room })
})

test('an address of a relay-node, and a room beside it', () => {
  expect(placed([RELAY, '--room', 'garden'])).toEqual({ relays: [RELAY], room: 'garden' })
  expect(placed(['--room=#garden', RELAY])).toEqual({ relays: [RELAY], room: 'garden' })
  expect(placed(['http://h/#/r/one', '--room', 'two'])).toMatchObject({ room: 'two' })
})

test.each([
  [['--colour'], 'option', '--colour'],
  [['-x'], 'option', '-x'],
  [['--toString'], 'option', '--toString'],
  [['http://a', 'http://b'], 'surplus', 'http://b'],
  [['--room', 'no room'], 'room', 'no room'],
  [['--room'], 'room', ''],
  [['http://h/#/r/no%20room'], 'room', 'http://h/#/r/no%20room'],
  [['http://h/#/p/private'], 'room', 'http://h/#/p/private'],
  [['/ip4/192.0.2.7/tcp/4001'], 'where', '/ip4/192.0.2.7/tcp/4001'],
  [['/ip4/192.0.2.7/tcp/4001/p2p/me'], 'where', '/ip4/192.0.2.7/tcp/4001/p2p/me'],
  [['http://'], 'where', 'http://'],
  [['a b'], 'where', 'a b'],
])('%j is refused', (typed, kind, text) => {
  expect(placed(typed)).toEqual({ kind: 'bad', why: { kind, text } })
})

test('a room of the environment that cannot be one', () => {
  expect(placed([], { CHAT_TOPIC: 'no room' })).toMatchObject({ why: { kind: 'room' } })
})

test('help comes before all else', () => {
  expect(placed(['--help', '--colour'])).toEqual({ kind: 'help' })
  expect(placed(['-h'])).toEqual({ kind: 'help' })
})
