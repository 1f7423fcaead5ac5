import { type AddressInfo, type Socket, connect, createServer } from 'node:net'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { webRTC } from '@libp2p/webrtc'
import { multiaddr } from '@multiformats/multiaddr'
import { afterEach, expect, test } from 'vitest'
import { fromUtf8, utf8 } from '../bytes.ts'
import type { PeerId, Topic } from '../ids.ts'
import { RELAY_PROTOCOL } from '../limits.ts'
import { Quarantine } from './quarantine.ts'
import {
  type Peer,
  type TestNodeOptions,
  addressOf,
  dialWebRTC,
  runtime,
  startPeer,
  until,
} from './test-node.ts'

const ROOM = 'kitchen' as Topic
const PING = '/ipfs/ping/1.0.0'
const NEVER = new AbortController().signal
const peers: Peer[] = []

afterEach(async () => {
  await Promise.all(peers.splice(0).map(({ network }) => network.stop()))
})

async function peer(options: TestNodeOptions = {}): Promise<Peer> {
  const started = await startPeer(options)
  peers.push(started)
  return started
}

function listen({ network }: Peer): string[] {
  const heard: string[] = []
  network.join(ROOM, (bytes) => {
    const text = fromUtf8(bytes)
    heard.push(text.ok ? text.value : '')
    return Promise.resolve('accept')
  })
  return heard
}

/** Alice and bob as two pages: they reach each other through the relay only, and may link directly. */
async function twoPages() {
  const relay = await peer({ relay: true })
  listen(relay)
  const transports = [webRTC({ rtcConfiguration: { iceServers: [] } })]
  const page = { listen: ['/p2p-circuit', '/webrtc'], transports }
  const [alice, bob] = [await peer(page), await peer(page)]
  for (const { network } of [alice, bob]) {
    await network.dial(addressOf(relay), NEVER)
    await until(network, () => network.reserved)
  }
  const bobs = bob.network.addresses()
  const circuit = bobs.find((address) => !address.includes('/webrtc'))
  const direct = bobs.find((address) => address.includes('/webrtc'))
  if (circuit === undefined || direct === undefined) throw new Error('bob is not reserved')
  const heard = { alice: listen(alice), bob: listen(bob) }
  return { relay, alice, bob, circuit, direct, heard }
}

function pathsTo(from: Peer, to: PeerId): readonly string[] {
  return from.network
    .links()
    .flatMap(({ peer: id, transport, path }) => (id === to ? [`${transport} ${path}`] : []))
}

test('a relay-node is told apart from a person, and is reserved at without delay', async () => {
  const { relay, alice } = await twoPages()
  await until(alice.network, () => alice.network.links().some((link) => link.relay))
  expect(alice.network.links()).toMatchObject([
    { peer: relay.network.self, relay: true, path: 'direct' },
  ])
  expect(relay.network.links().map((link) => link.relay)).toEqual([false, false])
})

test('through the relay first, then direct; the relay dies, and the talk goes on', async () => {
  const { relay, alice, bob, circuit, direct, heard } = await twoPages()
  await alice.network.dial(circuit, NEVER)
  await until(alice.network, () => pathsTo(alice, bob.network.self).length === 1)
  expect(pathsTo(alice, bob.network.self)).toEqual(['relay relayed'])
  await until(alice.network, () => alice.network.subscribers(ROOM).includes(relay.network.self))
  await until(relay.network, () => relay.network.subscribers(ROOM).length === 2)
  await alice.network.publish(ROOM, utf8('by the relay'))
  await until(bob.network, () => heard.bob.includes('by the relay'))

  expect(await dialWebRTC(alice, direct)).toMatchObject({ ok: true })
  await until(alice.network, () => alice.network.subscribers(ROOM).includes(bob.network.self))
  await until(bob.network, () => bob.network.subscribers(ROOM).includes(alice.network.self))
  await relay.network.stop()
  await until(alice.network, () => pathsTo(alice, relay.network.self).length === 0)
  await until(alice.network, () => pathsTo(alice, bob.network.self).join() === 'WebRTC direct')
  await alice.network.publish(ROOM, utf8('still here'))
  await bob.network.publish(ROOM, utf8('me too'))
  await until(bob.network, () => heard.bob.includes('still here'), 1_000)
  await until(alice.network, () => heard.alice.includes('me too'), 1_000)
  expect(alice.network.reserved).toBe(false)
})

test('when one connection to a peer closes, the dead one beside it is found out in 2 s', async () => {
  const { alice, bob, circuit, direct } = await twoPages()
  await alice.network.dial(circuit, NEVER)
  await dialWebRTC(alice, direct)
  await until(alice.network, () => pathsTo(alice, bob.network.self).length === 2)
  // What a closed tab does: its pings are not answered any more, and the relayed connection goes first.
  await bob.node.unhandle(PING)
  await bob.node.handle(PING, () => undefined, { runOnLimitedConnection: true })
  for (const connection of bob.node.getConnections(alice.node.peerId)) {
    if (connection.limits !== undefined) connection.abort(new Error('gone'))
  }
  await until(alice.network, () => pathsTo(alice, bob.network.self).length === 0, 4_000)
})

test('who closes a direct link says so first, and both sides are rid of it and of its gossip', async () => {
  const { relay, alice, bob, circuit, direct, heard } = await twoPages()
  await alice.network.dial(circuit, NEVER)
  await dialWebRTC(alice, direct)
  const hearsBob = (): boolean => alice.network.subscribers(ROOM).includes(bob.network.self)
  const hearsAlice = (): boolean => bob.network.subscribers(ROOM).includes(alice.network.self)
  await until(alice.network, hearsBob)
  await until(bob.network, hearsAlice)
  // As from a browser, whose end of an RTCPeerConnection ends without a word.
  for (const connection of alice.node.getConnections(bob.node.peerId))
    if (connection.limits === undefined) connection.close = () => Promise.resolve()
  const [link] = alice.node
    .getConnections(bob.node.peerId)
    .filter(({ limits }) => limits !== undefined)
  if (link !== undefined) link.close = () => Promise.resolve()
  void alice.network.hangUp(bob.network.self)
  for (const [one, other] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    await until(one.network, () => pathsTo(one, other.network.self).join() === 'relay relayed')
    expect(one.network.subscribers(ROOM)).toEqual([relay.network.self])
    const [topic] = one.network.snapshot().topics.filter((each) => each.topic === ROOM)
    expect(topic?.mesh).not.toContain(other.network.self)
  }
  await alice.network.publish(ROOM, utf8('by way of the relay'))
  await until(bob.network, () => heard.bob.includes('by way of the relay'))
  await dialWebRTC(alice, direct)
  await until(alice.network, hearsBob)
  await until(bob.network, hearsAlice)
}, 20_000)

test('a direct link to an older version, which knows no farewell, is closed all the same', async () => {
  const { alice, bob, direct } = await twoPages()
  await bob.node.unhandle('/p2p-chat/bye/1')
  await dialWebRTC(alice, direct)
  await until(bob.network, () => pathsTo(bob, alice.network.self).includes('WebRTC direct'))
  await alice.network.hangUp(bob.network.self)
  expect(pathsTo(alice, bob.network.self)).toEqual([])
  await until(bob.network, () => !pathsTo(bob, alice.network.self).includes('WebRTC direct'))
}, 20_000)

test('many pings at once are no reason to lose a connection', async () => {
  const [alice, bob] = [await peer(), await peer()]
  await alice.network.dial(addressOf(bob), NEVER)
  const pongs = await Promise.all(
    Array.from({ length: 8 }, () => alice.network.ping(bob.network.self, NEVER)),
  )
  expect(pongs.map(({ ok }) => ok)).toEqual(Array(8).fill(true))
})

test('when somebody dials again, the line that they lost is found out in 2 s', async () => {
  const [alice, bob] = [await peer(), await peer()]
  await alice.network.dial(addressOf(bob), NEVER)
  await until(bob.network, () => bob.network.links().length === 1)
  const [old] = bob.network.links()
  // What a page does whose socket could not be closed: nobody answers there.
  await alice.node.unhandle(PING)
  await alice.node.handle(PING, () => undefined)
  await alice.node.dial(bob.node.getMultiaddrs(), { force: true })
  await until(bob.network, () => bob.network.links().length === 2)
  await until(bob.network, () => bob.network.links().length === 1, 4_000)
  expect(bob.network.links()[0]?.address).not.toBe(old?.address)
}, 10_000)

test('gossip survives the loss of one of two direct connections', async () => {
  const [alice, bob] = [
    await peer(),
    await peer({ listen: ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws'] }),
  ]
  const heard = { alice: listen(alice), bob: listen(bob) }
  await alice.network.dial(addressOf(bob), NEVER)
  await until(alice.network, () => alice.network.subscribers(ROOM).length === 1)
  await until(bob.network, () => bob.network.subscribers(ROOM).length === 1)
  const [first] = alice.node.getConnections(bob.node.peerId)
  const other = bob.node.getMultiaddrs().find((address) => address.toString().includes('/ws'))
  if (other === undefined) throw new Error('bob does not listen on WebSocket')
  await alice.node.dial(other, { force: true })
  await until(bob.network, () => bob.network.links().length === 2)
  // Until the second connection is identified, gossip might still choose it by itself.
  await new Promise((resolve) => setTimeout(resolve, 500))
  first?.abort(new Error('cable cut'))
  await until(bob.network, () => bob.network.links().length === 1)
  await until(alice.network, () => alice.network.links().length === 1)
  await new Promise((resolve) => setTimeout(resolve, 300))
  await alice.network.publish(ROOM, utf8('hello'))
  await bob.network.publish(ROOM, utf8('hello too'))
  await until(bob.network, () => heard.bob.includes('hello'), 1_000)
  await until(alice.network, () => heard.alice.includes('hello too'), 1_000)
})

test('who lost the network and comes again is spoken to over the new connection', async () => {
  const [alice, bob] = [await peer(), await peer()]
  const heard = listen(alice)
  listen(bob)
  // A cable that can be pulled: neither end is told.
  const port = Number(/\/tcp\/(\d+)/.exec(addressOf(bob))?.[1])
  const ends: Socket[] = []
  const cable = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    ends.push(near, far)
    near.pipe(far).pipe(near)
    for (const end of [near, far]) end.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => cable.listen(0, '127.0.0.1', resolve))
  const through = `/ip4/127.0.0.1/tcp/${(cable.address() as AddressInfo).port}/p2p/${bob.network.self}`
  await alice.network.dial(through, NEVER)
  await until(bob.network, () => bob.network.subscribers(ROOM).length === 1)
  for (const end of ends) end.unpipe().pause()
  for (const connection of alice.node.getConnections()) connection.abort(new Error('cable pulled'))
  await alice.network.dial(addressOf(bob), NEVER)
  // The dead one and the new one; then the dead one is found out.
  await until(bob.network, () => bob.network.links().length === 2)
  await until(bob.network, () => bob.network.links().length === 1, 4_000)
  // What gossip opens anew is not there at once.
  await new Promise((resolve) => setTimeout(resolve, 500))
  await bob.network.publish(ROOM, utf8('there you are'))
  await until(alice.network, () => heard.includes('there you are'), 2_000)
  for (const end of ends) end.destroy()
  cable.close()
})

test('nobody is taken for a relay-node who has only asked one for its word, and came again', async () => {
  const relay = await peer({ relay: true })
  listen(relay)
  const privateKey = await generateKeyPair('Ed25519')
  const early = await peer({ privateKey })
  await early.network.dial(addressOf(relay), NEVER)
  await early.node.dialProtocol(multiaddr(addressOf(relay)), RELAY_PROTOCOL)
  const noted = async (): Promise<readonly string[]> =>
    (await relay.node.peerStore.get(early.node.peerId)).protocols
  await expect.poll(noted).toContain(RELAY_PROTOCOL)
  await early.network.stop()
  await until(relay.network, () => relay.network.links().length === 0)
  const said: boolean[] = []
  relay.network.changes.subscribe(() => {
    said.push(...relay.network.links().map((link) => link.relay))
  })
  const again = await peer({ privateKey })
  listen(again)
  await again.network.dial(addressOf(relay), NEVER)
  await until(again.network, () => again.network.subscribers(ROOM).length === 1)
  await until(relay.network, () => relay.network.subscribers(ROOM).length === 1)
  expect(said).not.toContain(true)
})

test('who forges is graylisted, then shut out', async () => {
  const quarantine = new Quarantine(runtime)
  const [alice, eve] = [await peer({ quarantine }), await peer()]
  alice.network.join(ROOM, () => Promise.resolve('reject'))
  listen(eve)
  await eve.network.dial(addressOf(alice), NEVER)
  await until(eve.network, () => eve.network.subscribers(ROOM).length === 1)
  // Three are enough; what is said before the streams stand is not heard.
  for (let i = 0; i < 20; i++) {
    await eve.network.publish(ROOM, utf8(String(i)))
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await until(alice.network, () => alice.network.links().length === 0, 10_000)
  expect(quarantine.denies(eve.network.self)).toBe(true)
  await eve.network.dial(addressOf(alice), NEVER)
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(alice.network.links()).toEqual([])
})
