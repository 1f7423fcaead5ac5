import { createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { noiseCrypto } from './noise-crypto.ts'

test('a secret has the public key that OpenSSL gives it', () => {
  for (let i = 0; i < 20; i++) {
    const { x = '', d = '' } = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' })
    const { publicKey } = noiseCrypto.generateX25519KeyPairFromSeed(Buffer.from(d, 'base64url'))
    expect(Buffer.from(publicKey).toString('base64url')).toBe(x)
  }
})

test('with a new key, both ends come to the same secret', () => {
  const { publicKey, privateKey } = noiseCrypto.generateX25519KeyPair()
  const other = generateKeyPairSync('x25519')
  const { x = '' } = other.publicKey.export({ format: 'jwk' })
  const mine = noiseCrypto.generateX25519SharedKey(privateKey, Buffer.from(x, 'base64url'))
  const jwk = { kty: 'OKP', crv: 'X25519', x: Buffer.from(publicKey).toString('base64url') }
  const theirs = diffieHellman({
    privateKey: other.privateKey,
    publicKey: createPublicKey({ key: jwk, format: 'jwk' }),
  })
  expect([...mine]).toEqual([...theirs])
  expect(noiseCrypto.generateX25519KeyPair().publicKey).not.toEqual(publicKey)
})
