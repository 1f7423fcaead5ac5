import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PeerInfo } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { expect, onTestFinished, test } from 'vitest'
import { Changes } from '../shared/changes.ts'
import { ok } from '../shared/failure.ts'
import type { PeerId } from '../shared/ids.ts'
import type { Link, Network, NetworkChange } from '../shared/network.ts'
import type { Runtime } from '../shared/runtime.ts'
import { VirtualClock } from '../shared/testing/virtual-time.ts'
import { RoomFinder } from './room-finder.ts'

const ROOM = 'tea'
const HOUR_MS = 3_600_000

test('of a room that many have, it links to no more than eight', async () => {
  const clock = new VirtualClock(0)
  const many = await Promise.all(Array.from({ length: 30 }, stranger))
  const linked = new Set<PeerId>()
  const network = {
    self: 'me' as PeerId,
    changes: new Changes<NetworkChange>(),
    links: () => [...linked].map((peer) => ({ peer }) as Link),
    subscribers: () => [...linked],
    dial: (address: string) => {
      const peer = address.split('/').at(-1) as PeerId
      linked.add(peer)
      return Promise.resolve(ok(peer))
    },
    hangUp: () => Promise.resolve(),
  }
  const runtime: Runtime = {
    clock,
    random: { bytes: (length) => new Uint8Array(length), fraction: () => 0 },
    log: () => undefined,
  }
  const finder = new RoomFinder({
    dht: {
      provide: () => Promise.resolve(),
      find: async function* () {
        await Promise.resolve()
        yield* many
      },
    },
    network: network as unknown as Network,
    runtime,
    rooms: () => [ROOM],
    kept: () => new Set(),
  })
  finder.start()
  onTestFinished(() => finder.stop())
  await clock.run(HOUR_MS)
  expect([finder.found.size, linked.size]).toEqual([8, 8])
})

async function stranger(): Promise<PeerInfo> {
  const id = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
  return { id, multiaddrs: [multiaddr('/ip4/203.0.113.7/tcp/4001')] }
}
