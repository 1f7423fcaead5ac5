import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { utf8 } from './bytes.ts'
import { HERE_ADDRESSES_MAX, SEES_MAX } from './limits.ts'
import { frame, isDialable, parseFrame } from './live-frame.ts'
import { alice, bob } from './testing/people.ts'

const HERE = { t: 'here', name: 'alice', since: 5 }
const EMPTY = { addrs: [], relay: false, archive: false, sees: [] }
const WEBRTC = `/ip4/192.0.2.7/tcp/80/ws/p2p/${bob.peerId}/p2p-circuit/webrtc/p2p/${alice.peerId}`

describe('what is read', () => {
  test.each([
    { name: 'here', said: HERE, read: { ...HERE, ...EMPTY } },
    {
      name: 'here with keys of a newer version',
      said: { ...HERE, mood: 'fine', away: 7 },
      read: { ...HERE, ...EMPTY },
    },
    { name: 'away', said: { ...HERE, away: true }, read: { ...HERE, ...EMPTY, away: '' } },
    { name: 'here', said: { ...HERE, away: false }, read: { ...HERE, ...EMPTY } },
    {
      name: 'away, and why',
      said: { ...HERE, away: 'lunch' },
      read: { ...HERE, ...EMPTY, away: 'lunch' },
    },
    { name: 'typing', said: { t: 'typing', what: 'a secret' }, read: { t: 'typing' } },
    {
      name: 'addresses',
      said: { ...HERE, addrs: [WEBRTC] },
      read: { ...HERE, ...EMPTY, addrs: [WEBRTC] },
    },
    {
      name: 'no more addresses than eight, none that leads to no direct link, none endless',
      said: {
        ...HERE,
        addrs: [
          7,
          '/ip4/192.0.2.7/tcp/4001',
          `/dns4/${'x'.repeat(500)}${WEBRTC}`,
          ...Array<string>(9).fill(WEBRTC),
        ],
      },
      read: { ...HERE, ...EMPTY, addrs: Array<string>(HERE_ADDRESSES_MAX - 3).fill(WEBRTC) },
    },
    {
      name: 'a relay-node',
      said: { ...HERE, relay: true, sees: [bob.peerId, 'nobody', 3] },
      read: { ...HERE, ...EMPTY, relay: true, sees: [bob.peerId] },
    },
    { name: 'relay must be true', said: { ...HERE, relay: 'yes' }, read: { ...HERE, ...EMPTY } },
    {
      name: 'an archive',
      said: { ...HERE, relay: true, archive: true },
      read: { ...HERE, ...EMPTY, relay: true, archive: true },
    },
    {
      name: 'what somebody has, as far as it makes sense',
      said: {
        t: 'has',
        logs: [
          [bob.peerId, 'bob-------A', 1, 9],
          [bob.peerId, 'bob-------A', 9, 1],
          [bob.peerId, 'bob-------A', 0, 9],
          ['bob', 'bob-------A', 1, 9],
          [bob.peerId, 'bob', 1, 9],
          7,
        ],
      },
      read: { t: 'has', logs: [{ author: bob.peerId, log: 'bob-------A', lo: 1, hi: 9 }] },
    },
    {
      name: 'for whom an archive has no place, as far as it makes sense',
      said: { t: 'has', logs: [], unkept: [bob.peerId, 'bob', 7] },
      read: { t: 'has', logs: [], unkept: [bob.peerId] },
    },
    { name: 'gone', said: { t: 'gone' }, read: { t: 'gone' } },
    {
      name: 'gone who',
      said: { t: 'gone', who: bob.peerId },
      read: { t: 'gone', who: bob.peerId },
    },
  ])('$name', ({ said, read }) => {
    expect(parseFrame(frame(said))).toEqual(read)
  })

  test('no more silent people than fit', () => {
    const sees = Array<string>(SEES_MAX + 10).fill(bob.peerId)
    expect(parseFrame(frame({ ...HERE, relay: true, sees }))).toMatchObject({
      sees: sees.slice(0, SEES_MAX),
    })
  })
})

test.each([
  ['not JSON', utf8('here')],
  ['not UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
  ['an array', utf8('["here"]')],
  ['null', utf8('null')],
  ['an unknown kind', frame({ t: 'dance' })],
  ['no name', frame({ t: 'here', since: 1 })],
  ['a name that is none', frame({ t: 'here', name: 7, since: 1 })],
  ['no since', frame({ t: 'here', name: 'alice' })],
  ['a since beyond numbers', utf8('{"t":"here","name":"alice","since":1e999}')],
  ['has, but what', frame({ t: 'has', logs: { length: 3 } })],
  ['gone, who knows whom', frame({ t: 'gone', who: 'bob' })],
  ['gone by number', frame({ t: 'gone', who: 7 })],
  ['a kind by way of the prototype', utf8('{"__proto__":{"t":"gone"}}')],
])('%s is nothing', (_, bytes) => {
  expect(parseFrame(bytes)).toBeUndefined()
})

test('nothing makes it throw', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.json().map(utf8),
        fc.object().map((o) => frame({ ...HERE, ...o })),
      ),
      (bytes) => {
        parseFrame(new Uint8Array(bytes))
        expect(Object.keys(Object.prototype)).toEqual([])
      },
    ),
  )
})

test('only what leads to a direct link is dialled', () => {
  expect(isDialable(WEBRTC)).toBe(true)
  expect(isDialable(`/ip4/192.0.2.7/udp/9/webrtc-direct/certhash/uEi/p2p/${alice.peerId}`)).toBe(
    true,
  )
  expect(
    isDialable(`/ip4/192.0.2.7/udp/9/quic-v1/webtransport/certhash/uEi/p2p/${alice.peerId}`),
  ).toBe(true)
  expect(isDialable(`/ip4/192.0.2.7/tcp/80/ws/p2p/${alice.peerId}`)).toBe(false)
  expect(
    isDialable(`/ip4/192.0.2.7/tcp/80/ws/p2p/${bob.peerId}/p2p-circuit/p2p/${alice.peerId}`),
  ).toBe(false)
})
