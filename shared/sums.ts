import { sha256 } from '@noble/hashes/sha2.js'
import { type Bytes, fromBase64url } from './bytes.ts'
import type { EntryId } from './ids.ts'

/**
 * A set of entry ids as a number: the sum of its members' numbers mod 2^1024, so members come and
 * go in any order and sums of sums are sums. A number of 256 bits could be met by a chosen set of
 * ids (Wagner's generalised birthday); against 1,024 that costs more than breaking SHA-256.
 */
export interface Sum {
  count: number
  /** 32 words of 32 bits, the least significant first. */
  readonly words: Uint32Array<ArrayBuffer>
}

/** Equal ones mean equal sets. */
export interface Fingerprint {
  readonly count: number
  /** 16 bytes */
  readonly digest: Bytes
}

const ID_BYTES = 32
const DIGESTS = 4
export const SUM_BYTES = DIGESTS * 32
export const DIGEST_BYTES = 16

export function emptySum(): Sum {
  return { count: 0, words: new Uint32Array(SUM_BYTES / 4) }
}

/**
 * The sum of one id: SHA-256(0 ‖ id) ‖ … ‖ SHA-256(3 ‖ id), big-endian. Not by WebCrypto, which
 * cannot be waited for inside an IndexedDB transaction and takes seven times as long for so little.
 */
export function digestsOf(id: EntryId): Sum {
  const decoded = fromBase64url(id, ID_BYTES)
  if (!decoded.ok) throw new Error(`no entry id: ${id}`)
  const input = new Uint8Array(1 + ID_BYTES)
  input.set(decoded.value, 1)
  const bytes = new Uint8Array(SUM_BYTES)
  for (let k = 0; k < DIGESTS; k++) {
    input[0] = k
    bytes.set(sha256(input), k * 32)
  }
  return sumFrom(1, bytes)
}

export function addTo(sum: Sum, term: Sum): void {
  const { words } = sum
  let carry = 0
  for (let i = 0; i < words.length; i++) {
    const total = (words[i] ?? 0) + (term.words[i] ?? 0) + carry
    words[i] = total
    carry = total > 0xffff_ffff ? 1 : 0
  }
  sum.count += term.count
}

export function subtractFrom(sum: Sum, term: Sum): void {
  const { words } = sum
  let borrow = 0
  for (let i = 0; i < words.length; i++) {
    const rest = (words[i] ?? 0) - (term.words[i] ?? 0) - borrow
    words[i] = rest
    borrow = rest < 0 ? 1 : 0
  }
  sum.count -= term.count
}

export function sameSum(a: Sum, b: Sum): boolean {
  return a.count === b.count && a.words.every((word, i) => word === b.words[i])
}

export function sumOf(ids: Iterable<EntryId>): Sum {
  const sum = emptySum()
  for (const id of ids) addTo(sum, digestsOf(id))
  return sum
}

/** 128 bytes, big-endian. */
export function sumBytes(sum: Sum): Bytes {
  const bytes = new Uint8Array(SUM_BYTES)
  const view = new DataView(bytes.buffer)
  sum.words.forEach((word, i) => {
    view.setUint32(SUM_BYTES - 4 - 4 * i, word)
  })
  return bytes
}

/** @param bytes what `sumBytes` gave */
export function sumFrom(count: number, bytes: Uint8Array): Sum {
  if (bytes.length !== SUM_BYTES) throw new Error(`a sum of ${bytes.length} bytes`)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const sum = emptySum()
  for (let i = 0; i < sum.words.length; i++) sum.words[i] = view.getUint32(SUM_BYTES - 4 - 4 * i)
  sum.count = count
  return sum
}

/** The first 16 bytes of SHA-256(Σ ‖ count as 8 bytes), big-endian. */
export function fingerprintOf(sum: Sum): Fingerprint {
  const input = new Uint8Array(SUM_BYTES + 8)
  input.set(sumBytes(sum))
  new DataView(input.buffer).setBigUint64(SUM_BYTES, BigInt(sum.count))
  return { count: sum.count, digest: sha256(input).slice(0, DIGEST_BYTES) }
}
