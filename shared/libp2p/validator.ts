import { type Message, TopicValidatorResult } from '@libp2p/gossipsub'
import type { PeerId as Libp2pPeerId } from '@libp2p/interface'
import type { Stop } from '../changes.ts'
import type { Gossiped, TopicHandler, Verdict } from '../network.ts'
import { seqnoBytes } from '../pubsub-proof.ts'
import type { Runtime } from '../runtime.ts'
import { idOf, reason } from './link.ts'

/** A handler that never answers would, with back-pressure on, deafen us to that peer for good. */
const VERDICT_MAX_MS = 5_000

const VERDICTS: Readonly<Record<Verdict, TopicValidatorResult>> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
}

type Validator = (forwarder: Libp2pPeerId, message: Message) => Promise<TopicValidatorResult>

/** A room's handler as gossipsub's topic validator: behind the signature check, before forwarding. */
export function validatorOf(handler: TopicHandler, runtime: Runtime): Validator {
  return async (forwarder, message) => {
    if (message.type !== 'signed') return TopicValidatorResult.Reject
    const origin = originOf(forwarder, message)
    const deadline = verdictInTime(message.topic, runtime)
    try {
      return VERDICTS[await Promise.race([handler(origin.proof.data, origin), deadline.verdict])]
    } catch (error) {
      // Our own mistake; no peer is to be blamed for it.
      runtime.log('network: a topic handler failed', { topic: message.topic, why: reason(error) })
      return TopicValidatorResult.Ignore
    } finally {
      deadline.stop()
    }
  }
}

function verdictInTime(
  topic: string,
  { clock, log }: Runtime,
): { verdict: Promise<Verdict>; stop: Stop } {
  const { promise, resolve } = Promise.withResolvers<Verdict>()
  const stop = clock.after(VERDICT_MAX_MS, () => {
    log('network: no verdict in time', { topic })
    resolve('ignore')
  })
  return { verdict: promise, stop }
}

/** Copies: libp2p hands out Node's `Buffer`, and views into whole RPCs, which a kept line would keep alive. */
function originOf(forwarder: Libp2pPeerId, message: Message & { type: 'signed' }): Gossiped {
  const proof = {
    from: new Uint8Array(message.from.toMultihash().bytes),
    data: new Uint8Array(message.data),
    seqno: seqnoBytes(message.sequenceNumber),
    topic: message.topic,
    signature: new Uint8Array(message.signature),
  }
  return { via: 'gossip', forwarder: idOf(forwarder), author: idOf(message.from), proof }
}
