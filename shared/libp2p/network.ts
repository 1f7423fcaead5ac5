import type { Connection, Libp2p } from '@libp2p/interface'
import type { GossipSub, SubscriptionChangeData } from '@libp2p/gossipsub'
import type { RPC } from '@libp2p/gossipsub/message'
import { peerIdFromString } from '@libp2p/peer-id'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { Bytes } from '../bytes.ts'
import { Changes, type Stop } from '../changes.ts'
import type { Circuit, NetworkSnapshot, TopicSnapshot } from '../diagnostics.ts'
import { type Result, fail, ok } from '../failure.ts'
import { isPeerId, peerIdOf, publicKeyIn } from '../identity.ts'
import type { PeerId, Topic } from '../ids.ts'
import { RELAY_PROTOCOL } from '../limits.ts'
import { relayIn } from '../live-frame.ts'
import type {
  FramedStream,
  Hop,
  Link,
  Network,
  NetworkChange,
  StreamProtocol,
  TopicHandler,
} from '../network.ts'
import { type Runtime, repeat } from '../runtime.ts'
import { deadline } from './deadline.ts'
import { heedFarewells, sayFarewell } from './farewell.ts'
import { scoreRooms } from './gossip.ts'
import { GossipCounts } from './gossip-counts.ts'
import {
  type GossipRouter,
  forget,
  forgetExpiredBackoff,
  forgetRoom,
  forgive,
  reattach,
  routerOf,
  watchHandOvers,
} from './gossip-router.ts'
import type { Hiding } from './hiding.ts'
import { idOf, linkOf, pathOf, reason } from './link.ts'
import { mendGossip } from './mending.ts'
import { roundTrip } from './ping.ts'
import type { Quarantine } from './quarantine.ts'
import { reservationsOf } from './reservations.ts'
import { openStream, serveStreams } from './streams.ts'
import { validatorOf } from './validator.ts'

/** A libp2p node that gossips (`gossipService`), answers pings and identifies itself. */
export type GossipingNode = Libp2p<{ pubsub: GossipSub }>

export interface Libp2pNetworkOptions {
  readonly node: GossipingNode
  readonly runtime: Runtime
  /** Measure each link once when it opens, tell when a measure changed, and tell hops; a relay with 500 clients does not. */
  readonly measure?: boolean
  /** The one whose gater the node was given, and that `gossipService` knows. */
  readonly quarantine?: Quarantine
  /** The one that guards the node's WebRTC; without it nothing can be hidden. */
  readonly hiding?: Hiding
}

/** How long what remains of a peer may take to answer, after one of its connections has closed. */
const PROBE_MS = 2_000
const CLOSE_MS = 1_000
const MEASURES_EVERY_MS = 2_000

/**
 * The world of peers over a started libp2p node. There is one Link for each connection, so a peer
 * that is reached both directly and through a relay has two; `unlinked` is about one connection.
 */
export class Libp2pNetwork implements Network {
  readonly self: PeerId
  readonly changes = new Changes<NetworkChange>()
  readonly hops = new Changes<Hop>()
  readonly #node: GossipingNode
  readonly #router: GossipRouter
  readonly #runtime: Runtime
  readonly #measure: boolean
  readonly #quarantine: Quarantine | undefined
  readonly #hiding: Hiding | undefined
  readonly #counts: GossipCounts
  readonly #relays = new Set<PeerId>()
  /** What a relay let through when the connection came, by connection id: the rest of it was used. */
  readonly #allowances = new Map<string, bigint>()
  /** With which dead connections were cut off. */
  readonly #cut = new WeakSet<Error>()
  /** Connections that were told of, by id: what is told to have come is told to have gone, once. */
  readonly #links = new Map<string, Connection>()
  /** What each connected peer subscribes to; gossipsub forgets it silently when the peer goes. */
  readonly #subscriptions = new Map<PeerId, Set<Topic>>()
  readonly #life = new AbortController()
  #measures = ''

  constructor({ node, runtime, measure = false, quarantine, hiding }: Libp2pNetworkOptions) {
    this.self = idOf(node.peerId)
    this.#node = node
    this.#router = routerOf(node.services.pubsub)
    this.#runtime = runtime
    this.#measure = measure
    this.#quarantine = quarantine
    this.#hiding = hiding
    this.#counts = new GossipCounts((peer) => this.#relays.has(peer))
  }

  static start(options: Libp2pNetworkOptions): Libp2pNetwork {
    const network = new Libp2pNetwork(options)
    scoreRooms(network.#router)
    network.#start()
    return network
  }

  get reserved(): boolean {
    return this.addresses().some((address) => address.includes('/p2p-circuit'))
  }

  join(topic: Topic, handler: TopicHandler): Stop {
    if (this.#router.topicValidators.has(topic)) throw new Error(`${topic} is joined already`)
    this.#counts.joined(topic)
    forgetExpiredBackoff(this.#router, topic, this.#runtime.clock.now())
    const counted: TopicHandler = async (bytes, origin) => {
      const verdict = await handler(bytes, origin)
      const { author, forwarder: peer } = origin
      this.#counts.judged(topic, verdict, peer)
      if (this.#measure && verdict !== 'reject')
        this.hops.emit({ way: 'in', topic, author, peer, bytes })
      return verdict
    }
    this.#router.topicValidators.set(topic, validatorOf(counted, this.#runtime))
    this.#router.subscribe(topic)
    return () => {
      if (!this.#life.signal.aborted) this.#router.unsubscribe(topic)
      this.#router.topicValidators.delete(topic)
      this.#counts.left(topic)
      forgetRoom(this.#router, topic)
    }
  }

  async publish(topic: Topic, bytes: Bytes): Promise<Result<{ readonly reached: number }>> {
    try {
      const { recipients } = await this.#router.publish(topic, bytes)
      this.#counts.published(topic, recipients.map(idOf))
      return ok({ reached: recipients.length })
    } catch (error) {
      this.#runtime.log('network: publish failed', { topic, why: reason(error) })
      return fail({ kind: 'unreachable', what: topic })
    }
  }

  serve(protocol: StreamProtocol, handler: (stream: FramedStream) => Promise<void>): Stop {
    return serveStreams(this.#node, protocol, handler, this.#runtime)
  }

  open(peer: PeerId, protocol: StreamProtocol, signal: AbortSignal): Promise<Result<FramedStream>> {
    return openStream(this.#connectionsTo(peer), protocol, signal, this.#runtime.clock)
  }

  subscribers(topic: Topic): readonly PeerId[] {
    return this.#router.getSubscribers(topic).map(idOf)
  }

  links(): readonly Link[] {
    return [...this.#links.values()].map((connection) => this.#linkOf(connection))
  }

  addresses(): readonly string[] {
    return this.#node.getMultiaddrs().map(String)
  }

  get hidden(): boolean {
    return this.#hiding?.on ?? false
  }

  async hide(on: boolean): Promise<void> {
    await this.#hiding?.set(on)
    // Whoever is linked directly knows the address; from now on it may change.
    const seen = [...this.#links.values()].filter(
      ({ remoteAddr }) => this.#hiding?.deniesDial(remoteAddr.toString()) === true,
    )
    await Promise.all(seen.map((connection) => this.#close(connection)))
    // What is announced has changed.
    this.changes.emit({ kind: 'updated' })
  }

  snapshot(): NetworkSnapshot {
    return {
      topics: this.#router.getTopics().map((topic) => this.#topicSnapshot(topic as Topic)),
      ways: this.#counts.ways,
      reservations: reservationsOf(this.#node),
      circuits: [...this.#links.values()].flatMap((connection) => this.#circuitOf(connection)),
    }
  }

  /** A cancelled dial fails like any other that came to nothing. */
  async dial(address: string, signal: AbortSignal): Promise<Result<PeerId>> {
    const parsed = parseAddress(address)
    if (parsed === undefined) return fail({ kind: 'bad-address', address })
    try {
      const connection = await this.#node.dial(parsed, { signal })
      return ok(idOf(connection.remotePeer))
    } catch (error) {
      this.#runtime.log('network: dial failed', { address, why: reason(error) })
      return fail({ kind: 'unreachable', what: address })
    }
  }

  /** Whichever connection answers first. */
  async ping(peer: PeerId, signal: AbortSignal): Promise<Result<number>> {
    const connections = this.#connectionsTo(peer)
    try {
      return ok(
        await Promise.any(connections.map((each) => roundTrip(each, this.#runtime, signal))),
      )
    } catch {
      return fail({ kind: 'unreachable', what: peer })
    }
  }

  async hangUp(peer: PeerId): Promise<void> {
    await Promise.all(this.#connectionsTo(peer).map((connection) => this.#close(connection)))
  }

  /** Stops the node too. */
  async stop(): Promise<void> {
    this.#life.abort(new Error('stopped'))
    await this.#node.stop()
  }

  #start(): void {
    const { signal } = this.#life
    const node = this.#node
    node.addEventListener(
      'connection:open',
      ({ detail }) => {
        this.#opened(detail)
      },
      { signal },
    )
    node.addEventListener(
      'connection:close',
      ({ detail }) => {
        this.#closed(detail)
      },
      { signal },
    )
    node.addEventListener(
      'peer:identify',
      ({ detail }) => {
        this.#identified(idOf(detail.peerId), detail.protocols)
      },
      { signal },
    )
    // Not `self:peer:update`, which comes a second late: this is when a relay's reservation comes or goes.
    node.addEventListener(
      'transport:listening',
      () => {
        this.changes.emit({ kind: 'updated' })
      },
      { signal },
    )
    // Plain listeners: gossipsub's emitter takes no signal.
    const count = (event: CustomEvent<{ topic: string }>): void => {
      const grafted = event.type === 'gossipsub:graft'
      this.#counts.of(event.detail.topic as Topic)[grafted ? 'grafts' : 'prunes']++
    }
    this.#router.addEventListener('subscription-change', this.#subscribed)
    this.#router.addEventListener('gossipsub:graft', count)
    this.#router.addEventListener('gossipsub:prune', count)
    signal.addEventListener('abort', () => {
      this.#router.removeEventListener('subscription-change', this.#subscribed)
      this.#router.removeEventListener('gossipsub:graft', count)
      this.#router.removeEventListener('gossipsub:prune', count)
    })
    forgive(this.#router, (error) => this.#cut.has(error))
    for (const connection of node.getConnections()) this.#opened(connection)
    const stopWatch = this.#quarantine?.watch(this.#router, (peer) => this.hangUp(peer))
    if (stopWatch !== undefined) signal.addEventListener('abort', stopWatch)
    signal.addEventListener('abort', this.#mend())
    signal.addEventListener('abort', this.#heedFarewells())
    if (!this.#measure) return
    watchHandOvers(this.#router, this.#handedOver)
    const stop = repeat(
      this.#runtime.clock,
      () => MEASURES_EVERY_MS,
      () => {
        this.#tellMeasures()
      },
    )
    signal.addEventListener('abort', stop)
  }

  #heedFarewells(): Stop {
    const gone = (connection: Connection): void => {
      this.#abort(connection, new Error('the other end closes it'))
    }
    return heedFarewells(this.#node, gone, this.#runtime)
  }

  #mend(): Stop {
    return mendGossip({
      router: this.#router,
      runtime: this.#runtime,
      gossiping: () => [
        ...(this.#router.peers as ReadonlyMap<PeerId, unknown>).keys(),
        ...this.#subscriptions.keys(),
      ],
      // Relay-nodes are not in a room for each other's sake.
      carriers: () => (this.#isRelay ? [] : this.#relays),
      connectionsTo: (peer) => this.#connectionsTo(peer),
    })
  }

  get #isRelay(): boolean {
    return this.#node.getProtocols().includes(RELAY_PROTOCOL)
  }

  #opened(connection: Connection): void {
    if (this.#links.has(connection.id) || connection.status !== 'open') return
    this.#links.set(connection.id, connection)
    const allowance = connection.limits?.bytes
    if (allowance !== undefined) this.#allowances.set(connection.id, allowance)
    this.#probeOlder(connection)
    if (this.#measure) void this.#measureNow(connection)
    this.changes.emit({ kind: 'linked', link: this.#linkOf(connection) })
  }

  #closed(connection: Connection): void {
    if (!this.#links.delete(connection.id)) return
    this.#allowances.delete(connection.id)
    const peer = idOf(connection.remotePeer)
    const link = this.#linkOf(connection)
    const rest = this.#connectionsTo(peer)
    if (rest.length === 0) this.#relays.delete(peer)
    // Over a relay there is no gossip: whoever is left with that is no neighbour any more.
    if (rest.every((each) => each.limits !== undefined)) {
      forget(this.#router, connection)
      this.#silenced(peer)
    }
    this.changes.emit({ kind: 'unlinked', link })
    if (this.#router.peers.has(peer) || this.#subscriptions.has(peer)) reattach(this.#router, rest)
    // When a tab closes, its relayed connection goes at once and the direct one only fails to answer.
    for (const each of rest) void this.#probe(each)
  }

  #silenced(peer: PeerId): void {
    const topics = this.#subscriptions.get(peer) ?? []
    this.#subscriptions.delete(peer)
    for (const topic of topics) this.changes.emit({ kind: 'unsubscribed', peer, topic })
  }

  /** A dead connection cannot say goodbye. */
  async #close(connection: Connection): Promise<void> {
    const { signal, stop } = deadline(this.#runtime.clock, CLOSE_MS, this.#life.signal)
    if (await sayFarewell(connection, signal))
      this.#abort(connection, new Error('told the other end'))
    else
      await connection.close({ signal }).catch((error: unknown) => {
        connection.abort(error as Error)
      })
    stop()
  }

  /** Who dials again may have lost the line that we still hold; what is sent on it comes to nothing. */
  #probeOlder(connection: Connection): void {
    const path = pathOf(connection)
    for (const other of this.#connectionsTo(idOf(connection.remotePeer)))
      if (other !== connection && pathOf(other) === path) void this.#probe(other)
  }

  async #probe(connection: Connection): Promise<void> {
    const { signal, stop } = deadline(this.#runtime.clock, PROBE_MS, this.#life.signal)
    try {
      await roundTrip(connection, this.#runtime, signal)
    } catch (error) {
      // Who does not know the ping protocol has answered too.
      const answered = (error as Error).name === 'UnsupportedProtocolError'
      if (answered || this.#life.signal.aborted) return
      this.#abort(connection, error as Error)
    } finally {
      stop()
    }
  }

  #abort(connection: Connection, error: Error): void {
    this.#cut.add(error)
    connection.abort(error)
  }

  async #measureNow(connection: Connection): Promise<void> {
    try {
      await roundTrip(connection, this.#runtime, this.#life.signal)
      this.#tellMeasures()
    } catch {
      // Not measured; whether the link is dead is for the probe and the connection monitor to find.
    }
  }

  #tellMeasures(): void {
    const measures = [...this.#links.values()].map(({ id, rtt }) => `${id} ${String(rtt)}`).join()
    if (measures === this.#measures) return
    this.#measures = measures
    this.changes.emit({ kind: 'updated' })
  }

  /**
   * By what they said in this connection, and not by what libp2p has noted of them: it notes of whoever asks
   * a relay-node for its word that they speak that protocol, as if they would answer in it too.
   */
  #identified(peer: PeerId, protocols: readonly string[]): void {
    const relay = protocols.includes(RELAY_PROTOCOL)
    if (relay === this.#relays.has(peer) || this.#connectionsTo(peer).length === 0) return
    if (relay) this.#relays.add(peer)
    else this.#relays.delete(peer)
    this.changes.emit({ kind: 'updated' })
  }

  readonly #subscribed = (event: CustomEvent<SubscriptionChangeData>): void => {
    const peer = idOf(event.detail.peerId)
    const topics = this.#subscriptions.get(peer) ?? new Set()
    this.#subscriptions.set(peer, topics)
    for (const { topic: name, subscribe } of event.detail.subscriptions) {
      const topic = name as Topic
      if (subscribe === topics.has(topic)) continue
      if (subscribe) topics.add(topic)
      else topics.delete(topic)
      this.changes.emit({ kind: subscribe ? 'subscribed' : 'unsubscribed', peer, topic })
    }
  }

  readonly #handedOver = (peer: string, message: RPC.Message): void => {
    const { topic, from = new Uint8Array(), data: bytes = new Uint8Array() } = message
    const key = publicKeyIn(from)
    if (!key.ok || !this.#router.topicValidators.has(topic)) return
    const author = peerIdOf(key.value)
    this.hops.emit({ way: 'out', topic: topic as Topic, author, peer: peer as PeerId, bytes })
  }

  #linkOf(connection: Connection): Link {
    return linkOf(connection, this.#relays.has(idOf(connection.remotePeer)))
  }

  #topicSnapshot(topic: Topic): TopicSnapshot {
    return {
      topic,
      ...this.#counts.of(topic),
      subscribers: this.subscribers(topic),
      mesh: [...(this.#router.mesh.get(topic) ?? [])] as PeerId[],
      fanout: [...(this.#router.fanout.get(topic) ?? [])] as PeerId[],
    }
  }

  #circuitOf(connection: Connection): readonly Circuit[] {
    const relay = relayIn(connection.remoteAddr.toString())
    if (relay === undefined || pathOf(connection) === 'direct') return []
    const peer = idOf(connection.remotePeer)
    const [allowed, left] = [this.#allowances.get(connection.id), connection.limits?.bytes]
    if (allowed === undefined || left === undefined) return [{ relay, peer }]
    return [{ relay, peer, bytes: Number(allowed - left) }]
  }

  /** Direct ones first. */
  #connectionsTo(peer: PeerId): readonly Connection[] {
    const all = [...this.#links.values()].filter((each) => idOf(each.remotePeer) === peer)
    return [
      ...all.filter((each) => pathOf(each) === 'direct'),
      ...all.filter((each) => pathOf(each) === 'relayed'),
    ]
  }
}

/** A peer id alone will do: it may be known where that peer is. */
function parseAddress(address: string): Multiaddr | undefined {
  const trimmed = address.trim()
  try {
    const parsed = multiaddr(isPeerId(trimmed) ? `/p2p/${trimmed}` : trimmed)
    const parts = parsed.getComponents()
    // A misspelt one parses, and would only fail to be reached.
    for (const { name, value } of parts) if (name === 'p2p') peerIdFromString(value ?? '')
    return parts.length > 0 ? parsed : undefined
  } catch {
    return undefined
  }
}
