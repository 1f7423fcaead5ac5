import type { Connection, PeerId, Stream } from '@libp2p/interface'
import type { GossipSub } from '@libp2p/gossipsub'
import type { RPC } from '@libp2p/gossipsub/message'
import type { PeerScoreParams } from '@libp2p/gossipsub/score'

/**
 * The parts of the gossipsub router that its published interface hides and that we need: the way in
 * for RPCs (topic gate) and the way out (`sendInParts`), the score table (rooms come and go, its options are fixed) and the streams
 * (a router that lost its connection to a peer stays deaf, see `reattach`). All in this one file,
 * so that an upgrade of gossipsub is checked in one place.
 */
export interface GossipRouter extends GossipSub {
  handleReceivedRpc(from: PeerId, rpc: RPC): Promise<void>
  getScore(peer: string): number
  readonly opts: { readonly scoreParams: PeerScoreParams }
  /** Has exactly the topics that we subscribe to. */
  readonly mesh: ReadonlyMap<string, ReadonlySet<string>>
  /** Topics that were spoken on without being in them. */
  readonly fanout: ReadonlyMap<string, ReadonlySet<string>>
  readonly peers: ReadonlyMap<string, PeerId>
  readonly streamsOutbound: Map<string, { readonly rawStream: Stream }>
  readonly streamsInbound: ReadonlyMap<string, { readonly rawStream: Stream }>
  /** topic → peer → when (ms since 1970) it may be grafted again */
  readonly backoff: ReadonlyMap<string, Map<string, number>>
  /** True if the peer's stream took it. */
  sendRpc(peer: string, rpc: RPC): boolean
  readonly score: {
    readonly peerStats: Map<string, PeerStats>
    readonly scoreCache: Map<string, unknown>
    removeIPsForPeer(peer: string, ips: ReadonlySet<string>): void
  }
  onPeerConnected(peer: PeerId, connection: Connection): void
  onPeerDisconnected(peer: PeerId): void
  removePeer(peer: PeerId): void
  createOutboundStream(peer: PeerId, connection: Connection): Promise<void>
  handlePeerReadStreamError(error: Error, peer: PeerId): void
}

interface PeerStats {
  readonly connected: boolean
  readonly behaviourPenalty: number
  readonly topics: Record<string, { readonly invalidMessageDeliveries: number }>
  readonly knownIPs: ReadonlySet<string>
}

const CALLED = [
  'handleReceivedRpc',
  'getScore',
  'sendRpc',
  'onPeerConnected',
  'onPeerDisconnected',
  'removePeer',
  'createOutboundStream',
  'handlePeerReadStreamError',
] as const
const READ = ['mesh', 'fanout', 'peers', 'streamsOutbound', 'streamsInbound', 'backoff'] as const

/** Throws when the installed gossipsub is not the one this was written for. */
export function routerOf(pubsub: GossipSub): GossipRouter {
  const router = pubsub as GossipRouter
  const complete =
    CALLED.every((name) => typeof router[name] === 'function') &&
    READ.every((name) => router[name] instanceof Map) &&
    router.score.peerStats instanceof Map &&
    typeof router.opts.scoreParams.topics === 'object'
  if (!complete)
    throw new Error('this version of @libp2p/gossipsub is not known: see gossip-router.ts')
  return router
}

/**
 * Gossipsub keeps who left a room out of its mesh until it next sweeps its table, up to 16 s after
 * the second that was agreed. Who comes back (`peer`, or we ourselves) is in again from then on.
 */
export function forgetExpiredBackoff(
  router: GossipRouter,
  topic: string,
  now: number,
  peer?: string,
): void {
  const until = router.backoff.get(topic)
  if (until === undefined) return
  for (const id of peer === undefined ? [...until.keys()] : [peer]) {
    if ((until.get(id) ?? 0) <= now) until.delete(id)
  }
}

/**
 * Libp2p looks up who has gone before it tells gossipsub, which takes as long as the disk does. Whoever came
 * back meanwhile would be dropped with their new streams, and never open them again. To be called
 * before the router is started; `forget` is what to do in time.
 */
export function heedOnlyTheGone(router: GossipRouter, isThere: (peer: PeerId) => boolean): void {
  const drop = router.onPeerDisconnected.bind(router)
  router.onPeerDisconnected = (peer) => {
    if (!isThere(peer)) drop(peer)
  }
}

/**
 * A stream that is closed by the time gossipsub has it, as its connection was ending, is kept for ever, and
 * none is opened on the connection that came after. So it is let go before and after one is opened.
 */
export function keepNoClosedStreams(router: GossipRouter): void {
  const create = router.createOutboundStream.bind(router)
  router.createOutboundStream = async (peer, connection) => {
    letGoIfClosed(router, peer.toString())
    await create(peer, connection)
    letGoIfClosed(router, peer.toString())
  }
}

function letGoIfClosed(router: GossipRouter, peer: string): void {
  if (!canSpeakTo(router, peer)) router.streamsOutbound.delete(peer)
}

/** Whether what is sent to this peer goes out. */
export function canSpeakTo({ streamsOutbound }: GossipRouter, peer: string): boolean {
  return streamsOutbound.get(peer)?.rawStream.writeStatus === 'writable'
}

/** Their last connection has closed: what was known of them is not known any more. */
export function forget(router: GossipRouter, { remotePeer }: Connection): void {
  router.removePeer(remotePeer)
  forgetInnocent(router, remotePeer.toString())
}

/** Gossipsub remembers for an hour whoever has earned nothing, and ever new keys cost nothing: only offenders are worth it. */
function forgetInnocent({ score }: GossipRouter, peer: string): void {
  const stats = score.peerStats.get(peer)
  if (stats === undefined || stats.connected || stats.behaviourPenalty > 0) return
  if (Object.values(stats.topics).some((topic) => topic.invalidMessageDeliveries > 0)) return
  score.removeIPsForPeer(peer, stats.knownIPs)
  score.peerStats.delete(peer)
  score.scoreCache.delete(peer)
}

/** Left: what peers did there is remembered of offenders alone, or each peer would have a list of all rooms there ever were. */
export function forgetRoom({ score }: GossipRouter, topic: string): void {
  for (const { topics } of score.peerStats.values())
    if (topics[topic]?.invalidMessageDeliveries === 0) Reflect.deleteProperty(topics, topic)
}

/**
 * A read that fails makes gossipsub drop the peer with all its streams, also those of a newer
 * connection. So errors that we made ourselves, by cutting off a dead connection beside a living one, are
 * kept from it. After others the other end opens its stream again once it sees that it is gone.
 */
export function forgive(router: GossipRouter, ours: (error: Error) => boolean): void {
  router.handlePeerReadStreamError = (error, peer) => {
    if (ours(error)) return
    router.streamsInbound.get(peer.toString())?.rawStream.abort(error)
    router.removePeer(peer)
  }
}

/** Tells a peer once more that we are in these topics, as if we had only just joined them. */
export function announceAgain(router: GossipRouter, peer: string, topics: readonly string[]): void {
  for (const subscribe of [false, true]) {
    const subscriptions = topics.map((topic) => ({ topic, subscribe }))
    router.sendRpc(peer, { subscriptions, messages: [] })
  }
}

/**
 * Gossipsub opens its stream on the first connection to a peer and never again: when two direct
 * connections stood and that one closes, the other lives on without gossip. So tell it once more.
 */
export function reattach(router: GossipRouter, connections: readonly Connection[]): void {
  for (const connection of connections) {
    if (connection.status !== 'open' || connection.limits !== undefined) continue
    letGoIfClosed(router, connection.remotePeer.toString())
    if (router.streamsOutbound.has(connection.remotePeer.toString())) continue
    router.onPeerConnected(connection.remotePeer, connection)
  }
}

/**
 * Tells of each message that a peer's stream has taken: one's own, what is passed on, and what a
 * peer had asked for. Gossipsub says of the first alone to whom it went.
 */
export function watchHandOvers(
  router: GossipRouter,
  heed: (peer: string, message: RPC.Message) => void,
): void {
  const send = router.sendRpc.bind(router)
  router.sendRpc = (peer, rpc) => {
    const taken = send(peer, rpc)
    if (taken) for (const message of rpc.messages) heed(peer, message)
    return taken
  }
}
