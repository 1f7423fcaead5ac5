import type { Bytes } from './bytes.ts'
import { Changes, type Stop } from './changes.ts'
import { Entry } from './entry.ts'
import { type Failure, type Result, fail, ok } from './failure.ts'
import { Gaps } from './gaps.ts'
import { Gate, type Passage } from './gate.ts'
import type { TrueTime } from './guard.ts'
import {
  type Delivery,
  type Head,
  type HistoryStore,
  type Lost,
  StorageError,
  lessThan,
} from './history.ts'
import type { Identity } from './identity.ts'
import { END, type EntryId, type PeerId, type Position, START, comparePositions } from './ids.ts'
import { JOIN_EVERY_MS, STRANGERS_MAX } from './limits.ts'
import { type LineHead, type Unsigned, checkContent, encodePassing } from './line.ts'
import { shortPeerId, shownName } from './names.ts'
import type { Gossiped, Network, Origin, Synced, Verdict } from './network.ts'
import { type DeliveryChange, Outbox } from './outbox.ts'
import { Redating } from './redating.ts'
import { Presence } from './presence.ts'
import { type Evidence, Receipts } from './receipts.ts'
import type { RoomKey } from './room-key.ts'
import { RoomSync } from './room-sync.ts'
import { type Runtime, repeat } from './runtime.ts'
import type { Sync, SyncMember } from './sync.ts'
import type { Session } from './sync-session.ts'

export type RoomChange =
  /** New in the history, in order; `late` ones were said more than ten minutes before they came. */
  | {
      readonly kind: 'entries'
      readonly entries: readonly Entry[]
      readonly late: ReadonlySet<EntryId>
    }
  /** Somebody joined or left, by their own word; not kept. `name` is fit for a screen; `at` in ms since 1970. */
  | {
      readonly kind: 'passing'
      readonly type: 'join' | 'leave'
      readonly author: PeerId
      readonly name: string
      readonly at: number
    }
  | ({ readonly kind: 'delivery' } & DeliveryChange)
  /** One's own, dated by a wrong clock, is said once more by the right one: the same thing, elsewhere. */
  | { readonly kind: 'redated'; readonly old: EntryId; readonly entry: Entry }
  /** The floor was raised: what lies below is gone from this device. */
  | { readonly kind: 'trimmed'; readonly floor: Position }
  /** History that was asked for is on its way, or has come. */
  | { readonly kind: 'syncing'; readonly on: boolean }
  /** Something of others could not be kept. */
  | { readonly kind: 'not-kept'; readonly failure: Failure }
  /** So many on this device were damaged and dropped since the start; others are asked for them. */
  | { readonly kind: 'damaged'; readonly count: number }

export interface RoomOptions {
  readonly key: RoomKey
  readonly identity: Identity
  readonly history: HistoryStore
  readonly runtime: Runtime
  readonly time: TrueTime
  /** What I call myself now. */
  readonly name: () => string
  /** Why I am away, which may be empty; nothing when I am here. */
  readonly away?: () => string | undefined
  readonly sync: Sync
  /** A relay-node's archive: it keeps and tells, and is no person. */
  readonly archive?: boolean
  /** Whether there is a place for what somebody has brought; without one it may come again. */
  readonly admits?: (entry: Entry, by: PeerId) => boolean
}

/** So many are told of; whoever was alone for a year hardly has more. */
const UNSENT_MAX = 10_000

interface Incoming {
  readonly entry: Entry
  readonly late: boolean
  readonly gossiped: boolean
}

/** What is said, before it has a place. */
type Saying = Pick<Unsigned, 'content' | 'username'> & Pick<LineHead, 'kind' | 'target' | 'body'>

/** Until a link is so old, a relay-node may not have said yet that it is one. */
const IDENTIFIED_AFTER_MS = 2_000
/** So many entries a transaction: a page gets to do other things between two of them. */
const BURST_MAX = 200

/** A disk that has refused something may have room again. */
const MISSED_EVERY_MS = 30_000
/** After so many times, ten minutes, nobody here has it. */
const REFETCHES_MAX = 20

/** One room: what is said in it, what came in, and who is there. */
export class Room implements SyncMember {
  readonly changes = new Changes<RoomChange>()
  readonly presence: Presence
  /** ms since 1970 */
  readonly openedAt: number
  readonly #options: RoomOptions
  readonly #gate: Gate
  readonly #outbox: Outbox
  readonly #receipts: Receipts
  readonly #gaps: Gaps
  readonly #redating: Redating
  /** What the screen was told last of one's own: what is known only ever grows. */
  readonly #told = new Map<EntryId, Delivery>()
  #damaged = 0
  /** What was lost from this disk stood before; µs. Others are still to be asked for it, so many times. */
  #lostUpTo: number | undefined
  #refetches = 0
  #refetching = false
  /** The disk has refused what others may still have. */
  #missed = false
  #roomSync: RoomSync | undefined
  #unlearn: Stop = () => undefined
  #syncing = false
  #floor: Position = START
  #network: Network | undefined
  #stops: Stop[] = []
  /** Accepted, not yet on the disk. */
  #incoming: Incoming[] = []
  #writing: Promise<void> | undefined
  #refusals = 0
  #leftOut = 0
  #stopped = false
  /** From then on, what others say should come by itself; ms since 1970. */
  #listeningSince = Infinity
  #arrived = { gossip: 0, sync: 0 }

  constructor(options: RoomOptions) {
    this.#options = options
    const { key, runtime, time } = options
    const self = options.identity.peerId
    const archive = options.archive === true
    this.openedAt = runtime.clock.now()
    this.presence = new Presence({
      key,
      runtime,
      self,
      name: options.name,
      ...(options.away === undefined ? {} : { away: options.away }),
      relay: archive,
      archive,
    })
    this.#gate = new Gate({ key, time, clock: runtime.clock, floor: () => this.#floor })
    const deliveries = new Changes<DeliveryChange>()
    deliveries.subscribe(({ id, delivery }) => {
      this.#showDelivery(id, delivery)
    })
    this.#outbox = new Outbox({
      key,
      runtime,
      history: options.history,
      time,
      changes: deliveries,
      handing: (entry) => {
        this.#redating.handing(entry)
      },
      anybody: () => this.#anybody(),
    })
    this.#receipts = new Receipts({
      key,
      runtime,
      self,
      archive,
      history: options.history,
      say: (bytes) => {
        this.presence.say(bytes)
      },
      isArchive: (peer) => this.presence.archives.includes(peer),
      crowd: () => this.presence.people.length,
    })
    const place = { room: key.id, runtime, history: options.history }
    this.#gaps = new Gaps({
      ...place,
      missing: () => {
        this.#roomSync?.lacking()
      },
    })
    this.#redating = new Redating({
      ...place,
      time,
      sayAgain: (old) => this.#sayAgain(old),
      ask: () => {
        this.#roomSync?.nudge()
      },
    })
    this.#listen()
  }

  get key(): RoomKey {
    return this.#options.key
  }
  get history(): HistoryStore {
    return this.#options.history
  }
  get name(): string {
    return this.key.name
  }
  /** What others said while this device was listening: came by itself, or had to be fetched. */
  get arrived(): { readonly gossip: number; readonly sync: number } {
    return this.#arrived
  }
  /** How many of my entries nobody else has yet. */
  get queued(): number {
    return this.#outbox.length
  }

  /** How many entries on this device were damaged, and dropped, since the start. */
  get damaged(): number {
    return this.#damaged
  }

  async start(): Promise<void> {
    // An archive's room that is opened for one session is never stopped, and has nobody to ask.
    if (this.#options.archive !== true) this.#watchDisk()
    this.#floor = await this.#options.history.floor(this.key.id)
    await Promise.all([this.#outbox.start(), this.#receipts.start()])
    if (this.#stopped) return
    // An archive says nothing, and its floor is its keeper's.
    if (this.#options.archive === true) return
    this.#unlearn = this.#options.time.changes.subscribe((change) => {
      void this.#heedTime()
      // What was refused as from the future comes again; and others tell the time.
      if (change.kind === 'jumped' || change.moved) this.#roomSync?.nudge()
    })
    await this.#heedTime()
  }

  /** Takes part over a network, once there is one. */
  attach(network: Network): void {
    this.#network = network
    if (this.#options.archive === true) this.#watchDisk()
    this.#listeningSince = this.#options.time.now()
    this.#stops.push(network.join(this.key.topic, (bytes, origin) => this.receive(bytes, origin)))
    this.presence.attach(network)
    this.#outbox.attach(network)
    const { sync, runtime } = this.#options
    this.#stops.push(
      sync.add(this),
      repeat(
        runtime.clock,
        () => MISSED_EVERY_MS,
        () => {
          if (this.#missed) this.#roomSync?.lacking()
          void this.#refetch()
        },
      ),
    )
    this.#roomSync = new RoomSync({
      sync,
      network,
      runtime,
      member: this,
      // Peers of the Go system do not speak the protocol.
      people: () => this.presence.people.flatMap(({ id, silent }) => (silent ? [] : [id])),
      archives: () => this.presence.archives,
      unsent: () => this.#outbox.oldest,
      progress: (on) => {
        this.#showSyncing(on)
      },
    })
    this.#roomSync.start()
    void this.#refetch()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#unlearn()
    for (const stop of this.#stops.splice(0)) stop()
    this.#outbox.stop()
    this.#roomSync?.stop()
    this.#receipts.stop()
    this.#gaps.stop()
    await this.presence.stop()
    this.#network = undefined
    await this.#redating.stop()
    await this.#writing
  }

  /** Signs, stores, shows; then tells others, who may come later. */
  async say(
    content: string,
    kind = 'text',
    body?: Readonly<Record<string, unknown>>,
  ): Promise<Result<Entry>> {
    const checked = checkContent(content)
    if (!checked.ok) return checked
    const said = await this.#sayStored({
      content,
      kind,
      username: this.#options.name(),
      ...(body === undefined ? {} : { body }),
    })
    if (!said.ok) return said
    this.changes.emit({ kind: 'entries', entries: [said.value], late: new Set() })
    this.#tellSaid(said.value)
    return said
  }

  async #sayAgain(old: Entry): Promise<boolean> {
    const { content, kind, username } = old
    const { target, body } = old.head ?? {}
    const said = await this.#sayStored(
      {
        content,
        kind,
        username,
        ...(target === undefined ? {} : { target }),
        ...(body === undefined ? {} : { body }),
      },
      old,
    )
    if (!said.ok) {
      this.#options.runtime.log('room: not dated anew', { failure: said.failure })
      return false
    }
    this.#outbox.drop(old)
    this.#receipts.drop(old)
    this.changes.emit({ kind: 'redated', old: old.id, entry: said.value })
    this.#tellSaid(said.value)
    return true
  }

  async #sayStored(saying: Saying, insteadOf?: Entry): Promise<Result<Entry>> {
    const { history, identity, time } = this.#options
    try {
      await this.#believeFloor()
      const notAfter = time.horizon
      const said = await history.say(
        this.key.id,
        (head) => Entry.write(this.#line(saying, head), identity),
        {
          ...(notAfter === Infinity ? {} : { notAfter }),
          ...(insteadOf === undefined ? {} : { insteadOf }),
        },
      )
      if (said.ok) this.#gate.remember(said.value.id)
      return said
    } catch (error) {
      return fail(storageFailure(error))
    }
  }

  #tellSaid(entry: Entry): void {
    this.#catchUp()
    this.#outbox.put(entry)
    this.#receipts.said(entry)
    this.#showDelivery(entry.id, 'queued')
  }

  /** The time is known, or is not known any more. */
  async #heedTime(): Promise<void> {
    try {
      await this.#believeFloor()
    } catch (error) {
      storageFailure(error)
    }
    this.#redating.look()
  }

  /** A floor ahead of the time was set by a wrong clock: nothing would be heard any more. */
  async #believeFloor(): Promise<void> {
    const { history, time } = this.#options
    if (this.#floor.clock <= time.horizon) return
    const floor = { ...START, clock: Math.floor(time.now() * 1_000) }
    await history.lower(this.key.id, floor)
    this.#floor = floor
  }

  /**
   * The one gate for lines from others. The verdict does not wait for the disk. `later`: a sync
   * brought more than can be taken at once.
   */
  receive(bytes: Bytes, origin: Gossiped): Promise<Verdict>
  receive(bytes: Bytes, origin: Synced): Promise<Verdict | 'later'>
  async receive(bytes: Bytes, origin: Origin): Promise<Verdict | 'later'> {
    const tooMuch = origin.via === 'sync' ? 'later' : 'ignore'
    // A disk that hangs must not fill the memory. What is left out may come again.
    if (this.#incoming.length >= STRANGERS_MAX) {
      // What gossip brings it brings once.
      this.#missed ||= origin.via === 'gossip'
      return tooMuch
    }
    const passage = await this.#gate.check(bytes, origin)
    if (this.#stopped) return this.#leaveOut(passage)
    switch (passage.passed) {
      case 'entry': {
        const { entry, late } = passage
        this.presence.learnName(entry.author, entry.username)
        if (!this.#admits(entry, origin)) return origin.via === 'sync' ? tooMuch : passage.verdict
        if (entry.clock / 1_000 > this.#listeningSince) this.#arrived[origin.via]++
        this.#incoming.push({ entry, late, gossiped: origin.via === 'gossip' })
        this.#writing ??= this.#write()
        break
      }
      case 'passing':
        this.#showPassing(passage.author, passage.line)
        break
      case 'nothing':
        this.#options.runtime.log('room: refused', { room: this.name, failure: passage.failure })
        if (passage.failure.kind === 'too-fast') return tooMuch
        if (origin.via === 'sync') this.#leftOut++
        break
      case 'known':
        break
    }
    return passage.verdict
  }

  /** Whoever hands it over must not believe that it is here. */
  #leaveOut({ passed, verdict }: Passage): Verdict {
    if (passed === 'entry') this.#refusals++
    return verdict
  }

  #admits(entry: Entry, origin: Origin): boolean {
    const by = origin.via === 'gossip' ? origin.forwarder : origin.partner
    if (this.#options.admits?.(entry, by) ?? true) return true
    this.#gate.forget([entry.id])
    return false
  }

  /** Once all that was received is on the disk, or was refused. */
  async settled(): Promise<void> {
    await this.#writing
  }

  /** How often something that passed the gate was not kept: the disk refused it, or the room was left. */
  get refusals(): number {
    return this.#refusals
  }

  /** How much of what a sync has brought has no place here: from the future, forgotten, over an author's share. */
  get leftOut(): number {
    return this.#leftOut
  }

  /** One's own that a sync is giving to somebody. */
  handing(entries: readonly Entry[]): void {
    for (const entry of entries) this.#redating.handing(entry)
  }

  /** History is on its way from somebody. */
  get syncing(): boolean {
    return this.#syncing
  }

  /** Asks others for what lies before a position. True if something came. */
  older(before: Position): Promise<boolean> {
    return this.#roomSync?.older(before) ?? Promise.resolve(false)
  }

  /** The network is back, or the page is looked at again. */
  nudge(): void {
    this.#roomSync?.nudge()
  }

  /** How many of one's own entries somebody has said to keep. */
  keptBy(peer: PeerId): number {
    return this.#receipts.keptBy(peer)
  }

  /** Where an entry of one's own is known to be. */
  evidence(entry: Entry, delivery: Delivery): Evidence {
    return this.#receipts.evidence(entry, delivery)
  }

  /** A sync session went well: what was handed over has got somewhere. */
  synced(partner: PeerId, session: Session): void {
    this.#outbox.handedOver(session.given).catch((error: unknown) => {
      this.#options.runtime.log('room: evidence was lost', { room: this.name, why: String(error) })
    })
    if (leftNothingOut(session)) {
      this.#receipts.levelled(partner)
      this.#redating.levelled()
    }
    this.#receipts.mention(partner)
    if (session.got > 0) this.#receipts.spread()
  }

  page(options: { readonly before?: Position; readonly limit: number }): Promise<readonly Entry[]> {
    return this.#options.history.page(this.key.id, options)
  }

  get(ids: readonly EntryId[]): Promise<readonly Entry[]> {
    return this.#options.history.get(this.key.id, ids)
  }

  onward(options: { readonly after: Position; readonly limit: number }): Promise<readonly Entry[]> {
    return this.#options.history.onward(this.key.id, options)
  }

  deliveries(ids: readonly EntryId[]): Promise<ReadonlyMap<EntryId, Delivery>> {
    return this.#options.history.deliveries(this.key.id, ids)
  }

  /** Something was forgotten here, on this device. */
  get cleared(): boolean {
    return comparePositions(this.#floor, START) > 0
  }

  /** One's own from before a position that nobody else has, oldest first. */
  async unsent(before: Position): Promise<readonly Entry[]> {
    const queued = await this.#options.history.queued(this.key.id, UNSENT_MAX)
    return queued.filter(({ position }) => comparePositions(position, before) < 0)
  }

  /** Forgets what is older, on this device, for good. Returns how many entries went. */
  async clear(before: Position): Promise<number> {
    await this.#believeFloor()
    // A floor ahead of the time would keep out what others say next.
    const { horizon } = this.#options.time
    const floor = before.clock > horizon ? { ...START, clock: horizon } : before
    // The floor only ever rises: a shorter memory asked for later brings nothing back.
    if (comparePositions(floor, this.#floor) <= 0) return 0
    // First on the disk: what it has not forgotten can be tried again.
    const gone = await this.#options.history.trim(this.key.id, floor)
    if (comparePositions(floor, this.#floor) > 0) this.#floor = floor
    this.#outbox.trim(floor)
    this.changes.emit({ kind: 'trimmed', floor })
    return gone
  }

  /**
   * Says `join` to the Go system's peers, at most once an hour.
   * @param last when it was last said from this installation, ms since 1970
   * @returns when it was said, or nothing if it was not
   */
  async join(last: number | undefined): Promise<number | undefined> {
    const now = this.#options.runtime.clock.now()
    if (this.#network === undefined || !this.#anybody()) return undefined
    if (last !== undefined && now - last < JOIN_EVERY_MS && last <= now) return undefined
    const told = await this.#pass('join')
    return told ? now : undefined
  }

  /** Says `leave`: to people who read along on the Go system. */
  async leave(): Promise<void> {
    await this.#pass('leave')
  }

  /** People who say `here`, and subscribers of our own that are no relay-nodes. */
  #anybody(): boolean {
    if (this.presence.people.length > 0 || this.presence.archives.length > 0) return true
    const known = this.#options.runtime.clock.now() - IDENTIFIED_AFTER_MS
    const links = this.#network?.links() ?? []
    const relays = new Set(
      links.flatMap((link) => (link.relay || link.since > known ? [link.peer] : [])),
    )
    return this.#network?.subscribers(this.key.topic).some((peer) => !relays.has(peer)) ?? false
  }

  async #pass(type: 'join' | 'leave'): Promise<boolean> {
    const { identity, name, time } = this.#options
    const bytes = encodePassing(type, name(), Math.floor(time.now() / 1_000), identity.peerId)
    const told = await this.#network?.publish(this.key.topic, bytes)
    return told?.ok === true && told.value.reached > 0
  }

  #line({ content, username, ...said }: Saying, head: Head): Unsigned {
    const { identity, time } = this.#options
    const clock = Math.max(Math.floor(time.now() * 1_000), head.clock + 1)
    const { log, seq, prev } = head
    return {
      content,
      username,
      from: identity.peerId,
      head: {
        ...said,
        room: this.key.id,
        clock,
        log,
        seq,
        ...(prev === undefined ? {} : { prev }),
      },
    }
  }

  #showPassing(
    author: PeerId,
    line: { readonly type: string; readonly username: string; readonly timestamp: number },
  ): void {
    const type = line.type === 'join' ? 'join' : 'leave'
    this.presence.learnName(author, line.username)
    if (type === 'leave') this.presence.forget(author)
    const name = shownName(line.username, shortPeerId(author))
    this.changes.emit({ kind: 'passing', type, author, name, at: line.timestamp * 1_000 })
  }

  #listen(): void {
    const { runtime } = this.#options
    this.presence.changes.subscribe((change) => {
      if (change.kind !== 'came') return
      this.#receipts.mention(change.person.id)
      this.#outbox.nudge()
      this.#roomSync?.greet()
    })
    this.presence.archived.subscribe(() => {
      this.#outbox.nudge()
      this.#roomSync?.greet()
    })
    this.presence.held.subscribe(({ from, logs, unkept }) => {
      this.#receipts.heard(from, logs, unkept).catch((error: unknown) => {
        runtime.log('room: a receipt was lost', { room: this.name, why: String(error) })
      })
    })
    this.#receipts.changes.subscribe((change) => {
      if (change.kind === 'lacking') this.#roomSync?.lacking(change.from)
      else {
        this.#outbox.held(new Set([change.id]))
        this.#showDelivery(change.id, change.delivery)
      }
    })
  }

  #showDelivery(id: EntryId, delivery: Delivery): void {
    const told = this.#told.get(id)
    if (told !== undefined && !lessThan(told, delivery)) return
    const [oldest] = this.#told.keys()
    if (this.#told.size >= STRANGERS_MAX && oldest !== undefined) this.#told.delete(oldest)
    this.#told.set(id, delivery)
    this.changes.emit({ kind: 'delivery', id, delivery })
  }

  #showSyncing(on: boolean): void {
    if (this.#syncing === on) return
    this.#syncing = on
    this.changes.emit({ kind: 'syncing', on })
  }

  /** One transaction per burst: what comes in while the disk is busy goes in together. */
  async #write(): Promise<void> {
    // Let the rest of an RPC through the gate first.
    await Promise.resolve()
    try {
      while (this.#incoming.length > 0) {
        const burst = this.#incoming.splice(0, BURST_MAX)
        const added = await this.#add(burst.map(({ entry }) => entry))
        if (added.ok) {
          await this.#countLeftOut(added.value, burst)
          this.#catchUp()
          this.#tellAdded(added.value, burst)
        } else {
          this.#missed = true
          this.#refusals++
          this.#gate.forget(burst.map(({ entry }) => entry.id))
          this.changes.emit({ kind: 'not-kept', failure: added.failure })
        }
      }
    } finally {
      // Here and not in a later turn: what comes in between would wait for whatever comes next.
      this.#writing = undefined
    }
  }

  /** What is neither new on the disk nor was there: the store has no place for it. */
  async #countLeftOut(added: readonly Entry[], burst: readonly Incoming[]): Promise<void> {
    const archive = this.#options.archive === true
    const fresh = new Set(added.map(({ id }) => id))
    const others = burst.filter(
      ({ entry, gossiped }) => !fresh.has(entry.id) && (archive || !gossiped),
    )
    if (others.length === 0) return
    const ids = others.map(({ entry }) => entry.id)
    try {
      const known = new Set((await this.get(ids)).map(({ id }) => id))
      const unkept = others.filter(({ entry }) => !known.has(entry.id))
      this.#leftOut += unkept.filter(({ gossiped }) => !gossiped).length
      if (archive) this.#receipts.unkept(unkept.map(({ entry }) => entry.author))
    } catch (error) {
      storageFailure(error)
      this.#leftOut += others.length
    }
  }

  /** The disk takes something again: what it has refused, others are asked for. */
  #catchUp(): void {
    if (!this.#missed) return
    this.#missed = false
    this.#roomSync?.lacking()
  }

  #watchDisk(): void {
    const stop = this.#options.history.lost.subscribe((lost) => {
      this.#heedLoss(lost)
    })
    this.#stops.push(stop)
  }

  /** What is gone from this disk may come again. */
  #heedLoss(lost: Lost): void {
    if (lost.kind === 'newer-version') return
    if (lost.kind === 'damaged' && lost.room !== this.key.id) return
    this.#gate.forgetAll()
    if (lost.kind === 'damaged') {
      this.#damaged += lost.count
      this.changes.emit({ kind: 'damaged', count: this.#damaged })
    }
    const newest = lost.kind === 'damaged' ? lost.newest : Infinity
    const upTo = Math.min(Math.max(newest, this.#lostUpTo ?? 0), this.#options.time.now() * 1_000)
    this.#lostUpTo = Math.ceil(upTo)
    this.#refetches = REFETCHES_MAX
    void this.#refetch()
  }

  /** It may lie far below what is synced by itself; and nobody may be here yet who has it. */
  async #refetch(): Promise<void> {
    const sync = this.#roomSync
    const clock = this.#lostUpTo
    if (sync === undefined || clock === undefined || this.#refetching) return
    this.#refetching = true
    try {
      const came = await sync.older({ ...START, clock })
      if (came || --this.#refetches <= 0) this.#lostUpTo = undefined
    } catch (error) {
      this.#options.runtime.log('room: lost lines were not fetched', { why: String(error) })
    } finally {
      this.#refetching = false
    }
  }

  #tellAdded(added: readonly Entry[], burst: readonly Incoming[]): void {
    if (added.length === 0) return
    this.#receipts.kept(added)
    for (const { author } of added) this.presence.typing.end(author)
    this.#gaps.heard(burst.flatMap(({ entry, gossiped }) => (gossiped ? [entry] : [])))
    const late = new Set(burst.flatMap(({ entry, late }) => (late ? [entry.id] : [])))
    this.changes.emit({ kind: 'entries', entries: added, late })
    // One's own that this disk had lost come back from somebody who has them.
    const own = added.filter(({ author }) => author === this.#options.identity.peerId)
    const synced = burst.flatMap(({ entry, gossiped }) => (gossiped ? [] : [entry.id]))
    if (own.length > 0) void this.#takeBack(own, new Set(synced))
  }

  async #takeBack(own: readonly Entry[], synced: ReadonlySet<EntryId>): Promise<void> {
    const ids = own.map(({ id }) => id)
    try {
      await this.#receipts.returned(
        own,
        ids.filter((id) => synced.has(id)),
      )
      for (const [id, delivery] of await this.deliveries(ids)) this.#showDelivery(id, delivery)
    } catch (error) {
      storageFailure(error)
    }
  }

  async #add(entries: readonly Entry[]): Promise<Result<readonly Entry[]>> {
    try {
      return ok(await this.#options.history.add(entries))
    } catch (error) {
      return fail(storageFailure(error))
    }
  }
}

/** All that the partner holds of the room's end, and was not here, is here now. */
function leftNothingOut({ more, refused, window }: Session): boolean {
  return !more && !refused && comparePositions(window.to, END) === 0
}

/** What a disk does fails as a value; our own mistakes are thrown on. */
function storageFailure(error: unknown): Failure {
  if (error instanceof StorageError) return error.failure
  throw error
}
