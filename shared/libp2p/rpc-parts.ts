import type { RPC } from '@libp2p/gossipsub/message'
import type { GossipRouter } from './gossip-router.ts'

/** Half of what a page or relay-node of ours takes of each kind in one RPC (`decodeRpcLimits`). */
const COUNT_MAX = { subscriptions: 64, messages: 256, control: 32 }
/** Half of the 1 MiB that ours and go-libp2p-pubsub take: what is weighed here is an estimate. */
const BYTES_MAX = 512 * 1024
/** What a message has beside its data: author, seqno, topic, signature. */
const MESSAGE_OVERHEAD_BYTES = 400
/** A message id is 38 bytes of a peer id and 8 of a seqno. */
const ID_BYTES = 50

/**
 * Gossipsub sends all that it has for a peer in one RPC, however much that is: all subscriptions of a
 * relay-node to whoever comes, all messages that somebody asks for. What is too large is not read in part
 * but dropped whole, or the stream with it.
 */
export function sendInParts(router: GossipRouter): void {
  const send = router.sendRpc.bind(router)
  router.sendRpc = (peer, rpc) =>
    partsOf(rpc)
      .map((part) => send(peer, part))
      .every(Boolean)
}

/** The same in as many RPCs as it takes; each kind in its order. */
export function partsOf(rpc: RPC): readonly RPC[] {
  const { ihave, iwant, graft, prune, idontwant } = rpc.control ?? {}
  const subscriptions = grouped(rpc.subscriptions, COUNT_MAX.subscriptions)
  const messages = grouped(
    rpc.messages,
    COUNT_MAX.messages,
    ({ data }) => (data?.length ?? 0) + MESSAGE_OVERHEAD_BYTES,
  )
  const weighIds = ({ messageIDs }: { readonly messageIDs: readonly unknown[] }): number =>
    messageIDs.length * ID_BYTES
  const control = {
    ihave: grouped(ihave ?? [], COUNT_MAX.control, weighIds),
    iwant: grouped(iwant ?? [], COUNT_MAX.control, weighIds),
    graft: grouped(graft ?? [], COUNT_MAX.control),
    prune: grouped(prune ?? [], COUNT_MAX.control),
    idontwant: grouped(idontwant ?? [], COUNT_MAX.control, weighIds),
  }
  const all = [subscriptions, messages, ...Object.values(control)]
  const count = Math.max(...all.map(({ length }) => length))
  // Nearly always; and an empty one is what gossip is piggybacked on.
  if (count <= 1) return [rpc]
  return Array.from({ length: count }, (_, i) => ({
    subscriptions: subscriptions[i] ?? [],
    messages: messages[i] ?? [],
    ...(rpc.control === undefined
      ? {}
      : {
          control: {
            ihave: control.ihave[i] ?? [],
            iwant: control.iwant[i] ?? [],
            graft: control.graft[i] ?? [],
            prune: control.prune[i] ?? [],
            idontwant: control.idontwant[i] ?? [],
          },
        }),
  }))
}

/** A single one may weigh more than the most: there is nothing to be done about it. */
function grouped<T>(
  items: readonly T[],
  countMax: number,
  weigh: (item: T) => number = () => 0,
): T[][] {
  const groups: T[][] = []
  let weight = Infinity
  for (const item of items) {
    const last = groups.at(-1)
    weight += weigh(item)
    if (last === undefined || last.length === countMax || weight > BYTES_MAX) {
      groups.push([item])
      weight = weigh(item)
    } else last.push(item)
  }
  return groups
}
