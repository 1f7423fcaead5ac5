import { describe, expect, test } from 'vitest'
import {
  type Fault,
  type Measurements,
  diagnose,
  isSymmetric,
  stunAnswered,
  tellsNat,
} from './doctor.ts'

const STUN = { url: 'stun:relay.example:3478', answered: true }
const STUN2 = { url: 'stun:relay.example:3479', answered: true }

const HEALTHY: Measurements = {
  host: 'relay.example',
  online: true,
  http: { ok: true, ms: 12 },
  webSocket: { ok: true, ms: 20 },
  clockAheadMs: 400,
  versions: { page: '1.0.0', relay: '1.0.0' },
  relays: { linked: 2, serving: 2 },
  ice: {
    hosts: 1,
    stun: [STUN, STUN2],
    mappings: [{ base: '1', outside: '203.0.113.9:5000' }],
    turn: 'none',
  },
  storage: { usedBytes: 1_000_000, quotaBytes: 1_000_000_000 },
  hidden: false,
}
const refused = { ok: false, why: 'refused' } as const
const silent = { ok: false, why: 'silent' } as const
const ice = (changed: Partial<NonNullable<Measurements['ice']>>): Partial<Measurements> => ({
  ice: { hosts: 1, stun: [STUN, STUN2], mappings: [], turn: 'none', ...changed },
})
const turned = [
  { base: '1', outside: '203.0.113.9:5000' },
  { base: '1', outside: '203.0.113.9:5001' },
]

const CASES: readonly (readonly [
  name: string,
  found: Partial<Measurements>,
  faults: readonly Fault[],
])[] = [
  ['nothing is wrong', {}, []],
  [
    'relay down',
    { http: refused, webSocket: refused, relays: { linked: 0, serving: 0 } },
    [{ kind: 'relay-down', host: 'relay.example', others: false }],
  ],
  [
    'relay down, another one serves',
    { http: silent, webSocket: silent, relays: { linked: 1, serving: 1 } },
    [{ kind: 'relay-down', host: 'relay.example', others: true }],
  ],
  [
    'something else answers in its place',
    {
      http: { ok: false, why: 'answer', status: 502 },
      webSocket: refused,
      relays: { linked: 0, serving: 0 },
    },
    [{ kind: 'relay-down', host: 'relay.example', others: false }],
  ],
  [
    'no network at all',
    { online: false, http: refused, webSocket: refused, relays: { linked: 0, serving: 0 } },
    [{ kind: 'offline' }],
  ],
  ['the device says that it is offline, and is not', { online: false }, []],
  [
    'WebSocket blocked',
    { webSocket: silent, relays: { linked: 0, serving: 0 } },
    [{ kind: 'websocket-blocked', host: 'relay.example', others: false }],
  ],
  [
    'a relay-node that answers and lets nobody in',
    { relays: { linked: 0, serving: 0 } },
    [{ kind: 'not-let-in', host: 'relay.example' }],
  ],
  [
    'something that answers everything, and is no relay-node',
    { relays: { linked: 0, serving: 0 }, versions: { page: '1.0.0' } },
    [{ kind: 'no-relay-node', host: 'relay.example' }],
  ],
  [
    'a relay-node of which it is not known whether it opens WebSockets',
    { webSocket: undefined as never, relays: { linked: 0, serving: 0 } },
    [],
  ],
  ['no place at any relay', { relays: { linked: 1, serving: 0 } }, [{ kind: 'no-place' }]],
  [
    'UDP blocked',
    ice({
      stun: [
        { ...STUN, answered: false },
        { ...STUN2, answered: false },
      ],
    }),
    [{ kind: 'udp-blocked', turn: false }],
  ],
  [
    'STUN is silent, and somebody is linked directly all the same',
    { ...ice({ stun: [{ ...STUN, answered: false }] }), direct: 1 },
    [],
  ],
  [
    'UDP blocked, TURN over TCP helps',
    ice({ stun: [{ ...STUN, answered: false }], turn: 'answered' }),
    [{ kind: 'udp-blocked', turn: true }],
  ],
  ['a public address: nothing is mapped, all answered', ice({}), []],
  ['an engine that does not tell', ice({ stun: [{ url: STUN.url }] }), []],
  ['no STUN', ice({ stun: [] }), [{ kind: 'no-stun' }]],
  [
    'no word of which STUN servers there are',
    { ice: { hosts: 1, mappings: [], turn: 'none' } },
    [],
  ],
  ['no STUN, but TURN', ice({ stun: [], turn: 'answered' }), []],
  ['symmetric NAT', ice({ mappings: turned }), [{ kind: 'symmetric-nat', turn: false }]],
  ['no WebRTC', { ice: undefined as never }, [{ kind: 'no-webrtc' }]],
  ['relay-only: direct links are not missed', { hidden: true, ice: undefined as never }, []],
  [
    'clock 10 minutes behind',
    { clockAheadMs: 600_000 },
    [{ kind: 'clock-off', behindMs: 600_000 }],
  ],
  ['clock ahead', { clockAheadMs: -61_000 }, [{ kind: 'clock-off', behindMs: -61_000 }]],
  [
    'clock behind what others say, by which it is corrected',
    { clockAheadMs: 900_000, correctedMs: 600_000 },
    [{ kind: 'clock-off', behindMs: 600_000 }],
  ],
  [
    'the relay-node’s clock is not believed',
    { clockAheadMs: 600_000, correctedMs: 0 },
    [{ kind: 'clock-differs', aheadMs: 600_000 }],
  ],
  ['clock off by little', { clockAheadMs: 59_000 }, []],
  [
    'archives that keep nothing',
    { relays: { linked: 3, serving: 2, refusals: ['full', 'clock', 'full'] } },
    [
      { kind: 'not-archived', refusal: 'full' },
      { kind: 'not-archived', refusal: 'clock' },
    ],
  ],
  [
    'quota full',
    { storage: { usedBytes: 999_000_000, quotaBytes: 1_000_000_000 } },
    [{ kind: 'quota-full', usedBytes: 999_000_000 }],
  ],
  ['a small quota that is not full', { storage: { usedBytes: 100, quotaBytes: 1_000_000 } }, []],
  [
    'no room left, whatever the device says of its quota',
    { storage: { usedBytes: 1_000, quotaBytes: 10_000_000_000, full: true } },
    [{ kind: 'quota-full', usedBytes: 1_000 }],
  ],
  ['a device that tells nothing of its storage', { storage: {} }, []],
  [
    'version mismatch',
    { versions: { page: '1.0.0', relay: '1.1.0' } },
    [{ kind: 'version-mismatch', page: '1.0.0', relay: '1.1.0' }],
  ],
]

test.each(CASES)('%s', (_, found, faults) => {
  expect(diagnose({ ...HEALTHY, ...found })).toEqual(faults)
})

test('several at once: the network comes first, direct links last', () => {
  const kinds = diagnose({
    ...HEALTHY,
    http: refused,
    webSocket: refused,
    relays: { linked: 0, serving: 0 },
    clockAheadMs: 600_000,
    ...ice({ stun: [] }),
  }).map(({ kind }) => kind)
  expect(kinds).toEqual(['relay-down', 'clock-off', 'no-stun'])
})

describe('a NAT', () => {
  const of = (mappings: NonNullable<Measurements['ice']>['mappings']): boolean =>
    isSymmetric({ hosts: 1, stun: [STUN, STUN2], mappings, turn: 'none' })

  test('that shows one address two ways out is not symmetric, nor are two networks, nor two families', () => {
    const [first] = turned
    expect(of([first, first].flatMap((each) => each ?? []))).toBe(false)
    expect(of(turned.map((each, i) => ({ ...each, base: String(i) })))).toBe(false)
    expect(
      of([
        { base: '1', outside: '203.0.113.9:5000' },
        { base: '1', outside: '2001:db8::1:5001' },
      ]),
    ).toBe(false)
    expect(of(turned)).toBe(true)
  })

  test('that was seen through has been told by a server, whichever the engine names', () => {
    const told = { hosts: 1, mappings: [{ base: '1', outside: '203.0.113.9:5000' }] }
    const silent = [STUN, STUN2].map((each) => ({ ...each, answered: false }))
    expect(stunAnswered({ ...told, stun: silent, turn: 'none' })).toBe(1)
    expect(stunAnswered({ ...told, stun: [STUN, STUN2], turn: 'none' })).toBe(2)
    expect(stunAnswered({ ...told, mappings: [], stun: silent, turn: 'none' })).toBe(0)
  })

  test('is told only by two servers that answer', () => {
    const asked = (stun: NonNullable<NonNullable<Measurements['ice']>['stun']>): boolean =>
      tellsNat({ hosts: 1, stun, mappings: [], turn: 'none' })
    expect(asked([STUN])).toBe(false)
    expect(asked([STUN, { ...STUN2, answered: false }])).toBe(false)
    expect(asked([STUN, STUN2])).toBe(true)
  })
})
