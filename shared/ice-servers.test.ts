import { expect, onTestFinished, test } from 'vitest'
import { systemRuntime } from './runtime.ts'
import type { PeerId } from './ids.ts'
import type { KnownRelay } from './relay-word.ts'
import { VirtualClock } from './testing/virtual-time.ts'
import { type Bootstrap, parseBootstrap } from './bootstrap.ts'
import { IceServers } from './ice-servers.ts'

const STUN = { urls: ['stun:0.0.0.0:3478'] }
const ORIGIN = '12D3KooWHFNHq23qGJtUXjCjbqwEJCVoRDzEAyqXX8rQqLNMQeD9' as PeerId
const MINUTE_MS = 60_000
const START = 1_700_000_000_000

function bootstrapWith(values: object, heardAt = START): Bootstrap {
  const parsed = parseBootstrap(
    {
      version: '0.1.0',
      peerId: ORIGIN,
      multiaddrs: [],
      topic: 'tea',
      ...values,
    },
    heardAt,
  )
  if (!parsed.ok) throw new Error('not a bootstrap')
  return parsed.value
}

/** Heard so many minutes after the start. */
function withTurn(username: string, minutes = 0): Bootstrap {
  const turn = { urls: 'turn:turn.example', username, credential: 'word' }
  return bootstrapWith({ iceServers: [STUN, turn], iceSeconds: 7_200 }, START + minutes * MINUTE_MS)
}

/** @param answers what the relay-node says to each further question */
function started(
  bootstrap: Promise<Bootstrap>,
  answers: (Bootstrap | undefined)[] = [],
  relays: readonly KnownRelay[] = [],
): { readonly clock: VirtualClock; readonly servers: IceServers; readonly asked: () => number } {
  const clock = new VirtualClock(START)
  let asked = 0
  const servers = new IceServers({
    runtime: { ...systemRuntime(), clock },
    bootstrap,
    hostname: 'chat.example',
    relays: () => relays,
    askAgain: () => {
      asked++
      return Promise.resolve(answers.shift())
    },
  })
  servers.start()
  onTestFinished(() => {
    servers.stop()
  })
  return { clock, servers, asked: () => asked }
}

const usersOf = (servers: readonly RTCIceServer[]): unknown[] =>
  servers.map(({ username }) => username)

test('the host of the page stands in for 0.0.0.0', async () => {
  const { servers } = started(Promise.resolve(bootstrapWith({ iceServers: [STUN] })))
  expect(await servers.current()).toEqual([{ urls: ['stun:chat.example:3478'] }])
})

test('a relay-node that does not answer is waited for two seconds, and asked for later', async () => {
  let answer: (bootstrap: Bootstrap) => void = () => undefined
  const { clock, servers } = started(
    new Promise((resolve) => {
      answer = resolve
    }),
  )
  const first = servers.current()
  await clock.run(2_000)
  expect(await first).toEqual([])
  answer(bootstrapWith({ iceServers: [STUN] }))
  expect(await servers.current()).toHaveLength(1)
})

test('a page without a relay-node asks nobody', async () => {
  const { servers } = started(Promise.reject(new Error('no relay')))
  expect(await servers.current()).toEqual([])
})

test('credentials are renewed at half of their time, and again', async () => {
  const { clock, servers, asked } = started(Promise.resolve(withTurn('first')), [
    withTurn('second', 60),
    withTurn('third', 120),
  ])
  await clock.run(59 * MINUTE_MS)
  expect([asked(), usersOf(await servers.current())]).toEqual([0, [undefined, 'first']])
  await clock.run(2 * MINUTE_MS)
  expect([asked(), usersOf(await servers.current())]).toEqual([1, [undefined, 'second']])
  await clock.run(60 * MINUTE_MS)
  expect([asked(), usersOf(await servers.current())]).toEqual([2, [undefined, 'third']])
})

test('while nobody answers the old ones are used to their end, and asked for every minute', async () => {
  const silence = Array<undefined>(61).fill(undefined)
  const { clock, servers, asked } = started(Promise.resolve(withTurn('first')), [
    ...silence,
    withTurn('second', 120),
  ])
  await clock.run(119 * MINUTE_MS)
  expect(usersOf(await servers.current())).toEqual([undefined, 'first'])
  expect(asked()).toBe(60)
  await clock.run(MINUTE_MS)
  expect(usersOf(await servers.current())).toEqual([undefined, 'second'])
})

test('what has ended is not used, and STUN still is', async () => {
  const { clock, servers } = started(Promise.resolve(withTurn('first')))
  await clock.run(121 * MINUTE_MS)
  expect(usersOf(await servers.current())).toEqual([undefined])
})

test('a page that comes back after hours does not begin with what has ended', async () => {
  const { servers, asked } = started(Promise.resolve(withTurn('first', -180)), [withTurn('second')])
  expect([usersOf(await servers.current()), asked()]).toEqual([[undefined, 'second'], 1])
})

test('once stopped it asks no more', async () => {
  const { clock, servers, asked } = started(Promise.resolve(withTurn('first')))
  await clock.run(MINUTE_MS)
  servers.stop()
  await clock.run(200 * MINUTE_MS)
  expect(asked()).toBe(0)
})

/** A relay-node as it stands, whose STUN is at this port. */
function relay(peer: string, address: string, more: Partial<KnownRelay> = {}): KnownRelay {
  const word = { relays: [], stun: 3_479 }
  return { peer: peer as PeerId, address, state: 'serving', failures: 0, word, ...more }
}
const NEVER = new Promise<Bootstrap>(() => undefined)
const NAMED = '/dns4/other.example/tcp/443/tls/ws/p2p/x'

test('a page whose own relay-node is down asks those that it is connected to', async () => {
  const { clock, servers } = started(
    NEVER,
    [],
    [
      relay('a', '/ip4/192.0.2.1/tcp/80/ws/p2p/a', { state: 'waiting' }),
      relay('b', NAMED, { state: 'linked' }),
      relay('c', '/ip4/192.0.2.3/tcp/80/ws/p2p/c', { word: { relays: [] } }),
      relay('d', '/ip6/2001:db8::1/udp/4002/webrtc-direct/certhash/u/p2p/d'),
      relay('e', '/ip4/192.0.2.5/tcp/80/ws/p2p/e'),
    ],
  )
  const first = servers.current()
  await clock.run(2_000)
  const told = [{ urls: ['stun:other.example:3479'] }, { urls: ['stun:[2001:db8::1]:3479'] }]
  expect(await first).toEqual(told)
  // Whoever was waited for once is not waited for at each connection.
  expect(await servers.current()).toEqual(told)
})

test('a page that is connected to its own relay-node asks no other one', async () => {
  const bootstrap = Promise.resolve(bootstrapWith({ iceServers: [STUN] }))
  const own = relay(ORIGIN, '/dns/chat.example/tcp/80/ws')
  const { servers } = started(bootstrap, [], [own, relay('b', NAMED)])
  expect(await servers.current()).toEqual([{ urls: ['stun:chat.example:3478'] }])
  const lost = started(bootstrap, [], [{ ...own, state: 'dialling' }, relay('b', NAMED)])
  expect(await lost.servers.current()).toEqual([
    { urls: ['stun:chat.example:3478'] },
    { urls: ['stun:other.example:3479'] },
  ])
})
