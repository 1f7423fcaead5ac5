import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { StorageError } from '../history.ts'
import type { EntryId } from '../ids.ts'
import { DEFAULT_ROOM } from '../limits.ts'
import { shortPeerId } from '../names.ts'
import type { Link, Network } from '../network.ts'
import { RELAY_WORD, encodeRelayWord } from '../relay-word.ts'
import { alice, bob, lobby, must } from '../testing/people.ts'
import { type Member, ROOM, Simulation } from '../testing/simulation.ts'
import { story } from '../testing/story.ts'
import { en } from '../text/en.ts'
import type { Measurements } from '../doctor.ts'
import type { Context, Detail, Device } from './command.ts'
import { complete } from './complete.ts'
import { commands } from './registry.ts'
import { submit } from './submit.ts'

interface Seen {
  readonly context: Context
  /** What the page or terminal was asked to do. */
  readonly asked: string[]
}

function at(member: Member): Seen {
  const asked: string[] = []
  const screen = {
    showRoom: (name: string) => asked.push(`show ${name}`),
    showOlder: (count: number) => asked.push(`older ${count}`),
    showEntry: (_: string, id: EntryId) => {
      asked.push(`entry ${id}`)
      return Promise.resolve('shown' as const)
    },
    quit: () => {
      asked.push('quit')
      return Promise.resolve()
    },
    save: (name: string, parts: readonly Uint8Array[]) => {
      const text = parts.map((part) => new TextDecoder().decode(part)).join('')
      asked.push(`save ${name}\n${text}`)
      return Promise.resolve()
    },
    storage: () => Promise.resolve({ keeps: 'safe', usedBytes: 12_300_000 } as const),
    wipe: () => {
      asked.push('wipe')
      return Promise.resolve()
    },
  }
  const { chat, room } = member
  const context = {
    chat,
    room,
    words: en,
    screen,
    commands,
    version: '1.2.3',
    signal: new AbortController().signal,
  }
  return { context, asked }
}

/** What the one who typed it reads. */
async function answerTo(text: string, { context }: Seen): Promise<string> {
  const submitted = await submit(text, context)
  if (!submitted.ok) return `bad: ${en.failure(submitted.failure)}`
  if (submitted.value.kind === 'said') return `said: ${submitted.value.entry.content}`
  const { answer } = submitted.value
  return answer === undefined ? 'done' : `${answer.tone}: ${answer.text}`
}

async function detailsOf(text: string, { context }: Seen): Promise<readonly Detail[]> {
  const submitted = must(await submit(text, context))
  return submitted.kind === 'ran' ? (submitted.answer?.details ?? []) : []
}

async function alone(): Promise<{ simulation: Simulation; member: Member; seen: Seen }> {
  const simulation = new Simulation(1)
  const member = await simulation.cast(alice)
  return { simulation, member, seen: at(member) }
}

/** Commands that wait for the network need time to pass. */
async function whileTimePasses<T>(simulation: Simulation, work: Promise<T>): Promise<T> {
  await simulation.run(20_000)
  return work
}

describe('with somebody there', () => {
  story('every command tells the truth, in words', async (simulation) => {
    const relay = await simulation.relay()
    const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
    await simulation.run(10_000)
    await b.say('Hello, alice')
    await simulation.run(65_000)
    void a.network.ping(b.id, new AbortController().signal)
    await simulation.run(200)
    const seen = at(a)

    expect(await answerTo('/who', seen)).toMatch(
      /^plain: In lobby \(1\):\n- bob \(direct, \d+ ms, 1m ago\)$/,
    )
    expect(await answerTo('/history', seen)).toBe(
      'plain: Recent messages:\n[bob] Hello, alice (1m ago)',
    )
    expect(seen.asked.splice(0)).toEqual(['older 10'])

    const peers = (await answerTo('/peers', seen)).split('\n')
    expect(peers[0]).toBe('plain: Connected Peers (2):')
    expect(peers[1]).toMatch(
      new RegExp(`^- relay-node ${relay.id.slice(0, 14)}… \\(direct, 1m ago\\)$`),
    )
    expect(peers[2]).toMatch(
      new RegExp(`^- bob ${b.id.slice(0, 14)}… \\(direct, (\\d+ ms, )?1m ago\\)$`),
    )

    const conn = await answerTo('/conn', seen)
    expect(conn).toContain('Live · 1')
    expect(conn).toContain(`Your Peer ID: ${a.id}`)
    expect(conn).toContain('Connections (2):')
    // What one reads first are words; the addresses stand below, folded away.
    expect(conn).not.toMatch(/\/(ip4|memory|p2p|webrtc|ws)\//)
    expect(conn).toMatch(
      new RegExp(`^- relay-node ${shortPeerId(relay.id)} · WebSocket \\(direct, `, 'm'),
    )
    expect(conn).toMatch(/^- WebRTC, direct: 1, median \d+ ms$/m)
    expect(conn).toMatch(/^- WebSocket, direct: 1, not measured yet$/m)
    expect(conn).toMatch(/- bob · WebRTC \(direct, (in|out)bound/)
    expect(conn).toContain('A relay holds a place for you')
    expect(conn).toMatch(
      new RegExp(
        `^You can be dialled at \\d+ address(es)?, through relay-node ${shortPeerId(relay.id)}\\.$`,
        'm',
      ),
    )
    const [links, own] = await detailsOf('/conn', seen)
    expect(links?.lines).toHaveLength(2)
    expect(links?.lines.join('\n')).toMatch(/^bob: \//m)
    expect(own?.lines.join('\n')).toContain(`/webrtc/p2p/${a.id}`)
    expect(await answerTo('/status', seen)).toBe(conn)

    expect(await whileTimePasses(simulation, answerTo('/ping BOB', seen))).toMatch(
      /^good: bob: \d+ ms direct, WebRTC \(3 of 3 answered, \d+ ms at best, \d+ ms at worst\)$/,
    )
    expect(await whileTimePasses(simulation, answerTo(`/ping ${b.id.slice(0, 20)}`, seen))).toMatch(
      /^good: bob: /,
    )
    expect(await answerTo('/ping nobody', seen)).toMatch(/^bad: Nobody here is called “nobody”/)
    const mesh = await answerTo('/mesh', seen)
    expect(mesh).toMatch(/^plain: - lobby: 2 mesh peers of 2 subscribers \((relay-node|bob), /)
    expect(mesh).toMatch(/fanout 0, grafts 0, prunes 0/)
    expect(mesh).toContain(
      'Delivery rate: 100 % of what others said meanwhile came by itself (1), the rest (0) was fetched.',
    )
    const routing = await answerTo('/routing', seen)
    expect(routing).toMatch(/^- direct: 1 link, median \d+ ms; 0 messages came first this way/m)
    expect(routing).toMatch(/^- bob \(direct, WebRTC, \d+ ms\)$/m)
    const relayed = await whileTimePasses(simulation, answerTo('/relay', seen))
    expect(relayed).toMatch(/^plain: Mode: auto\./)
    expect(relayed).toMatch(
      new RegExp(
        `^- relay-node ${shortPeerId(relay.id)}( at \\S+)? · holds a place for you · WebSocket · (\\d+ ms · )?connected for 1`,
        'm',
      ),
    )
    expect(await answerTo('/doctor', seen)).toBe('bad: This cannot be found out here.')
    expect(await answerTo('/dht', seen)).toMatch(/^bad: The DHT is not up/)

    expect(await answerTo('/relay sometimes', seen)).toBe(
      'bad: /relay: “sometimes” cannot be “only” or “auto”.',
    )
    expect(await answerTo('/relay only', seen)).toMatch(
      /^good: Relay-only mode: nobody in the room/,
    )
    await simulation.run(1_000)
    expect(await answerTo('/conn', seen)).toMatch(/Relay only · 1\nRelay-only mode/)
    expect(await answerTo(`/dial ${b.network.addresses()[1]}`, seen)).toMatch(
      /^bad: Relay-only mode/,
    )
    expect(await whileTimePasses(simulation, answerTo('/ping bob', seen))).toMatch(
      /^good: bob: \d+ ms through the relay \(3 of 3/,
    )
    expect(await answerTo('/relay auto', seen)).toMatch(/^good: Mode: auto/)
    await simulation.run(20_000)

    expect(await answerTo('/nick', seen)).toBe(
      'plain: You are alice. Type /nick and a name to change it.',
    )
    expect(await answerTo('/nick alice in wonderland', seen)).toBe(
      'good: You are alice in wonderland now.',
    )
    await simulation.run(1_000)
    expect(b.sees()).toEqual(['alice in wonderland'])

    expect(await answerTo('/me waves to everybody', seen)).toBe('done')
    await simulation.run(1_000)
    expect(
      (await b.room.page({ limit: 1 })).map(({ content, kind, username }) => [
        content,
        kind,
        username,
      ]),
    ).toEqual([['waves to everybody', 'action', 'alice in wonderland']])

    expect(await answerTo('/join garden', seen)).toBe('done')
    expect(seen.asked.splice(0)).toEqual(['show garden'])
    expect(await answerTo('/rooms', seen)).toBe(
      'plain: Your rooms (2):\n- lobby (1 other person) · open\n- garden (0 other people)',
    )
    expect(await answerTo('/leave garden', seen)).toMatch(/^good: You left garden\./)
    expect(seen.asked.splice(0)).toEqual([])
    expect(await answerTo('/list', seen)).toBe(
      'plain: Your rooms (1):\n- lobby (1 other person) · open',
    )

    expect(await answerTo('/clear', seen)).toBe(
      'good: 2 messages forgotten on this device. They will not come back here.',
    )
    expect(await answerTo('/history', seen)).toBe(
      'plain: Nothing is left here: what was said before is forgotten on this device.',
    )
    expect(await b.read()).toEqual(['Hello, alice', 'waves to everybody'])

    expect(await answerTo('/map', seen)).toBe(
      'bad: There is no screen here to draw on; /peers and /who say the same in words.',
    )
    const drawing = { ...seen.context.screen, showMap: () => seen.asked.push('map') }
    const onScreen = { ...seen, context: { ...seen.context, screen: drawing } }
    expect(await answerTo('/map', onScreen)).toBe('done')
    expect(seen.asked.splice(-1)).toEqual(['map'])
    expect(await answerTo('/verbose', seen)).toBe(
      'good: ✓ Verbose mode enabled (connection logs will be shown)',
    )
    expect(a.chat.verbose).toBe(true)
    expect(await answerTo('/verbose', seen)).toMatch(/disabled/)
    expect(await answerTo('/version', seen)).toBe('plain: P2P Chat 1.2.3')

    await b.quit()
    await simulation.run(5_000)
    expect(await answerTo('/who', seen)).toMatch(/^plain: Nobody else is in lobby/)
    expect(
      await whileTimePasses(simulation, answerTo(`/dial ${a.network.addresses()[0]}`, seen)),
    ).toMatch(/^bad: Could not be reached/)

    expect(await answerTo('/leave', seen)).toMatch(/^good: You left lobby\./)
    expect(seen.asked).toEqual([])
    expect(await answerTo('/quit', seen)).toMatch(/^plain: You left the network/)
    expect(seen.asked.splice(0)).toEqual(['quit'])
  })

  story(
    '/dial finds who can be found',
    async (simulation) => {
      const relay = await simulation.relay()
      const a = await simulation.enter(alice)
      const gopher = simulation.network(bob)
      await simulation.run(2_000)
      const [circuit, webrtc] = gopher.addresses()
      expect(circuit).toContain(relay.id)
      const dialling = answerTo(`/dial ${webrtc}`, at(a))
      await simulation.run(1_000)
      expect(await dialling).toBe(`good: Connected to ${bob.peerId}.`)
      expect(
        a.network.links().some((link) => link.peer === bob.peerId && link.path === 'direct'),
      ).toBe(true)
      expect(await answerTo(`/dial /ip4/192.0.2.7/tcp/1/p2p/${bob.peerId}`, at(a))).toBe(
        `plain: You are linked directly to ${bob.peerId} already, so this address was not tried.`,
      )
    },
    [1],
  )

  story(
    '/relay says what its relay-node says now, and waits for none that says nothing',
    async (simulation) => {
      const relay = await simulation.relay()
      const a = await simulation.enter(alice)
      await simulation.run(10_000)
      let taken = 1
      const stop = relay.network.serve(RELAY_WORD, async (stream) => {
        const word = { relays: [], places: { taken: taken++, all: 9 } }
        await stream.write(encodeRelayWord(word), new AbortController().signal)
        await stream.close()
      })
      const said = (): Promise<string> => whileTimePasses(simulation, answerTo('/relay', at(a)))
      expect(await said()).toContain('it says: 1 of 9 places taken')
      expect(await said()).toContain('it says: 2 of 9 places taken')
      stop()
      relay.network.serve(RELAY_WORD, () => new Promise(() => undefined))
      expect(await said()).toMatch(/holds a place for you/)
    },
    [1],
  )

  story(
    'what people with slow clocks say after a /clear is not lost',
    async (simulation) => {
      await simulation.relay()
      const a = await simulation.enter(alice)
      const b = await simulation.enter(bob, { skewMs: -30_000 })
      await simulation.run(5_000)
      await a.say('to be forgotten')
      await simulation.run(1_000)
      expect(await answerTo('/clear', at(a))).toMatch(/^good: 1 message forgotten/)
      await b.say('and now?')
      await simulation.run(1_000)
      expect(await a.read()).toEqual(['and now?'])
    },
    [1],
  )
})

test('/conn has one line for a peer, or one for each of its links, and says through which relay-node', async () => {
  const { member, seen } = await alone()
  const via = alice.peerId
  const now = member.chat.runtime.clock.now()
  const link = {
    peer: bob.peerId,
    direction: 'outbound',
    since: now - 90_000,
    relay: false,
  } as const
  const circuit: Link = {
    ...link,
    path: 'relayed',
    transport: 'relay',
    address: `/ip4/192.0.2.7/tcp/80/ws/p2p/${via}/p2p-circuit/p2p/${bob.peerId}`,
  }
  const direct: Link = {
    ...link,
    path: 'direct',
    transport: 'WebRTC',
    address: `/ip4/192.0.2.8/udp/9/webrtc/p2p/${bob.peerId}`,
    rttMs: 3.4,
  }
  const links = (...all: readonly Link[]): void => {
    vi.spyOn(member.chat, 'network', 'get').mockReturnValue({
      links: () => all,
      addresses: () => [],
      reserved: false,
    } as unknown as Network)
  }
  const who = shortPeerId(bob.peerId)
  links(circuit)
  const through = `through relay-node ${shortPeerId(via)} (outbound, for 1.5 min)`
  expect(await answerTo('/conn', seen)).toContain(
    `Connections (1):\n- ${who} · ${through}\nBy kind:\n- through a relay: 1`,
  )
  links(circuit, direct)
  expect(await answerTo('/conn', seen)).toContain(
    `Connections (2):\n- ${who}\n  · WebRTC (direct, outbound, 3 ms, for 1.5 min)\n  · ${through}\n`,
  )
})

describe('without a network', () => {
  test.each(['/ping bob', '/mesh', '/routing', '/dial /ip4/192.0.2.7/tcp/1'])(
    '%s',
    async (text) => {
      const { seen } = await alone()
      expect(await answerTo(text, seen)).toBe(
        'bad: The network is not up yet. Try again in a moment.',
      )
    },
  )

  test('/relay is set all the same, and says that none is known', async () => {
    const { seen } = await alone()
    expect(await answerTo('/relay only', seen)).toMatch(/^good/)
    expect(await answerTo('/relay', seen)).toMatch(
      /^plain: Relay-only mode.*\nNo relay-node is known\.$/,
    )
  })
})

test('/dht says what was found, also when that is nobody and no relay-node is there to tell what it keeps', async () => {
  const { seen } = await alone()
  const device: Device = {
    relays: [],
    invite: () => '',
    hints: () => [],
    lookUp: (room) =>
      Promise.resolve({ mode: 'client', table: 0, key: room, providers: [], asked: 0, tookMs: 40 }),
    examine: () => Promise.reject(new Error('not asked for')),
  }
  const screen = { ...seen.context.screen, device }
  expect(await answerTo('/dht', { ...seen, context: { ...seen.context, screen } })).toBe(
    [
      'plain: DHT: client, 0 peers in the routing table, no records kept, as clients keep none.',
      `Searched for lobby (${ROOM}) just now: 0 providers after asking 0 peers, 40 ms.`,
      'No relay-node says what it keeps.',
    ].join('\n'),
  )
})

test('/invite hands out the address, with the relay-nodes beside the page’s own that hold the room', async () => {
  const { seen } = await alone()
  expect(await answerTo('/invite', seen)).toMatch(/^bad: /)
  const hints: string[] = []
  const device: Device = {
    relays: [],
    invite: (room, relays) => [`https://chat.example/#/r/${room}`, ...relays].join('?'),
    hints: () => hints,
    lookUp: () => Promise.resolve(undefined),
    examine: () => Promise.reject(new Error('not asked for')),
  }
  const context = { ...seen.context, screen: { ...seen.context.screen, device } }
  const invited = async (): Promise<readonly [string | undefined, string | undefined]> => {
    const submitted = must(await submit('/invite', context))
    const answer = submitted.kind === 'ran' ? submitted.answer : undefined
    return [answer?.text, answer?.invite]
  }
  const address = `https://chat.example/#/r/${ROOM}`
  expect(await invited()).toEqual([`Whoever opens this address is in ${ROOM}.`, address])
  hints.push('/dns/a.example/tcp/443/wss/p2p/x')
  const [text, invite] = await invited()
  expect(text).toContain('It names another relay-node that holds the room')
  expect(invite).toBe(`${address}?${hints.join('?')}`)
})

test('/doctor names what is wrong, what to do, and what was measured', async () => {
  const { seen } = await alone()
  const examined: Measurements = {
    host: 'relay.example',
    online: true,
    http: { ok: true, ms: 12.4 },
    webSocket: { ok: false, why: 'silent' },
    clockAheadMs: 600_000,
    versions: { page: '1.0.0', relay: '1.1.0' },
    relays: { linked: 0, serving: 0 },
    ice: {
      hosts: 1,
      stun: [
        { url: 'stun:a:1', answered: true },
        { url: 'stun:a:2', answered: true },
      ],
      mappings: [
        { base: '1', outside: '203.0.113.9:5000' },
        { base: '1', outside: '203.0.113.9:5001' },
      ],
      turn: 'none',
    },
    storage: { usedBytes: 99, quotaBytes: 100 },
    hidden: false,
  }
  const device: Device = {
    relays: [],
    invite: () => '',
    hints: () => [],
    lookUp: () => Promise.resolve(undefined),
    examine: () => Promise.resolve(examined),
  }
  const screen = { ...seen.context.screen, device }
  const submitted = must(await submit('/doctor', { ...seen.context, screen }))
  const first = submitted.kind === 'ran' ? submitted.answer : undefined
  // It takes seconds, and says so.
  expect(first?.text).toBe(en.testing())
  const answer = await first?.more?.()
  const lines = answer?.text.split('\n') ?? []
  expect([answer?.tone, lines[0]]).toEqual(['bad', '5 faults found:'])
  for (const said of [
    '✗ WebSocket is blocked: relay.example answers by HTTP, but opens no WebSocket.',
    '✗ The clock of this device is 10 min behind.',
    '✗ Here is version 1.0.0, the relay-node serves 1.1.0.',
    '✗ Storage is full: this device keeps nothing more, with 99 byte used here.',
    '✗ This network has a symmetric NAT: others cannot be told where to reach you.',
    '✓ HTTP at relay.example: answered in 12 ms',
    '✗ NAT: symmetric, each server sees another port',
  ])
    expect(lines).toContain(said)
  expect(lines.filter((line) => line.startsWith('  → '))).toHaveLength(5)
})

describe('bad input gets its word, and nothing is sent', () => {
  const CASES: readonly (readonly [text: string, answer: string | RegExp])[] = [
    ['/jion', 'bad: Unknown command: /jion — did you mean /join?'],
    ['/ jion', 'bad: Unknown command: /jion — did you mean /join?'],
    ['/JION', 'bad: Unknown command: /JION — did you mean /join?'],
    ['/xyzzy', 'bad: Unknown command: /xyzzy (type /help for available commands)'],
    ['/', 'bad: Unknown command: / (type /help for available commands)'],
    ['/x', 'bad: Unknown command: /x (type /help for available commands)'],
    [
      '/etc/passwd is a file',
      'bad: Unknown command: /etc/passwd (type /help for available commands)',
    ],
    [
      `/${'x'.repeat(16_000)}`,
      `bad: Unknown command: /${'x'.repeat(32)} (type /help for available commands)`,
    ],
    ['/__proto__', 'bad: Unknown command: /__proto__ (type /help for available commands)'],
    ['/join', 'bad: This needs room: /join <room>, /join garden'],
    ['/join   ', 'bad: This needs room: /join <room>, /join garden'],
    ['/me', 'bad: This needs action: /me <action>, /me waves'],
    ['/dial', /^bad: This needs address: \/dial <address>, \/dial \/ip4\//],
    ['/join __proto__', /^bad: “__proto__” cannot be a room: use 1–64 letters/],
    ['/join constructor', /^bad: “constructor” cannot be a room/],
    ['/join ../etc', /^bad: “\.\.\/etc” cannot be a room/],
    [`/join ${'x'.repeat(65)}`, /cannot be a room/],
    [`/join ${'x'.repeat(9_999)}`, /^bad: “x{80}” cannot be a room/],
    [`/nick ${'n'.repeat(300)}`, 'bad: A name has at most 32 characters.'],
    ['/nick \u202E\u200B\u2066', 'bad: A name needs at least one visible character.'],
    ['/nick    ', 'plain: You are alice. Type /nick and a name to change it.'],
    ['/dial rubbish', 'bad: The network is not up yet. Try again in a moment.'],
    ['/history 0', 'bad: /history: “0” cannot be a number from 1 to 500.'],
    ['/history 501', 'bad: /history: “501” cannot be a number from 1 to 500.'],
    ['/history -1', /cannot be a number/],
    ['/history 1e2', /cannot be a number/],
    ['/history ten', /cannot be a number/],
    ['/history 99999999999999999999', /cannot be a number/],
    ['/clear -1', 'bad: /clear: “-1” cannot be a number of days from 0 to 36,500.'],
    ['/clear 36501', /cannot be a number of days/],
    ['/clear soon', /cannot be a number of days/],
    ['/leave', /^good: You left lobby\./],
    ['/leave nowhere', 'bad: You are not in nowhere.'],
    [`/leave ${'x'.repeat(9_999)}`, `bad: You are not in ${'x'.repeat(64)}.`],
    [
      `/leave ${DEFAULT_ROOM}`,
      new RegExp(`^plain: ${DEFAULT_ROOM} is the room this address opens`),
    ],
    ['   ', 'bad: There is nothing to send.'],
    ['', 'bad: There is nothing to send.'],
  ]
  test.each(CASES)('%s', async (text, expected) => {
    const { member, seen } = await alone()
    const answer = await answerTo(text, seen)
    if (typeof expected === 'string') expect(answer).toBe(expected)
    else expect(answer).toMatch(expected)
    expect(await member.read()).toEqual([])
    expect(member.chat.name).toBe('alice')
  })

  test.each([
    'rubbish',
    '/ip4/1.2.3.4',
    'https://example.org',
    '/ip4/1.2.3.4/tcp/1/p2p/12D3KooWrubbish',
    '💥',
    '../../etc/passwd',
  ])('/dial %s', async (address) => {
    const { simulation, member, seen } = await alone()
    await member.connect()
    expect(await whileTimePasses(simulation, answerTo(`/dial ${address}`, seen))).toBe(
      `bad: “${address}” is not an address. One looks like /ip4/192.0.2.7/tcp/4001/p2p/12D3KooW…`,
    )
  })

  test('/dial of nobody comes back within its time, or at once when cancelled', async () => {
    const { simulation, member, seen } = await alone()
    await member.connect()
    member.network.dial = (address, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          resolve({ ok: false, failure: { kind: 'unreachable', what: address } })
        })
      })
    const address = `/ip4/192.0.2.7/tcp/4001/p2p/${bob.peerId}`
    expect(await whileTimePasses(simulation, answerTo(`/dial ${address}`, seen))).toBe(
      `bad: Could not be reached: ${address}`,
    )
  })

  test('a bidi control in a name is dropped, the rest is taken', async () => {
    const { member, seen } = await alone()
    expect(await answerTo('/nick swift\u202E-falcon', seen)).toBe('good: You are swift-falcon now.')
    expect(member.chat.name).toBe('swift-falcon')
  })

  test('a disk that fails is told in words', async () => {
    const { member, seen } = await alone()
    member.history.page = () =>
      Promise.reject(new StorageError({ kind: 'storage-failed', what: 'fire' }))
    expect(await answerTo('/history', seen)).toBe('bad: This device could not keep it: fire')
    expect(await answerTo('/clear', seen)).toBe('bad: This device could not keep it: fire')
    member.history.page = () => Promise.reject(new TypeError('our own mistake'))
    await expect(submit('/history', seen.context)).rejects.toThrow('our own mistake')
  })
})

describe('text and slashes', () => {
  test.each([
    ['//join is a command', 'said: /join is a command'],
    ['//', 'said: /'],
    ['hello /join', 'said: hello /join'],
    [' /join', 'said:  /join'],
    ['/me //waves', 'done'],
  ])('%s', async (text, expected) => {
    const { seen } = await alone()
    expect(await answerTo(text, seen)).toBe(expected)
  })

  test('commands are found in any case, by any alias', async () => {
    const { seen } = await alone()
    expect(await answerTo('/VERSION', seen)).toBe('plain: P2P Chat 1.2.3')
    expect(await answerTo('/J garden', seen)).toBe('done')
    expect(await answerTo('/part garden', seen)).toMatch(/^good/)
    expect(await answerTo('/name fox', seen)).toBe('good: You are fox now.')
    expect(await answerTo('/info', seen)).toContain('Your Peer ID')
    expect(await answerTo('/exit', seen)).toMatch(/^plain: You left/)
  })
})

describe('/history and /clear', () => {
  test('/history n shows the last n', async () => {
    const { member, seen } = await alone()
    for (let i = 1; i <= 12; i++) await member.say(`${i}`)
    expect((await answerTo('/history', seen)).split('\n')).toHaveLength(11)
    expect(await answerTo('/history 2', seen)).toBe(
      'plain: Recent messages:\n[alice] 11 (0s ago)\n[alice] 12 (0s ago)',
    )
    expect((await answerTo('/history 500', seen)).split('\n')).toHaveLength(13)
    expect(seen.asked).toEqual(['older 10', 'older 2', 'older 500'])
  })

  test('/clear days forgets what is older, and only that', async () => {
    const { simulation, member, seen } = await alone()
    await member.say('old')
    await simulation.run(3 * 86_400_000)
    await member.say('new')
    const ids = (await member.room.page({ limit: 9 })).map(({ id }) => id)
    await member.history.witness(lobby.id, ids, 'sent')
    expect(await answerTo('/clear 4', seen)).toMatch(
      /^good: There was nothing older than 4 days to forget/,
    )
    expect(await answerTo('/clear 2', seen)).toMatch(/^good: 1 message older than 2 days/)
    expect(await member.read()).toEqual(['new'])
    expect(await answerTo('/clear 0', seen)).toMatch(/^good: 1 message forgotten/)
    expect(await member.read()).toEqual([])
    // The log goes on where it was.
    await member.say('next')
    expect((await member.room.page({ limit: 1 })).map((entry) => entry.head?.seq)).toEqual([3])
  })
})

test('/clear keeps what nobody else has, and forgets it for a word', async () => {
  const { simulation, member, seen } = await alone()
  await member.say('told')
  const [told] = await member.room.page({ limit: 1 })
  await member.history.witness(lobby.id, [told?.id ?? ('' as EntryId)], 'sent')
  await simulation.run(3 * 86_400_000)
  await member.say('one')
  await member.say('two')
  expect(await answerTo('/clear', seen)).toBe(
    'plain: 1 message forgotten on this device: 2 of your messages have reached nobody yet and would be lost, so what was said from there on stays. To forget that too, type /clear unsent',
  )
  expect(await member.read()).toEqual(['one', 'two'])
  expect(await answerTo('/clear 0', seen)).toMatch(
    /^plain: Nothing was forgotten: 2 of .* type \/clear 0 unsent$/,
  )
  // What is younger than so many days was not asked for.
  expect(await answerTo('/clear 1', seen)).toMatch(
    /^good: There was nothing older than 1 day to forget/,
  )
  expect(await answerTo('/clear 1 unsent', seen)).toMatch(/^good: There was nothing older/)
  expect(await member.read()).toEqual(['one', 'two'])
  expect(await answerTo('/clear unsent', seen)).toBe(
    'good: 2 messages forgotten on this device. They will not come back here. 2 of them had reached nobody.',
  )
  expect(await member.read()).toEqual([])
  expect(member.room.queued).toBe(0)
})

test.each([
  '/clear 30 40',
  '/history 5 6',
  '/export all foo',
  '/wipe everything else',
  '/peers now',
])('%s is more than the command takes, and does nothing', async (text) => {
  const { member, seen } = await alone()
  await member.say('still here')
  expect(await answerTo(text, seen)).toMatch(/is not understood|is more than/)
  expect(seen.asked).toEqual([])
  expect(await member.read()).toEqual(['still here'])
})

describe('/help and the registry', () => {
  test('names every command with its arguments and aliases, and a sentence', async () => {
    const { seen } = await alone()
    const help = await answerTo('/help', seen)
    const groups = new Set(commands.map(({ group }) => group))
    expect(help.split('\n')).toHaveLength(1 + groups.size + commands.length)
    for (const group of groups) {
      const [first] = commands.filter((command) => command.group === group)
      expect(help).toContain(`\n${en.groups[group]}\n  /${first?.name ?? ''}`)
    }
    for (const command of commands) expect(help).toContain(`/${command.name}`)
    expect(help).toContain('/join <room> — Open a room (also /j)')
    expect(await answerTo('/help jion', seen)).toMatch(/^bad: Unknown command: \/jion/)
    expect(await answerTo('/help /clear', seen)).toMatch(
      /^plain: \/clear \[days\] \[unsent\] — [^\n]+$/,
    )
  })

  test('names and aliases are all different, and each example is a call of its command', () => {
    const spellings = commands.flatMap((command) => [command.name, ...command.aliases])
    expect(new Set(spellings).size).toBe(spellings.length)
    for (const { name, example } of commands) expect(example.split(' ')[0]).toBe(`/${name}`)
    for (const { name } of commands) expect(Object.keys(en.summaries)).toContain(name)
  })

  test('a slip of one letter in a name is understood', async () => {
    const { seen } = await alone()
    const letter = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz')
    const names = commands.map((command) => command.name)
    const slip = fc
      .record({
        name: fc.constantFrom(...names),
        at: fc.nat(),
        kind: fc.constantFrom('drop', 'add', 'change', 'swap'),
        letter,
      })
      .map(({ name, at, kind, letter }) => ({
        name,
        typed: slipped(name, at % name.length, kind, letter),
      }))
      // What is a command itself is run, and what a slip of two names gives may mean either.
      .filter(
        ({ typed }) =>
          typed !== '' &&
          !commands.some((each) => each.name === typed || each.aliases.includes(typed)),
      )
    await fc.assert(
      fc.asyncProperty(slip, async ({ name, typed }) => {
        const submitted = await submit(`/${typed}`, seen.context)
        const suggestion =
          !submitted.ok && submitted.failure.kind === 'unknown-command'
            ? submitted.failure.suggestion
            : undefined
        const meant = names.filter((each) => slips(each).has(typed))
        expect([name, ...meant]).toContain(suggestion)
      }),
      { numRuns: 2_000 },
    )
  })

  function slipped(name: string, at: number, kind: string, letter: string): string {
    const [before, after] = [name.slice(0, at), name.slice(at)]
    switch (kind) {
      case 'drop':
        return before + after.slice(1)
      case 'add':
        return before + letter + after
      case 'change':
        return before + letter + after.slice(1)
      default:
        return before + after.charAt(1) + after.charAt(0) + after.slice(2)
    }
  }

  /** All that one slip makes of a name. */
  function slips(name: string): ReadonlySet<string> {
    const all = new Set<string>()
    for (let at = 0; at <= name.length; at++) {
      for (const kind of ['drop', 'add', 'change', 'swap']) {
        for (const letter of 'abcdefghijklmnopqrstuvwxyz') all.add(slipped(name, at, kind, letter))
      }
    }
    return all
  }
})

describe('completion', () => {
  const texts = (member: Member, typed: string): readonly string[] =>
    complete(typed, { chat: member.chat, room: member.room }).suggestions.map(({ text }) => text)

  test('offers commands: prefixes first, then letters in order, aliases after names', async () => {
    const { member } = await alone()
    expect(texts(member, '/')).toHaveLength(commands.length)
    expect(texts(member, '/jo')).toEqual(['/join '])
    expect([...texts(member, '/ver')].sort()).toEqual(['/verbose', '/version'])
    expect(texts(member, '/H')[0]).toBe('/history ')
    expect(texts(member, '/exit')).toEqual(['/quit'])
    expect(texts(member, '/hst')).toEqual(['/history '])
    expect(texts(member, '/zzz')).toEqual([])
  })

  test('offers what may be meant where nothing is called so', async () => {
    const { member } = await alone()
    expect(complete('/jio', { chat: member.chat, room: member.room }).suggestions).toMatchObject([
      { text: '/join ', slip: true },
    ])
  })

  test('is quiet about what is no command', async () => {
    const { member } = await alone()
    for (const typed of [
      '',
      'hello',
      '//join',
      '/join\nx',
      '/nosuch x',
      '/version x',
      '/join garden x',
    ]) {
      expect(complete(typed, { chat: member.chat, room: member.room })).toEqual({ suggestions: [] })
    }
  })

  test('marks the argument that is being written, and offers its values', async () => {
    const { member } = await alone()
    must(await member.chat.open('garden'))
    const context = { chat: member.chat, room: member.room }
    expect(complete('/join ', context)).toMatchObject({
      writing: { argument: 0, command: { name: 'join' } },
    })
    expect(texts(member, '/join g')).toEqual(['/join garden'])
    expect(texts(member, '/j G')).toEqual(['/j garden'])
    expect([...texts(member, '/leave ')].sort()).toEqual([`/leave garden`, `/leave ${ROOM}`])
    expect(texts(member, '/join garden')).toEqual([])
    expect(texts(member, '/help cl')).toEqual(['/help clear'])
    expect(complete('/nick swift fal', context)).toMatchObject({
      suggestions: [],
      writing: { argument: 0 },
    })
    expect(complete('/history 1', context)).toMatchObject({
      suggestions: [],
      writing: { argument: 0 },
    })
  })
})
