import type { RPC } from '@libp2p/gossipsub/message'
import { Buckets } from '../guard.ts'
import type { PeerId } from '../ids.ts'
import { roomOfTopic } from '../room-key.ts'
import type { Runtime } from '../runtime.ts'
import { type GossipRouter, forgetExpiredBackoff } from './gossip-router.ts'
import { idOf } from './link.ts'

/** Per peer, before any signature is checked: what a whole busy room forwards, and no flood. */
const MESSAGES = { burst: 400, perSecond: 200 }
const BYTES = { burst: 1024 * 1024, perSecond: 256 * 1024 }

/**
 * Puts the gate before the router: only topics of ours reach it, and of each peer no more than its
 * bucket holds. Gossipsub keeps score in plain objects keyed by topic; one unsigned message on the
 * topic `__proto__` writes into `Object.prototype`.
 */
export function gateTopics(
  router: GossipRouter,
  runtime: Runtime,
  tooFast: (peer: PeerId) => void = () => undefined,
): void {
  const buckets = new Buckets([MESSAGES, BYTES], runtime.clock)
  const route = router.handleReceivedRpc.bind(router)
  router.handleReceivedRpc = async (from, rpc) => {
    const passed = filterRpc(rpc, (topic) => router.mesh.has(topic))
    for (const { topic, subscribe } of passed.subscriptions) {
      if (subscribe !== true || topic === undefined) continue
      forgetExpiredBackoff(router, topic, runtime.clock.now(), from.toString())
    }
    const messages = passed.messages.filter((each) =>
      buckets.take(from.toString(), 1, each.data?.length ?? 0),
    )
    if (messages.length < passed.messages.length) tooFast(idOf(from))
    await route(from, { ...passed, messages })
  }
}

/** @param joined topics that we subscribe to: nobody honest sends messages on others */
function filterRpc(rpc: RPC, joined: (topic: string) => boolean): RPC {
  const { subscriptions, messages, control } = rpc
  const filtered: RPC = {
    subscriptions: subscriptions.filter((subscription) => isOurs(subscription.topic)),
    messages: messages.filter((message) => isOurs(message.topic) && joined(message.topic)),
  }
  if (control === undefined) return filtered
  return {
    ...filtered,
    control: {
      ...control,
      ihave: control.ihave.filter((offer) => isOurs(offer.topicID)),
      graft: control.graft.filter((graft) => isOurs(graft.topicID)),
      // The addresses that come with a prune are never dialled, so they are not kept either.
      prune: control.prune
        .filter((prune) => isOurs(prune.topicID))
        .map((prune) => ({ ...prune, peers: [] })),
    },
  }
}

function isOurs(topic: string | undefined): boolean {
  return topic !== undefined && roomOfTopic(topic) !== undefined
}
