import type { Changes, Stop } from './changes.ts'
import { type Entry, shortId } from './entry.ts'
import { Bucket, type TrueTime } from './guard.ts'
import type { Delivery, HistoryStore } from './history.ts'
import { type EntryId, type Position, comparePositions } from './ids.ts'
import { FORWARD_MAX_AGE_MS, OWN_BURST_LINES, OWN_LINES_PER_SECOND } from './limits.ts'
import type { Network } from './network.ts'
import type { RoomKey } from './room-key.ts'
import type { Runtime } from './runtime.ts'

export interface DeliveryChange {
  readonly id: EntryId
  readonly delivery: Delivery
}

export interface OutboxOptions {
  readonly key: RoomKey
  readonly history: HistoryStore
  readonly runtime: Runtime
  /** What entries are dated with: the age of one's own is told by the same clock. */
  readonly time: TrueTime
  readonly changes: Changes<DeliveryChange>
  /** Told before others are given it. */
  readonly handing: (entry: Entry) => void
  /**
   * Whether anybody is there who keeps what they hear. A relay-node alone only passes on, so what
   * it is given while nobody else listens would be called sent and be lost.
   */
  readonly anybody: () => boolean
}

/** So many are read back at the start: the oldest, to be handed over, and the newest, to be published. */
const RELOAD_MAX = 500
/** Whom a publish did not reach yet (a stream still opening) is tried again: no event tells when. */
const RETRY_MS = 1_000

/**
 * The outbox is the log itself: what is stored and not yet handed to anybody is published,
 * oldest first and paced, whenever somebody is there to hear it.
 */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #pace: Bucket
  #waiting: Entry[] = []
  /** Of those that wait, what others have by a sync: they are still told, to whom only gossip reaches. */
  readonly #held = new Set<EntryId>()
  /** Too old to be published; reconciliation brings them to others. */
  #old: Entry[] = []
  #network: Network | undefined
  #draining = false
  #stopPause: Stop = () => undefined
  #stopListening: Stop = () => undefined

  constructor(options: OutboxOptions) {
    this.#options = options
    this.#pace = new Bucket(
      { burst: OWN_BURST_LINES, perSecond: OWN_LINES_PER_SECOND },
      options.runtime.clock,
    )
  }

  /** How many of one's own entries nobody else has yet. */
  get length(): number {
    return this.#waiting.length - this.#held.size + this.#old.length
  }

  /** Where the oldest of them stands. */
  get oldest(): Position | undefined {
    const unheld = this.#waiting.filter(({ id }) => !this.#held.has(id))
    // A clock that was set back has dated what was said later before what was said first.
    return [...this.#old, ...unheld].map(({ position }) => position).sort(comparePositions)[0]
  }

  /** Takes up what an earlier run left behind. */
  async start(): Promise<void> {
    const { history, key } = this.#options
    const oldest = await history.queued(key.id, RELOAD_MAX)
    const left = oldest.length < RELOAD_MAX ? oldest : [...oldest, ...(await this.#newest(oldest))]
    const known = new Set(this.#waiting.map((entry) => entry.id))
    this.#waiting.unshift(...left.filter((entry) => !known.has(entry.id)))
    this.#drain()
  }

  /** Those that are not among the oldest, in order. */
  async #newest(oldest: readonly Entry[]): Promise<readonly Entry[]> {
    const { history, key } = this.#options
    const newest = await history.undelivered(key.id, 'sent', RELOAD_MAX)
    const known = new Set(oldest.map(({ id }) => id))
    const others = newest.filter(({ id }) => !known.has(id))
    // Only what is found has been asked for its signature.
    const ids = others.map(({ id }) => shortId(id))
    const found = new Set((await history.find(key.id, ids)).map(({ id }) => id))
    return others.filter(({ id }) => found.has(id))
  }

  attach(network: Network): void {
    this.#network = network
    this.#stopListening = network.changes.subscribe((change) => {
      if (change.kind === 'subscribed' && change.topic === this.#options.key.topic) this.nudge()
    })
    this.#drain()
  }

  put(entry: Entry): void {
    this.#waiting.push(entry)
    this.nudge()
  }

  /** Somebody may have come. */
  nudge(): void {
    this.#drain()
  }

  /** Somebody asked for these and was given them, whatever their age. */
  async handedOver(entries: readonly Entry[]): Promise<void> {
    const ids = new Set(entries.map(({ id }) => id))
    this.held(ids)
    const { history, key, changes } = this.#options
    const known = await history.deliveries(key.id, [...ids])
    const queued = [...ids].filter((id) => known.get(id) === 'queued')
    if (queued.length === 0) return
    await history.witness(key.id, queued, 'sent')
    for (const id of queued) changes.emit({ id, delivery: 'sent' })
  }

  /**
   * Others have these, which is all that is wanted of what is old. What is not is said all the same:
   * peers of the Go system have no sync, and would never hear what a relay-node was handed.
   */
  held(ids: ReadonlySet<EntryId>): void {
    for (const { id } of this.#waiting) if (ids.has(id)) this.#held.add(id)
    this.#old = this.#old.filter(({ id }) => !ids.has(id))
  }

  /** What was forgotten on this device is not told to anybody either. */
  trim(floor: Position): void {
    const kept = (entry: Entry): boolean => comparePositions(entry.position, floor) >= 0
    this.#leave(this.#waiting.filter((entry) => !kept(entry)))
    this.#old = this.#old.filter(kept)
  }

  /** It is said once more, dated rightly. */
  drop(entry: Entry): void {
    const isOther = ({ id }: Entry): boolean => id !== entry.id
    this.#leave(this.#waiting.filter((each) => !isOther(each)))
    this.#old = this.#old.filter(isOther)
  }

  stop(): void {
    this.#stopPause()
    this.#stopListening()
    this.#network = undefined
  }

  #drain(): void {
    if (this.#draining || this.#network === undefined) return
    this.#draining = true
    this.#stopPause()
    void this.#publishAll(this.#network)
  }

  async #publishAll(network: Network): Promise<void> {
    try {
      for (let entry = this.#next(network); entry !== undefined; entry = this.#next(network)) {
        this.#options.handing(entry)
        const published = await network.publish(this.#options.key.topic, entry.bytes)
        if (!published.ok || published.value.reached === 0) {
          this.#drainIn(RETRY_MS)
          return
        }
        // Not shift(): what was waiting may have been forgotten meanwhile.
        this.#leave([entry])
        await this.#witness(entry.id, 'sent')
      }
    } catch (error) {
      this.#options.runtime.log('outbox: stopped', { error })
      this.#drainIn(RETRY_MS)
    } finally {
      // Here and not in a later turn: what is put in between would wait for somebody to come.
      this.#draining = false
    }
  }

  /** What to publish now, if anything: the oldest that waits, if somebody hears it and it is not too fast. */
  #next(network: Network): Entry | undefined {
    if (this.#network !== network) return undefined
    this.#setOldAside()
    // What is dated ahead of the time is about to be said once more: heard both times it would be doubled.
    const { horizon } = this.#options.time
    const entry = this.#waiting.find(({ clock }) => clock <= horizon)
    if (entry === undefined) {
      if (this.#waiting.length > 0) this.#drainIn(RETRY_MS)
      return undefined
    }
    if (!this.#options.anybody()) {
      // Who a new subscriber is, a person or a relay-node, is known only a moment later.
      if (network.subscribers(this.#options.key.topic).length > 0) this.#drainIn(RETRY_MS)
      return undefined
    }
    if (this.#pace.take()) return entry
    this.#drainIn(this.#pace.wait())
    return undefined
  }

  /** Receivers keep what is old but do not forward it: it is left to reconciliation. */
  #setOldAside(): void {
    const since = (this.#options.time.now() - FORWARD_MAX_AGE_MS) * 1_000
    const old = this.#waiting.filter(({ clock }) => clock < since)
    if (old.length === 0) return
    this.#old.push(...old.filter(({ id }) => !this.#held.has(id)))
    this.#leave(old)
  }

  /** These wait no longer. */
  #leave(entries: readonly Entry[]): void {
    this.#waiting = this.#waiting.filter((entry) => !entries.includes(entry))
    for (const { id } of entries) this.#held.delete(id)
  }

  #drainIn(ms: number): void {
    this.#stopPause()
    this.#stopPause = this.#options.runtime.clock.after(ms, () => {
      this.#drain()
    })
  }

  async #witness(id: EntryId, delivery: Delivery): Promise<void> {
    const { history, key, changes } = this.#options
    await history.witness(key.id, [id], delivery)
    changes.emit({ id, delivery })
  }
}
