import { Sync } from './sync.ts'
import { describe, expect, test } from 'vitest'
import { type Bytes, utf8 } from './bytes.ts'
import type { Entry } from './entry.ts'
import { Gate, type Passage } from './gate.ts'
import { TrueTime } from './guard.ts'
import { MemoryHistory } from './memory-history.ts'
import { START, type Position } from './ids.ts'
import {
  AUTHOR_BURST_BYTES,
  AUTHOR_BURST_LINES,
  CONTENT_MAX_POINTS,
  FORWARD_MAX_AGE_MS,
  FUTURE_MAX_MS,
  LINE_MAX_BYTES,
  STRANGERS_MAX,
  USERNAME_MAX_BYTES,
} from './limits.ts'
import { appendSignature, encodeUnsigned } from './line.ts'
import type { Gossiped, Verdict } from './network.ts'
import { Room, type RoomChange } from './room.ts'
import { isRoomName, roomKeyOf, roomOfTopic } from './room-key.ts'
import {
  NEW_YEAR,
  type Person,
  type Said,
  alice,
  bob,
  entry,
  eve,
  garden,
  goJoin,
  goLine,
  lineOf,
  lobby,
  logId,
  must,
  person,
  pubsub,
} from './testing/people.ts'
import { SeededRandom, VirtualClock } from './testing/virtual-time.ts'

const NOW_MS = NEW_YEAR / 1_000
let seqno = 0n

/** As gossip hands it over: signed by `author`, forwarded by `forwarder`. */
async function gossiped(
  author: Person,
  bytes: Bytes,
  forwarder = author,
  topic = 'lobby',
): Promise<Gossiped> {
  const proof = await pubsub(author, bytes, topic, ++seqno)
  return { via: 'gossip', forwarder: forwarder.peerId, author: author.peerId, proof }
}

function gateAt(clock: VirtualClock, floor: Position = START): Gate {
  return new Gate({ key: lobby, time: new TrueTime(clock), clock, floor: () => floor })
}

async function check(gate: Gate, author: Person, bytes: Bytes, topic = 'lobby'): Promise<Passage> {
  return gate.check(bytes, await gossiped(author, bytes, author, topic))
}

function outcome(passage: Passage): string {
  return `${passage.verdict} ${passage.passed === 'nothing' ? passage.failure.kind : passage.passed}`
}

/** bob's room, to see that what is refused is neither shown nor kept. */
async function bobsRoom(
  clock: VirtualClock,
): Promise<{ room: Room; shown: RoomChange[]; history: MemoryHistory }> {
  const history = new MemoryHistory(logId('bob'))
  const runtime = { clock, random: new SeededRandom(1), log: () => undefined }
  const room = new Room({
    key: lobby,
    identity: bob.identity,
    history,
    runtime,
    time: new TrueTime(clock),
    sync: new Sync({ runtime, time: new TrueTime(clock) }),
    name: () => 'bob',
  })
  const shown: RoomChange[] = []
  room.changes.subscribe((change) => shown.push(change))
  await room.start()
  return { room, shown, history }
}

async function bytesOf(said: Said, who = alice): Promise<Bytes> {
  return (await entry(who, said)).bytes
}

/** A line with some keys of its own, signed as it is. */
async function bent(change: (line: Record<string, unknown>) => void, who = alice): Promise<Bytes> {
  const line = JSON.parse(
    new TextDecoder().decode(must(encodeUnsigned(lineOf(who, { content: 'hi' })))),
  ) as Record<string, unknown>
  change(line)
  const unsigned = utf8(JSON.stringify(line))
  const signature = await who.identity.sign(
    new Uint8Array([...utf8('p2p-chat/line/1\n'), ...unsigned]),
  )
  return appendSignature(unsigned, Buffer.from(signature).toString('base64url'))
}

function go(change: Record<string, unknown>): Bytes {
  const line = JSON.parse(new TextDecoder().decode(goLine(alice, { content: 'hi' }))) as Record<
    string,
    unknown
  >
  return utf8(JSON.stringify({ ...line, ...change }))
}

interface BadInput {
  readonly name: string
  readonly bytes: () => Bytes | Promise<Bytes>
  readonly expected: `${Verdict} ${string}`
  readonly author?: Person
  readonly topic?: string
}

const BAD: readonly BadInput[] = [
  // What Go's own validator refuses: the only rejects.
  { name: 'not JSON', bytes: () => utf8('hello'), expected: 'reject refused-by-all' },
  { name: 'nothing at all', bytes: () => utf8(''), expected: 'reject refused-by-all' },
  { name: 'a JSON array', bytes: () => utf8('[1]'), expected: 'reject refused-by-all' },
  { name: 'null', bytes: () => utf8('null'), expected: 'reject refused-by-all' },
  {
    name: 'a type of its own',
    bytes: () => go({ type: 'party' }),
    expected: 'reject refused-by-all',
  },
  { name: 'no username', bytes: () => go({ username: '' }), expected: 'reject refused-by-all' },
  { name: 'timestamp zero', bytes: () => go({ timestamp: 0 }), expected: 'reject refused-by-all' },
  { name: 'half a second', bytes: () => go({ timestamp: 1.5 }), expected: 'reject refused-by-all' },
  {
    name: 'timestamp in words',
    bytes: () => go({ timestamp: 'today' }),
    expected: 'reject refused-by-all',
  },
  // What an honest Go peer, or an older one of ours, would forward: the forwarder is not blamed.
  { name: 'a null type', bytes: () => go({ type: null }), expected: 'ignore malformed' },
  {
    name: 'keys in another spelling',
    bytes: () => go({ Type: 'join' }),
    expected: 'ignore malformed',
  },
  {
    name: 'keys with a long s',
    bytes: () => go({ uſername: 'mallory' }),
    expected: 'ignore malformed',
  },
  { name: 'no content', bytes: () => go({ content: 7 }), expected: 'ignore malformed' },
  { name: 'no from', bytes: () => go({ from: 7 }), expected: 'ignore malformed' },
  { name: 'a time before time', bytes: () => go({ timestamp: -5 }), expected: 'ignore malformed' },
  {
    name: 'a time after time',
    bytes: () => go({ timestamp: 9_000_000_001 }),
    expected: 'ignore malformed',
  },
  {
    name: 'forged from, as Go writes',
    bytes: () => go({ from: bob.peerId }),
    expected: 'ignore not-the-signer',
  },
  {
    name: 'forged from, signed',
    bytes: () => bytesOf({ content: 'hi' }),
    author: eve,
    expected: 'ignore not-the-signer',
  },
  {
    name: 'a line signed by somebody else',
    bytes: () => bent((line) => (line['from'] = alice.peerId), eve),
    author: alice,
    expected: 'ignore bad-signature',
  },
  {
    name: 'a signature over other words',
    bytes: async () => {
      const text = new TextDecoder().decode(await bytesOf({ content: 'pay 10' }))
      return utf8(text.replace('pay 10', 'pay 99'))
    },
    expected: 'ignore bad-signature',
  },
  {
    name: 'another spelling of the signature',
    bytes: async () => {
      const text = new TextDecoder().decode(await bytesOf({ content: 'hi' }))
      const spelt = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
      const last = text.at(-3) ?? ''
      return utf8(`${text.slice(0, -3)}${spelt.charAt(spelt.indexOf(last) + 1)}"}`)
    },
    expected: 'ignore malformed',
  },
  {
    name: 'no signature',
    bytes: () => must(encodeUnsigned(lineOf(alice, { content: 'hi' }))),
    expected: 'ignore malformed',
  },
  {
    name: 'another room',
    bytes: () => bytesOf({ content: 'hi', room: garden.id }),
    expected: 'ignore wrong-room',
  },
  {
    name: 'another room, as Go writes',
    bytes: () => go({}),
    topic: 'garden',
    expected: 'ignore wrong-room',
  },
  {
    name: 'a newer version',
    bytes: () => bent((line) => (line['v'] = 2)),
    expected: 'ignore newer-version',
  },
  { name: 'no log', bytes: () => bent((line) => delete line['log']), expected: 'ignore malformed' },
  {
    name: 'seq zero',
    bytes: () => bent((line) => (line['seq'] = 0)),
    expected: 'ignore malformed',
  },
  {
    name: 'a first line after another',
    bytes: () => bent((line) => (line['prev'] = 'A'.repeat(22))),
    expected: 'ignore malformed',
  },
  {
    name: 'an unkind kind',
    bytes: () => bent((line) => (line['kind'] = 'Text!')),
    expected: 'ignore malformed',
  },
  {
    name: 'a clock beside the timestamp',
    bytes: () => bent((line) => (line['clock'] = NEW_YEAR + 2_000_000)),
    expected: 'ignore malformed',
  },
  {
    name: 'from the future',
    bytes: () => bytesOf({ content: 'hi', clock: NEW_YEAR + FUTURE_MAX_MS * 1_000 + 1 }),
    expected: 'ignore from-the-future',
  },
  {
    name: 'from the future, as Go writes',
    bytes: () => go({ timestamp: NEW_YEAR / 1_000_000 + FUTURE_MAX_MS / 1_000 + 1 }),
    expected: 'ignore from-the-future',
  },
  {
    name: 'a join from the future',
    bytes: () => goJoin(alice, NEW_YEAR / 1_000_000 + FUTURE_MAX_MS / 1_000 + 1),
    expected: 'ignore from-the-future',
  },
  {
    name: 'an old join',
    bytes: () => goJoin(alice, NEW_YEAR / 1_000_000 - FORWARD_MAX_AGE_MS / 1_000 - 1),
    expected: 'ignore below-the-floor',
  },
  {
    name: 'one character too many',
    bytes: () => go({ content: '𝄞'.repeat(CONTENT_MAX_POINTS + 1) }),
    expected: 'ignore malformed',
  },
  {
    name: 'one byte too many',
    bytes: () => padded(LINE_MAX_BYTES + 1),
    expected: 'ignore too-large',
  },
  {
    name: 'a name of a kilobyte and one',
    bytes: () => go({ username: 'n'.repeat(USERNAME_MAX_BYTES + 1) }),
    expected: 'ignore malformed',
  },
]

/** A Go peer's line of exactly so many bytes, by a key that nobody reads. */
function padded(size: number): Bytes {
  const bare = go({ pad: '' })
  return go({ pad: 'x'.repeat(size - bare.length) })
}

describe('what the gate refuses is neither shown nor kept', () => {
  test.each(BAD)('$name: $expected', async ({ bytes, expected, author = alice, topic }) => {
    const clock = new VirtualClock(NOW_MS)
    const said = await bytes()
    expect(outcome(await check(gateAt(clock), author, said, topic))).toBe(expected)

    const { room, shown, history } = await bobsRoom(clock)
    const verdict = await room.receive(said, await gossiped(author, said, author, topic))
    await clock.run(0)
    expect(verdict).toBe(expected.split(' ')[0])
    expect(shown).toEqual([])
    for (const key of [lobby, garden]) expect(await history.page(key.id, { limit: 10 })).toEqual([])
  })

  test('what is below the floor', async () => {
    const floor = { clock: NEW_YEAR, id: START.id }
    const gate = gateAt(new VirtualClock(NOW_MS), floor)
    expect(
      outcome(await check(gate, alice, await bytesOf({ content: 'hi', clock: NEW_YEAR - 1 }))),
    ).toBe('ignore below-the-floor')
    expect(
      outcome(await check(gate, alice, await bytesOf({ content: 'hi', clock: NEW_YEAR }))),
    ).toBe('accept entry')
  })
})

describe('what the gate lets in', () => {
  const good: readonly { name: string; bytes: () => Bytes | Promise<Bytes>; expected: string }[] = [
    { name: 'a line', bytes: () => bytesOf({ content: 'hi' }), expected: 'accept entry' },
    {
      name: 'a kind from a newer version',
      bytes: () => bytesOf({ content: '👍 to: hi', kind: 'reaction-2' }),
      expected: 'accept entry',
    },
    {
      name: 'a key that nobody knows',
      bytes: () => bent((line) => (line['x'] = 1)),
      expected: 'accept entry',
    },
    { name: 'a Go peer’s line', bytes: () => go({}), expected: 'accept entry' },
    { name: 'a Go peer’s join', bytes: () => goJoin(alice), expected: 'accept passing' },
    {
      name: 'the longest content',
      bytes: () => go({ content: '𝄞'.repeat(CONTENT_MAX_POINTS) }),
      expected: 'accept entry',
    },
    { name: 'the longest line', bytes: () => padded(LINE_MAX_BYTES), expected: 'accept entry' },
    {
      name: 'a name of a kilobyte',
      bytes: () => go({ username: 'n'.repeat(USERNAME_MAX_BYTES) }),
      expected: 'accept entry',
    },
    {
      name: 'just not the future',
      bytes: () => bytesOf({ content: 'hi', clock: NEW_YEAR + FUTURE_MAX_MS * 1_000 }),
      expected: 'accept entry',
    },
    {
      name: 'just not late',
      bytes: () => bytesOf({ content: 'hi', clock: NEW_YEAR - FORWARD_MAX_AGE_MS * 1_000 }),
      expected: 'accept entry',
    },
  ]
  test.each(good)('$name', async ({ bytes, expected }) => {
    expect(outcome(await check(gateAt(new VirtualClock(NOW_MS)), alice, await bytes()))).toBe(
      expected,
    )
  })

  test('what is late, but no further', async () => {
    const gate = gateAt(new VirtualClock(NOW_MS))
    const late = await bytesOf({ content: 'hi', clock: NEW_YEAR - FORWARD_MAX_AGE_MS * 1_000 - 1 })
    expect(await check(gate, alice, late)).toMatchObject({
      verdict: 'ignore',
      passed: 'entry',
      late: true,
    })
  })

  test('a thing once, however often it comes, under whatever seqno', async () => {
    const gate = gateAt(new VirtualClock(NOW_MS))
    const line = await bytesOf({ content: 'hi' })
    const outcomes = []
    for (let i = 0; i < 5; i++) outcomes.push(outcome(await check(gate, alice, line)))
    expect(outcomes).toEqual(['accept entry', ...Array<string>(4).fill('ignore known')])
  })

  test('a join once, when gossip has forgotten it and it is told again', async () => {
    const clock = new VirtualClock(NOW_MS)
    const gate = gateAt(clock)
    const join = goJoin(alice)
    const origin = await gossiped(alice, join)
    expect(outcome(await gate.check(join, origin))).toBe('accept passing')
    await clock.run(200_000)
    expect(outcome(await gate.check(join, origin))).toBe('ignore known')
  })

  test('its own entries are known for at least ten minutes, and not for ever', async () => {
    const clock = new VirtualClock(NOW_MS)
    const gate = gateAt(clock)
    const own = await entry(bob, { content: 'mine' })
    gate.remember(own.id)
    await clock.run(FORWARD_MAX_AGE_MS)
    gate.remember((await entry(bob, { content: 'later' })).id)
    expect(outcome(await check(gate, bob, own.bytes))).toBe('ignore known')
    for (const seq of [3, 4]) {
      await clock.run(FORWARD_MAX_AGE_MS + 1)
      gate.remember((await entry(bob, { content: 'still later', seq })).id)
    }
    // Now the store is asked; a replay is late and goes nowhere.
    expect(await check(gate, bob, own.bytes)).toMatchObject({
      verdict: 'ignore',
      passed: 'entry',
      late: true,
    })
  })
})

describe('how much of one author', () => {
  const burst = (gate: Gate, who: Person, entries: readonly Entry[]): Promise<readonly string[]> =>
    Promise.all(entries.map(async ({ bytes }) => outcome(await check(gate, who, bytes))))
  const many = (who: Person, n: number, content: string, from = 0): Promise<readonly Entry[]> =>
    Promise.all(
      Array.from({ length: n }, (_, i) => entry(who, { content, clock: NEW_YEAR + from + i })),
    )

  test('200 lines at once, then 25 a second; others are not in the way', async () => {
    const clock = new VirtualClock(NOW_MS)
    const gate = gateAt(clock)
    const outcomes = await burst(gate, eve, await many(eve, AUTHOR_BURST_LINES + 20, 'flood'))
    expect(outcomes.filter((each) => each === 'accept entry')).toHaveLength(AUTHOR_BURST_LINES)
    expect(outcomes.slice(AUTHOR_BURST_LINES)).toEqual(Array(20).fill('ignore too-fast'))
    expect(outcome(await check(gate, alice, await bytesOf({ content: 'excuse me' })))).toBe(
      'accept entry',
    )
    await clock.run(1_000)
    const after = await burst(gate, eve, await many(eve, 30, 'more', 1_000))
    expect(after.filter((each) => each === 'accept entry')).toHaveLength(25)
  })

  test('256 KiB at once', async () => {
    const gate = gateAt(new VirtualClock(NOW_MS))
    const big = await many(eve, 80, 'x'.repeat(3_600))
    const fit = Math.floor(AUTHOR_BURST_BYTES / (big[0]?.bytes.length ?? 1))
    const outcomes = await burst(gate, eve, big)
    expect(outcomes.filter((each) => each === 'accept entry')).toHaveLength(fit)
  })

  test('what was too fast may come again later', async () => {
    const clock = new VirtualClock(NOW_MS)
    const gate = gateAt(clock)
    const lines = await many(eve, AUTHOR_BURST_LINES + 1, 'flood')
    await burst(gate, eve, lines)
    await clock.run(1_000)
    const last = lines.at(-1)
    expect(last === undefined ? '' : outcome(await check(gate, eve, last.bytes))).toBe(
      'accept entry',
    )
  })
})

test('memory of ids is bounded', async () => {
  const gate = gateAt(new VirtualClock(NOW_MS))
  const first = await entry(alice, { content: 'first' })
  gate.remember(first.id)
  for (let i = 0; i < 2 * STRANGERS_MAX; i++) gate.remember(`${i}` as typeof first.id)
  expect(outcome(await check(gate, alice, first.bytes))).toBe('accept entry')
})

test.each([
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '',
  '.hidden',
  'a b',
  'ä',
  'x'.repeat(65),
  'a/b',
])('“%s” is no room, nor its topics', async (name) => {
  expect(isRoomName(name)).toBe(false)
  expect(await roomKeyOf(name)).toMatchObject({ ok: false, failure: { kind: 'bad-room-name' } })
  expect(roomOfTopic(name)).toBeUndefined()
  expect(roomOfTopic(`p2p-chat/live/${name}`)).toBeUndefined()
})

test('a line on the topic __proto__ is refused and touches nothing', async () => {
  const said = go({})
  const passage = await check(gateAt(new VirtualClock(NOW_MS)), alice, said, '__proto__')
  expect(outcome(passage)).toBe('ignore bad-room-name')
  expect(Object.keys(Object.prototype)).toEqual([])
})

test('keys of a line that are names of Object.prototype are only keys', async () => {
  const mallory = await person('mallory', 77)
  const bytes = utf8(
    new TextDecoder()
      .decode(goLine(mallory, { content: 'hi' }))
      .replace('{', '{"__proto__":{"v":1},"constructor":1,'),
  )
  expect(outcome(await check(gateAt(new VirtualClock(NOW_MS)), mallory, bytes))).toBe(
    'accept entry',
  )
})
