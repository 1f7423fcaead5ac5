import { randomBytes } from 'node:crypto'
import { generateKeyPair, publicKeyToProtobuf } from '@libp2p/crypto/keys'
import type { PeerId } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { lpStream } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import { expect, onTestFinished, test } from 'vitest'
import { type Bytes, concat, utf8 } from '../shared/bytes.ts'
import { startNode } from '../shared/libp2p/test-node.ts'
import { DHT_PROTOCOL } from '../shared/limits.ts'
import { bytesField, varintField } from '../shared/protobuf.ts'
import type { Relay } from './relay.ts'
import { limitedStore } from './small-dht.ts'
import { relayIn, temporaryFolder, until } from './test-relay.ts'

const PUT_VALUE = 0
const ADD_PROVIDER = 2
/** CIDv1, raw, sha2-256, 32 bytes. */
const CID_HEAD = [0x01, 0x55, 0x12, 0x20]

type Components = Parameters<typeof limitedStore>[0]

test('who provides what is kept, values are not', async () => {
  const relay = await relayIn(await temporaryFolder())
  const { publicKey } = await generateKeyPair('Ed25519')
  const key = concat(utf8('/pk/'), new Uint8Array(publicKey.toMultihash().bytes))
  const value = new Uint8Array(publicKeyToProtobuf(publicKey))
  const record = concat(bytesField(1, key), bytesField(2, value))
  const cid = concat(Uint8Array.from(CID_HEAD), new Uint8Array(randomBytes(32)))
  const own = await kept(relay, '/dht/provider')
  await sayTo(relay, (self) => {
    const address = new Uint8Array(multiaddr('/ip4/203.0.113.7/tcp/1').bytes)
    const provider = concat(bytesField(1, self), bytesField(2, address))
    return [
      concat(varintField(1, ADD_PROVIDER), bytesField(2, cid), bytesField(9, provider)),
      concat(varintField(1, PUT_VALUE), bytesField(2, key), bytesField(3, record)),
      // Not heard any more: the value ended the stream.
      concat(varintField(1, PUT_VALUE), bytesField(2, key), bytesField(3, record)),
    ]
  })
  await until(async () => (await kept(relay, '/dht/provider')) > own)
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(await kept(relay, '/dht/record')).toBe(0)
})

test('one address has half of the places for providers, renews them, and has them back when they end', async () => {
  const [self, eve, bob] = [await anybody(), await anybody(), await anybody()]
  const files = new Set<string>()
  const at = new Map([
    [eve.toString(), '/ip4/203.0.113.7/tcp/1'],
    [bob.toString(), '/ip4/198.51.100.7/tcp/1'],
  ])
  const components = {
    peerId: self,
    datastore: {
      put: (key: string) => Promise.resolve(files.add(key)),
      delete: (key: string) => Promise.resolve(files.delete(key)),
    },
    connectionManager: {
      getConnections: (peer: PeerId) => [{ remoteAddr: multiaddr(at.get(peer.toString())) }],
    },
  }
  const store = limitedStore(components as unknown as Components, 8) as unknown as {
    put(key: string): Promise<unknown>
    delete(key: string): Promise<unknown>
  }
  const key = (room: number, peer: PeerId): string => `/dht/provider/${room}/${peer.toString()}`
  for (const room of [1, 2, 3, 4]) await store.put(key(room, eve))
  await expect(store.put(key(5, eve))).rejects.toThrow('no more')
  await store.put(key(1, eve))
  await store.put(key(1, bob))
  for (const room of [1, 2, 3, 4, 5, 6]) await store.put(key(room, self))
  await store.delete(key(1, eve))
  await store.delete(key(1, bob))
  await store.put(key(5, eve))
  expect(files.size).toBe(10)
})

function anybody(): Promise<PeerId> {
  return generateKeyPair('Ed25519').then(peerIdFromPrivateKey)
}

/** Says these things to a relay-node's DHT, one after the other. */
async function sayTo(relay: Relay, messages: (self: Bytes) => readonly Bytes[]): Promise<void> {
  const node = await startNode()
  onTestFinished(() => node.stop())
  const address = multiaddr(`/ip4/127.0.0.1/tcp/${relay.tcpPort}/p2p/${relay.peerId}`)
  const framed = lpStream(await node.dialProtocol(address, DHT_PROTOCOL))
  for (const message of messages(new Uint8Array(node.peerId.toMultihash().bytes)))
    await framed.write(message)
}

interface Insides {
  readonly components: {
    readonly datastore: { queryKeys(query: { prefix: string }): AsyncIterable<unknown> }
  }
}

/** How many records there are under `prefix`. */
async function kept(relay: Relay, prefix: string): Promise<number> {
  const { datastore } = (relay.libp2p as unknown as Insides).components
  let count = 0
  for await (const key of datastore.queryKeys({ prefix })) if (key !== undefined) count++
  return count
}
