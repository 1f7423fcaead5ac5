import { type ICryptoInterface, type KeyPair, pureJsCrypto } from '@libp2p/noise'

const KEY_BYTES = 32
/** u = 9, whose product with a secret is the public key (RFC 7748, section 6.1). */
const BASE_POINT = new Uint8Array(KEY_BYTES)
BASE_POINT[0] = 9

/**
 * The cryptography of libp2p's handshake, for somebody who makes a dozen of them. Its own makes a
 * table for multiples of the base point at the start of the node, which takes the page's main thread
 * 50 ms and saves each handshake two; here a multiple of the base point is reckoned as any other.
 */
export const noiseCrypto: ICryptoInterface = {
  ...pureJsCrypto,
  generateX25519KeyPair: () => keyPairOf(crypto.getRandomValues(new Uint8Array(KEY_BYTES))),
  generateX25519KeyPairFromSeed: keyPairOf,
}

function keyPairOf(privateKey: Uint8Array): KeyPair {
  return { privateKey, publicKey: pureJsCrypto.generateX25519SharedKey(privateKey, BASE_POINT) }
}
