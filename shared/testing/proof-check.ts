import { concat, utf8 } from '../bytes.ts'
import { verify } from '../identity.ts'
import type { PeerId } from '../ids.ts'
import { type PubsubProof, signedFields } from '../pubsub-proof.ts'

const PUBSUB_DOMAIN = utf8('libp2p-pubsub:')

export function provesItself(author: PeerId, proof: PubsubProof): Promise<boolean> {
  return verify(author, proof.signature, concat(PUBSUB_DOMAIN, signedFields(proof)))
}
