import type { Stop } from './changes.ts'
import { END, type PeerId, type Position, type Range, comparePositions } from './ids.ts'
import {
  SYNC_EVERY_MS,
  SYNC_JITTER_MS,
  SYNC_SAME_PEER_EVERY_MS,
  SYNC_URGENT_EVERY_MS,
  SYNC_WINDOW_ENTRIES,
  SYNC_WINDOW_US,
} from './limits.ts'
import type { Network } from './network.ts'
import { type Runtime, repeat } from './runtime.ts'
import type { Sync, SyncMember } from './sync.ts'
import { type Session, bound } from './sync-session.ts'

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
  readonly at: number
  readonly stop: Stop
}

/** Whenever there are two, history comes from two: one that withholds is not believed alone. */
const PARTNERS = 2
/** So often in a row a partner may be busy, or lost half-way, before it is asked less and less. */
const PATIENCE = 8
/** So many sessions in a row with one partner that has more and more. */
const MORE_MAX = 200

/** When, and with whom, a room is reconciled. */
export class RoomSync {
  readonly #options: RoomSyncOptions
  readonly #wishes = new Map<PeerId, Wish>()
  readonly #lastAt = new Map<PeerId, number>()
  readonly #asked = new Set<PeerId>()
  /** Sessions in a row that came to nothing. */
  readonly #failures = new Map<PeerId, number>()
  readonly #running = new Set<PeerId>()
  #stops: Stop[] = []
  #stopped = false

  constructor(options: RoomSyncOptions) {
    this.#options = options
  }

  start(): void {
    const { network, runtime } = this.#options
    this.#stops = [
      network.changes.subscribe((change) => {
        if (change.kind === 'linked' || change.kind === 'updated') this.greet()
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
    this.#stopped = true
    for (const stop of this.#stops.splice(0)) stop()
    for (const wish of this.#wishes.values()) wish.stop()
    this.#wishes.clear()
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
    const reachable = new Set(this.#reachable())
    // Whoever went and comes back may have heard something meanwhile.
    for (const partner of this.#asked) {
      if (reachable.has(partner)) continue
      this.#asked.delete(partner)
      this.#lastAt.delete(partner)
      this.#failures.delete(partner)
    }
  }

  /** Somebody holds what this device lacks, or a hole showed. */
  lacking(from?: PeerId): void {
    const reachable = this.#reachable()
    const partner = from !== undefined && reachable.includes(from) ? from : this.#random(reachable)
    if (partner !== undefined) this.#wish(partner, 0, SYNC_URGENT_EVERY_MS)
  }

  /** The network is back, or the page is looked at again. */
  nudge(): void {
    for (const partner of this.#reachable().slice(0, PARTNERS))
      this.#wish(partner, 0, SYNC_URGENT_EVERY_MS)
  }

  /** Reconciles what lies before a position, for scrolling back. Resolves when a partner was asked. */
  async older(before: Position): Promise<boolean> {
    const to = { clock: before.clock + 1, id: END.id }
    for (const partner of this.#reachable().slice(0, PARTNERS)) {
      const session = await this.#session(partner, { from: bound(to), to })
      if (session !== undefined) return session.got > 0
    }
    return false
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
    const now = clock.now()
    const last = this.#lastAt.get(partner)
    const at = Math.max(now + inMs, last === undefined ? 0 : last + every)
    const wish = this.#wishes.get(partner)
    if (this.#stopped || (wish !== undefined && wish.at <= at)) return
    wish?.stop()
    const stop = clock.after(at - now, () => {
      this.#wishes.delete(partner)
      this.#reconcile(partner).catch((error: unknown) => {
        // A disk that cannot be read: there is nothing to compare.
        this.#options.runtime.log('sync: could not reconcile', { partner, why: String(error) })
      })
    })
    this.#wishes.set(partner, { at, stop })
  }

  async #reconcile(partner: PeerId): Promise<void> {
    if (!this.#reachable().includes(partner)) return
    if (this.#running.has(partner)) {
      this.#wish(partner, SYNC_URGENT_EVERY_MS, SYNC_URGENT_EVERY_MS)
      return
    }
    this.#running.add(partner)
    this.#options.progress(true)
    try {
      for (let i = 0; i < MORE_MAX; i++) {
        const session = await this.#session(partner, await this.#window())
        if (session === undefined) return
        if (session.more && session.got + session.given.length > 0) continue
        await this.#handOverOld(partner, session.window.from)
        return
      }
    } finally {
      this.#running.delete(partner)
      this.#options.progress(this.#running.size > 0)
    }
  }

  /** What was said long ago and never got anywhere lies below what is synced first. */
  async #handOverOld(partner: PeerId, before: Position): Promise<void> {
    const oldest = this.#options.unsent()
    if (oldest === undefined || comparePositions(oldest, before) >= 0) return
    await this.#session(partner, { from: bound(oldest), to: before }, true)
  }

  async #window(): Promise<Range> {
    const { history, key } = this.#options.member
    const { from } = await history.window(key.id, {
      entries: SYNC_WINDOW_ENTRIES,
      spanUs: SYNC_WINDOW_US,
    })
    return { from: bound(from), to: END }
  }

  async #session(partner: PeerId, window: Range, exact = false): Promise<Session | undefined> {
    const { sync, member, runtime, archives } = this.#options
    this.#lastAt.set(partner, runtime.clock.now())
    const session = await sync.with(partner, member, window, {
      archive: archives().includes(partner),
      exact,
    })
    if (session.ok) {
      this.#failures.delete(partner)
      return session.value
    }
    // Worth another try when things have moved: it may be in session with us already. Whoever does
    // not speak the protocol, or does not keep the room, is asked less and less.
    const failures = (this.#failures.get(partner) ?? 0) + 1
    this.#failures.set(partner, failures)
    const doublings = Math.max(0, failures - PATIENCE)
    const pause = Math.min(SYNC_EVERY_MS, SYNC_JITTER_MS * 2 ** doublings)
    if (session.failure.kind === 'unreachable' && !this.#stopped)
      this.#wish(partner, pause, SYNC_URGENT_EVERY_MS)
    return undefined
  }
}
