import type { Stop } from './changes.ts'
import type { Failure, Result } from './failure.ts'
import { END, type PeerId, type Position, type Range, comparePositions } from './ids.ts'
import {
  SYNC_AT_ONCE,
  SYNC_EVERY_MS,
  SYNC_JITTER_MS,
  SYNC_PLACE_MS,
  SYNC_SAME_PEER_EVERY_MS,
  SYNC_URGENT_EVERY_MS,
  SYNC_WINDOW_ENTRIES,
  SYNC_WINDOW_US,
} from './limits.ts'
import type { Network } from './network.ts'
import { type Runtime, repeat, sleep, steadyOf } from './runtime.ts'
import type { Sync, SyncMember } from './sync.ts'
import { type Session, bound, isMisbehaviour } from './sync-session.ts'

export interface RoomSyncOptions {
  readonly sync: Sync
  readonly member: SyncMember
  readonly network: Network
  readonly runtime: Runtime
  /** People in the room. */
  readonly people: () => readonly PeerId[]
  /** Archives among one's own relays. */
  readonly archives: () => readonly PeerId[]
  /** Where the oldest entry of one's own stands that nobody has: worth no wait. */
  readonly unsent: () => Position | undefined
  /** Whether history is on its way. */
  readonly progress: (syncing: boolean) => void
}

interface Wish {
  /** By a steady clock: one that is set back would keep everybody waiting. */
  readonly at: number
  readonly stop: Stop
}

/** Whenever there are two, history comes from two: one that withholds is not believed alone. */
const PARTNERS = 2
/** So often in a row a partner may be busy, or lost half-way, before it is asked less and less. */
const PATIENCE = 8
/** So many sessions in a row with one partner that has more and more. */
const MORE_MAX = 200
/** How often, and how long, somebody who scrolls back waits for a session that is under way. */
const OLDER_TRIES = 10
const OLDER_PAUSE_MS = 500

/** When, and with whom, a room is reconciled. */
export class RoomSync {
  readonly #options: RoomSyncOptions
  readonly #wishes = new Map<PeerId, Wish>()
  readonly #lastAt = new Map<PeerId, number>()
  readonly #asked = new Set<PeerId>()
  /** Sessions in a row that came to nothing. */
  readonly #failures = new Map<PeerId, number>()
  /** How often in a row nothing came of what somebody was said to have. */
  readonly #fruitless = new Map<PeerId, number>()
  /** Who is asked because of what they were said to have. */
  readonly #urged = new Set<PeerId>()
  /** Their turn has come, and they wait for a place. */
  readonly #waiting = new Set<PeerId>()
  readonly #running = new Set<PeerId>()
  /** Those of them that have been at it for too long to hold up others. */
  readonly #slow = new Set<PeerId>()
  readonly #life = new AbortController()
  #stops: Stop[] = []

  constructor(options: RoomSyncOptions) {
    this.#options = options
  }

  start(): void {
    const { network, runtime } = this.#options
    this.#stops = [
      network.changes.subscribe((change) => {
        if (change.kind !== 'subscribed' && change.kind !== 'unsubscribed') this.greet()
      }),
      repeat(
        runtime.clock,
        () => SYNC_EVERY_MS,
        () => {
          this.#withSomebody()
        },
      ),
    ]
    this.greet()
  }

  stop(): void {
    this.#life.abort(new Error('stopped'))
    for (const stop of this.#stops.splice(0)) stop()
    for (const wish of this.#wishes.values()) wish.stop()
    this.#wishes.clear()
    this.#waiting.clear()
  }

  /** Looks at who can be asked: call it when somebody came. The first ones are asked at once. */
  greet(): void {
    const { runtime, unsent, archives } = this.#options
    for (const partner of this.#reachable()) {
      if (this.#asked.has(partner)) continue
      const hurry =
        this.#asked.size < PARTNERS || archives().includes(partner) || unsent() !== undefined
      this.#asked.add(partner)
      this.#wish(
        partner,
        hurry ? 0 : runtime.random.fraction() * SYNC_JITTER_MS,
        SYNC_SAME_PEER_EVERY_MS,
      )
    }
    this.#forgetGone()
  }

  /** Whoever went and comes back may have heard something meanwhile, and is asked like anybody new. */
  #forgetGone(): void {
    const reachable = new Set(this.#reachable())
    const all = [this.#asked, this.#lastAt, this.#failures, this.#fruitless, this.#urged]
    for (const known of all)
      for (const partner of known.keys()) if (!reachable.has(partner)) known.delete(partner)
  }

  /** Somebody holds what this device lacks, or a hole showed. */
  lacking(from?: PeerId): void {
    const reachable = this.#reachable()
    const partner = from !== undefined && reachable.includes(from) ? from : this.#random(reachable)
    if (partner === undefined) return
    this.#urged.add(partner)
    // It may lie below what is synced, or be a lie: asked for less and less often.
    const vain = this.#fruitless.get(partner) ?? 0
    const every = Math.min(SYNC_SAME_PEER_EVERY_MS, SYNC_URGENT_EVERY_MS * 2 ** vain)
    this.#wish(partner, 0, every)
  }

  /** The network is back, or the page is looked at again. */
  nudge(): void {
    for (const partner of this.#reachable().slice(0, PARTNERS))
      this.#wish(partner, 0, SYNC_URGENT_EVERY_MS)
  }

  /** Reconciles what lies before a position with two others, for scrolling back. True if something came. */
  async older(before: Position): Promise<boolean> {
    const { history, key } = this.#options.member
    const to = { clock: before.clock + 1, id: END.id }
    const from = bound(await history.floor(key.id))
    if (comparePositions(from, to) >= 0) return false
    const range = { from, to }
    const count = async (): Promise<number> => (await history.fingerprint(key.id, range)).count
    const held = await count()
    const partners = this.#reachable().slice(0, PARTNERS)
    await Promise.all(partners.map((partner) => this.#patiently(partner, range)))
    return (await count()) > held
  }

  /** One session of a room with a partner goes on at a time. */
  async #patiently(partner: PeerId, range: Range): Promise<void> {
    const { runtime, sync } = this.#options
    for (let i = 0; i < OLDER_TRIES && !this.#life.signal.aborted; i++) {
      if ((await this.#session(partner, range)).ok || sync.shuns(partner)) return
      await sleep(runtime.clock, OLDER_PAUSE_MS)
    }
  }

  /** Archives first, then people, whoever has a link. */
  #reachable(): readonly PeerId[] {
    const { network, archives, people, sync } = this.#options
    const linked = new Set(network.links().map((link) => link.peer))
    const all = [...archives(), ...people()]
    return [...new Set(all)].filter((peer) => linked.has(peer) && !sync.shuns(peer))
  }

  #random(peers: readonly PeerId[]): PeerId | undefined {
    return peers[Math.floor(this.#options.runtime.random.fraction() * peers.length)]
  }

  #withSomebody(): void {
    const partner = this.#random(this.#reachable())
    if (partner !== undefined) this.#wish(partner, 0, SYNC_URGENT_EVERY_MS)
  }

  /** A session soon, though not sooner than `every` ms after the last one with the same partner. */
  #wish(partner: PeerId, inMs: number, every: number): void {
    const { clock } = this.#options.runtime
    const now = steadyOf(clock)
    const last = this.#lastAt.get(partner)
    const at = Math.max(now + inMs, last === undefined ? 0 : last + every)
    const wish = this.#wishes.get(partner)
    if (this.#life.signal.aborted || (wish !== undefined && wish.at <= at)) return
    wish?.stop()
    const stop = clock.after(at - now, () => {
      this.#wishes.delete(partner)
      this.#waiting.add(partner)
      this.#fill()
    })
    this.#wishes.set(partner, { at, stop })
  }

  /** Begins with those who wait, as long as there are places. */
  #fill(): void {
    for (const partner of this.#waiting) {
      if (this.#running.size - this.#slow.size >= SYNC_AT_ONCE) return
      this.#waiting.delete(partner)
      if (!this.#reachable().includes(partner)) continue
      if (this.#running.has(partner)) this.#wish(partner, SYNC_URGENT_EVERY_MS, 0)
      else void this.#take(partner)
    }
  }

  async #take(partner: PeerId): Promise<void> {
    const { runtime, progress } = this.#options
    this.#running.add(partner)
    progress(true)
    const stop = runtime.clock.after(SYNC_PLACE_MS, () => {
      this.#slow.add(partner)
      this.#fill()
    })
    try {
      await this.#reconcile(partner)
    } catch (error) {
      runtime.log('sync: stopped', { partner, why: String(error) })
    } finally {
      stop()
      this.#running.delete(partner)
      this.#slow.delete(partner)
      // They may have left in the middle.
      this.#forgetGone()
      progress(this.#running.size > 0)
      this.#fill()
    }
  }

  async #reconcile(partner: PeerId): Promise<void> {
    const { history, key } = this.#options.member
    const count = async (window: Range): Promise<number> =>
      (await history.fingerprint(key.id, window)).count
    for (let i = 0; i < MORE_MAX; i++) {
      const window = await this.#window()
      const held = await count(window)
      const result = await this.#session(partner, window)
      if (!result.ok) {
        this.#tryAgain(partner, result.failure)
        return
      }
      this.#failures.delete(partner)
      const session = result.value
      // What the partner says is no progress; what is on this disk now, or was asked for, is.
      const grew = (await count(window)) > held
      this.#remember(partner, grew)
      // Where nothing of it could be kept there is no place for it, and will not be so soon.
      if (session.postponed > 0)
        this.#wish(partner, 0, grew ? SYNC_SAME_PEER_EVERY_MS : SYNC_EVERY_MS)
      else if (session.left) this.#wish(partner, 0, SYNC_EVERY_MS)
      else if (session.more && (grew || session.gave > 0)) continue
      await this.#handOverOld(partner, session.window.from)
      return
    }
  }

  /** Whether something came of what the partner was said to have. */
  #remember(partner: PeerId, grew: boolean): void {
    if (grew) this.#fruitless.delete(partner)
    else if (this.#urged.has(partner))
      this.#fruitless.set(partner, (this.#fruitless.get(partner) ?? 0) + 1)
    this.#urged.delete(partner)
  }

  /**
   * When things have moved: it may be in session with us already. Whoever does not speak the
   * protocol, or does not keep the room, is asked less and less.
   */
  #tryAgain(partner: PeerId, failure: Failure): void {
    const failures = (this.#failures.get(partner) ?? 0) + 1
    this.#failures.set(partner, failures)
    const doublings = Math.max(0, failures - PATIENCE)
    // Whoever keeps us waiting is not waited for again so soon.
    const pause = this.#slow.has(partner)
      ? SYNC_SAME_PEER_EVERY_MS
      : Math.min(SYNC_EVERY_MS, SYNC_JITTER_MS * 2 ** doublings)
    if (failure.kind === 'unreachable') this.#wish(partner, pause, SYNC_URGENT_EVERY_MS)
    // One's own disk: people are told, and may make room.
    else if (!isMisbehaviour(failure)) this.#wish(partner, SYNC_SAME_PEER_EVERY_MS, 0)
  }

  /** What was said long ago and never got anywhere lies below what is synced first. */
  async #handOverOld(partner: PeerId, before: Position): Promise<void> {
    const oldest = this.#options.unsent()
    if (oldest === undefined || comparePositions(oldest, before) >= 0) return
    const result = await this.#session(partner, { from: bound(oldest), to: before }, true)
    if (result.ok && result.value.left) this.#wish(partner, 0, SYNC_EVERY_MS)
  }

  async #window(): Promise<Range> {
    const { history, key } = this.#options.member
    const { from } = await history.window(key.id, {
      entries: SYNC_WINDOW_ENTRIES,
      spanUs: SYNC_WINDOW_US,
    })
    return { from: bound(from), to: END }
  }

  #session(partner: PeerId, window: Range, exact = false): Promise<Result<Session>> {
    const { sync, member, runtime, archives } = this.#options
    this.#lastAt.set(partner, steadyOf(runtime.clock))
    return sync.with(partner, member, window, {
      archive: archives().includes(partner),
      exact,
      signal: this.#life.signal,
    })
  }
}
