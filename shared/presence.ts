import { Changes, type Stop } from './changes.ts'
import { Buckets } from './guard.ts'
import type { PeerId } from './ids.ts'
import {
  type Has,
  type HeldClaim,
  type Here,
  frame,
  isDialable,
  parseFrame,
  relayIn,
} from './live-frame.ts'
import {
  AWAY_MAX_GRAPHEMES,
  HERE_ADDRESSES_MAX,
  HERE_CROWD,
  HERE_FAST_FOR_MS,
  HERE_FAST_MS,
  HERE_FORGET_PERIODS,
  HERE_JITTER,
  HERE_MIN_MS,
  HERE_SLOW_MS,
  LIVE_BURST,
  LIVE_MAX_BYTES,
  LIVE_PER_SECOND,
  SEES_MAX,
  SILENT_SUBSCRIBER_MS,
  STRANGERS_MAX,
  TYPING_EVERY_MS,
} from './limits.ts'
import { shortPeerId, shownLine, shownName } from './names.ts'
import type { Gossiped, Link, Network, NetworkChange, Verdict } from './network.ts'
import { seqnoOf } from './pubsub-proof.ts'
import type { Person } from './person.ts'
import type { RoomKey } from './room-key.ts'
import { type Runtime, repeat } from './runtime.ts'
import { SilentSubscribers } from './silent-subscribers.ts'
import { Typing } from './typing.ts'

export interface PresenceChange {
  readonly kind: 'came' | 'went' | 'updated'
  readonly person: Person
}

/** What somebody says is on their disk. */
export interface HeldWord {
  readonly from: PeerId
  readonly logs: readonly HeldClaim[]
  /** Authors for whose latest words they say that they have no place. */
  readonly unkept: readonly PeerId[]
}

export interface PresenceOptions {
  readonly key: RoomKey
  readonly runtime: Runtime
  readonly self: PeerId
  readonly name: () => string
  /** Why I am away, which may be empty; nothing when I am here. */
  readonly away?: () => string | undefined
  /** A relay-node says so, tells whom it sees and who went, and is no person. */
  readonly relay?: boolean
  /** This relay-node keeps what it passes on. */
  readonly archive?: boolean
}

interface Heard {
  person: Person
  lastSeqno: bigint
  at: number
}

const PING_TIMEOUT_MS = 3_000
/** Both ends of a link that closed say `here` at once; so long each waits for the other's word, which may have come before. */
const LAST_WORD_MS = 1_500

/** Who is in the room: the live topic, what links and relays tell, and who falls silent. */
export class Presence {
  readonly changes = new Changes<PresenceChange>()
  /** `has` frames: receipts. */
  readonly held = new Changes<HeldWord>()
  /** One of one's own relays turned out to keep what it passes on. */
  readonly archived = new Changes<PeerId>()
  /** Who is writing something. */
  readonly typing: Typing
  readonly #options: PresenceOptions
  readonly #rates: Buckets
  readonly #heard = new Map<PeerId, Heard>()
  readonly #silent: SilentSubscribers
  /** The last `seqno` of those who went: an old `here` must not bring them back. */
  readonly #gone = new Map<PeerId, bigint>()
  /** The last `seqno` of one's own relays: an old `gone` of theirs must not send anybody away. */
  readonly #relays = new Map<PeerId, bigint>()
  readonly #lastHas = new Map<PeerId, bigint>()
  /** One's own relays that keep what they pass on. */
  readonly #archives = new Set<PeerId>()
  readonly #since: number
  #network: Network | undefined
  #fastUntil = 0
  #lastBeat = -Infinity
  #typedAt = -Infinity
  #announced = ''
  #stops: Stop[] = []
  #stopBeat: Stop = () => undefined

  constructor(options: PresenceOptions) {
    this.#options = options
    this.#since = options.runtime.clock.now()
    this.#silent = new SilentSubscribers(options.runtime.clock)
    this.typing = new Typing(options.runtime.clock)
    this.#rates = new Buckets(
      [{ burst: LIVE_BURST, perSecond: LIVE_PER_SECOND }],
      options.runtime.clock,
    )
  }

  /** People in the room, the longest here first. */
  get people(): readonly Person[] {
    return [...[...this.#heard.values()].map(({ person }) => person), ...this.#silent.people].sort(
      (a, b) => a.since - b.since || (a.id < b.id ? -1 : 1),
    )
  }

  /** Archives among one's own relays. */
  get archives(): readonly PeerId[] {
    return [...this.#archives].filter((id) => this.#isOwnRelay(id))
  }

  attach(network: Network): void {
    this.#network = network
    const { clock } = this.#options.runtime
    this.#stops = [
      network.join(this.#options.key.live, (bytes, origin) =>
        Promise.resolve(this.receive(bytes, origin)),
      ),
      network.changes.subscribe((change) => {
        this.#heed(change)
      }),
      repeat(
        clock,
        () => HERE_FAST_MS,
        () => {
          this.#sweep()
        },
      ),
    ]
    this.hurry()
  }

  async stop(): Promise<void> {
    this.#stopBeat()
    this.typing.stop()
    for (const stop of this.#stops.splice(0)) stop()
    const network = this.#network
    this.#network = undefined
    if (network !== undefined) await network.publish(this.#options.key.live, frame({ t: 'gone' }))
  }

  /** Says `here` now and every second for a while: after joining, renaming, or hearing somebody new. */
  hurry(): void {
    const { clock } = this.#options.runtime
    this.#fastUntil = clock.now() + HERE_FAST_FOR_MS
    this.#beat()
  }

  /** Says that I am writing, to those who are here; not more often than others want to hear it. */
  sayTyping(): void {
    const now = this.#options.runtime.clock.now()
    const passed = now - this.#typedAt
    if (this.#heard.size === 0 || (passed >= 0 && passed < TYPING_EVERY_MS)) return
    this.#typedAt = now
    this.say(frame({ t: 'typing' }))
  }

  /** Says a frame on the live topic. */
  say(bytes: Uint8Array<ArrayBuffer>): void {
    void this.#network?.publish(this.#options.key.live, bytes)
  }

  /** Says goodbye at once, without waiting: the page is about to be gone. */
  sayGone(): void {
    void this.#network?.publish(this.#options.key.live, frame({ t: 'gone' }))
  }

  /** A name from a line, for those who speak no `here`. */
  learnName(id: PeerId, username: string): void {
    const person = this.#silent.learnName(id, username)
    if (person !== undefined) this.changes.emit({ kind: 'updated', person })
  }

  /** They left, by their own word or by proof that they cannot be reached. */
  forget(id: PeerId): void {
    this.typing.end(id)
    const heard = this.#heard.get(id)
    if (heard !== undefined) {
      this.#heard.delete(id)
      this.#rememberGone(id, heard.lastSeqno)
      this.changes.emit({ kind: 'went', person: heard.person })
    }
    const person = this.#silent.drop(id)?.person
    if (person !== undefined) this.changes.emit({ kind: 'went', person })
  }

  /** The one gate of the live topic: size, shape, rate. Never stored. */
  receive(bytes: Uint8Array, origin: Pick<Gossiped, 'author' | 'proof'>): Verdict {
    if (bytes.length > LIVE_MAX_BYTES) return 'reject'
    if (!this.#rates.take(origin.author)) return 'ignore'
    const said = parseFrame(bytes)
    if (said === undefined) return 'ignore'
    const seqno = seqnoOf(origin.proof)
    const last = this.#lastSeqno(origin.author)
    // A `here` may overtake a `has`, so its replays are told by a count of their own.
    if (said.t === 'has') return this.#hearHeld(origin.author, said, seqno) ? 'accept' : 'ignore'
    // A replay, or gossip out of order.
    if (last !== undefined && seqno <= last) return 'ignore'
    if (said.t === 'typing') return this.#hearTyping(origin.author, seqno) ? 'accept' : 'ignore'
    if (said.t === 'gone') {
      if (said.who === undefined) this.#bidFarewell(origin.author, seqno)
      else this.#doubt(said.who, origin.author, seqno)
    } else if (said.relay) this.#hearRelay(origin.author, said, seqno)
    else this.#hearPerson(origin.author, said, seqno)
    return 'accept'
  }

  /** False for a replay, and for what comes after newer words. */
  #hearHeld(from: PeerId, { logs, unkept = [] }: Has, seqno: bigint): boolean {
    if (from === this.#options.self || seqno <= (this.#lastHas.get(from) ?? -1n)) return false
    if (this.#lastHas.size >= STRANGERS_MAX) this.#lastHas.clear()
    this.#lastHas.set(from, seqno)
    this.held.emit({ from, logs, unkept })
    return true
  }

  /** It does not count as their last word: a `here` that it has overtaken is to be heard, too. */
  #hearTyping(author: PeerId, seqno: bigint): boolean {
    if (author === this.#options.self) return false
    return this.typing.hear(author, seqno, this.#heard.has(author))
  }

  #lastSeqno(author: PeerId): bigint | undefined {
    return this.#heard.get(author)?.lastSeqno ?? this.#gone.get(author) ?? this.#relays.get(author)
  }

  #rememberGone(id: PeerId, seqno: bigint): void {
    if (this.#gone.size >= STRANGERS_MAX) this.#gone.clear()
    this.#gone.set(id, seqno)
  }

  #hearPerson(author: PeerId, said: Here, seqno: bigint): void {
    const before = this.#heard.get(author)
    if (author === this.#options.self) return
    if (before === undefined && this.#heard.size >= STRANGERS_MAX) return
    const now = this.#options.runtime.clock.now()
    const silent = this.#silent.drop(author)
    const person: Person = {
      id: author,
      name: shownName(said.name, shortPeerId(author)),
      since: Math.max(0, Math.min(said.since, now)),
      knownSince: before?.person.knownSince ?? silent?.since ?? now,
      addresses: said.addrs.filter((address) => address.endsWith(`/p2p/${author}`)),
      silent: false,
      ...(said.away === undefined ? {} : { away: shownLine(said.away, AWAY_MAX_GRAPHEMES) }),
    }
    this.#heard.set(author, { person, lastSeqno: seqno, at: now })
    this.#gone.delete(author)
    if (before === undefined) {
      this.changes.emit({ kind: silent?.person !== undefined ? 'updated' : 'came', person })
      this.hurry()
    } else if (JSON.stringify(before.person) !== JSON.stringify(person)) {
      this.changes.emit({ kind: 'updated', person })
    }
  }

  #hearRelay(author: PeerId, { sees, archive }: Here, seqno: bigint): void {
    // Whoever says that it is a relay-node is no person, one's own or not.
    this.forget(author)
    if (!this.#isOwnRelay(author)) return
    this.#heedRelay(author, seqno)
    if (archive && !this.#archives.has(author)) {
      this.#archives.add(author)
      this.archived.emit(author)
    }
    for (const id of sees) this.#see(id, SILENT_SUBSCRIBER_MS)
  }

  #bidFarewell(author: PeerId, seqno: bigint): void {
    this.forget(author)
    // Also of those not heard yet: their last `here` may come after their `gone`.
    this.#rememberGone(author, seqno)
  }

  /** A relay says that somebody went: believed from one's own relays, unless a ping proves the contrary. */
  #doubt(who: PeerId, relay: PeerId, seqno: bigint): void {
    if (!this.#isOwnRelay(relay) || this.#options.relay === true) return
    this.#heedRelay(relay, seqno)
    void this.#forgetUnlessReachable(who)
  }

  #heedRelay(relay: PeerId, seqno: bigint): void {
    // Only one's own are kept, so there are few.
    for (const id of this.#relays.keys()) if (!this.#isOwnRelay(id)) this.#relays.delete(id)
    this.#relays.set(relay, seqno)
  }

  async #forgetUnlessReachable(id: PeerId): Promise<void> {
    const before = this.#heard.get(id)
    const network = this.#network
    if (network === undefined) return
    if (network.links().some((link) => link.peer === id)) {
      const answered = await this.#answers(network, id)
      if (answered || this.#network !== network) return
    }
    // Heard again while the ping was out.
    if (this.#heard.get(id) !== before) return
    this.forget(id)
  }

  /** A subscription outlives its subscriber for as long as nobody notices that the connection is dead. */
  async #prove(id: PeerId): Promise<void> {
    const network = this.#network
    if (network === undefined || !(await this.#answers(network, id))) return
    if (this.#network === network && this.#silent.has(id)) this.#see(id, 0)
  }

  async #answers(network: Network, id: PeerId): Promise<boolean> {
    const timeout = new AbortController()
    const stopTimer = this.#options.runtime.clock.after(PING_TIMEOUT_MS, () => {
      timeout.abort(new Error('timeout'))
    })
    const pong = await network.ping(id, timeout.signal)
    stopTimer()
    return pong.ok
  }

  /** Without a link there is nothing to ping: a link hung up for want of room is no farewell. */
  #forgetUnlessHeard(id: PeerId): void {
    const { clock } = this.#options.runtime
    clock.after(LAST_WORD_MS, () => {
      const heard = this.#heard.get(id)?.at ?? -Infinity
      if (this.#network !== undefined && clock.now() - heard > 2 * LAST_WORD_MS)
        void this.#forgetUnlessReachable(id)
    })
  }

  #heed(change: NetworkChange): void {
    const network = this.#network
    if (network === undefined) return
    const { key } = this.#options
    if (change.kind === 'unlinked') {
      const { peer } = change.link
      if (this.#options.relay === true) this.#tellGone(peer)
      else if (change.link.path === 'direct' && !change.link.relay) {
        this.#forgetUnlessHeard(peer)
        // They wonder too whether I am still here.
        this.#beat()
      }
      if (network.links().length === 0) this.hurry()
    } else if (change.kind === 'subscribed' && change.topic === key.live) {
      // Somebody can hear us now; waiting for the next beat would cost a newcomer ten seconds. To the
      // first one we have only just come; further ones, in a crowd, mostly know us through others.
      if (network.subscribers(key.live).length === 1) this.hurry()
      else if (!this.#heard.has(change.peer)) this.#beat()
    } else if (
      change.kind === 'updated' &&
      network.reserved &&
      addressesOf(network).join() !== this.#announced
    ) {
      // A reservation brings addresses at which we can be dialled: worth a word at once.
      this.#beat()
    }
  }

  #tellGone(peer: PeerId): void {
    const network = this.#network
    if (network === undefined || network.links().some((link) => link.peer === peer)) return
    const known = this.#heard.has(peer) || this.#silent.has(peer)
    this.forget(peer)
    if (known) this.#sayOf(peer)
  }

  /** A relay-node's word that somebody went. */
  #sayOf(who: PeerId): void {
    void this.#network?.publish(this.#options.key.live, frame({ t: 'gone', who }))
  }

  #beat(): void {
    this.#stopBeat()
    const { clock } = this.#options.runtime
    if (this.#network === undefined) return
    // Thirty people coming at once are answered together, within the rate that others allow.
    const tooSoon = this.#lastBeat + HERE_MIN_MS - clock.now()
    if (tooSoon > 0 && tooSoon <= HERE_MIN_MS) {
      this.#stopBeat = clock.after(tooSoon, () => {
        this.#beat()
      })
      return
    }
    this.#lastBeat = clock.now()
    void this.#network.publish(this.#options.key.live, this.#here(this.#network))
    this.#stopBeat = clock.after(this.#nextBeat(), () => {
      this.#beat()
    })
  }

  #nextBeat(): number {
    const { clock, random } = this.#options.runtime
    if (clock.now() < this.#fastUntil) return HERE_FAST_MS
    return this.#period() * (1 + HERE_JITTER * (2 * random.fraction() - 1))
  }

  #period(): number {
    const n = this.#heard.size + 1
    return n > HERE_CROWD ? (n / 2) * 1_000 : HERE_SLOW_MS
  }

  #here(network: Network): Uint8Array<ArrayBuffer> {
    const addrs = addressesOf(network)
    this.#announced = addrs.join()
    const here = { t: 'here', name: this.#options.name(), since: this.#since }
    const away = this.#options.away?.()
    const absence = away === undefined ? {} : { away: away === '' ? true : away }
    if (this.#options.relay !== true) return frame({ ...here, ...absence, addrs })
    const sees = this.#silent.people.map(({ id }) => id).slice(0, SEES_MAX)
    return frame({ ...here, relay: true, archive: this.#options.archive === true, sees })
  }

  /** Every second: who fell silent, and which subscribers never spoke. */
  #sweep(): void {
    const { clock } = this.#options.runtime
    const now = clock.now()
    const forgetAfter = Math.max(this.#period(), HERE_SLOW_MS) * HERE_FORGET_PERIODS
    for (const [id, heard] of [...this.#heard]) if (now - heard.at > forgetAfter) this.forget(id)
    for (const id of this.#network?.subscribers(this.#options.key.topic) ?? [])
      if (!this.#silent.has(id)) this.#see(id, 0)
      else if (this.#silent.isDue(id)) void this.#prove(id)
    for (const id of this.#silent.lost(forgetAfter)) {
      this.forget(id)
      if (this.#options.relay === true) this.#sayOf(id)
    }
    for (const person of this.#silent.ripe()) this.changes.emit({ kind: 'came', person })
  }

  /** @param alreadyMs how long whoever tells us has seen them without a `here` */
  #see(id: PeerId, alreadyMs: number): void {
    if (id === this.#options.self || this.#heard.has(id) || this.#isOwnRelay(id)) return
    this.#silent.see(id, alreadyMs)
  }

  #isOwnRelay(id: PeerId): boolean {
    return this.#network?.links().some((link: Link) => link.peer === id && link.relay) ?? false
  }
}

/** So that each of one's relays is named, however many addresses the first of them has. */
function addressesOf(network: Network): readonly string[] {
  const byRelay = new Map<PeerId | undefined, string[]>()
  for (const address of network.addresses().filter(isDialable)) {
    const relay = relayIn(address)
    const list = byRelay.get(relay) ?? []
    byRelay.set(relay, list)
    // What a page can dial stands first: others may not be connected to this relay yet.
    if (/\/(wss?|webtransport|webrtc-direct)\/.*p2p-circuit/.test(address)) list.unshift(address)
    else list.push(address)
  }
  const lists = [...byRelay.values()]
  const longest = Math.max(0, ...lists.map(({ length }) => length))
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => list[i] ?? []))
    .flat()
    .slice(0, HERE_ADDRESSES_MAX)
}
