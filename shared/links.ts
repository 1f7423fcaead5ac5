import type { Stop } from './changes.ts'
import type { PeerId } from './ids.ts'
import { relayIn } from './live-frame.ts'
import { DIAL_PATIENCE_MS, DIRECT_LINKS_MAX, DIRECT_LINKS_SOUGHT, STRANGERS_MAX } from './limits.ts'
import type { Link, Network } from './network.ts'
import type { Person } from './person.ts'
import type { Runtime } from './runtime.ts'

export interface LinksOptions {
  readonly network: Network
  readonly runtime: Runtime
  /** Everybody in any of my rooms. */
  readonly people: () => readonly Person[]
}

/** Links that are kept to the people known longest, whatever else is wanted. */
const ELDERS = 2
const DIAL_TIMEOUT_MS = 15_000
/** The first failures are mostly chance (a busy machine, both dialling at once): soon again. */
const RETRY_FIRST_MS = 500
/** For a quarter of an hour, what has become possible (a NAT that has changed) is found within two minutes. */
const RETRY_OFTEN_MS = 75_000
const OFTEN_FAILURES = 16
/** Each try costs an RTCPeerConnection, and a Chromium tab has 500 of them in its life: from here on they are saved. */
const OFTEN_FAILURES_ALL = 150
const RETRY_LAST_MS = 10 * 60_000
/** Who shows the page again and again does not dial again and again. */
const NUDGE_EVERY_MS = 60_000
/** A link that lasted so long did not fail: the next loss starts from the beginning. */
const LASTED_MS = 60_000
/** A stranger's address list must not make us knock at eight doors. */
const ADDRESSES_TRIED = 2

interface Wish {
  readonly stop: Stop
  /** Ends a dial that is on its way. */
  readonly abort: AbortController
}

interface Failures {
  readonly count: number
  /** When the last one was, and until when not to try again; ms since 1970. */
  readonly at: number
  readonly until: number
}

/** Keeps direct links to at most twelve members: whom to dial, who of two dials, and when again. */
export class Links {
  readonly #options: LinksOptions
  readonly #wishes = new Map<PeerId, Wish>()
  /** Dials in a row that came to nothing, links that the other end closed at once included. */
  readonly #failures = new Map<PeerId, Failures>()
  readonly #closing = new Set<PeerId>()
  /** Dials that came to nothing, in all. */
  #failed = 0
  #stopped = false
  #stopListening: Stop = () => undefined

  constructor(options: LinksOptions) {
    this.#options = options
  }

  start(): void {
    this.#stopListening = this.#options.network.changes.subscribe((change) => {
      if (change.kind === 'unlinked') this.#lost(change.link)
      if (change.kind === 'linked' || change.kind === 'unlinked') this.review()
    })
    this.review()
  }

  stop(): void {
    this.#stopped = true
    this.#stopListening()
    for (const id of [...this.#wishes.keys()]) this.#drop(id)
  }

  /** Looks at who is here; call it whenever that changes. */
  review(): void {
    if (this.#stopped) return
    this.#hangUpTooMany()
    const wanted = new Map(this.#wanted().map((person) => [person.id, person]))
    for (const id of [...this.#wishes.keys()]) if (!wanted.has(id)) this.#drop(id)
    for (const person of wanted.values()) if (!this.#wishes.has(person.id)) this.#wish(person)
  }

  /** The network may be another one now, and what failed there may succeed here. */
  nudge(): void {
    const before = this.#options.runtime.clock.now() - NUDGE_EVERY_MS
    const old = [...this.#failures].filter(([, { at }]) => at < before)
    for (const [id] of old) {
      this.#failures.delete(id)
      this.#drop(id)
    }
    if (old.length > 0) this.review()
  }

  #wanted(): readonly Person[] {
    const { network } = this.#options
    if (network.hidden) return []
    const linked = new Set(this.#direct().map((link) => link.peer))
    const people = this.#options.people().filter((person) => person.addresses.length > 0)
    // An elder who hung up or cannot be reached has had its chance; from then on it is one of the others.
    const elders = this.#elders().filter(
      (person) => !linked.has(person.id) && this.#failuresOf(person) === undefined,
    )
    // Who is full or out of reach must not keep the places of those who are not.
    const rank = (person: Person): number => (this.#pause(person) > 0 ? 1 : 0)
    // The same pair comes to the same number on both sides, and different people choose differently.
    const order = new Map(people.map(({ id }) => [id, pairOrder(network.self, id)]))
    const others = people
      .filter((person) => !linked.has(person.id) && !elders.includes(person))
      .sort((a, b) => rank(a) - rank(b) || (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0))
    // Elders are dialled in any case; when that makes one too many, the youngest goes.
    const sought = people.length > DIRECT_LINKS_MAX ? DIRECT_LINKS_SOUGHT : DIRECT_LINKS_MAX
    return [...elders, ...others.slice(0, Math.max(sought - linked.size - elders.length, 0))]
  }

  #elders(): readonly Person[] {
    const people = this.#options.people().filter((person) => person.addresses.length > 0)
    // By what we know and not by what they say, or liars would take everybody's two places.
    return people.sort((a, b) => a.knownSince - b.knownSince).slice(0, ELDERS)
  }

  /** The oldest link first; one for each peer. */
  #direct(): readonly Link[] {
    const direct = this.#options.network
      .links()
      .filter((link) => link.path === 'direct' && !link.relay)
    const byPeer = new Map(direct.map((link) => [link.peer, link]))
    return [...byPeer.values()].sort((a, b) => a.since - b.since)
  }

  /** Others dial too: who came last goes, unless we have known them longest. */
  #hangUpTooMany(): void {
    const { network, runtime } = this.#options
    const people = new Set(this.#options.people().map(({ id }) => id))
    const elders = new Set(this.#elders().map(({ id }) => id))
    // A server that somebody dialled by hand, or a peer not yet heard of, is not counted.
    const links = this.#direct().filter((link) => people.has(link.peer))
    const many = Math.max(links.length - DIRECT_LINKS_MAX - this.#closing.size, 0)
    const spare = links.filter(({ peer }) => !elders.has(peer) && !this.#closing.has(peer))
    for (const { peer } of many === 0 ? [] : spare.slice(-many)) {
      runtime.log('links: too many', { peer })
      this.#closing.add(peer)
      void network.hangUp(peer).finally(() => this.#closing.delete(peer))
    }
  }

  #wish(person: Person): void {
    const { network, runtime } = this.#options
    // Both dialling at once would give the pair two connections: the lower id goes first.
    const patience = network.self < person.id ? 0 : DIAL_PATIENCE_MS
    const abort = new AbortController()
    const stop = runtime.clock.after(patience + this.#pause(person), () => {
      void this.#dial(person.id, abort.signal)
    })
    this.#wishes.set(person.id, { stop, abort })
  }

  #drop(id: PeerId): void {
    const wish = this.#wishes.get(id)
    this.#wishes.delete(id)
    wish?.stop()
    wish?.abort.abort(new Error('no longer wanted'))
  }

  async #dial(id: PeerId, signal: AbortSignal): Promise<void> {
    const { network, runtime } = this.#options
    const person = this.#wanted().find((wanted) => wanted.id === id)
    for (const address of preferred(person?.addresses ?? [], network).slice(0, ADDRESSES_TRIED)) {
      const timeout = new AbortController()
      const stopTimer = runtime.clock.after(DIAL_TIMEOUT_MS, () => {
        timeout.abort(new Error('timeout'))
      })
      const dialled = await network.dial(address, AbortSignal.any([timeout.signal, signal]))
      stopTimer()
      if (signal.aborted) return
      if (dialled.ok) break
      runtime.log('links: dial failed', { peer: id, address, failure: dialled.failure })
    }
    this.#wishes.delete(id)
    // Also after a dial that went well: its link may be closed already.
    if (!this.#direct().some((link) => link.peer === id)) this.#fail(id)
    this.review()
  }

  /** ms until it makes sense to try again */
  #pause(person: Person): number {
    return Math.max((this.#failuresOf(person)?.until ?? 0) - this.#options.runtime.clock.now(), 0)
  }

  #failuresOf({ id, knownSince }: Person): Failures | undefined {
    const failures = this.#failures.get(id)
    // Who went and came again (a reload) starts afresh.
    return failures === undefined || failures.at < knownSince ? undefined : failures
  }

  #lost(link: Link): void {
    if (link.path !== 'direct' || link.relay) return
    const lasted = this.#options.runtime.clock.now() - link.since
    if (lasted >= LASTED_MS) this.#failures.delete(link.peer)
    else this.#fail(link.peer)
  }

  #fail(id: PeerId): void {
    const { clock, random } = this.#options.runtime
    const at = clock.now()
    const count = (this.#failures.get(id)?.count ?? 0) + 1
    const often = ++this.#failed <= OFTEN_FAILURES_ALL && count <= OFTEN_FAILURES
    const last = often ? RETRY_OFTEN_MS : RETRY_LAST_MS
    const pause = Math.min(last, RETRY_FIRST_MS * 2 ** (count - 1))
    if (this.#failures.size >= STRANGERS_MAX) this.#failures.clear()
    this.#failures.delete(id)
    this.#failures.set(id, { count, at, until: at + pause * (1 + 0.5 * random.fraction()) })
  }
}

/**
 * One address for each relay of theirs: a second one by the same relay leads to the same person or to nobody.
 * Relays that we are connected to come first: no new connection is needed to signal.
 */
function preferred(addresses: readonly string[], network: Network): readonly string[] {
  const relays = network.links().filter((link) => link.relay)
  const known = (address: string): boolean =>
    relays.some((relay) => relayIn(address) === relay.peer)
  const byRelay = new Map<string, string>()
  for (const address of addresses) {
    const relay = relayIn(address) ?? address
    if (!byRelay.has(relay)) byRelay.set(relay, address)
  }
  const all = [...byRelay.values()]
  return [...all.filter(known), ...all.filter((address) => !known(address))]
}

/** FNV-1a over both ids, the lower first. */
function pairOrder(a: PeerId, b: PeerId): number {
  let hash = 0x811c9dc5
  for (const character of a < b ? a + b : b + a)
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193)
  return hash >>> 0
}
