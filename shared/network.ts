import type { Bytes } from './bytes.ts'
import type { Changes, Stop } from './changes.ts'
import type { NetworkSnapshot } from './diagnostics.ts'
import type { Form } from './entry.ts'
import type { Result } from './failure.ts'
import type { PeerId, Topic } from './ids.ts'
import type { PubsubProof } from './pubsub-proof.ts'

/** What gossip does with a message: pass it on, drop it, or drop it and blame the forwarder. */
export type Verdict = 'accept' | 'ignore' | 'reject'

/** How bytes came. `author` is the signer that pubsub has verified. */
export interface Gossiped {
  readonly via: 'gossip'
  readonly forwarder: PeerId
  readonly author: PeerId
  readonly proof: PubsubProof
}

/** Handed over by a partner in a sync session; the bytes prove their author by themselves. */
export interface Synced {
  readonly via: 'sync'
  readonly partner: PeerId
  readonly form: Form
}

export type Origin = Gossiped | Synced

export type TopicHandler = (bytes: Bytes, origin: Gossiped) => Promise<Verdict>

/** `direct`: nobody in between. `relayed`: through a relay, limited. */
export type Path = 'direct' | 'relayed'

/** One live connection. */
export interface Link {
  readonly peer: PeerId
  readonly path: Path
  /** `WebRTC`, `WebSocket`, `TCP`, … as people know it. */
  readonly transport: string
  /** The other end's multiaddr. */
  readonly address: string
  readonly direction: 'inbound' | 'outbound'
  /** ms since 1970 */
  readonly since: number
  /** Last measured round trip, ms. */
  readonly rttMs?: number
  /** The other end is a relay-node. */
  readonly relay: boolean
}

export type NetworkChange =
  | { readonly kind: 'linked'; readonly link: Link }
  | { readonly kind: 'unlinked'; readonly link: Link }
  /** Round trips were measured, a peer said that it is a relay-node, a reservation came or went. */
  | { readonly kind: 'updated' }
  | { readonly kind: 'subscribed' | 'unsubscribed'; readonly peer: PeerId; readonly topic: Topic }

/**
 * One message of gossip crossing one link of this node: its first copy came in, or it was handed
 * over. What it went through beyond the other end, nobody can measure from here.
 */
export interface Hop {
  readonly way: 'in' | 'out'
  readonly topic: Topic
  /** Who signed the message. */
  readonly author: PeerId
  /** The other end of the link. */
  readonly peer: PeerId
  /** What was signed. */
  readonly bytes: Uint8Array
}

/** A conversation with one peer in frames; each end may stop listening at any time. */
export interface FramedStream {
  readonly peer: PeerId
  /** The next frame; nothing once the other end has closed. Fails when cancelled. */
  read(signal: AbortSignal): Promise<Result<Bytes | undefined>>
  write(frame: Bytes, signal: AbortSignal): Promise<Result<undefined>>
  /** All is said and heard: what still comes is dropped. */
  close(): Promise<void>
  /** Resets both directions at once. */
  abort(): void
}

export interface StreamProtocol {
  /** As multistream-select knows it: `/p2p-chat/sync/1`. */
  readonly name: string
  /** Bytes of the longest frame. */
  readonly maxFrame: number
  /** Streams that others may have open to us at once, over each connection. */
  readonly maxInbound: number
}

/** The world of peers, as the core needs it: libp2p, or the simulation. */
export interface Network {
  readonly self: PeerId
  readonly changes: Changes<NetworkChange>
  /** Of the topics that were joined; a relay-node, which has hundreds of clients, tells of none. */
  readonly hops: Changes<Hop>
  /** Subscribes; the handler is the topic's validator. */
  join(topic: Topic, handler: TopicHandler): Stop
  /** `reached`: how many peers the message was handed to at once. */
  publish(topic: Topic, bytes: Bytes): Promise<Result<{ readonly reached: number }>>
  /** Answers streams that others open; also over a relay. */
  serve(protocol: StreamProtocol, handler: (stream: FramedStream) => Promise<void>): Stop
  /** Opens a stream over a connection that is there already; also over a relay. */
  open(peer: PeerId, protocol: StreamProtocol, signal: AbortSignal): Promise<Result<FramedStream>>
  /** Connected peers that subscribe to the topic. */
  subscribers(topic: Topic): readonly PeerId[]
  links(): readonly Link[]
  /** Multiaddrs at which others can dial this node now. */
  addresses(): readonly string[]
  /** A relay holds a reservation for us: others can reach us through it. */
  readonly reserved: boolean
  /** Relay-only: no direct link to people is offered or taken, and only circuit addresses are announced. */
  readonly hidden: boolean
  hide(on: boolean): Promise<void>
  /** What was counted since the start, and what holds now. */
  snapshot(): NetworkSnapshot
  dial(address: string, signal: AbortSignal): Promise<Result<PeerId>>
  /** Round trip in ms. */
  ping(peer: PeerId, signal: AbortSignal): Promise<Result<number>>
  hangUp(peer: PeerId): Promise<void>
  stop(): Promise<void>
}
