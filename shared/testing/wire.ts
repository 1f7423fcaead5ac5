import type { Stop } from '../changes.ts'
import type { PeerId, Topic } from '../ids.ts'
import type { FramedStream, Path } from '../network.ts'
import type { PubsubProof } from '../pubsub-proof.ts'
import { provesItself } from './proof-check.ts'
import { NOTHING_HAPPENED, type SeededRandom, type VirtualClock } from './virtual-time.ts'

/** How the wire treats what it carries. */
export interface Weather {
  /** One way, ms; drawn anew for each frame. */
  readonly latencyMs: readonly [number, number]
  /** Of the messages; links themselves are reliable. */
  readonly loss: number
  /** How many more times a message comes, at most. */
  readonly duplicates: number
  /** Whether a later message may overtake an earlier one on the same link. */
  readonly reorder: boolean
}

const FAIR: Weather = { latencyMs: [5, 40], loss: 0, duplicates: 0, reorder: false }

export type Frame =
  | { readonly kind: 'identify'; readonly relay: boolean }
  | { readonly kind: 'subscription'; readonly topic: Topic; readonly on: boolean }
  | { readonly kind: 'message'; readonly proof: PubsubProof }

export interface Connection {
  readonly from: PeerId
  readonly to: PeerId
  readonly path: Path
  readonly transport: string
  readonly address: string
  /** ms since 1970, true time */
  readonly since: number
  rttMs?: number
  /** When the last frame in each direction arrives: links keep the order. */
  readonly busyUntil: Map<PeerId, number>
  open: boolean
  /** Hung up: what is on its way still arrives, nothing more is sent. */
  closing: boolean
  /** Cut when the connection is. */
  readonly streams: Set<{ cut(): void }>
}

/** A dead peer is noticed by pings, a dead WebSocket sooner. */
const NOTICED_AFTER_MS = 3_000
const DIAL_FAILS_AFTER_MS = 2_000
/** The circuit over which a direct link was arranged lives on for a while. */
const CIRCUIT_LINGERS_MS = 1_000

/** A node as the wire knows it. */
export interface Plugged {
  readonly self: PeerId
  readonly stopped: boolean
  /** Relay-only: it answers no offer of a direct link. */
  readonly hidden: boolean
  isReservedAt(relay: PeerId): boolean
  hasSeen(proof: PubsubProof): boolean
  heard(frame: Frame, connection: Connection): Promise<void>
  opened(connection: Connection): void
  closed(connection: Connection): void
  /** False if it does not serve that protocol. */
  answer(protocol: string, stream: FramedStream, connection: Connection): boolean
}

/** What lies between the nodes: latency, loss, cuts. All chance comes from one seed. */
export class Wire {
  readonly clock: VirtualClock
  weather: Weather = FAIR
  readonly #random: SeededRandom
  readonly #note: (who: PeerId | undefined, what: string) => void
  readonly #names: (peer: PeerId) => string
  readonly #nodes = new Map<PeerId, Plugged>()
  readonly #connections = new Set<Connection>()
  readonly #proofs = new WeakMap<PubsubProof, Promise<boolean>>()
  #island: ReadonlySet<PeerId> = new Set()

  constructor(
    clock: VirtualClock,
    random: SeededRandom,
    note: (who: PeerId | undefined, what: string) => void,
    names: (peer: PeerId) => string,
  ) {
    this.clock = clock
    this.#random = random
    this.#note = note
    this.#names = names
  }

  note(who: PeerId, what: string): void {
    this.#note(who, what)
  }

  nameOf(peer: PeerId | undefined): string {
    return peer === undefined ? 'nobody' : this.#names(peer)
  }

  plug(node: Plugged): void {
    this.#nodes.set(node.self, node)
  }

  node(peer: PeerId): Plugged | undefined {
    return this.#nodes.get(peer)
  }

  unplug(node: Plugged): void {
    if (this.#nodes.get(node.self) !== node) return
    this.#nodes.delete(node.self)
    for (const connection of [...this.#connections]) {
      if (connection.closing || (connection.from !== node.self && connection.to !== node.self))
        continue
      this.#end(connection, [otherEnd(connection, node.self)], NOTICED_AFTER_MS)
    }
  }

  /** Nothing passes between these and the rest; either side finds out by its pings. */
  cut(island: readonly PeerId[]): void {
    this.#island = new Set(island)
    for (const connection of [...this.#connections]) {
      const { from, to } = connection
      if (!this.#reaches(from, to)) this.#end(connection, [from, to], NOTICED_AFTER_MS)
    }
  }

  /** The same, but no connection ends: nobody pings, and TCP takes its quarter of an hour. */
  muffle(island: readonly PeerId[]): void {
    this.#island = new Set(island)
  }

  heal(): void {
    this.#island = new Set()
  }

  /** Every member checks every message; one check of the same bytes is enough for all of them here. */
  proves(author: PeerId, proof: PubsubProof): Promise<boolean> {
    const known = this.#proofs.get(proof) ?? provesItself(author, proof)
    this.#proofs.set(proof, known)
    return known
  }

  send(connection: Connection, from: PeerId, frame: Frame): void {
    if (!connection.open || connection.closing) return
    const { loss, duplicates } = this.weather
    const message = frame.kind === 'message'
    // It would be dropped on arrival.
    if (message && this.#nodes.get(otherEnd(connection, from))?.hasSeen(frame.proof) === true)
      return
    if (message && this.#random.fraction() < loss) return
    const copies = message ? 1 + Math.floor(this.#random.fraction() * (duplicates + 1)) : 1
    for (let i = 0; i < copies; i++) this.#deliver(connection, from, frame)
  }

  /** Does something at the other end, in the order of what was sent there before. */
  carry(connection: Connection, from: PeerId, run: () => void): void {
    if (!connection.open || connection.closing) return
    const to = otherEnd(connection, from)
    const at = Math.max(this.clock.now() + this.#latency(), connection.busyUntil.get(from) ?? 0)
    connection.busyUntil.set(from, at)
    this.clock.after(at - this.clock.now(), () => {
      if (connection.open && this.#reaches(from, to) && this.#nodes.has(to)) run()
    })
  }

  async dial(
    node: Plugged,
    target: PeerId,
    via: PeerId | undefined,
    address: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    const self = node.self
    const there = (): Plugged | undefined =>
      this.#reaches(self, target) ? this.#nodes.get(target) : undefined
    const signalled = (): boolean =>
      via === undefined ||
      (this.#linked(self, via) && this.#linked(via, target) && there()?.isReservedAt(via) === true)
    const offered = address.includes('/webrtc')
    const refused = offered && there()?.hidden === true
    if (target === self || there() === undefined || !signalled() || refused) {
      await this.#wait(DIAL_FAILS_AFTER_MS, signal)
      return false
    }
    const circuit =
      via === undefined
        ? undefined
        : this.#open(self, target, 'relayed', 'relay', address.replace('/webrtc', ''))
    if (!(await this.#wait(3 * this.#latency(), signal)) || node.stopped || there() === undefined)
      return false
    // A circuit and nothing more was asked for.
    if (circuit !== undefined && !offered) return true
    this.#open(self, target, 'direct', via === undefined ? 'WebSocket' : 'WebRTC', address)
    if (circuit !== undefined)
      this.clock.after(CIRCUIT_LINGERS_MS, () => this.#end(circuit, [self, target], 0))
    return true
  }

  async ping(from: PeerId, to: PeerId, signal: AbortSignal): Promise<number | undefined> {
    const connection = [...this.#connections].find((each) => joins(each, from, to))
    if (connection === undefined) return undefined
    const rtt = 2 * this.#latency()
    if (
      !(await this.#wait(this.#reaches(from, to) && this.#nodes.has(to) ? rtt : Infinity, signal))
    )
      return undefined
    connection.rttMs = rtt
    return rtt
  }

  /** Hung up by `who`: the other end hears of it in the usual time. */
  close(connection: Connection, who: PeerId): void {
    if (connection.closing) return
    connection.closing = true
    const other = otherEnd(connection, who)
    const arrives = Math.max(this.clock.now() + this.#latency(), connection.busyUntil.get(who) ?? 0)
    this.#nodes.get(who)?.closed(connection)
    this.clock.after(arrives - this.clock.now(), () => {
      this.#end(connection, [other], 0)
    })
  }

  #deliver(connection: Connection, from: PeerId, frame: Frame): void {
    const arrives = this.clock.now() + this.#latency()
    const message = frame.kind === 'message'
    const free = message && this.weather.reorder
    const at = free ? arrives : Math.max(arrives, connection.busyUntil.get(from) ?? 0)
    if (!free) connection.busyUntil.set(from, at)
    const to = otherEnd(connection, from)
    this.clock.after(at - this.clock.now(), () => {
      const node = connection.open && this.#reaches(from, to) ? this.#nodes.get(to) : undefined
      if (node === undefined || (message && node.hasSeen(frame.proof))) return NOTHING_HAPPENED
      return node.heard(frame, connection)
    })
  }

  #open(from: PeerId, to: PeerId, path: Path, transport: string, address: string): Connection {
    const since = this.clock.now()
    const connection: Connection = {
      from,
      to,
      path,
      transport,
      address,
      since,
      busyUntil: new Map(),
      open: true,
      closing: false,
      streams: new Set(),
    }
    this.#connections.add(connection)
    for (const peer of [from, to]) {
      this.#note(peer, `${path} link with ${this.nameOf(otherEnd(connection, peer))}`)
      this.#nodes.get(peer)?.opened(connection)
    }
    return connection
  }

  #end(connection: Connection, ends: readonly PeerId[], afterMs: number): void {
    if (!this.#connections.delete(connection)) return
    // What is on its way is lost.
    connection.open = false
    for (const stream of connection.streams) stream.cut()
    const tell = (): void => {
      for (const peer of ends) {
        this.#note(
          peer,
          `${connection.path} link with ${this.nameOf(otherEnd(connection, peer))} lost`,
        )
        this.#nodes.get(peer)?.closed(connection)
      }
    }
    if (afterMs === 0) tell()
    else this.clock.after(afterMs, tell)
  }

  #linked(a: PeerId, b: PeerId): boolean {
    return [...this.#connections].some(
      (connection) =>
        connection.path === 'direct' && !connection.closing && joins(connection, a, b),
    )
  }

  #reaches(a: PeerId, b: PeerId): boolean {
    return this.#island.has(a) === this.#island.has(b)
  }

  #latency(): number {
    return Math.round(this.#random.between(...this.weather.latencyMs))
  }

  /** Whether the time passed, or the signal came first. */
  #wait(ms: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false)
    return new Promise((resolve) => {
      let stop: Stop = () => undefined
      const cancel = (): void => {
        stop()
        resolve(false)
      }
      if (ms < Infinity) {
        stop = this.clock.after(ms, () => {
          signal.removeEventListener('abort', cancel)
          resolve(true)
        })
      }
      signal.addEventListener('abort', cancel, { once: true })
    })
  }
}

export function otherEnd(connection: Connection, self: PeerId): PeerId {
  return connection.from === self ? connection.to : connection.from
}

function joins(connection: Connection, a: PeerId, b: PeerId): boolean {
  const { from, to } = connection
  return (from === a && to === b) || (from === b && to === a)
}
