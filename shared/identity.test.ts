import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { expect, test } from 'vitest'
import { toBase58, utf8 } from './bytes.ts'
import {
  SIGNATURE_BYTES,
  identityOf,
  isPeerId,
  peerIdBytesOf,
  peerIdOf,
  publicKeyIn,
  publicKeyOf,
  verify,
} from './identity.ts'
import { alice, bob, must } from './testing/people.ts'

test('a peer id is what libp2p makes of the same seed', async () => {
  const key = await generateKeyPairFromSeed('Ed25519', new Uint8Array(32).fill(1))
  const theirs = peerIdFromPrivateKey(key)
  expect(alice.peerId).toBe(theirs.toString())
  expect(peerIdBytesOf(alice.publicKey)).toEqual(new Uint8Array(theirs.toMultihash().bytes))
  expect(new Uint8Array(await key.sign(utf8('x')))).toEqual(await alice.identity.sign(utf8('x')))
})

test('a public key goes into a peer id and comes back', () => {
  expect(must(publicKeyOf(alice.peerId))).toEqual(alice.publicKey)
  expect(must(publicKeyIn(peerIdBytesOf(alice.publicKey)))).toEqual(alice.publicKey)
  expect(peerIdOf(bob.publicKey)).toBe(bob.peerId)
})

test.each([
  ['nothing', ''],
  ['a name', 'alice'],
  ['an RSA id', 'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N'],
  ['a letter too few', alice.peerId.slice(0, -1)],
  ['a letter too many', `${alice.peerId}1`],
  ['no base58', `${alice.peerId.slice(0, -1)}0`],
  ['a megabyte', `12D3KooW${'1'.repeat(1_000_000)}`],
  ['a secp256k1 key', toBase58(Uint8Array.of(0x00, 0x25, 8, 2, 0x12, 0x21, ...new Uint8Array(33)))],
])('%s is no peer id of ours', (_, text) => {
  expect(isPeerId(text)).toBe(false)
})

test('a signature is verified by who made it, over what was signed', async () => {
  const signature = await alice.identity.sign(utf8('hello'))
  expect(signature).toHaveLength(SIGNATURE_BYTES)
  expect(await verify(alice.peerId, signature, utf8('hello'))).toBe(true)
  expect(await verify(bob.peerId, signature, utf8('hello'))).toBe(false)
  expect(await verify(alice.peerId, signature, utf8('hallo'))).toBe(false)
  expect(await verify(alice.peerId, signature.slice(1), utf8('hello'))).toBe(false)
  expect(await verify('nobody' as typeof alice.peerId, signature, utf8('hello'))).toBe(false)
})

test('an identity works over a key that cannot be read out', async () => {
  const keys = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])
  const me = await identityOf(keys)
  expect(isPeerId(me.peerId)).toBe(true)
  expect(await verify(me.peerId, await me.sign(utf8('x')), utf8('x'))).toBe(true)
})
