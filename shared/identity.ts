import { type Bytes, concat, fromBase58, toBase58 } from './bytes.ts'
import { type Result, fail, ok } from './failure.ts'
import type { PeerId } from './ids.ts'
import { STRANGERS_MAX } from './limits.ts'

/** Somebody who can sign: ourselves. The private key stays behind `sign`. */
export interface Identity {
  readonly peerId: PeerId
  /** Ed25519, 64 bytes. */
  sign(bytes: Bytes): Promise<Bytes>
}

/**
 * An Ed25519 peer id is the identity multihash of the protobuf of its public key
 * (libp2p peer ids spec): 00 24 ‖ 08 01 12 20 ‖ 32 bytes.
 */
const PREFIX = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20)
const PUBLIC_KEY_BYTES = 32
export const SIGNATURE_BYTES = 64

/** The keys in recent peer ids: base58 costs as much as hashing a line, and one person is named often. */
const spelt = new Map<string, Bytes>()

export function peerIdOf(publicKey: Uint8Array): PeerId {
  return toBase58(peerIdBytesOf(publicKey)) as PeerId
}

/** The 38 multihash bytes that pubsub's `from` carries. */
export function peerIdBytesOf(publicKey: Uint8Array): Bytes {
  return concat(PREFIX, publicKey)
}

/** The public key inside a peer id. Other key types than Ed25519 are refused: nothing here could verify them. */
export function publicKeyOf(peerId: string): Result<Bytes> {
  const known = spelt.get(peerId)
  if (known !== undefined) return ok(known)
  if (!peerId.startsWith('12D3KooW') || peerId.length > 60)
    return fail({ kind: 'malformed', what: 'peer id' })
  const bytes = fromBase58(peerId)
  return bytes.ok ? publicKeyIn(bytes.value) : bytes
}

export function publicKeyIn(peerIdBytes: Uint8Array): Result<Bytes> {
  const whole = peerIdBytes.length === PREFIX.length + PUBLIC_KEY_BYTES
  return whole && PREFIX.every((byte, i) => peerIdBytes[i] === byte)
    ? ok(new Uint8Array(peerIdBytes.subarray(PREFIX.length)))
    : fail({ kind: 'malformed', what: 'peer id' })
}

export function isPeerId(text: string): text is PeerId {
  if (spelt.has(text)) return true
  const key = publicKeyOf(text)
  if (!key.ok || peerIdOf(key.value) !== text) return false
  if (spelt.size >= STRANGERS_MAX) spelt.clear()
  spelt.set(text, key.value)
  return true
}

/** Imported keys of recent authors: importing costs about as much as verifying. */
const imported = new Map<string, Promise<CryptoKey>>()

function importKey(peerId: PeerId, publicKey: Bytes): Promise<CryptoKey> {
  let key = imported.get(peerId)
  if (key === undefined) {
    if (imported.size >= STRANGERS_MAX) imported.clear()
    key = crypto.subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify'])
    imported.set(peerId, key)
  }
  return key
}

/** WebCrypto only: @noble takes twenty times as long and may judge edge cases differently. */
export async function verify(peerId: PeerId, signature: Bytes, signed: Bytes): Promise<boolean> {
  const publicKey = publicKeyOf(peerId)
  if (!publicKey.ok || signature.length !== SIGNATURE_BYTES) return false
  try {
    return await crypto.subtle.verify(
      'Ed25519',
      await importKey(peerId, publicKey.value),
      signature,
      signed,
    )
  } catch {
    return false
  }
}

/** An identity over a WebCrypto key pair, whose private half may be non-extractable. */
export async function identityOf(keys: CryptoKeyPair): Promise<Identity> {
  const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', keys.publicKey))
  return {
    peerId: peerIdOf(publicKey),
    sign: async (bytes) =>
      new Uint8Array(await crypto.subtle.sign('Ed25519', keys.privateKey, bytes)),
  }
}
