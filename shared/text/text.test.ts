import { describe, expect, test } from 'vitest'
import type { Topic } from '../ids.ts'
import type { Fault } from '../doctor.ts'
import type { Failure } from '../failure.ts'
import { personLine } from '../commands/paths.ts'
import { commands } from '../commands/registry.ts'
import { NOTIFY_LEVELS } from '../notify.ts'
import { alice } from '../testing/people.ts'
import { en } from './en.ts'
import { th } from './th.ts'
import type { Words } from './words.ts'

const FAILURES: { readonly [K in Failure['kind']]: Extract<Failure, { kind: K }> } = {
  'too-large': { kind: 'too-large', limit: 4_000, actual: 4_001, unit: 'characters' },
  malformed: { kind: 'malformed', what: 'seq' },
  'refused-by-all': { kind: 'refused-by-all', what: 'not JSON' },
  'bad-signature': { kind: 'bad-signature' },
  'wrong-room': { kind: 'wrong-room' },
  'not-the-signer': { kind: 'not-the-signer' },
  'newer-version': { kind: 'newer-version' },
  'from-the-future': { kind: 'from-the-future', aheadMs: 180_000 },
  'below-the-floor': { kind: 'below-the-floor' },
  'too-fast': { kind: 'too-fast' },
  'bad-room-name': { kind: 'bad-room-name', name: 'x'.repeat(10_000) },
  'bad-name': { kind: 'bad-name', why: 'empty' },
  'bad-address': { kind: 'bad-address', address: 'x'.repeat(10_000) },
  'nothing-to-say': { kind: 'nothing-to-say' },
  unreachable: { kind: 'unreachable', what: 'relay' },
  'storage-full': { kind: 'storage-full' },
  'storage-failed': { kind: 'storage-failed', what: 'fire' },
  'unknown-command': { kind: 'unknown-command', name: 'jion', suggestion: 'join' },
  'surplus-argument': { kind: 'surplus-argument', signature: '/clear [days]', value: '40' },
  'bad-argument': {
    kind: 'bad-argument',
    command: 'history',
    argument: 'a number',
    value: 'x'.repeat(10_000),
  },
}

const THAI = /[\u0e00-\u0e7f]/

test('of the DHT it is said what is kept, how big it is and how long it lives, also where nobody is found', () => {
  const found = {
    mode: 'client',
    table: 1,
    key: 'bafkreid',
    providers: [],
    asked: 1,
    tookMs: 12,
  } as const
  const [relay, lifeMs] = [alice.peerId, 30 * 60_000]
  expect(en.dht('lobby', found, [{ relay, records: 2, bytes: 214, lifeMs, nextMs: 61_000 }])).toBe(
    [
      'DHT: client, 1 peer in the routing table, no records kept, as clients keep none.',
      'Searched for lobby (bafkreid) just now: 0 providers after asking 1 peer, 12 ms.',
      `Kept at relay-node ${alice.peerId}: 2 records, 214 byte; time to live 30 min, the next one ends in 1 min unless renewed.`,
    ].join('\n'),
  )
  expect(en.dht('lobby', found, [{ relay, records: 0, bytes: 0, lifeMs }])).toContain(
    '0 records, 0 byte; time to live 30 min.',
  )
  expect(en.dht('lobby', found, [])).toContain('No relay-node says what it keeps.')
})

describe('every failure has a sentence', () => {
  test.each(Object.values(FAILURES))('$kind', (failure) => {
    const said = en.failure(failure)
    expect(said).toMatch(/^[A-Z“/].{10,}/)
    expect(said).not.toMatch(/undefined|NaN|\[object/)
    // What somebody pasted is not thrown back at them whole.
    expect(said.length).toBeLessThan(300)
    const inThai = th.failure(failure)
    expect(inThai).toMatch(THAI)
    expect(inThai).not.toMatch(/undefined|NaN|\[object/)
    expect(inThai.length).toBeLessThan(300)
  })

  test('with the numbers in it', () => {
    expect(en.failure(FAILURES['too-large'])).toBe(
      'Too long: 4,001 characters, and 4,000 is the limit.',
    )
    expect(en.failure({ ...FAILURES['too-large'], unit: 'bytes' })).toBe(
      'Too long: 4,001 bytes as sent, and 4,000 is the limit.',
    )
    expect(en.failure(FAILURES['from-the-future'])).toBe('Its clock is 180 seconds ahead.')
  })
})

test('no cause that is in English stands in a Thai sentence', () => {
  const what = 'the English of it'
  for (const kind of ['malformed', 'refused-by-all', 'storage-failed'] as const)
    expect(th.failure({ kind, what })).not.toContain(what)
  for (const cause of ['closed', 'forbidden', 'newer', 'broken'] as const) {
    const failure = { kind: 'storage-failed', what, cause } as const
    for (const said of [th.failure(failure), th.unread(failure)]) {
      expect(said).not.toMatch(/[a-z]/i)
      expect(said.length).toBeGreaterThan(th.failure({ kind: 'storage-failed', what }).length)
    }
  }
  expect(th.unread({ kind: 'storage-failed', what })).not.toMatch(/[a-z]/i)
  expect(th.unread({ kind: 'too-fast' })).not.toContain('too-fast')
  expect(en.unread({ kind: 'too-fast' })).not.toContain('too-fast')
})

test('of a link through the relay it is said once that it is one, in words of the language', () => {
  const times = { since: 0, knownSince: 0 }
  const person = { id: alice.peerId, name: 'แอน', addresses: [], silent: false, ...times }
  const how = { path: 'relayed', transport: 'relay', rttMs: 12 } as const
  const end = { peer: alice.peerId, address: '', direction: 'outbound', relay: false } as const
  const link = { ...how, ...end, since: 0 }
  const who = { ...person, isMe: false, formerly: [], link, blocked: false, muted: false }
  const all = (words: Words): readonly string[] => [
    words.linkCame(link, person.name),
    words.linkWent(link, person.name),
    words.whois(who),
    personLine({ ...person, ...how }, words),
  ]
  for (const said of all(th)) {
    expect(said).not.toMatch(/relay/i)
    expect(said).toContain('ผ่านรีเลย์')
  }
  for (const said of all(en)) expect(said).not.toMatch(/\(relay|relay, (relay|through)/)
})

test.each([
  [-5_000, '0s ago'],
  [0, '0s ago'],
  [59_999, '59s ago'],
  [60_000, '1m ago'],
  [3_599_999, '59m ago'],
  [3_600_000, '1h ago'],
  [86_399_999, '23h ago'],
  [86_400_000, '1d ago'],
  [400 * 86_400_000, '400d ago'],
])('%i ms is %s', (ms, said) => {
  expect(en.ago(ms)).toBe(said)
})

test('the pill, word for word', () => {
  expect(en.connection({ kind: 'live', people: 0 })).toBe('Live · 0')
  expect(en.connection({ kind: 'relay-only', people: 2 })).toBe('Relay only · 2')
  expect(en.connection({ kind: 'reconnecting' })).toBe('Reconnecting…')
  expect(en.connection({ kind: 'offline', queued: 0 })).toBe('Offline')
  expect(en.connection({ kind: 'offline', queued: 3 })).toBe('Offline · 3 queued')
})

test('the words of the Go system’s terminal', () => {
  const link = {
    peer: alice.peerId,
    path: 'direct',
    transport: 'WebRTC',
    address: '',
    direction: 'inbound',
    since: 0,
    relay: false,
  } as const
  expect(en.linkCame(link, 'alice')).toBe('✓ Connection established: alice (WebRTC, direct)')
  expect(en.linkWent(link, 'alice')).toBe('✗ Connection lost: alice (WebRTC, direct)')
  expect(en.peers(['- a', '- b'])).toBe('Connected Peers (2):\n- a\n- b')
  expect(en.recent(['[user_1234] Hey (2m ago)'])).toBe('Recent messages:\n[user_1234] Hey (2m ago)')
  expect(en.joined('user_1')).toBe('user_1 joined the chat')
})

test('which way a link was made is said in words', () => {
  for (const direction of ['inbound', 'outbound'] as const) {
    expect(en.direction(direction)).toBe(direction)
    expect(th.direction(direction)).not.toMatch(/[a-z]/i)
  }
})

test('every command has its sentence, and no other', () => {
  expect(Object.keys(en.summaries).sort()).toEqual(commands.map(({ name }) => name).sort())
  for (const summary of Object.values(th.summaries)) expect(summary).toMatch(THAI)
  for (const { group } of commands) expect(en.groups[group]).not.toBe('')
})

test('a mesh of nobody names nobody', () => {
  const nothing = { accepted: 0, ignored: 0, rejected: 0, published: 0, handed: 0 }
  const empty = { grafts: 0, prunes: 0, subscribers: [], mesh: [], fanout: [] }
  const topic = { topic: 'lobby' as Topic, ...nothing, ...empty }
  expect(en.mesh(topic, () => '')[0]).toBe('- lobby: 0 mesh peers of 0 subscribers')
  expect(th.mesh(topic, () => '')[0]).not.toContain('(')
})

describe('every fault has a sentence, and says what to do', () => {
  const FAULTS: { readonly [K in Fault['kind']]: Extract<Fault, { kind: K }> } = {
    offline: { kind: 'offline' },
    'relay-down': { kind: 'relay-down', host: 'relay.example', others: false },
    'websocket-blocked': { kind: 'websocket-blocked', host: 'relay.example', others: true },
    'no-relay-node': { kind: 'no-relay-node', host: 'relay.example' },
    'not-let-in': { kind: 'not-let-in', host: 'relay.example' },
    'no-place': { kind: 'no-place' },
    'no-webrtc': { kind: 'no-webrtc' },
    'udp-blocked': { kind: 'udp-blocked', turn: false },
    'no-stun': { kind: 'no-stun' },
    'symmetric-nat': { kind: 'symmetric-nat', turn: false },
    'clock-off': { kind: 'clock-off', behindMs: -600_000 },
    'clock-differs': { kind: 'clock-differs', aheadMs: 600_000 },
    'not-archived': { kind: 'not-archived', refusal: 'full' },
    'quota-full': { kind: 'quota-full', usedBytes: 99e6 },
    'version-mismatch': { kind: 'version-mismatch', page: '1.0.0', relay: '1.1.0' },
  }
  test.each(Object.values(FAULTS))('$kind', (fault) => {
    const { what, remedy } = en.fault(fault)
    for (const said of [what, remedy]) {
      expect(said).toMatch(/^[A-Z].{15,}\.$/)
      expect(said).not.toMatch(/undefined|NaN|\[object/)
    }
    for (const said of Object.values(th.fault(fault))) {
      expect(said).toMatch(THAI)
      expect(said).not.toMatch(/undefined|NaN|\[object/)
    }
  })
})

test('what happened to a message, step by step', () => {
  expect(en.trace('hello', { step: 'kept', peers: 0 }, 0)).toBe(
    '→ “hello”: signed, and kept on this device',
  )
  expect(en.trace('hello', { step: 'sent', peers: 3 }, 4)).toBe(
    '→ “hello”: handed to 3 peers at once after 4 ms',
  )
  expect(en.trace('hello', { step: 'stored', peers: 3 }, 41)).toBe(
    '→ “hello”: somebody else says that it is on their disk after 41 ms',
  )
})

test('what is told of a room, and why it is not', () => {
  for (const level of NOTIFY_LEVELS)
    expect(en.notify('garden', level)).toMatch(/^[A-Z].*garden.*\.$/)
  for (const state of ['blocked', 'unasked', 'never'] as const)
    expect(en.notices(state)).toMatch(/^[A-Z][^.]+\.$/)
})
