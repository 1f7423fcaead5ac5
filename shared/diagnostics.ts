import type { PeerId, Topic } from './ids.ts'

/** How a node is reached by gossip: by a link of its own, or by a relay-node that passes on. */
export type Way = 'direct' | 'relay'

/** Gossip of one topic since the node started, and who is there now. */
export interface TopicSnapshot {
  readonly topic: Topic
  /** Connected peers that subscribe. */
  readonly subscribers: readonly PeerId[]
  /** Those that everything is sent to; the others are only told what there is. */
  readonly mesh: readonly PeerId[]
  /** Where one speaks without listening; empty for rooms that one is in. */
  readonly fanout: readonly PeerId[]
  readonly grafts: number
  readonly prunes: number
  /** Messages of one's own, and to how many peers they were handed in all. */
  readonly published: number
  readonly handed: number
  /** First copies, by what was decided about them. */
  readonly accepted: number
  readonly ignored: number
  readonly rejected: number
}

export interface WaySnapshot {
  readonly way: Way
  /** Messages that came first by this way. */
  readonly received: number
  /** How often one's own were handed over this way. */
  readonly handed: number
}

/** A place that a relay holds for this node. */
export interface Reservation {
  readonly relay: PeerId
  /** ms since 1970; absent if it is not told. */
  readonly expires?: number
}

/** A connection through a relay. */
export interface Circuit {
  readonly relay: PeerId
  readonly peer: PeerId
  /** Both ways together, as the relay's limit counts them; absent where there is no limit. */
  readonly bytes?: number
}

export interface NetworkSnapshot {
  readonly topics: readonly TopicSnapshot[]
  readonly ways: readonly WaySnapshot[]
  readonly reservations: readonly Reservation[]
  readonly circuits: readonly Circuit[]
}

/** What the DHT knows, from a search that was made just now. */
export interface DhtSnapshot {
  readonly mode: 'client' | 'server'
  /** Peers in the routing table. */
  readonly table: number
  /** Records that this node keeps for others; absent for a client, which keeps none. */
  readonly records?: number
  /** The key under which the room was looked for. */
  readonly key: string
  readonly providers: readonly PeerId[]
  /** Peers that answered. */
  readonly asked: number
  readonly tookMs: number
}
