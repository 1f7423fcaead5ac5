import type { RPC } from '@libp2p/gossipsub/message'
import { Buckets } from '../guard.ts'
import type { PeerId } from '../ids.ts'
import { roomOfTopic } from '../room-key.ts'
import { type Runtime, sleep } from '../runtime.ts'
import { type GossipRouter, forgetExpiredBackoff } from './gossip-router.ts'
import { idOf } from './link.ts'

/** Per peer, before any signature is checked: what a whole busy room forwards, and no flood. */
const MESSAGES = { burst: 400, perSecond: 200 }
const BYTES = { burst: 1024 * 1024, perSecond: 256 * 1024 }
/** Per peer. Whatever is in it, an RPC costs some 20 µs; who forwards a busy room sends a few for each message. */
const RPCS = { burst: 4_096, perSecond: 1_000 }
/**
 * Per peer: each costs a call for every room that is carried. A relay-node in 2,000 rooms tells of all their topics
 * as soon as it is linked; people come and go in a handful.
 */
const SUBSCRIPTIONS = { burst: 4_096, perSecond: 200 }

/**
 * Puts the gate before the router: only topics of ours reach it, and of each peer no more than its
 * bucket holds. Messages beyond that are dropped; RPCs and subscriptions wait, as a lost one would never
 * be told again, and with them whatever the peer sends next stays in its socket. Gossipsub keeps score in plain objects keyed by topic; one unsigned message on the
 * topic `__proto__` writes into `Object.prototype`.
 */
export function gateTopics(
  router: GossipRouter,
  runtime: Runtime,
  tooFast: (peer: PeerId) => void = () => undefined,
): void {
  const buckets = new Buckets([MESSAGES, BYTES], runtime.clock)
  const paced = pacing(router, runtime)
  const route = router.handleReceivedRpc.bind(router)
  router.handleReceivedRpc = paced(async (from, rpc) => {
    const peer = from.toString()
    const passed = filterRpc(rpc, (topic) => router.mesh.has(topic))
    for (const { topic, subscribe } of passed.subscriptions) {
      if (subscribe !== true || topic === undefined) continue
      forgetExpiredBackoff(router, topic, runtime.clock.now(), peer)
    }
    const messages = passed.messages.filter((each) => buckets.take(peer, 1, each.data?.length ?? 0))
    if (messages.length < passed.messages.length) tooFast(idOf(from))
    await route(from, { ...passed, messages })
  })
}

type Handle = GossipRouter['handleReceivedRpc']

/**
 * Has what is too fast wait. Gossipsub awaits each RPC of a peer, but libp2p goes on reading into memory
 * meanwhile; so the stream is paused until all that was read is dealt with.
 */
function pacing(router: GossipRouter, { clock }: Runtime): (handle: Handle) => Handle {
  const buckets = new Buckets([RPCS, SUBSCRIPTIONS], clock)
  /** How many RPCs came, of those streams that were paused. */
  const paused = new WeakMap<object, number>()
  return (handle) => async (from, rpc) => {
    const peer = from.toString()
    const stream = router.streamsInbound.get(peer)
    // What they had sent is still read once they are gone, and nobody would take it back: they would stay in a room for ever.
    if (stream === undefined) return
    const cost = [1, rpc.subscriptions.length]
    const count = (paused.get(stream) ?? 0) + 1
    if (paused.has(stream)) paused.set(stream, count)
    while (!buckets.take(peer, ...cost)) {
      paused.set(stream, count)
      if (stream.rawStream.readStatus === 'readable') stream.rawStream.pause()
      await sleep(clock, buckets.wait(peer, ...cost))
      if (router.streamsInbound.get(peer) !== stream) return
    }
    await handle(from, rpc)
    if (!paused.has(stream)) return
    clock.after(0, () => {
      // Otherwise the next one that was read is under way.
      if (paused.get(stream) !== count) return
      paused.delete(stream)
      if (stream.rawStream.readStatus === 'paused') stream.rawStream.resume()
    })
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
