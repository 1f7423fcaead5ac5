import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { concat, utf8 } from './bytes.ts'
import {
  PROOF_MAX_BYTES,
  type PubsubProof,
  decodeProof,
  encodeProof,
  seqnoBytes,
  seqnoOf,
  signedFields,
} from './pubsub-proof.ts'
import { bob, goProof, must } from './testing/people.ts'

const bytes = (minLength: number, maxLength: number): fc.Arbitrary<Uint8Array<ArrayBuffer>> =>
  fc.uint8Array({ minLength, maxLength }).map((value) => new Uint8Array(value))
const proofs: fc.Arbitrary<PubsubProof> = fc.record({
  from: bytes(0, 40),
  data: bytes(0, 300),
  seqno: bytes(8, 8),
  topic: fc.string({ unit: 'grapheme', maxLength: 70 }).filter((topic) => topic.isWellFormed()),
  signature: bytes(0, 70),
})

test('a proof comes back as it went', () => {
  fc.assert(
    fc.property(proofs, (proof) => {
      const topicMark = proof.topic.startsWith('\uFEFF')
      if (!topicMark) expect(must(decodeProof(encodeProof(proof)))).toEqual(proof)
    }),
  )
})

test('what is taken is written again the same: one proof, one spelling', () => {
  fc.assert(
    fc.property(proofs, fc.nat(500), fc.nat(255), (proof, at, value) => {
      const bytes = encodeProof(proof)
      bytes[at % bytes.length] = value
      const read = decodeProof(bytes)
      if (read.ok) expect(encodeProof(read.value)).toEqual(bytes)
    }),
    { numRuns: 1_000 },
  )
})

test('rubbish is refused without a throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (rubbish) => {
      const read = decodeProof(rubbish)
      if (read.ok) expect(encodeProof(read.value)).toEqual(rubbish)
    }),
  )
  expect(decodeProof(new Uint8Array(PROOF_MAX_BYTES + 1))).toMatchObject({
    ok: false,
    failure: { kind: 'too-large' },
  })
  // A length that never ends, and one beyond the end.
  expect(decodeProof(Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01)).ok).toBe(false)
  expect(decodeProof(Uint8Array.of(0x0a, 0x7f, 0x00)).ok).toBe(false)
})

test('the signed fields are the protobuf of the four, written by hand', async () => {
  const proof = await goProof(bob, { content: 'x', seqno: 258n })
  const field = (tag: number, value: Uint8Array): Uint8Array => {
    const length =
      value.length < 128 ? [value.length] : [(value.length & 127) | 128, value.length >> 7]
    return concat(Uint8Array.of(tag, ...length), value)
  }
  const byHand = concat(
    field(0x0a, proof.from),
    field(0x12, proof.data),
    field(0x1a, Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 2)),
    field(0x22, utf8('lobby')),
  )
  expect(signedFields(proof)).toEqual(byHand)
  expect(encodeProof(proof)).toEqual(concat(byHand, field(0x2a, proof.signature)))
})

test('a seqno is eight bytes, big-endian, up to the greatest', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (seqno) => {
      expect(seqnoOf({ seqno: seqnoBytes(seqno) } as PubsubProof)).toBe(seqno)
    }),
  )
})
