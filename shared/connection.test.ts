import { expect, test } from 'vitest'
import { type ConnectionFacts, JOINING_MS, RECONNECTING_MS, connectionOf } from './connection.ts'
import type { Link } from './network.ts'
import { alice, bob, carol, eve } from './testing/people.ts'

const link = (peer: typeof alice.peerId, path: Link['path'], relay = false): Link => ({
  peer,
  path,
  relay,
  transport: 'WebRTC',
  address: '/x',
  direction: 'inbound',
  since: 0,
})
const relay = link(eve.peerId, 'direct', true)
const direct = link(bob.peerId, 'direct')
const relayed = link(bob.peerId, 'relayed')
const elsewhere = link(carol.peerId, 'direct')
const NOW = 1_000_000

const table: readonly {
  name: string
  facts: Partial<ConnectionFacts>
  said: ReturnType<typeof connectionOf>
}[] = [
  {
    name: 'a direct link to somebody here',
    facts: { links: [relay, direct], people: [bob.peerId] },
    said: { kind: 'live', people: 1 },
  },
  {
    name: 'the relay is gone, the direct link stays',
    facts: { links: [direct], people: [bob.peerId, alice.peerId] },
    said: { kind: 'live', people: 2 },
  },
  { name: 'nobody else, a relay', facts: { links: [relay] }, said: { kind: 'live', people: 0 } },
  {
    name: 'nobody else, a relay that may still join the room',
    facts: { links: [{ ...relay, since: NOW - JOINING_MS + 1 }], subscribers: [] },
    said: { kind: 'live', people: 0 },
  },
  {
    name: 'nobody else, a relay in a room that was opened just now',
    facts: { links: [relay], subscribers: [], openedAt: NOW - JOINING_MS + 1 },
    said: { kind: 'live', people: 0 },
  },
  {
    name: 'nobody else, a relay that does not carry the room',
    facts: { links: [relay], subscribers: [], queued: 1 },
    said: { kind: 'offline', queued: 1 },
  },
  {
    name: 'somebody who was here, a relay that does not carry the room any more',
    facts: { links: [relay], people: [bob.peerId], subscribers: [] },
    said: { kind: 'offline', queued: 0 },
  },
  {
    name: 'no relay, and the last who was here has gone while their link still stands',
    facts: { links: [direct] },
    said: { kind: 'reconnecting' },
  },
  {
    name: 'no relay, and somebody of another room who was linked just now',
    facts: { links: [{ ...elsewhere, since: NOW }] },
    said: { kind: 'offline', queued: 0 },
  },
  {
    name: 'nobody else here, somebody in another room',
    facts: { links: [elsewhere] },
    said: { kind: 'offline', queued: 0 },
  },
  {
    name: 'somebody, by the relay alone',
    facts: { links: [relay], people: [bob.peerId] },
    said: { kind: 'relay-only', people: 1 },
  },
  {
    name: 'a circuit is no direct link',
    facts: { links: [relay, relayed], people: [bob.peerId] },
    said: { kind: 'relay-only', people: 1 },
  },
  {
    name: 'a link to somebody else’s room is none to those here',
    facts: { links: [relay, elsewhere], people: [bob.peerId] },
    said: { kind: 'relay-only', people: 1 },
  },
  {
    name: 'just lost',
    facts: { lostAt: NOW - RECONNECTING_MS + 1, people: [bob.peerId] },
    said: { kind: 'reconnecting' },
  },
  {
    name: 'lost for good',
    facts: { lostAt: NOW - RECONNECTING_MS },
    said: { kind: 'offline', queued: 0 },
  },
  { name: 'never had any', facts: { queued: 3 }, said: { kind: 'offline', queued: 3 } },
]

test.each(table)('$name: $said.kind', ({ facts, said }) => {
  expect(
    connectionOf({
      links: [],
      people: [],
      subscribers: [eve.peerId, bob.peerId],
      openedAt: 0,
      lostAt: undefined,
      queued: 0,
      now: NOW,
      ...facts,
    }),
  ).toEqual(said)
})
