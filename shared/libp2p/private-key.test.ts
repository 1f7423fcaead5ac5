import { Uint8ArrayList } from 'uint8arraylist'
import { afterEach, expect, test } from 'vitest'
import { utf8 } from '../bytes.ts'
import { identityOf } from '../identity.ts'
import type { Topic } from '../ids.ts'
import { libp2pKeyOf } from './private-key.ts'
import { type Peer, addressOf, startPeer, until } from './test-node.ts'

const ROOM = 'kitchen' as Topic
const peers: Peer[] = []

afterEach(async () => {
  await Promise.all(peers.splice(0).map(({ network }) => network.stop()))
})

function sealedKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])
}

test('a node whose private key nobody can read connects, is identified and is heard', async () => {
  const keys = await sealedKeys()
  await expect(crypto.subtle.exportKey('pkcs8', keys.privateKey)).rejects.toThrow()
  const alice = await startPeer({ privateKey: await libp2pKeyOf(keys) })
  const bob = await startPeer()
  peers.push(alice, bob)
  expect(alice.network.self).toBe((await identityOf(keys)).peerId)
  const heard: string[] = []
  bob.network.join(ROOM, (_, { author }) => {
    heard.push(author)
    return Promise.resolve('accept')
  })
  // Noise, and identify with its signed peer record.
  await bob.network.dial(addressOf(alice), AbortSignal.timeout(5_000))
  await until(alice.network, () => alice.network.subscribers(ROOM).length === 1)
  const known = await bob.node.peerStore.get(alice.node.peerId)
  expect(known.peerRecordEnvelope).toBeDefined()
  // Gossipsub's signature.
  await alice.network.publish(ROOM, utf8('hello'))
  await until(bob.network, () => heard.length === 1)
  expect(heard).toEqual([alice.network.self])
})

test('signs lists as the bytes they hold, equals only itself and cannot be read', async () => {
  const keys = await sealedKeys()
  const key = await libp2pKeyOf(keys)
  const list = new Uint8ArrayList(utf8('hello '), utf8('world'))
  const signature = new Uint8Array(await key.sign(list))
  expect(
    await crypto.subtle.verify('Ed25519', keys.publicKey, signature, utf8('hello world')),
  ).toBe(true)
  expect(key.equals(await libp2pKeyOf(keys))).toBe(true)
  expect(key.equals(await libp2pKeyOf(await sealedKeys()))).toBe(false)
  expect(() => key.raw).toThrow()
})
