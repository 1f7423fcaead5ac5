import { webRTC } from '@libp2p/webrtc'
import { afterEach, expect, test } from 'vitest'
import { utf8 } from '../bytes.ts'
import type { PeerId, Topic } from '../ids.ts'
import { relayIn } from '../live-frame.ts'
import { RELAY_WORD, encodeRelayWord } from '../relay-word.ts'
import { Hiding } from './hiding.ts'
import { Relays } from './relays.ts'
import { serveStreams } from './streams.ts'
import { type Peer, addressOf, dialWebRTC, runtime, startPeer, until } from './test-node.ts'

const ROOM = 'kitchen' as Topic
const NEVER = new AbortController().signal
const peers: Peer[] = []
const supervisors: Relays[] = []

afterEach(async () => {
  for (const relays of supervisors.splice(0)) relays.stop()
  await Promise.all(peers.splice(0).map(({ network }) => network.stop()))
})

async function relayNode(tell: () => readonly string[] = () => []): Promise<Peer> {
  const relay = await startPeer({ relay: true })
  peers.push(relay)
  await relay.node.unhandle(RELAY_WORD.name)
  serveStreams(
    relay.node,
    RELAY_WORD,
    async (stream) => {
      await stream.write(encodeRelayWord({ relays: tell() }), NEVER)
      await stream.close()
    },
    runtime,
  )
  relay.network.join(ROOM, () => Promise.resolve('accept'))
  return relay
}

interface Hider extends Peer {
  readonly relays: Relays
}

async function page(hidden: boolean, relay: Peer): Promise<Hider> {
  let relays: Relays | undefined = undefined
  const hiding = new Hiding(hidden, (address) => relays?.has(address) ?? false)
  const started = await startPeer({
    hiding,
    measure: true,
    listen: ['/p2p-circuit', '/p2p-circuit', '/webrtc'],
    transports: [hiding.guard(webRTC({ rtcConfiguration: { iceServers: [] } }))],
  })
  peers.push(started)
  const { network } = started
  const supervisor = (relays = new Relays({ network, runtime, addresses: [addressOf(relay)] }))
  supervisors.push(supervisor)
  supervisor.start()
  network.join(ROOM, () => Promise.resolve('accept'))
  return { ...started, relays: supervisor }
}

function placesOf({ network }: Peer): ReadonlySet<PeerId | undefined> {
  return new Set(network.addresses().map(relayIn))
}

function pathsTo(from: Peer, to: Peer): readonly string[] {
  return from.network
    .links()
    .flatMap(({ peer, transport, path }) =>
      peer === to.network.self ? [`${transport} ${path}`] : [],
    )
}

test('who hides announces circuits only, and neither answers nor makes an offer; until it ends', async () => {
  const relay = await relayNode()
  const [alice, bob] = [await page(true, relay), await page(false, relay)]
  await until(alice.network, () => alice.network.reserved)
  await until(bob.network, () => bob.network.reserved)
  expect(alice.network.hidden).toBe(true)
  expect(
    alice.network
      .addresses()
      .filter((each) => /webrtc|127\.0\.0\.1\/tcp\/\d+\/p2p\/[^/]+$/.test(each)),
  ).toEqual([])
  const [circuit = ''] = alice.network.addresses()
  const toAlice = circuit.replace('/p2p-circuit/', '/p2p-circuit/webrtc/')
  const toBob = bob.network.addresses().find((each) => each.includes('/webrtc')) ?? ''
  expect(await bob.network.dial(toAlice, AbortSignal.timeout(5_000))).toMatchObject({ ok: false })
  expect(await alice.network.dial(toBob, AbortSignal.timeout(5_000))).toMatchObject({ ok: false })
  // The circuit itself shows nobody's address.
  expect(await bob.network.dial(circuit, NEVER)).toMatchObject({ ok: true })
  expect(pathsTo(bob, alice)).toEqual(['relay relayed'])
  await bob.network.ping(alice.network.self, NEVER)
  expect(bob.network.snapshot().circuits).toMatchObject([
    { relay: relay.network.self, peer: alice.network.self },
  ])

  await alice.network.hide(false)
  expect(alice.network.addresses().some((each) => each.includes('/webrtc'))).toBe(true)
  expect(await dialWebRTC(bob, toAlice)).toMatchObject({ ok: true })
  await until(alice.network, () => pathsTo(alice, bob).includes('WebRTC direct'))

  await alice.network.hide(true)
  await until(bob.network, () => !pathsTo(bob, alice).includes('WebRTC direct'))
  expect(pathsTo(alice, bob)).not.toContain('WebRTC direct')
  expect(alice.network.links().some(({ peer }) => peer === relay.network.self)).toBe(true)
}, 60_000)

test('a page is told of a second relay, holds a place at both, and counts what passes', async () => {
  const second = await relayNode()
  const first = await relayNode(() => [addressOf(second)])
  const alice = await page(false, first)
  await until(alice.network, () => placesOf(alice).size === 2, 10_000)
  expect([...placesOf(alice)].sort()).toEqual([first.network.self, second.network.self].sort())
  const { reservations } = alice.network.snapshot()
  expect(reservations).toHaveLength(2)
  for (const { expires = 0 } of reservations) expect(expires).toBeGreaterThan(Date.now())
  expect(alice.relays.known.map(({ state }) => state)).toEqual(['serving', 'serving'])

  await until(alice.network, () => alice.network.subscribers(ROOM).length === 2)
  await alice.network.publish(ROOM, utf8('hello'))
  const { topics, ways } = alice.network.snapshot()
  expect(topics.find(({ topic }) => topic === ROOM)).toMatchObject({ published: 1, handed: 2 })
  expect(ways).toMatchObject([
    { way: 'direct', handed: 0 },
    { way: 'relay', handed: 2 },
  ])

  await first.network.stop()
  await until(alice.network, () => placesOf(alice).size === 1)
  expect([...placesOf(alice)]).toEqual([second.network.self])
})

test('a page whose only relay dies moves on to one that it knows', async () => {
  const spare = await relayNode()
  const third = await relayNode()
  const first = await relayNode(() => [addressOf(spare), addressOf(third)])
  const alice = await page(false, first)
  await until(alice.network, () => placesOf(alice).size === 2, 10_000)
  const second = placesOf(alice).has(spare.network.self) ? spare : third
  const last = second === spare ? third : spare
  const began = Date.now()
  await Promise.all([first.network.stop(), second.network.stop()])
  await until(alice.network, () => placesOf(alice).has(last.network.self), 20_000)
  expect(Date.now() - began).toBeLessThan(20_000)
}, 40_000)
