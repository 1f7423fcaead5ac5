import { type Bytes, concat, equal, utf8 } from './bytes.ts'
import { type Result, fail, ok } from './failure.ts'
import { LINE_MAX_BYTES } from './limits.ts'
import { bytesField, readFields } from './protobuf.ts'

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
const ORDER = [FROM, DATA, SEQNO, TOPIC, SIGNATURE]
const SEQNO_BYTES = 8
/** A line and about 200 bytes of framing. */
export const PROOF_MAX_BYTES = LINE_MAX_BYTES + 512

/** The bytes under the signature, behind "libp2p-pubsub:". */
export function signedFields(proof: PubsubProof): Bytes {
  return concat(
    bytesField(FROM, proof.from),
    bytesField(DATA, proof.data),
    bytesField(SEQNO, proof.seqno),
    bytesField(TOPIC, utf8(proof.topic)),
  )
}

export function encodeProof(proof: PubsubProof): Bytes {
  return concat(signedFields(proof), bytesField(SIGNATURE, proof.signature))
}

/** Only the one spelling that `encodeProof` writes is taken. */
export function decodeProof(bytes: Uint8Array): Result<PubsubProof> {
  const malformed = fail({ kind: 'malformed', what: 'pubsub proof' })
  if (bytes.length > PROOF_MAX_BYTES) {
    return fail({ kind: 'too-large', limit: PROOF_MAX_BYTES, actual: bytes.length, unit: 'bytes' })
  }
  const fields = readFields(bytes)
  if (fields?.map(({ number }) => number).join() !== ORDER.join()) return malformed
  const [from, data, seqno, topic, signature] = fields.map(
    (field) => new Uint8Array(field.bytes),
  ) as [Bytes, Bytes, Bytes, Bytes, Bytes]
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
