import { afterEach, describe, expect, test } from 'vitest'
import { type Bytes, fromUtf8, utf8 } from '../bytes.ts'
import { Entry } from '../entry.ts'
import type { Topic } from '../ids.ts'
import type { Gossiped, NetworkChange, Verdict } from '../network.ts'
import { encodeProof } from '../pubsub-proof.ts'
import { routerOf } from './gossip-router.ts'
import { type Peer, type TestNodeOptions, addressOf, startPeer, until } from './test-node.ts'

const ROOM = 'kitchen' as Topic
const NEVER = new AbortController().signal

const peers: Peer[] = []

async function peer(options: TestNodeOptions & { measure?: boolean } = {}): Promise<Peer> {
  const started = await startPeer(options)
  peers.push(started)
  return started
}

afterEach(async () => {
  await Promise.all(peers.splice(0).map(({ network }) => network.stop()))
})

interface Heard {
  readonly bytes: Bytes
  readonly origin: Gossiped
}

function listen(
  { network }: Peer,
  verdict: (text: string) => Verdict | Promise<Verdict> = () => 'accept',
) {
  const heard: Heard[] = []
  const stop = network.join(ROOM, async (bytes, origin) => {
    heard.push({ bytes, origin })
    return verdict(textOf(bytes))
  })
  return { heard, stop, texts: () => heard.map(({ bytes }) => textOf(bytes)) }
}

function textOf(bytes: Bytes): string {
  const text = fromUtf8(bytes)
  return text.ok ? text.value : ''
}

async function dial(from: Peer, to: Peer): Promise<void> {
  const dialled = await from.network.dial(addressOf(to), NEVER)
  expect(dialled).toEqual({ ok: true, value: to.network.self })
}

async function together(a: Peer, b: Peer): Promise<void> {
  await until(a.network, () => a.network.subscribers(ROOM).includes(b.network.self))
  await until(b.network, () => b.network.subscribers(ROOM).includes(a.network.self))
}

describe('hops', () => {
  test('tell over which link a message came and to whom it was passed on, as it was', async () => {
    const [alice, bob, carol] = [
      await peer({ measure: true }),
      await peer({ measure: true }),
      await peer({ measure: true }),
    ]
    const names = new Map([
      [alice.network.self, 'alice'],
      [bob.network.self, 'bob'],
      [carol.network.self, 'carol'],
    ])
    const told = (one: Peer): string[] => {
      const hops: string[] = []
      one.network.hops.subscribe(({ way, topic, author, peer: other, bytes }) => {
        const who = `${names.get(author) ?? '?'}, ${names.get(other) ?? '?'}`
        hops.push(`${way} ${topic} of ${who}: ${new TextDecoder().decode(bytes)}`)
      })
      return hops
    }
    const [atAlice, atBob, atCarol] = [told(alice), told(bob), told(carol)]
    listen(alice)
    listen(bob, (text) => (text === 'bad' ? 'reject' : 'accept'))
    const { heard } = listen(carol)
    // In a row: what alice says reaches carol by way of bob alone.
    await dial(alice, bob)
    await dial(bob, carol)
    await together(alice, bob)
    await together(bob, carol)
    await alice.network.publish(ROOM, utf8('bad'))
    await alice.network.publish(ROOM, utf8('good'))
    await until(carol.network, () => heard.length === 1)
    expect(atAlice).toEqual(['out kitchen of alice, bob: bad', 'out kitchen of alice, bob: good'])
    expect(atBob).toEqual(['in kitchen of alice, alice: good', 'out kitchen of alice, carol: good'])
    expect(atCarol).toEqual(['in kitchen of alice, bob: good'])
  })

  test('a node that measures nothing tells none', async () => {
    const [alice, bob] = [await peer(), await peer()]
    const hops: unknown[] = []
    for (const { network } of [alice, bob]) network.hops.subscribe((hop) => hops.push(hop))
    listen(alice)
    const { heard } = listen(bob)
    await dial(alice, bob)
    await together(alice, bob)
    await alice.network.publish(ROOM, utf8('hi'))
    await until(bob.network, () => heard.length === 1)
    expect(hops).toEqual([])
  })
})

describe('two people in a room', () => {
  test('hear each other, and the sender knows how many were reached', async () => {
    const [alice, bob] = [await peer(), await peer()]
    const [atAlice, atBob] = [listen(alice), listen(bob)]
    expect(await alice.network.publish(ROOM, utf8('alone'))).toEqual({
      ok: true,
      value: { reached: 0 },
    })
    await dial(alice, bob)
    await together(alice, bob)
    expect(await alice.network.publish(ROOM, utf8('hi bob'))).toEqual({
      ok: true,
      value: { reached: 1 },
    })
    await until(bob.network, () => atBob.heard.length === 1)
    await bob.network.publish(ROOM, utf8('hi alice'))
    await until(alice.network, () => atAlice.heard.length === 1)
    expect(atBob.texts()).toEqual(['hi bob'])
    expect(atAlice.texts()).toEqual(['hi alice'])
    expect(atBob.heard[0]?.origin).toMatchObject({
      via: 'gossip',
      forwarder: alice.network.self,
      author: alice.network.self,
    })
  })

  test("a Go peer's line comes with a proof that anybody can check", async () => {
    const [alice, bob] = [await peer(), await peer()]
    const atBob = listen(bob)
    listen(alice)
    await dial(alice, bob)
    await together(alice, bob)
    const line = {
      type: 'message',
      content: 'Hello',
      username: 'go',
      timestamp: 1_642_345_678,
      from: alice.network.self,
    }
    await alice.network.publish(ROOM, utf8(JSON.stringify(line)))
    await until(bob.network, () => atBob.heard.length === 1)
    const proof = atBob.heard[0]?.origin.proof
    if (proof === undefined) throw new Error('nothing heard')
    for (const bytes of [proof.from, proof.data, proof.seqno, proof.signature]) {
      expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype)
    }
    const opened = await Entry.open(2, encodeProof(proof))
    expect(opened.ok && opened.value.author).toBe(alice.network.self)
    const forged = await Entry.open(
      2,
      encodeProof({ ...proof, data: utf8(JSON.stringify({ ...line, content: 'Bye' })) }),
    )
    expect(forged).toEqual({ ok: false, failure: { kind: 'bad-signature' } })
  })

  test('come and go: links and subscriptions are told', async () => {
    const [alice, bob] = [await peer(), await peer()]
    const told: NetworkChange[] = []
    alice.network.changes.subscribe((change) => told.push(change))
    const { stop } = listen(bob)
    listen(alice)
    await dial(alice, bob)
    await together(alice, bob)
    expect(alice.network.links()).toMatchObject([
      {
        peer: bob.network.self,
        path: 'direct',
        transport: 'TCP',
        direction: 'outbound',
        relay: false,
      },
    ])
    stop()
    await until(alice.network, () => told.some(({ kind }) => kind === 'unsubscribed'))
    await bob.network.stop()
    await until(alice.network, () => told.some(({ kind }) => kind === 'unlinked'))
    expect(alice.network.links()).toEqual([])
    const kinds = told.map(({ kind }) => kind).filter((kind) => kind !== 'updated')
    expect(kinds).toEqual(['linked', 'subscribed', 'unsubscribed', 'unlinked'])
  })

  test('who vanishes without a word is unsubscribed too', async () => {
    const [alice, bob] = [await peer(), await peer()]
    listen(bob)
    listen(alice)
    await dial(alice, bob)
    await together(alice, bob)
    const told: NetworkChange[] = []
    alice.network.changes.subscribe((change) => told.push(change))
    for (const connection of bob.node.getConnections()) connection.abort(new Error('cable cut'))
    await until(alice.network, () => alice.network.links().length === 0)
    expect(told).toContainEqual({ kind: 'unsubscribed', peer: bob.network.self, topic: ROOM })
  })

  test('many pings at once over one connection are all answered', async () => {
    const [alice, bob] = [await peer(), await peer()]
    await alice.network.dial(addressOf(bob), NEVER)
    const pings = Array.from({ length: 5 }, () => alice.network.ping(bob.network.self, NEVER))
    for (const pong of await Promise.all(pings)) expect(pong).toMatchObject({ ok: true })
  })

  test('measure their round trip at once', async () => {
    const [alice, bob] = [await peer({ measure: true }), await peer()]
    await dial(alice, bob)
    await until(alice.network, () => alice.network.links()[0]?.rttMs !== undefined)
    const pong = await alice.network.ping(bob.network.self, NEVER)
    expect(pong.ok && pong.value).toBeLessThan(1_000)
    await alice.network.hangUp(bob.network.self)
    await until(bob.network, () => bob.network.links().length === 0)
    expect(await alice.network.ping(bob.network.self, NEVER)).toMatchObject({ ok: false })
  })

  test('leave and come back at once: the one in the middle passes on as before', async () => {
    const [alice, bob, carol] = [await peer(), await peer(), await peer()]
    listen(alice)
    listen(bob)
    const first = listen(carol)
    await dial(alice, bob)
    await dial(carol, bob)
    await together(alice, bob)
    await together(carol, bob)
    first.stop()
    await until(bob.network, () => !bob.network.subscribers(ROOM).includes(carol.network.self))
    // The shortest absence that gossip can take note of is one second.
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    const again = listen(carol)
    await together(carol, bob)
    await until(bob.network, () => bob.node.services.pubsub.getSubscribers(ROOM).length === 2)
    await new Promise((resolve) => setTimeout(resolve, 100))
    await alice.network.publish(ROOM, utf8('still there?'))
    // Well under a heartbeat: passed on, not asked for later.
    await until(carol.network, () => again.heard.length === 1, 500)
  })
})

describe('verdicts', () => {
  async function chain(verdict: (text: string) => Verdict | Promise<Verdict>) {
    const [alice, bob, carol] = [await peer(), await peer(), await peer()]
    listen(alice)
    const atBob = listen(bob, verdict)
    const atCarol = listen(carol)
    await dial(alice, bob)
    await dial(carol, bob)
    await together(alice, bob)
    await together(carol, bob)
    const scoreOfAlice = () => bob.node.services.pubsub
    return { alice, bob, carol, atBob, atCarol, scoreOfAlice }
  }

  test('only what is accepted travels on', async () => {
    const { alice, carol, atBob, atCarol } = await chain((text) =>
      text === 'good' ? 'accept' : (text as Verdict),
    )
    for (const text of ['ignore', 'reject', 'good']) await alice.network.publish(ROOM, utf8(text))
    await until(carol.network, () => atCarol.heard.length > 0)
    expect(atBob.texts()).toEqual(['ignore', 'reject', 'good'])
    expect(atCarol.texts()).toEqual(['good'])
    expect(atCarol.heard[0]?.origin.author).toBe(alice.network.self)
    expect(atCarol.heard[0]?.origin.forwarder).not.toBe(alice.network.self)
  })

  test('a handler that fails blames nobody and passes nothing on', async () => {
    const { alice, bob, carol, atCarol } = await chain((text) => {
      if (text === 'bad') throw new Error('our mistake')
      return 'accept'
    })
    await alice.network.publish(ROOM, utf8('bad'))
    await alice.network.publish(ROOM, utf8('good'))
    await until(carol.network, () => atCarol.heard.length === 1)
    expect(atCarol.texts()).toEqual(['good'])
    expect(scoreOf(bob, alice)).toBeGreaterThanOrEqual(0)
  })

  test('slow verdicts hold up, but never lock, two who talk at the same time', async () => {
    const slowly = (): Promise<Verdict> =>
      new Promise((resolve) => setTimeout(resolve, 50, 'accept'))
    const [alice, bob] = [await peer(), await peer()]
    const [atAlice, atBob] = [listen(alice, slowly), listen(bob, slowly)]
    await dial(alice, bob)
    await together(alice, bob)
    for (let i = 0; i < 20; i++) {
      await alice.network.publish(ROOM, utf8(`a${String(i)}`))
      await bob.network.publish(ROOM, utf8(`b${String(i)}`))
    }
    await until(alice.network, () => atAlice.heard.length === 20)
    await until(bob.network, () => atBob.heard.length === 20)
  })

  test('a verdict that never comes costs seconds, not the peer', async () => {
    const { alice, carol, atCarol } = await chain((text) =>
      text === 'stuck' ? new Promise<Verdict>(() => undefined) : 'accept',
    )
    await alice.network.publish(ROOM, utf8('stuck'))
    await alice.network.publish(ROOM, utf8('next'))
    await until(carol.network, () => atCarol.texts().includes('next'), 7_000)
    expect(atCarol.texts()).toEqual(['next'])
  }, 10_000)

  test('of rooms that were left nothing stays, whoever was there', async () => {
    const [alice, bob] = [await peer(), await peer()]
    await dial(alice, bob)
    const { score, opts } = routerOf(alice.node.services.pubsub)
    for (const name of ['hall', 'cellar', 'attic'] as Topic[]) {
      const heard: string[] = []
      const join = ({ network }: Peer) =>
        network.join(name, (bytes) => {
          heard.push(textOf(bytes))
          return Promise.resolve('accept')
        })
      const stops = [join(alice), join(bob)]
      await until(bob.network, () => bob.network.subscribers(name).length === 1)
      await until(alice.network, () => alice.network.subscribers(name).length === 1)
      await bob.network.publish(name, utf8('hello'))
      await until(alice.network, () => heard.length === 1)
      expect([...score.peerStats.values()].flatMap(({ topics }) => Object.keys(topics))).toEqual([
        name,
      ])
      for (const stop of stops) stop()
    }
    expect([...score.peerStats.values()].flatMap(({ topics }) => Object.keys(topics))).toEqual([])
    expect(Object.keys(opts.scoreParams.topics)).toEqual([])
  })

  test('three forgeries and a peer is not heard any more', async () => {
    const { alice, bob, atBob } = await chain(() => 'reject')
    for (let i = 0; i < 3; i++) await alice.network.publish(ROOM, utf8(String(i)))
    await until(bob.network, () => atBob.heard.length === 3)
    await until(bob.network, () => scoreOf(bob, alice) < -80)
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    await alice.network.publish(ROOM, utf8('a fourth'))
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(atBob.heard).toHaveLength(3)
  })
})

function scoreOf(at: Peer, of: Peer): number {
  const pubsub = at.node.services.pubsub as unknown as { getScore(id: string): number }
  return pubsub.getScore(of.network.self)
}

describe('dialling fails with a reason', () => {
  test.each([
    'rubbish',
    '',
    '/',
    '/ip4/300.1.1.1/tcp/1',
    '/ip4/1.2.3.4/tcp/99999999',
    '/ip4/1.2.3.4/tcp/1/p2p/12D3KooWrubbish',
    '12D3KooWrubbish',
  ])('%j is no address', async (address) => {
    const { network } = await peer()
    expect(await network.dial(address, NEVER)).toEqual({
      ok: false,
      failure: { kind: 'bad-address', address },
    })
  })

  test('nobody there', async () => {
    const { network } = await peer()
    const address = '/ip4/127.0.0.1/tcp/1'
    expect(await network.dial(address, NEVER)).toEqual({
      ok: false,
      failure: { kind: 'unreachable', what: address },
    })
  })

  test('a peer id alone finds whom is known, and nobody else', async () => {
    const [alice, bob] = [await peer(), await peer()]
    await dial(alice, bob)
    await alice.network.hangUp(bob.network.self)
    expect(await alice.network.dial(bob.network.self, NEVER)).toEqual({
      ok: true,
      value: bob.network.self,
    })
    const nobody = '12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN'
    expect(await alice.network.dial(nobody, NEVER)).toEqual({
      ok: false,
      failure: { kind: 'unreachable', what: nobody },
    })
  })

  test('cancelled', async () => {
    const { network } = await peer()
    const address = '/ip4/127.0.0.1/tcp/1'
    const dialled = await network.dial(address, AbortSignal.abort(new Error('enough')))
    expect(dialled).toEqual({ ok: false, failure: { kind: 'unreachable', what: address } })
  })

  test('somebody else is there', async () => {
    const [alice, bob, carol] = [await peer(), await peer(), await peer()]
    const address = addressOf(bob).replace(bob.network.self, carol.network.self)
    expect(await alice.network.dial(address, NEVER)).toMatchObject({
      ok: false,
      failure: { kind: 'unreachable' },
    })
  })
})
