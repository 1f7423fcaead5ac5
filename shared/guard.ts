import { Changes } from './changes.ts'
import type { PeerId } from './ids.ts'
import {
  CLOCK_TOLERANCE_MS,
  NO_CLOCK_BEFORE_MS,
  STAMP_AHEAD_MAX_MS,
  STRANGERS_MAX,
} from './limits.ts'
import type { Clock } from './runtime.ts'

export interface BucketSize {
  readonly burst: number
  readonly perSecond: number
}

/** Tokens come in fractions, and sums of fractions fall short by less than this. */
const ROUNDING = 1e-6

/** A token bucket: `burst` at once, then `perSecond`. */
export class Bucket {
  readonly #size: BucketSize
  readonly #clock: Clock
  #tokens: number
  #at: number

  constructor(size: BucketSize, clock: Clock) {
    this.#size = size
    this.#clock = clock
    this.#tokens = size.burst
    this.#at = clock.now()
  }

  /** Takes `cost` tokens, or none at all; after `wait(cost)` they are there. */
  take(cost = 1): boolean {
    this.#refill()
    if (this.#tokens + ROUNDING < cost) return false
    this.#tokens = Math.max(0, this.#tokens - cost)
    return true
  }

  /** ms until `cost` tokens will be there. */
  wait(cost = 1): number {
    this.#refill()
    return Math.max(0, Math.ceil(((cost - this.#tokens) / this.#size.perSecond) * 1_000))
  }

  get full(): boolean {
    this.#refill()
    return this.#tokens >= this.#size.burst
  }

  #refill(): void {
    const now = this.#clock.now()
    // A wall clock may step back; time never takes tokens away.
    const passed = Math.max(0, now - this.#at)
    this.#at = now
    this.#tokens = Math.min(
      this.#size.burst,
      this.#tokens + (passed / 1_000) * this.#size.perSecond,
    )
  }
}

/** One set of buckets per stranger; the map is bounded, and a full bucket is no loss to forget. */
export class Buckets {
  readonly #sizes: readonly BucketSize[]
  readonly #clock: Clock
  readonly #buckets = new Map<string, readonly Bucket[]>()

  /** @param sizes one for each kind of cost that `take` is given */
  constructor(sizes: readonly BucketSize[], clock: Clock) {
    this.#sizes = sizes
    this.#clock = clock
  }

  take(who: string, ...costs: readonly number[]): boolean {
    const buckets = this.#of(who)
    const enough = buckets.every((bucket, i) => bucket.wait(costs[i] ?? 1) === 0)
    return enough && buckets.every((bucket, i) => bucket.take(costs[i] ?? 1))
  }

  /** ms until `take` would succeed. */
  wait(who: string, ...costs: readonly number[]): number {
    const buckets = this.#buckets.get(who) ?? []
    return Math.max(...buckets.map((bucket, i) => bucket.wait(costs[i] ?? 1)), 0)
  }

  #of(who: string): readonly Bucket[] {
    let buckets = this.#buckets.get(who)
    if (buckets === undefined) {
      if (this.#buckets.size >= STRANGERS_MAX) this.#forget()
      buckets = this.#sizes.map((size) => new Bucket(size, this.#clock))
      this.#buckets.set(who, buckets)
    }
    return buckets
  }

  #forget(): void {
    for (const [who, buckets] of this.#buckets)
      if (buckets.every((bucket) => bucket.full)) this.#buckets.delete(who)
    // All of them busy: a flood of identities. The oldest go; they come back with a fresh burst.
    for (const who of this.#buckets.keys()) {
      if (this.#buckets.size < STRANGERS_MAX) break
      this.#buckets.delete(who)
    }
  }
}

/** Whoever served the page. */
const ORIGIN = 'origin'
/** A zone's mistake is half a day; what is further off is broken, or a lie. */
const DAY_MS = 24 * 3_600_000
const SAMPLES = 15

/** The device's clock moved by so much against a steady one: it was set, or the device slept. */
const JUMP_MS = 30_000

export type TimeChange =
  /** The device's clock is not what it was: nobody's word about it counts any more. */
  | { readonly kind: 'jumped' }
  /** The time is known now, or `moved`: it is another than this device believed, or is disputed. */
  | { readonly kind: 'learnt'; readonly moved: boolean }

/** This device's clock, corrected by what others' clocks say once it is off by more than a minute. */
export class TrueTime {
  readonly changes = new Changes<TimeChange>()
  readonly #clock: Clock
  /** The last word of each, the newest last. */
  readonly #offsets = new Map<string, number>()
  /** The node of whoever served the page: the same clock, and one voice. */
  #origin: PeerId | undefined
  /** It runs on this very device, so that its word is the device's clock once more. */
  #sameClock = false
  /** Between the device's clock and a steady one. */
  #apart: number | undefined
  #told = UNKNOWN

  constructor(clock: Clock) {
    this.#clock = clock
    this.#apart = this.#apartNow()
  }

  /**
   * A clock before this program was written is wrong for certain, and not heard.
   * @param remoteNow another clock's ms since 1970, heard just now
   * @param source whose; one voice each
   */
  learn(remoteNow: number, source = ORIGIN): void {
    if (!Number.isFinite(remoteNow) || remoteNow < NO_CLOCK_BEFORE_MS) return
    this.#heedJump()
    const voice = source === this.#origin ? ORIGIN : source
    this.#offsets.delete(voice)
    // However many strangers speak: there is one voice that nobody can add to.
    const oldest = [...this.#offsets.keys()].find((each) => each !== ORIGIN)
    if (this.#offsets.size >= SAMPLES && oldest !== undefined) this.#offsets.delete(oldest)
    this.#offsets.set(voice, remoteNow - this.#clock.now())
    this.#tell()
  }

  /**
   * The page was served by this node: what it has said, and will say, is the origin's word.
   * @param sameClock it runs on this device
   */
  originIs(peer: PeerId, { sameClock = false }: { readonly sameClock?: boolean } = {}): void {
    this.#origin = peer
    this.#sameClock = sameClock
    const heard = this.#offsets.get(peer)
    if (heard === undefined) return
    this.#offsets.delete(peer)
    if (!this.#offsets.has(ORIGIN)) this.#offsets.set(ORIGIN, heard)
    this.#tell()
  }

  #tell(): void {
    const { known, offset, disputed } = this
    const before = this.#told
    this.#told = { known, offset, disputed }
    const moved =
      Math.abs(offset - before.offset) > TOLD_MS || Math.abs(disputed - before.disputed) > TOLD_MS
    if (known !== before.known || moved) this.changes.emit({ kind: 'learnt', moved })
  }

  /** Somebody has told, who can be believed. */
  get known(): boolean {
    const only = this.#only
    return only === undefined ? this.#offsets.size > 1 : this.#isBelieved(...only)
  }

  /** How far the device's clock is behind (ms); 0 while that is within tolerance. */
  get offset(): number {
    const only = this.#only
    // Two of us, and nobody to ask who is right: the other, unless it tells fairy tales.
    if (only !== undefined) return this.#isBelieved(...only) ? tolerated(only[1]) : 0
    if (this.#isSettled) return 0
    const sorted = [...this.#offsets.values(), 0].sort((a, b) => a - b)
    const low = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
    const high = sorted[Math.floor(sorted.length / 2)] ?? 0
    return tolerated(Math.abs(low) < Math.abs(high) ? low : high)
  }

  /**
   * By how much (ms, more than a day) the clock of whoever served the page is ahead of the device's,
   * where nobody else can say which of the two is wrong; else 0.
   */
  get disputed(): number {
    const only = this.#only
    if (only === undefined || this.#isBelieved(...only)) return 0
    const [source, offset] = only
    return source === ORIGIN ? offset : 0
  }

  now(): number {
    this.#heedJump()
    return this.#clock.now() + this.offset
  }

  /**
   * Ms since 1970: of two clocks in dispute the later one, as it may be the right one. Within a day the
   * origin's clock counts here also where others have settled that it is ahead: by it those have dated
   * what they said who were alone with it.
   */
  get latest(): number {
    const latest = this.now() + this.disputed
    const origin = this.#offsets.get(ORIGIN)
    if (origin === undefined || Math.abs(origin) >= DAY_MS) return latest
    return Math.max(latest, this.#clock.now() + origin)
  }

  /**
   * µs since 1970: what is dated later was dated by a wrong clock. Without end while nobody has told
   * the time, since then it may be one's own that is wrong.
   */
  get horizon(): number {
    const now = this.now()
    return this.known ? Math.floor((now + STAMP_AHEAD_MAX_MS) * 1_000) : Infinity
  }

  /**
   * Two clocks agree that no stranger has touched: this device's, and that of whoever served the page
   * and so is trusted with more than the time. Others may have as many voices as they like.
   */
  get #isSettled(): boolean {
    const origin = this.#offsets.get(ORIGIN)
    return !this.#sameClock && origin !== undefined && tolerated(origin) === 0
  }

  /** The single voice, if there is just one. */
  get #only(): readonly [source: string, offset: number] | undefined {
    const [only] = this.#offsets
    return this.#offsets.size === 1 ? only : undefined
  }

  /**
   * Whether a single voice counts: within a day anybody's. Further off the page's origin is believed
   * where the device's clock cannot be right, and where it says that it is earlier: what is dated too
   * early is read, what is dated ahead is refused by whoever has the right time.
   */
  #isBelieved(source: string, offset: number): boolean {
    if (Math.abs(offset) < DAY_MS) return true
    return source === ORIGIN && (offset < 0 || this.#clock.now() < NO_CLOCK_BEFORE_MS)
  }

  #apartNow(): number | undefined {
    const steady = this.#clock.steady?.()
    return steady === undefined ? undefined : this.#clock.now() - steady
  }

  #heedJump(): void {
    const apart = this.#apartNow()
    if (apart === undefined || this.#apart === undefined) return
    if (Math.abs(apart - this.#apart) < JUMP_MS) return
    this.#apart = apart
    this.#offsets.clear()
    this.#told = UNKNOWN
    this.changes.emit({ kind: 'jumped' })
  }
}

/** Offsets that differ by less are the same news. */
const TOLD_MS = 1_000

const UNKNOWN = { known: false, offset: 0, disputed: 0 }

function tolerated(offset: number): number {
  return Math.abs(offset) > CLOCK_TOLERANCE_MS ? offset : 0
}
