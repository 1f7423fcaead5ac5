import { generateKeyPair } from '@libp2p/crypto/keys'
import { afterEach, describe, expect, test } from 'vitest'
import { fromUtf8, utf8 } from '../bytes.ts'
import type { Topic } from '../ids.ts'
import { routerOf } from './gossip-router.ts'
import { type Peer, type TestNodeOptions, addressOf, startPeer, until } from './test-node.ts'

const ROOM = 'kitchen' as Topic
const NEVER = new AbortController().signal

const peers: Peer[] = []

async function peer(options: TestNodeOptions = {}): Promise<Peer> {
  const started = await startPeer(options)
  peers.push(started)
  return started
}

afterEach(async () => {
  await Promise.all(peers.splice(0).map(({ network }) => network.stop()))
})

function listen({ network }: Peer) {
  const texts: string[] = []
  const stop = network.join(ROOM, (bytes) => {
    const text = fromUtf8(bytes)
    if (text.ok) texts.push(text.value)
    return Promise.resolve('accept')
  })
  return { texts, stop }
}

async function dial(from: Peer, to: Peer): Promise<void> {
  expect(await from.network.dial(addressOf(to), NEVER)).toMatchObject({ ok: true })
}

async function together(a: Peer, b: Peer, ms?: number): Promise<void> {
  await until(a.network, () => a.network.subscribers(ROOM).includes(b.network.self), ms)
  await until(b.network, () => b.network.subscribers(ROOM).includes(a.network.self), ms)
}

/** Lets both join; they are to hear each other within `ms`. */
function pair(a: Peer, b: Peer, ms?: number): (text: string) => Promise<void> {
  const [atA, atB] = [listen(a), listen(b)]
  return async (text) => {
    await together(a, b, ms)
    // What is said while a stream is opened anew may be lost: it is said until it is heard.
    for (const [from, to, texts, said] of [
      [a, b, atB.texts, `a ${text}`],
      [b, a, atA.texts, `b ${text}`],
    ] as const) {
      const again = setInterval(() => void from.network.publish(ROOM, utf8(said)), 200)
      await until(to.network, () => texts.includes(said), ms).finally(() => {
        clearInterval(again)
      })
    }
  }
}

describe('a connection stands', () => {
  test('and gossip does, when the news that an older one has ended comes late', async () => {
    const bob = await peer()
    const privateKey = await generateKeyPair('Ed25519')
    const early = await peer({ privateKey })
    const first = listen(bob)
    listen(early)
    await dial(early, bob)
    await together(early, bob)
    // Before libp2p tells gossipsub who has gone, it reads what it knows of them: as slowly as the disk is.
    const { peerStore } = bob.node
    const read = peerStore.get.bind(peerStore)
    const disk = Promise.withResolvers<undefined>()
    const waiting: Promise<unknown>[] = []
    peerStore.get = (...question) => {
      const answer = disk.promise.then(() => read(...question))
      waiting.push(answer.catch(() => undefined))
      return answer
    }
    await early.network.stop()
    await expect.poll(() => waiting.length).toBeGreaterThan(0)
    peerStore.get = read
    first.stop()
    const again = await peer({ privateKey })
    const check = pair(again, bob)
    await dial(again, bob)
    await check('at first')
    disk.resolve(undefined)
    await Promise.all(waiting)
    await new Promise((resolve) => setTimeout(resolve, 50))
    await check('still')
  })

  test('and gossip does, when its first stream closed as it was opened', async () => {
    const [alice, bob] = [await peer(), await peer()]
    const check = pair(alice, bob, 9_000)
    let first = true
    bob.node.addEventListener('connection:open', ({ detail: connection }) => {
      const open = connection.newStream.bind(connection)
      connection.newStream = async (protocols, options) => {
        const stream = await open(protocols, options)
        if (!first || !stream.protocol.startsWith('/meshsub/')) return stream
        first = false
        stream.abort(new Error('the connection is ending'))
        return stream
      }
    })
    await dial(alice, bob)
    await expect.poll(() => first).toBe(false)
    await check('all the same')
  })

  test('and gossip begins again by itself, when it was cut off', async () => {
    const [alice, bob] = [await peer(), await peer()]
    const check = pair(alice, bob, 9_000)
    await dial(alice, bob)
    await check('at first')
    const router = routerOf(bob.node.services.pubsub)
    router.handlePeerReadStreamError(new Error('garbled'), alice.node.peerId)
    expect(bob.network.subscribers(ROOM)).toEqual([])
    await check('again')
  })

  test('a relay-node that does not join our room is told again that we are in it', async () => {
    const [relay, alice] = [await peer({ relay: true }), await peer()]
    listen(alice)
    const told: string[] = []
    relay.network.changes.subscribe((change) => {
      if ('topic' in change) told.push(change.kind)
    })
    await dial(alice, relay)
    await until(relay.network, () => told.length === 3, 14_000)
    expect(told).toEqual(['subscribed', 'unsubscribed', 'subscribed'])
  })
})
