import type { RelayMode } from '../settings.ts'
import type { Fault, Measurements } from '../doctor.ts'
import type { DhtSnapshot, TopicSnapshot } from '../diagnostics.ts'
import type { PeerId } from '../ids.ts'
import type { Link } from '../network.ts'
import type { DhtHolding, KnownRelay } from '../relay-word.ts'

/** Links of one kind. */
export interface LinkKind {
  readonly transport: string
  readonly relayed: boolean
  readonly count: number
  readonly medianMs?: number
}

/** One of the two ways that messages take. */
export interface WayLine {
  readonly way: 'direct' | 'relay'
  readonly links: number
  readonly medianMs?: number
  readonly received: number
  readonly handed: number
  /** Of all that was received, 0…1; absent while nothing was. */
  readonly share?: number
}

/** One connection, as it is told. */
export interface LinkLine {
  readonly transport: string
  readonly direction: Link['direction']
  /** It stands since so long. */
  readonly forMs: number
  readonly rttMs?: number
  /** It goes through this relay-node, told by the end of its key; empty if it is not known which. */
  readonly relay?: string
}

export interface RelayLine {
  readonly relay: KnownRelay
  /** The end of its key; absent while that is not known. */
  readonly key?: string
  /** `chat.example:443`, as far as its address tells. */
  readonly host?: string
  readonly linkedForMs?: number
  readonly rttMs?: number
  readonly transport?: string
  /** Until its place for this device is to be renewed, ms. */
  readonly placeForMs?: number
  readonly circuits: number
  readonly bytes: number
}

/** What a relay-node says that its part of the DHT holds. */
export interface DhtLine extends DhtHolding {
  readonly relay: PeerId
}

export interface Ping {
  readonly name: string
  /** One for each answer. */
  readonly rttsMs: readonly number[]
  readonly tried: number
  readonly path: string
}

/** What a message of one's own went through, while `/verbose` is on. */
export interface TraceStep {
  readonly step: 'kept' | 'sent' | 'stored'
  readonly peers: number
}

/** What the commands about the network answer. Each figure is one that was measured. */
export interface NetworkWords {
  /** Which end of a link has dialled the other. */
  direction(direction: Link['direction']): string
  link(line: LinkLine): string
  linkKinds(kinds: readonly LinkKind[]): readonly string[]
  pathChanged(name: string, direct: boolean, transport: string, rttMs: number | undefined): string
  trace(text: string, step: TraceStep, afterMs: number): string
  pinged(ping: Ping): string
  notPingable(name: string): string
  mesh(topic: TopicSnapshot, names: (peers: readonly string[]) => string): readonly string[]
  deliveryRate(gossip: number, sync: number): string
  routing(ways: readonly WayLine[], people: readonly string[]): string
  relayMode(mode: RelayMode): string
  relays(lines: readonly RelayLine[]): readonly string[]
  /** What stands below it: the addresses of relay-nodes in full. */
  relayAddresses(count: number): string
  /** What stands below it: an invite that names the relay-nodes. */
  inviteBy(): string
  relayModes(): string
  hiddenDial(): string
  dht(room: string, found: DhtSnapshot, kept: readonly DhtLine[]): string
  noDht(): string
  noDevice(): string
  noMap(): string
  /** While what takes some seconds is measured. */
  testing(): string
  /** What was measured, one line each. */
  measured(found: Measurements): readonly string[]
  fault(fault: Fault): { readonly what: string; readonly remedy: string }
  wellness(faults: number): string
}
