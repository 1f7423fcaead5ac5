import { type GossipSub, gossipsub } from '@libp2p/gossipsub'
import { RPC } from '@libp2p/gossipsub/message'
import { multiaddr } from '@multiformats/multiaddr'
import { afterEach, describe, expect, test } from 'vitest'
import { utf8 } from '../bytes.ts'
import type { Topic } from '../ids.ts'
import { gossipOptions } from './gossip.ts'
import { Libp2pNetwork } from './network.ts'
import {
  type Peer,
  type TestNodeOptions,
  addressOf,
  runtime,
  startNode,
  until,
} from './test-node.ts'

const ROOM = 'kitchen' as Topic
const PROTOTYPE_NAMES = ['__proto__', 'constructor', 'toString']

const started: Peer[] = []

async function start(options: TestNodeOptions = {}): Promise<Peer> {
  const node = await startNode(options)
  const peer = { node, network: Libp2pNetwork.start({ node, runtime }) }
  started.push(peer)
  return peer
}

afterEach(async () => {
  await Promise.all(started.splice(0).map(({ network }) => network.stop()))
})

/** Eve's way past her own router: bytes straight onto her gossip stream. */
function sendRaw(from: Peer, to: Peer, rpc: Partial<RPC>): void {
  const { streamsOutbound } = from.node.services.pubsub as GossipSub & {
    streamsOutbound: Map<string, { push(bytes: Uint8Array): void }>
  }
  const stream = streamsOutbound.get(to.network.self)
  if (stream === undefined) throw new Error('no gossip stream')
  stream.push(RPC.encode({ subscriptions: [], messages: [], ...rpc }))
}

async function eveAnd(victim: Peer): Promise<{ eve: Peer; heard: string[] }> {
  const eve = await start({ pubsub: gossipsub(gossipOptions()) })
  const heard: string[] = []
  victim.network.join(ROOM, (bytes) => {
    heard.push(new TextDecoder().decode(bytes))
    return Promise.resolve('accept')
  })
  eve.network.join(ROOM, () => Promise.resolve('accept'))
  await eve.node.dial(multiaddr(addressOf(victim)))
  await until(eve.network, () => eve.network.subscribers(ROOM).length === 1)
  await until(victim.network, () => victim.network.subscribers(ROOM).length === 1)
  return { eve, heard }
}

async function attack(victim: Peer): Promise<{ eve: Peer; heard: string[] }> {
  const { eve, heard } = await eveAnd(victim)
  for (const topic of PROTOTYPE_NAMES) {
    sendRaw(eve, victim, {
      subscriptions: [{ topic, subscribe: true }],
      messages: [{ topic, data: utf8('boo') }],
      control: {
        ihave: [{ topicID: topic, messageIDs: [utf8('id')] }],
        iwant: [],
        graft: [{ topicID: topic }],
        prune: [{ topicID: topic, peers: [] }],
        idontwant: [],
      },
    })
  }
  // Behind the attack on the same stream: when this is heard, that was dealt with.
  await eve.network.publish(ROOM, utf8('hello'))
  await until(victim.network, () => heard.length > 0)
  return { eve, heard }
}

const POLLUTED: readonly object[] = [Object.prototype, Object, Object.prototype.toString]

function pollution(): string[] {
  return POLLUTED.flatMap((object) => Object.keys(object)).filter(
    (key) => key in Object.prototype || /Deliver/.test(key),
  )
}

function cleanUp(): void {
  for (const object of POLLUTED)
    for (const key of Object.keys(object)) Reflect.deleteProperty(object, key)
}

describe('topics named like properties of every object', () => {
  test('write into Object.prototype of a node without the gate', async () => {
    const victim = await start({ pubsub: gossipsub(gossipOptions()) })
    try {
      await attack(victim)
      expect(pollution()).not.toEqual([])
    } finally {
      cleanUp()
    }
    expect(pollution()).toEqual([])
  })

  test('do not get past the gate, and the one who sent them is still heard', async () => {
    const victim = await start()
    const { heard } = await attack(victim)
    expect(pollution()).toEqual([])
    expect(heard).toEqual(['hello'])
    for (const topic of PROTOTYPE_NAMES)
      expect(victim.network.subscribers(topic as Topic)).toEqual([])
  })
})

test('messages on topics that we did not join, and names no room can have, are not looked at', async () => {
  const victim = await start()
  const { eve, heard } = await eveAnd(victim)
  const strange = ['elsewhere', 'a b', '/eth2/beacon', 'x'.repeat(200), '']
  sendRaw(eve, victim, {
    subscriptions: strange.map((topic) => ({ topic, subscribe: true })),
    messages: strange.map((topic) => ({ topic, data: utf8('boo') })),
  })
  await eve.network.publish(ROOM, utf8('hello'))
  await until(victim.network, () => heard.length > 0)
  // Who else is in a room with a possible name is known before one joins it; the others are no rooms.
  expect(strange.filter((topic) => victim.network.subscribers(topic as Topic).length > 0)).toEqual([
    'elsewhere',
  ])
  // Unsigned: had the router looked at them, its score would say so.
  const pubsub = victim.node.services.pubsub as GossipSub & { dumpPeerScoreStats(): unknown }
  expect(JSON.stringify(pubsub.dumpPeerScoreStats())).not.toContain('elsewhere')
})

test('a flood costs no more signature checks than the bucket holds', async () => {
  const victim = await start()
  const { eve, heard } = await eveAnd(victim)
  const FLOOD = 1_000
  for (let i = 0; i < FLOOD; i++) await eve.network.publish(ROOM, utf8(String(i)))
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect(heard.length).toBeGreaterThanOrEqual(400)
  expect(heard.length).toBeLessThan(FLOOD)
})

/** In RPCs of `PART`, each of which enters rooms, or leaves them. */
function floodSubscriptions(
  from: Peer,
  to: Peer,
  count: number,
  enters = (i: number) => i % 2 === 0,
): void {
  const PART = 64
  for (let i = 0; i < count / PART; i++) {
    const subscribe = enters(i)
    const subscriptions = Array.from({ length: PART }, (_, n) => ({ topic: `r-${n}`, subscribe }))
    sendRaw(from, to, { subscriptions })
  }
}

test('a flood of subscriptions waits, and holds up nobody but the one who sends it', async () => {
  const victim = await start()
  const { eve, heard } = await eveAnd(victim)
  let changes = 0
  victim.network.changes.subscribe(({ kind }) => {
    if (kind === 'subscribed' || kind === 'unsubscribed') changes++
  })
  floodSubscriptions(eve, victim, 100_000)
  await eve.network.publish(ROOM, utf8('from eve'))
  const bob = await start()
  bob.network.join(ROOM, () => Promise.resolve('accept'))
  await bob.node.dial(multiaddr(addressOf(victim)))
  await until(bob.network, () => bob.network.subscribers(ROOM).includes(victim.network.self))
  await bob.network.publish(ROOM, utf8('from bob'))
  await until(victim.network, () => heard.length > 0)
  expect(heard).toEqual(['from bob'])
  // At 200 a second the rest would take more than seven minutes.
  expect(changes).toBeGreaterThan(4_000)
  expect(changes).toBeLessThan(50_000)
})

test('subscriptions that had to wait are heeded, and what was said after them is heard', async () => {
  const victim = await start()
  const { eve, heard } = await eveAnd(victim)
  floodSubscriptions(eve, victim, 4_096 + 64)
  await eve.network.publish(ROOM, utf8('hello'))
  await until(victim.network, () => heard.length > 0)
  expect(victim.network.subscribers('r-63' as Topic)).toEqual([eve.network.self])
})

test('who is gone before their subscriptions are heeded is in no room', async () => {
  const victim = await start()
  const { eve } = await eveAnd(victim)
  const members = () => victim.network.subscribers('r-63' as Topic)
  // The last of them have to wait for three seconds.
  floodSubscriptions(eve, victim, 4_096 + 640, () => true)
  await until(victim.network, () => members().length === 1)
  await eve.network.stop()
  await until(victim.network, () => members().length === 0)
  await new Promise((resolve) => setTimeout(resolve, 4_000))
  expect(members()).toEqual([])
})
