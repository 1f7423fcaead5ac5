import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import type { AbortOptions, Ed25519PrivateKey, Ed25519PublicKey } from '@libp2p/interface'
import type { Uint8ArrayList } from 'uint8arraylist'

/**
 * A libp2p identity over a WebCrypto key pair whose private half may be non-extractable: noise,
 * identify (signed peer record) and gossipsub ask a key for nothing but `sign` and `publicKey`.
 */
export async function libp2pKeyOf(keys: CryptoKeyPair): Promise<Ed25519PrivateKey> {
  const raw = new Uint8Array(await crypto.subtle.exportKey('raw', keys.publicKey))
  const publicKey = publicKeyFromRaw(raw)
  if (publicKey.type !== 'Ed25519') throw new Error('an Ed25519 key pair is needed')
  return new WebCryptoPrivateKey(keys.privateKey, publicKey)
}

class WebCryptoPrivateKey implements Ed25519PrivateKey {
  readonly type = 'Ed25519'
  readonly publicKey: Ed25519PublicKey
  readonly #key: CryptoKey

  constructor(key: CryptoKey, publicKey: Ed25519PublicKey) {
    this.#key = key
    this.publicKey = publicKey
  }

  /** A getter, so that whatever comes to want it fails where it asks. */
  get raw(): Uint8Array {
    throw new Error('the private key cannot be read')
  }

  equals(other?: unknown): boolean {
    return other instanceof WebCryptoPrivateKey && other.publicKey.equals(this.publicKey)
  }

  async sign(message: Uint8Array | Uint8ArrayList, options?: AbortOptions): Promise<Uint8Array> {
    options?.signal?.throwIfAborted()
    // WebCrypto takes neither lists nor views of shared memory: a copy is both.
    const bytes = new Uint8Array(message instanceof Uint8Array ? message : message.subarray())
    const signature = await crypto.subtle.sign('Ed25519', this.#key, bytes)
    options?.signal?.throwIfAborted()
    return new Uint8Array(signature)
  }
}
