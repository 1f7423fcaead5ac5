import type { Connection } from '@libp2p/interface'
import type { Stop } from '../changes.ts'
import type { PeerId } from '../ids.ts'
import { type Runtime, repeat } from '../runtime.ts'
import { type GossipRouter, announceAgain, canSpeakTo, reattach } from './gossip-router.ts'

export interface MendingOptions {
  readonly router: GossipRouter
  readonly runtime: Runtime
  /** Who gossips, as far as is known. */
  readonly gossiping: () => Iterable<PeerId>
  /** Those that are to carry every topic that this node is in. */
  readonly carriers: () => Iterable<PeerId>
  readonly connectionsTo: (peer: PeerId) => readonly Connection[]
}

const LOOK_EVERY_MS = 5_000
/** A carrier that is full drops another room for ours, so it is not asked more often than this. */
const ANNOUNCE_EVERY_MS = 30_000

/**
 * Gossipsub opens its streams once, and says once which topics it is in. If either is lost while the
 * connection stands, both ends stay deaf to each other until it ends. So look now and then, and do it again.
 */
export function mendGossip(options: MendingOptions): Stop {
  const { router, runtime, gossiping, carriers, connectionsTo } = options
  /** When each carrier that lacks a topic was told last, ms since 1970. */
  const told = new Map<PeerId, number>()
  const look = (): void => {
    const now = runtime.clock.now()
    for (const peer of gossiping())
      if (!canSpeakTo(router, peer)) reattach(router, connectionsTo(peer))
    const lacking = [...carriers()].flatMap((peer) => {
      const topics = lackedBy(router, peer)
      const isYoung = connectionsTo(peer).every(
        ({ timeline }) => now - timeline.open < LOOK_EVERY_MS,
      )
      return topics.length === 0 || isYoung ? [] : [{ peer, topics }]
    })
    for (const peer of told.keys())
      if (!lacking.some((each) => each.peer === peer)) told.delete(peer)
    for (const { peer, topics } of lacking) {
      if (now - (told.get(peer) ?? -Infinity) < ANNOUNCE_EVERY_MS) continue
      told.set(peer, now)
      runtime.log('gossip: announced again', { peer, topics: topics.length })
      announceAgain(router, peer, topics)
    }
  }
  return repeat(runtime.clock, () => LOOK_EVERY_MS, look)
}

/** Topics that we are in and the peer, as far as we have heard, is not. */
function lackedBy(router: GossipRouter, peer: PeerId): readonly string[] {
  return [...router.mesh.keys()].filter(
    (topic) => !router.getSubscribers(topic).some((each) => each.toString() === peer),
  )
}
