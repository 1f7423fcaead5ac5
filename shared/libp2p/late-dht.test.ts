import { kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { CID } from 'multiformats/cid'
import { sha256 } from 'multiformats/hashes/sha2'
import { afterEach, expect, test } from 'vitest'
import { utf8 } from '../bytes.ts'
import { DHT_PROTOCOL } from '../limits.ts'
import { type LateDht, startLateDht } from './late-dht.ts'
import { type Peer, startPeer } from './test-node.ts'

const RAW = 0x55
const stops: (() => unknown)[] = []

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

async function startServer() {
  const server = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: {
      identify: identify(),
      ping: ping(),
      dht: kadDHT({ protocol: DHT_PROTOCOL, clientMode: false, peerInfoMapper: passthroughMapper }),
    },
  })
  stops.push(() => server.stop())
  return server
}

async function connect(peer: Peer, server: Awaited<ReturnType<typeof startServer>>): Promise<void> {
  const identified = new Promise((resolve) => {
    peer.node.addEventListener('peer:identify', resolve, { once: true })
  })
  await peer.node.dial(server.getMultiaddrs())
  await identified
}

async function late(peer: Peer): Promise<LateDht> {
  const dht = await startLateDht(peer.node)
  stops.push(() => dht.stop())
  return dht
}

test('a DHT that is started after its peers were connected knows them', async () => {
  const server = await startServer()
  const [alice, bob] = [await startPeer(), await startPeer()]
  stops.push(
    () => alice.network.stop(),
    () => bob.network.stop(),
  )
  await connect(alice, server)
  await connect(bob, server)
  const [atAlice, atBob] = [await late(alice), await late(bob)]
  const room = CID.createV1(RAW, await sha256.digest(utf8('kitchen')))
  const signal = AbortSignal.timeout(10_000)
  for await (const event of atAlice.dht.provide(room, { signal }))
    if (event.name === 'QUERY_ERROR') throw event.error
  const found: string[] = []
  for await (const event of atBob.dht.findProviders(room, { signal })) {
    if (event.name !== 'PROVIDER') continue
    found.push(...event.providers.map(({ id }) => id.toString()))
    if (found.length > 0) break
  }
  expect(found).toEqual([alice.network.self])
})
