import { type Bytes, toBase64url } from './bytes.ts'
import { Entry } from './entry.ts'
import type { Failure } from './failure.ts'
import { Buckets, type TrueTime } from './guard.ts'
import { type EntryId, type PeerId, type Position, comparePositions } from './ids.ts'
import {
  AUTHOR_BURST_BYTES,
  AUTHOR_BURST_LINES,
  AUTHOR_BYTES_PER_SECOND,
  AUTHOR_LINES_PER_SECOND,
  FORWARD_MAX_AGE_MS,
  FUTURE_MAX_MS,
  STRANGERS_MAX,
  SYNC_PARTNER_OWN_PER_MINUTE,
} from './limits.ts'
import { type Line, parseLine } from './line.ts'
import type { Gossiped, Origin, Synced, Verdict } from './network.ts'
import { encodeProof } from './pubsub-proof.ts'
import type { RoomKey } from './room-key.ts'
import type { Clock } from './runtime.ts'

/** What the gate says of bytes: the verdict for gossip, and what came in, if anything. */
export type Passage =
  | {
      readonly verdict: Verdict
      readonly passed: 'entry'
      readonly entry: Entry
      readonly late: boolean
    }
  | {
      readonly verdict: Verdict
      readonly passed: 'passing'
      readonly author: PeerId
      readonly line: Line
    }
  | { readonly verdict: Verdict; readonly passed: 'known' }
  | { readonly verdict: Verdict; readonly passed: 'nothing'; readonly failure: Failure }

export interface GateOptions {
  readonly key: RoomKey
  readonly time: TrueTime
  readonly clock: Clock
  /** Below it nothing is accepted. */
  readonly floor: () => Position
}

/** Gossip takes seconds at most; what a sync brings later than that came late. */
const LATE_BY_SYNC_MS = 10_000

/** The checks of PROTOCOL.md's table, in its order. The verdict never waits for a disk. */
export class Gate {
  readonly #key: RoomKey
  readonly #time: TrueTime
  readonly #floor: () => Position
  readonly #authors: Buckets
  /** What was accepted in the last ten minutes or so: two generations, turned by age or size. */
  #seen = new Set<string>()
  #seenBefore = new Set<string>()
  /** Of those, what came by a sync alone: gossip still carries it on, once. */
  #bySync = new Set<EntryId>()
  #turnedAt: number
  readonly #clock: Clock
  /** A partner's own entries, which only it may vouch for. */
  readonly #partners: Buckets
  /** When this device came into the room, ms since 1970. */
  readonly #since: number

  constructor(options: GateOptions) {
    this.#key = options.key
    this.#time = options.time
    this.#clock = options.clock
    this.#floor = options.floor
    this.#turnedAt = options.clock.now()
    this.#authors = new Buckets(
      [
        { burst: AUTHOR_BURST_LINES, perSecond: AUTHOR_LINES_PER_SECOND },
        { burst: AUTHOR_BURST_BYTES, perSecond: AUTHOR_BYTES_PER_SECOND },
      ],
      options.clock,
    )
    this.#partners = new Buckets(
      [{ burst: SYNC_PARTNER_OWN_PER_MINUTE, perSecond: SYNC_PARTNER_OWN_PER_MINUTE / 60 }],
      options.clock,
    )
    this.#since = options.clock.now()
  }

  check(bytes: Bytes, origin: Origin): Promise<Passage> {
    return origin.via === 'gossip'
      ? this.#checkGossiped(bytes, origin)
      : this.#checkSynced(bytes, origin)
  }

  async #checkGossiped(bytes: Bytes, origin: Gossiped): Promise<Passage> {
    const line = parseLine(bytes)
    if (!line.ok) return refuse(line.failure)
    if (line.value.from !== origin.author) return refuse({ kind: 'not-the-signer' })
    if (line.value.type !== 'message') return this.#passing(line.value, bytes, origin)
    const opened =
      line.value.head === undefined
        ? await Entry.open(2, encodeProof(origin.proof))
        : await Entry.open(1, bytes)
    if (!opened.ok) return refuse(opened.failure)
    return this.#admit(opened.value)
  }

  /**
   * A partner that hands over what does not verify, or is of another room, is to blame (`reject`):
   * it has checked it itself, or should have.
   */
  async #checkSynced(bytes: Bytes, { partner, form }: Synced): Promise<Passage> {
    const opened = await Entry.open(form, bytes)
    if (!opened.ok) {
      const newer = opened.failure.kind === 'newer-version'
      return { verdict: newer ? 'ignore' : 'reject', passed: 'nothing', failure: opened.failure }
    }
    const entry = opened.value
    if (entry.room !== this.#key.id)
      return { verdict: 'reject', passed: 'nothing', failure: { kind: 'wrong-room' } }
    const placed = this.#place(entry)
    if (placed !== undefined) return placed
    if (entry.author === partner && !this.#partners.take(partner))
      return refuse({ kind: 'too-fast' })
    this.remember(entry.id)
    this.#bySync.add(entry.id)
    // What was said before this device came is history; what was said since comes late.
    const late = entry.clock / 1_000 > this.#since && this.#age(entry) > LATE_BY_SYNC_MS
    return { verdict: 'accept', passed: 'entry', entry, late }
  }

  /** One's own entries, and those that came another way, are known from now on. */
  remember(id: EntryId): void {
    this.#remember(id)
  }

  /** They could not be kept: they may come again. */
  forget(ids: readonly EntryId[]): void {
    for (const id of ids) {
      this.#seen.delete(id)
      this.#seenBefore.delete(id)
      this.#bySync.delete(id)
    }
  }

  /** Some of what came in was lost: whatever comes is looked at again. */
  forgetAll(): void {
    this.#seen.clear()
    this.#seenBefore.clear()
    this.#bySync.clear()
  }

  #remember(key: string): void {
    const now = this.#clock.now()
    if (now - this.#turnedAt > FORWARD_MAX_AGE_MS || this.#seen.size >= STRANGERS_MAX) {
      this.#seenBefore = this.#seen
      this.#seen = new Set()
      // What is so old is not carried on any more.
      this.#bySync = new Set([...this.#bySync].filter((id) => this.#seenBefore.has(id)))
      this.#turnedAt = now
    }
    this.#seen.add(key)
  }

  #knows(key: string): boolean {
    return this.#seen.has(key) || this.#seenBefore.has(key)
  }

  #passing(line: Line, bytes: Bytes, { author, proof }: Gossiped): Passage {
    // Gossip forgets what it has seen after two minutes; a join is fresh for ten.
    const key = `${author}/${toBase64url(proof.seqno)}`
    if (this.#knows(key)) return { verdict: 'ignore', passed: 'known' }
    // A join says nothing worth keeping, so what is old or ahead is not shown at all.
    const ageMs = this.#time.now() - line.timestamp * 1_000
    if (ageMs > FORWARD_MAX_AGE_MS) return refuse({ kind: 'below-the-floor' })
    if (-ageMs > FUTURE_MAX_MS) return refuse({ kind: 'from-the-future', aheadMs: -ageMs })
    if (!this.#authors.take(author, 1, bytes.length)) return refuse({ kind: 'too-fast' })
    this.#remember(key)
    return { verdict: 'accept', passed: 'passing', author, line }
  }

  #admit(entry: Entry): Passage {
    if (entry.room !== this.#key.id) return refuse({ kind: 'wrong-room' })
    const placed = this.#place(entry)
    if (placed?.passed === 'known') return this.#carryOn(entry)
    if (placed !== undefined) return placed
    if (!this.#authors.take(entry.author, 1, entry.bytes.length))
      return refuse({ kind: 'too-fast' })
    this.remember(entry.id)
    const late = this.#age(entry) > FORWARD_MAX_AGE_MS
    return { verdict: late ? 'ignore' : 'accept', passed: 'entry', entry, late }
  }

  /** Peers of the Go system have no sync: what we had by one first must not end here. */
  #carryOn(entry: Entry): Passage {
    const carried =
      this.#bySync.has(entry.id) &&
      this.#age(entry) <= FORWARD_MAX_AGE_MS &&
      this.#authors.take(entry.author, 1, entry.bytes.length)
    if (carried) this.#bySync.delete(entry.id)
    return { verdict: carried ? 'accept' : 'ignore', passed: 'known' }
  }

  /** Why an entry of this room does not come in, if it does not. */
  #place(entry: Entry): Passage | undefined {
    if (this.#knows(entry.id)) return { verdict: 'ignore', passed: 'known' }
    const aheadMs = entry.clock / 1_000 - this.#time.latest
    if (aheadMs > FUTURE_MAX_MS) return refuse({ kind: 'from-the-future', aheadMs })
    if (comparePositions(entry.position, this.#floor()) < 0)
      return refuse({ kind: 'below-the-floor' })
    return undefined
  }

  #age(entry: Entry): number {
    return this.#time.now() - entry.clock / 1_000
  }
}

function refuse(failure: Failure): Passage {
  // A forwarder is punished only for what no honest peer forwards, the Go system's included.
  const verdict = failure.kind === 'refused-by-all' ? 'reject' : 'ignore'
  return { verdict, passed: 'nothing', failure }
}
