import { describe, expect, onTestFinished, test } from 'vitest'
import { buildGoPeer } from '../e2e/interop/go-build.ts'
import { GoPeer, type GoPeerOptions } from '../e2e/interop/go-peer.ts'
import type { Topic } from '../shared/ids.ts'
import { encodePassing } from '../shared/line.ts'
import { connect, person, relayIn, relayProcess, temporaryFolder, until } from './test-relay.ts'
import { cidOfRoom } from '../shared/libp2p/room-cid.ts'

const go = await buildGoPeer()
/** Walks through the DHT, on a busy machine. */
const WALK_MS = 90_000

async function gopher(options: GoPeerOptions): Promise<GoPeer> {
  const peer = await GoPeer.start(go.ok ? go.path : '', options)
  onTestFinished(() => peer.quit())
  return peer
}

/** Its address over TCP. */
function addressOf(peer: GoPeer): string {
  return peer.addresses.find((each) => each.includes('/tcp/')) ?? ''
}

test('the default room has the CID that the Go system gives it', async () => {
  expect((await cidOfRoom('p2p-chat-default')).toString()).toBe(
    'bafkreibtomzah3lva2fjxe3pqlqv4hm4qhixccm6aoyanqsjlfvbtlzun4',
  )
})

describe.skipIf(!go.ok)('with a Go peer as its only bootstrap peer', { timeout: WALK_MS }, () => {
  test('two relay-nodes find each other’s room, and a message passes', async () => {
    // It is in another room itself: all that it carries between them are the records.
    const bootstrap = await gopher({ room: 'elsewhere', dht: 'server' })
    const values = { BOOTSTRAP: addressOf(bootstrap), CHAT_TOPIC: 'garden' }
    const one = await relayIn(await temporaryFolder(), values)
    const other = await relayIn(await temporaryFolder(), values)
    const [alice, bob] = [await person(), await person()]
    await connect(alice, one)
    await connect(bob, other)
    const garden = 'garden' as Topic
    const heard: string[] = []
    bob.join(garden, (bytes) => {
      heard.push(new TextDecoder().decode(bytes))
      return Promise.resolve('accept')
    })
    alice.join(garden, () => Promise.resolve('accept'))
    await until(() => one.libp2p.services.pubsub.getSubscribers('garden').length > 1)
    await until(() =>
      one.libp2p.getConnections().some(({ remotePeer }) => remotePeer.toString() === other.peerId),
    )
    const line = encodePassing('join', 'alice', Math.floor(Date.now() / 1_000), alice.self)
    await until(async () => {
      await alice.publish(garden, line)
      return heard.length > 0
    })
    expect(heard[0]).toBe(new TextDecoder().decode(line))
  })

  test('a Go peer finds the room by our record', async () => {
    const bootstrap = await gopher({ room: 'elsewhere', dht: 'server' })
    const address = addressOf(bootstrap)
    const relay = await relayIn(await temporaryFolder(), { BOOTSTRAP: address })
    // We cannot find it, so that it must find us.
    const bob = await gopher({
      bootstrap: [address],
      dht: 'client',
      lookEvery: '1s',
      secret: true,
    })
    const found = await bob.until(
      'our record',
      () => bob.all<{ readonly peer: string }>('found').find(({ peer }) => peer === relay.peerId),
      WALK_MS / 2,
    )
    expect(found).toMatchObject({ peer: relay.peerId, connected: true })
    await bob.meets(1)
  })

  test('a relay-node finds a Go peer by its record', async () => {
    const bootstrap = await gopher({ room: 'elsewhere', dht: 'server' })
    const address = addressOf(bootstrap)
    // It looks once, before anybody is there to be found.
    const bob = await gopher({ bootstrap: [address], dht: 'client', lookEvery: '1h' })
    await bob.until('its record', () => bob.all('provided').length > 0, WALK_MS / 2)
    const relay = await relayIn(await temporaryFolder(), { BOOTSTRAP: address })
    await until(() =>
      relay.libp2p.services.pubsub
        .getSubscribers('p2p-chat-default')
        .some((peer) => peer.toString() === bob.id),
    )
  })
})

test('without anybody to ask, a start is as fast, and says one sentence later', async () => {
  const folder = await temporaryFolder()
  const unreachable = `/ip4/127.0.0.1/tcp/1/p2p/${(await person()).self}`
  const relay = relayProcess(folder, { BOOTSTRAP: unreachable })
  const lines = await relay.lines
  expect(lines).toContain('Finds rooms elsewhere by the DHT of 1 bootstrap peer, as a client')
  const port = /:(\d+)$/.exec(lines.at(-1) ?? '')?.[1]
  expect((await fetch(`http://127.0.0.1:${port}/health`)).ok).toBe(true)
  await new Promise((resolve) => setTimeout(resolve, 4_000))
  const asked = performance.now()
  relay.child.kill('SIGTERM')
  const { code, stderr } = await relay.ended
  expect(code).toBe(0)
  expect(performance.now() - asked).toBeLessThan(2_000)
  expect(stderr).toBe(
    `The bootstrap peer ${unreachable} cannot be reached, or is another peer than its address says; it is tried again.\n`,
  )
})
