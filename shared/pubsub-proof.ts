import { type Bytes, concat, equal, utf8 } from './bytes.ts'
import { type Result, fail, ok } from './failure.ts'
import { LINE_MAX_BYTES } from './limits.ts'

/**
 * What a gossipsub message under StrictSign proves to any third party (libp2p pubsub spec,
 * "Message Signing"): `from` said `data` on `topic`. A `key` field is never needed for Ed25519.
 */
export interface PubsubProof {
  /** Peer id multihash bytes of the signer. */
  readonly from: Bytes
  readonly data: Bytes
  /** 8 bytes, big-endian. */
  readonly seqno: Bytes
  readonly topic: string
  /** 64 bytes. */
  readonly signature: Bytes
}

const FROM = 1
const DATA = 2
const SEQNO = 3
const TOPIC = 4
const SIGNATURE = 5
const SEQNO_BYTES = 8
/** A line and about 200 bytes of framing. */
export const PROOF_MAX_BYTES = LINE_MAX_BYTES + 512

/** The bytes under the signature, behind "libp2p-pubsub:". */
export function signedFields(proof: PubsubProof): Bytes {
  return concat(
    field(FROM, proof.from),
    field(DATA, proof.data),
    field(SEQNO, proof.seqno),
    field(TOPIC, utf8(proof.topic)),
  )
}

export function encodeProof(proof: PubsubProof): Bytes {
  return concat(signedFields(proof), field(SIGNATURE, proof.signature))
}

/** Only the one spelling that `encodeProof` writes is taken. */
export function decodeProof(bytes: Uint8Array): Result<PubsubProof> {
  const malformed = fail({ kind: 'malformed', what: 'pubsub proof' })
  if (bytes.length > PROOF_MAX_BYTES) {
    return fail({ kind: 'too-large', limit: PROOF_MAX_BYTES, actual: bytes.length, unit: 'bytes' })
  }
  const fields: Bytes[] = []
  let at = 0
  for (const number of [FROM, DATA, SEQNO, TOPIC, SIGNATURE]) {
    if (bytes[at++] !== tag(number)) return malformed
    let length = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]
      if (byte === undefined || shift > 14) return malformed
      length |= (byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    if (at + length > bytes.length) return malformed
    fields.push(new Uint8Array(bytes.subarray(at, at + length)))
    at += length
  }
  const [from, data, seqno, topic, signature] = fields as [Bytes, Bytes, Bytes, Bytes, Bytes]
  if (seqno.length !== SEQNO_BYTES) return malformed
  const proof = { from, data, seqno, topic: new TextDecoder().decode(topic), signature }
  return equal(encodeProof(proof), bytes) ? ok(proof) : malformed
}

export function seqnoBytes(seqno: bigint): Bytes {
  const bytes = new Uint8Array(SEQNO_BYTES)
  new DataView(bytes.buffer).setBigUint64(0, seqno)
  return bytes
}

export function seqnoOf(proof: PubsubProof): bigint {
  return new DataView(proof.seqno.buffer, proof.seqno.byteOffset).getBigUint64(0)
}

function tag(number: number): number {
  const LENGTH_DELIMITED = 2
  return (number << 3) | LENGTH_DELIMITED
}

function field(number: number, value: Uint8Array): Bytes {
  const head = [tag(number)]
  let length = value.length
  while (length >= 0x80) {
    head.push((length & 0x7f) | 0x80)
    length >>>= 7
  }
  head.push(length)
  return concat(Uint8Array.from(head), value)
}
