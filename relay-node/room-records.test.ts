import { expect, onTestFinished, test } from 'vitest'
import type { PeerId, Topic } from '../shared/ids.ts'
import { type LateDht, startLateDht } from '../shared/libp2p/late-dht.ts'
import { type Peer, startPeer } from '../shared/libp2p/test-node.ts'
import { DEFAULT_ROOM, DHT_PROTOCOL } from '../shared/limits.ts'
import { type RelayWord, askRelay } from '../shared/relay-word.ts'
import { systemRuntime } from '../shared/runtime.ts'
import type { Relay } from './relay.ts'
import { relayIn, temporaryFolder, until } from './test-relay.ts'

const MINUTE_MS = 60_000
const PATIENCE_MS = 10_000

/** Somebody who is in the relay-nodes' DHT, as a page is. */
async function visitor(relay: Relay): Promise<{ readonly peer: Peer; readonly dht: LateDht }> {
  const peer = await startPeer()
  onTestFinished(() => peer.network.stop())
  const tcp = relay.addresses.find((address) => /\/tcp\/\d+\/p2p\//.test(address)) ?? ''
  expect((await peer.network.dial(tcp, AbortSignal.timeout(PATIENCE_MS))).ok).toBe(true)
  const [id] = peer.node.getPeers()
  if (id === undefined) throw new Error('not connected')
  await until(async () => (await peer.node.peerStore.get(id)).protocols.includes(DHT_PROTOCOL))
  const dht = await startLateDht(peer.node)
  onTestFinished(() => dht.stop())
  return { peer, dht }
}

async function providersOf(room: string, dht: LateDht): Promise<readonly PeerId[]> {
  const signal = AbortSignal.timeout(PATIENCE_MS)
  return (await dht.lookUp(room, systemRuntime().clock, signal)).providers
}

function wordOf(relay: Relay, { network }: Peer): Promise<RelayWord | undefined> {
  return askRelay(network, relay.peerId, AbortSignal.timeout(PATIENCE_MS))
}

test('a relay-node is found by the rooms that it carries, and tells what it keeps and for how long', async () => {
  const relay = await relayIn(await temporaryFolder())
  const { peer, dht } = await visitor(relay)
  await until(async () => (await providersOf(DEFAULT_ROOM, dht)).includes(relay.peerId))
  expect(await providersOf('nobody-has-been-here', dht)).toEqual([])
  const word = await wordOf(relay, peer)
  expect(word?.dht).toMatchObject({ records: 1, lifeMs: 30 * MINUTE_MS })
  expect(word?.dht?.bytes).toBeGreaterThan(0)
  const { nextMs = 0 } = word?.dht ?? {}
  expect(nextMs).toBeGreaterThan(25 * MINUTE_MS)
  expect(nextMs).toBeLessThanOrEqual(30 * MINUTE_MS)
})

test('rooms that it carried before a restart are told no more', async () => {
  const folder = await temporaryFolder()
  const before = await relayIn(folder)
  const { peer, dht } = await visitor(before)
  peer.network.join('tea' as Topic, () => Promise.resolve('accept'))
  await until(async () => (await providersOf('tea', dht)).includes(before.peerId))
  await before.stop()
  const after = await relayIn(folder)
  const later = await visitor(after)
  await until(async () => (await providersOf(DEFAULT_ROOM, later.dht)).includes(after.peerId))
  expect(await providersOf('tea', later.dht)).toEqual([])
  expect((await wordOf(after, later.peer))?.dht?.records).toBe(1)
})
