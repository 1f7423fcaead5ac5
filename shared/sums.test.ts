import { describe, expect, test } from 'vitest'
import { concat, fromBase64url, sha256, toBase64url } from './bytes.ts'
import type { EntryId } from './ids.ts'
import {
  type Sum,
  addTo,
  digestsOf,
  emptySum,
  fingerprintOf,
  subtractFrom,
  sumBytes,
  sumFrom,
  sumOf,
} from './sums.ts'

const MODULUS = 2n ** 1024n

function randomId(): EntryId {
  return toBase64url(crypto.getRandomValues(new Uint8Array(32))) as EntryId
}

function big(bytes: Uint8Array): bigint {
  return BigInt('0x' + Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(''))
}

/** By WebCrypto and BigInt: shares nothing with what is tested. */
async function termOf(id: EntryId): Promise<bigint> {
  const bytes = fromBase64url(id, 32)
  if (!bytes.ok) throw new Error('id')
  const digests = await Promise.all([0, 1, 2, 3].map((k) => sha256(Uint8Array.of(k), bytes.value)))
  return big(concat(...digests))
}

function numberOf(sum: Sum): bigint {
  return big(sumBytes(sum))
}

describe('sums', () => {
  test('one id is the number of its four digests', async () => {
    for (let i = 0; i < 100; i++) {
      const id = randomId()
      const sum = digestsOf(id)
      expect(numberOf(sum)).toBe(await termOf(id))
      expect(sum.count).toBe(1)
    }
  })

  test('add and subtract mod 2^1024 as BigInt does, in any order', async () => {
    for (let run = 0; run < 20; run++) {
      const ids = Array.from({ length: 40 }, randomId)
      const terms = await Promise.all(ids.map(termOf))
      const all = terms.reduce((a, b) => (a + b) % MODULUS, 0n)
      expect(numberOf(sumOf(ids))).toBe(all)
      const sum = sumOf(ids.toReversed())
      for (const id of ids.slice(0, 25)) subtractFrom(sum, digestsOf(id))
      const left = terms.slice(25).reduce((a, b) => (a + b) % MODULUS, 0n)
      expect([numberOf(sum), sum.count]).toEqual([left, 15])
    }
  })

  test('carries and borrows run through all words', () => {
    const most = sumFrom(1, new Uint8Array(128).fill(0xff))
    const one = sumFrom(1, new Uint8Array(128).fill(1, 127))
    addTo(most, one)
    expect(numberOf(most)).toBe(0n)
    subtractFrom(most, one)
    expect(numberOf(most)).toBe(MODULUS - 1n)
    expect(most.count).toBe(1)
  })

  test('sums of sums are sums, and outlive their bytes', () => {
    const ids = Array.from({ length: 30 }, randomId)
    const halves = sumOf(ids.slice(0, 11))
    addTo(halves, sumOf(ids.slice(11)))
    expect(halves).toEqual(sumOf(ids))
    expect(sumFrom(halves.count, sumBytes(halves))).toEqual(halves)
  })

  test('a fingerprint is the head of SHA-256 over sum and count', async () => {
    const sum = sumOf(Array.from({ length: 300 }, randomId))
    const whole = await sha256(sumBytes(sum), Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 44))
    expect(fingerprintOf(sum)).toEqual({ count: 300, digest: whole.slice(0, 16) })
    expect(fingerprintOf(emptySum()).count).toBe(0)
  })
})
