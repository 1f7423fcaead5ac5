import { type Bytes, concat, toBase64url, utf8 } from '../bytes.ts'
import { Changes, type Stop } from '../changes.ts'
import type { NetworkSnapshot } from '../diagnostics.ts'
import { type Result, fail, ok } from '../failure.ts'
import { isPeerId, peerIdBytesOf, peerIdOf, publicKeyIn } from '../identity.ts'
import type { PeerId, Topic } from '../ids.ts'
import type {
  FramedStream,
  Hop,
  Link,
  Network,
  NetworkChange,
  StreamProtocol,
  TopicHandler,
} from '../network.ts'
import { type PubsubProof, seqnoBytes, signedFields } from '../pubsub-proof.ts'
import { roomOfTopic } from '../room-key.ts'
import type { Person } from './people.ts'
import { streamPair } from './simulated-stream.ts'
import { type Connection, type Frame, type Wire, otherEnd } from './wire.ts'

export interface SimulatedNetworkOptions {
  readonly wire: Wire
  readonly person: Person
  /** A relay-node: others reserve with it and are signalled through it. */
  readonly relay: boolean
  /** Relays to be connected to, again and again. */
  readonly relays: readonly PeerId[]
}

type StreamHandler = (stream: FramedStream) => Promise<void>

const PUBSUB_DOMAIN = utf8('libp2p-pubsub:')
/** Gossipsub's own. */
const SEEN_MS = 120_000
/** So many rejected messages and nothing of a forwarder is heard any more, as the scores have it. */
const GRAYLIST_AFTER = 3
const REDIAL_MS = 1_000

/** One node on the wire: gossip by flooding over direct links, verdicts honoured, signatures real. */
export class SimulatedNetwork implements Network {
  readonly changes = new Changes<NetworkChange>()
  readonly hops = new Changes<Hop>()
  readonly #options: SimulatedNetworkOptions
  readonly #handlers = new Map<Topic, TopicHandler>()
  readonly #served = new Map<
    string,
    { readonly handler: StreamHandler; readonly maxInbound: number }
  >()
  readonly #connections = new Set<Connection>()
  readonly #topicsOf = new Map<PeerId, Set<Topic>>()
  readonly #identified = new Map<PeerId, boolean>()
  readonly #reservations = new Set<PeerId>()
  readonly #seen = new Map<string, number>()
  readonly #blame = new Map<PeerId, number>()
  /** How many streams of a protocol the other end of a connection has open. */
  readonly #inbound = new WeakMap<Connection, Map<string, number>>()
  #seqno: bigint
  #stopped = false
  #hidden = false

  constructor(options: SimulatedNetworkOptions) {
    this.#options = options
    // libp2p starts its counter at the wall clock's nanoseconds.
    this.#seqno = BigInt(Math.floor(options.wire.clock.now())) * 1_000_000n
  }

  get self(): PeerId {
    return this.#options.person.peerId
  }
  get relay(): boolean {
    return this.#options.relay
  }
  get reserved(): boolean {
    return this.#reservations.size > 0
  }
  get hidden(): boolean {
    return this.#hidden
  }
  get stopped(): boolean {
    return this.#stopped
  }

  start(): void {
    this.#options.wire.plug(this)
    for (const relay of this.#options.relays) void this.#keepUp(relay)
  }

  join(topic: Topic, handler: TopicHandler): Stop {
    if (this.#handlers.has(topic)) throw new Error(`${topic} is joined already`)
    this.#handlers.set(topic, handler)
    this.#tellAll({ kind: 'subscription', topic, on: true })
    return () => {
      this.#handlers.delete(topic)
      this.#tellAll({ kind: 'subscription', topic, on: false })
    }
  }

  async publish(topic: Topic, bytes: Bytes): Promise<Result<{ readonly reached: number }>> {
    const proof = await this.sign(topic, bytes)
    if (this.#stopped) return fail({ kind: 'unreachable', what: topic })
    this.#seen.set(idOf(proof), this.#options.wire.clock.now())
    return ok({ reached: this.tell(proof) })
  }

  /** Any bytes under this node's pubsub signature, as StrictSign makes it. */
  async sign(topic: string, data: Bytes): Promise<PubsubProof> {
    const { publicKey, identity } = this.#options.person
    const seqno = seqnoBytes(++this.#seqno)
    const unsigned = {
      from: peerIdBytesOf(publicKey),
      data,
      seqno,
      topic,
      signature: new Uint8Array(),
    }
    return {
      ...unsigned,
      signature: await identity.sign(concat(PUBSUB_DOMAIN, signedFields(unsigned))),
    }
  }

  /** Sends what somebody has signed to all who subscribe, true or forged; says to how many. */
  tell(proof: PubsubProof, except: readonly PeerId[] = []): number {
    const topic = proof.topic as Topic
    const reached = new Set<PeerId>()
    for (const connection of this.#connections) {
      const peer = otherEnd(connection, this.self)
      if (connection.path !== 'direct' || reached.has(peer) || except.includes(peer)) continue
      if (this.#topicsOf.get(peer)?.has(topic) !== true) continue
      reached.add(peer)
      this.#options.wire.send(connection, this.self, { kind: 'message', proof })
      const author = authorOf(proof)
      if (author !== undefined)
        this.hops.emit({ way: 'out', topic, author, peer, bytes: proof.data })
    }
    return reached.size
  }

  serve({ name, maxInbound }: StreamProtocol, handler: StreamHandler): Stop {
    this.#served.set(name, { handler, maxInbound })
    return () => {
      this.#served.delete(name)
    }
  }

  async open(
    peer: PeerId,
    { name, maxFrame }: StreamProtocol,
    signal: AbortSignal,
  ): Promise<Result<FramedStream>> {
    const all = [...this.#connections].filter((each) => otherEnd(each, this.self) === peer)
    const connection = all.find((each) => each.path === 'direct') ?? all[0]
    const unreachable = fail({ kind: 'unreachable', what: peer })
    if (connection === undefined) return unreachable
    // Multistream agrees on the protocol in one round trip.
    const agreed = await this.ping(peer, signal)
    if (!agreed.ok || !connection.open || signal.aborted) return unreachable
    const [near, far] = streamPair(this.#options.wire, connection, this.self, maxFrame)
    const answered = this.#options.wire.node(peer)?.answer(name, far, connection)
    if (answered !== true) {
      near.cut()
      return unreachable
    }
    return ok(near)
  }

  /** Somebody opened a stream; whether there is a handler for it, and room. */
  answer(name: string, stream: FramedStream, connection: Connection): boolean {
    const served = this.#served.get(name)
    const streams = this.#inbound.get(connection) ?? new Map<string, number>()
    const open = streams.get(name) ?? 0
    if (served === undefined || open >= served.maxInbound) return false
    this.#inbound.set(connection, streams.set(name, open + 1))
    void served
      .handler(stream)
      .catch(() => {
        stream.abort()
      })
      .finally(() => streams.set(name, (streams.get(name) ?? 1) - 1))
    return true
  }

  subscribers(topic: Topic): readonly PeerId[] {
    return [...this.#topicsOf].flatMap(([peer, topics]) => (topics.has(topic) ? [peer] : []))
  }

  links(): readonly Link[] {
    return [...this.#connections].map((connection) => this.#linkOf(connection))
  }

  addresses(): readonly string[] {
    if (this.relay) return [relayAddress(this.self)]
    return [...this.#reservations].flatMap((relay) => {
      const circuit = `${relayAddress(relay)}/p2p-circuit`
      const relayed = `${circuit}/p2p/${this.self}`
      return this.#hidden ? [relayed] : [relayed, `${circuit}/webrtc/p2p/${this.self}`]
    })
  }

  async dial(address: string, signal: AbortSignal): Promise<Result<PeerId>> {
    const target = /^\/.*\/p2p\/([A-Za-z0-9]+)$/.exec(address)?.[1] ?? ''
    if (!isPeerId(target)) return fail({ kind: 'bad-address', address })
    if (this.#hidden && address.includes('/webrtc'))
      return fail({ kind: 'unreachable', what: address })
    const via = /\/p2p\/([A-Za-z0-9]+)\/p2p-circuit\//.exec(address)?.[1] as PeerId | undefined
    const dialled = await this.#options.wire.dial(this, target, via, address, signal)
    return dialled ? ok(target) : fail({ kind: 'unreachable', what: address })
  }

  hide(on: boolean): Promise<void> {
    this.#hidden = on
    for (const connection of [...this.#connections])
      if (on && connection.transport === 'WebRTC') this.#options.wire.close(connection, this.self)
    this.changes.emit({ kind: 'updated' })
    return Promise.resolve()
  }

  /** Gossip floods here: whoever subscribes is in the mesh. */
  snapshot(): NetworkSnapshot {
    const counted = { grafts: 0, prunes: 0, published: 0, handed: 0 }
    const judged = { accepted: 0, ignored: 0, rejected: 0 }
    return {
      topics: [...this.#handlers.keys()].map((topic) => {
        const subscribers = this.subscribers(topic)
        return { topic, subscribers, mesh: subscribers, fanout: [], ...counted, ...judged }
      }),
      ways: [
        { way: 'direct', received: 0, handed: 0 },
        { way: 'relay', received: 0, handed: 0 },
      ],
      reservations: [...this.#reservations].map((relay) => ({ relay })),
      circuits: [],
    }
  }

  async ping(peer: PeerId, signal: AbortSignal): Promise<Result<number>> {
    const rtt = await this.#options.wire.ping(this.self, peer, signal)
    return rtt === undefined ? fail({ kind: 'unreachable', what: peer }) : ok(rtt)
  }

  async hangUp(peer: PeerId): Promise<void> {
    for (const connection of [...this.#connections]) {
      if (otherEnd(connection, this.self) === peer) this.#options.wire.close(connection, this.self)
    }
  }

  async stop(): Promise<void> {
    for (const connection of [...this.#connections]) this.#options.wire.close(connection, this.self)
    this.vanish()
  }

  /** Power cut: nothing is said, nothing is heard; the others find out by themselves. */
  vanish(): void {
    this.#stopped = true
    this.#connections.clear()
    this.#handlers.clear()
    this.#options.wire.unplug(this)
  }

  isReservedAt(relay: PeerId): boolean {
    return this.#reservations.has(relay)
  }

  /** How many messages of this forwarder were rejected. */
  blameOf(peer: PeerId): number {
    return this.#blame.get(peer) ?? 0
  }

  hasSeen(proof: PubsubProof): boolean {
    const at = this.#seen.get(idOf(proof))
    return at !== undefined && this.#options.wire.clock.now() - at < SEEN_MS
  }

  opened(connection: Connection): void {
    if (this.#stopped) return
    this.#connections.add(connection)
    this.changes.emit({ kind: 'linked', link: this.#linkOf(connection) })
    const { wire } = this.#options
    wire.send(connection, this.self, { kind: 'identify', relay: this.relay })
    for (const topic of this.#handlers.keys()) {
      wire.send(connection, this.self, { kind: 'subscription', topic, on: true })
    }
  }

  closed(connection: Connection): void {
    const peer = otherEnd(connection, this.self)
    const link = this.#linkOf(connection)
    if (!this.#connections.delete(connection)) return
    if (!this.#direct().some((direct) => direct.peer === peer)) {
      const topics = this.#topicsOf.get(peer) ?? []
      this.#topicsOf.delete(peer)
      this.#reservations.delete(peer)
      for (const topic of topics) this.changes.emit({ kind: 'unsubscribed', peer, topic })
    }
    this.changes.emit({ kind: 'unlinked', link })
    if (this.#options.relays.includes(peer))
      this.#options.wire.clock.after(REDIAL_MS, () => void this.#keepUp(peer))
  }

  async heard(frame: Frame, connection: Connection): Promise<void> {
    if (this.#stopped || !this.#connections.has(connection)) return
    const peer = otherEnd(connection, this.self)
    switch (frame.kind) {
      case 'identify':
        this.#identified.set(peer, frame.relay)
        if (frame.relay && this.#options.relays.includes(peer)) this.#reservations.add(peer)
        this.changes.emit({ kind: 'updated' })
        return
      case 'subscription':
        // No gossip over what goes through a relay.
        if (connection.path === 'direct') this.#heardSubscription(peer, frame.topic, frame.on)
        return
      case 'message':
        await this.#judge(frame.proof, peer)
    }
  }

  #heardSubscription(peer: PeerId, topic: Topic, on: boolean): void {
    const topics = this.#topicsOf.get(peer) ?? new Set()
    if (topics.has(topic) === on || roomOfTopic(topic) === undefined) return
    this.#topicsOf.set(peer, topics)
    if (on) topics.add(topic)
    else topics.delete(topic)
    this.changes.emit({ kind: on ? 'subscribed' : 'unsubscribed', peer, topic })
  }

  async #judge(proof: PubsubProof, forwarder: PeerId): Promise<void> {
    const { wire } = this.#options
    const handler = this.#handlers.get(proof.topic as Topic)
    if (handler === undefined || this.hasSeen(proof) || this.blameOf(forwarder) >= GRAYLIST_AFTER)
      return
    this.#seen.set(idOf(proof), wire.clock.now())
    const author = authorOf(proof)
    const proved = author !== undefined && (await wire.proves(author, proof))
    const verdict =
      author !== undefined && proved
        ? await handler(new Uint8Array(proof.data), { via: 'gossip', forwarder, author, proof })
        : 'reject'
    if (this.#stopped) return
    wire.note(
      this.self,
      `${verdict} ${proof.topic} of ${wire.nameOf(author)} by ${wire.nameOf(forwarder)}`,
    )
    if (verdict !== 'reject' && author !== undefined) {
      const { topic, data: bytes } = proof
      this.hops.emit({ way: 'in', topic: topic as Topic, author, peer: forwarder, bytes })
    }
    if (verdict === 'reject') this.#blame.set(forwarder, this.blameOf(forwarder) + 1)
    if (verdict === 'accept')
      this.tell(proof, [forwarder, ...(author === undefined ? [] : [author])])
  }

  async #keepUp(relay: PeerId): Promise<void> {
    if (this.#stopped || this.#direct().some(({ peer }) => peer === relay)) return
    const { wire } = this.#options
    const dialled = await this.dial(relayAddress(relay), new AbortController().signal)
    if (!dialled.ok) wire.clock.after(REDIAL_MS, () => void this.#keepUp(relay))
  }

  #tellAll(frame: Frame): void {
    for (const { connection } of this.#direct())
      this.#options.wire.send(connection, this.self, frame)
  }

  #direct(): readonly { readonly peer: PeerId; readonly connection: Connection }[] {
    return [...this.#connections]
      .filter((connection) => connection.path === 'direct')
      .map((connection) => ({ peer: otherEnd(connection, this.self), connection }))
  }

  #linkOf(connection: Connection): Link {
    const peer = otherEnd(connection, this.self)
    const { path, transport, address, since, rttMs } = connection
    const direction = connection.from === this.self ? 'outbound' : 'inbound'
    const relay = this.#identified.get(peer) ?? false
    return {
      peer,
      path,
      transport,
      address,
      direction,
      since,
      relay,
      ...(rttMs === undefined ? {} : { rttMs }),
    }
  }
}

/** The one place where a relay of the simulation is found. */
function relayAddress(relay: PeerId): string {
  return `/ip4/10.0.0.1/tcp/8080/ws/p2p/${relay}`
}

const authors = new WeakMap<PubsubProof, PeerId | undefined>()

function authorOf(proof: PubsubProof): PeerId | undefined {
  if (authors.has(proof)) return authors.get(proof)
  const key = publicKeyIn(proof.from)
  const author = key.ok ? peerIdOf(key.value) : undefined
  authors.set(proof, author)
  return author
}

const ids = new WeakMap<PubsubProof, string>()

/** Go's message id. */
function idOf(proof: PubsubProof): string {
  const id = ids.get(proof) ?? toBase64url(concat(proof.from, proof.seqno))
  ids.set(proof, id)
  return id
}
