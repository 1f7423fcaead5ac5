import type { Changes } from './changes.ts'
import type { Entry } from './entry.ts'
import type { Failure, Result } from './failure.ts'
import type { EntryId, LogId, PeerId, Position, Range, RoomId, ShortId } from './ids.ts'
import type { Fingerprint } from './sums.ts'
import type { Part } from './tally.ts'

/** Where the next entry of one's own log goes. */
export interface Head {
  readonly log: LogId
  /** The seq that the next entry gets. */
  readonly seq: number
  /** Short id of the entry at `seq − 1`. */
  readonly prev?: string
  /** The greatest clock in the room that counts, or its floor's if that is greater, µs; the next entry's is greater. */
  readonly clock: number
}

/** How the next thing said fits into a room in which a wrong clock has left something. */
export interface SayOptions {
  /** µs: what is said need not stand below what is dated later, for that is some wrong clock's. */
  readonly notAfter?: number
  /** One's own, which goes in the same transaction: the same thing, dated by a wrong clock. */
  readonly insteadOf?: Entry
}

/** The disk failed: what a store's promises reject with. */
export class StorageError extends Error {
  readonly failure: Failure

  constructor(failure: Failure, options?: ErrorOptions) {
    super(
      failure.kind === 'storage-failed' ? `${failure.kind}: ${failure.what}` : failure.kind,
      options,
    )
    this.name = 'StorageError'
    this.failure = failure
  }
}

/** One author's log as this device holds it. */
export interface HeldLog {
  readonly author: PeerId
  readonly log: LogId
  /** The newest unbroken run of seqs, both ends included. */
  readonly lo: number
  readonly hi: number
  /** Seqs missing between the oldest one held and `lo`, the newest first, at most 32. */
  readonly holes: readonly number[]
}

export const HOLES_MAX = 32

/** Where the run of an author's log that somebody says they hold begins and ends (both included). */
export interface HeldRun {
  readonly log: LogId
  readonly lo: number
  readonly hi: number
  /** Said by a relay-node's archive. */
  readonly archive: boolean
}

/** Who said last that they hold which run of this installation's own log. */
export interface Holder extends HeldRun {
  readonly holder: PeerId
}

/** So many holders are remembered in a room; the one heard of longest ago goes. */
export const HOLDERS_MAX = 256

/** How far an entry of one's own is known to have got; never more than somebody else has proved. */
export type Delivery = 'queued' | 'sent' | 'stored'

const DELIVERY_RANK: Readonly<Record<Delivery, number>> = { queued: 0, sent: 1, stored: 2 }

/** Whether `a` is less than `b`. */
export function lessThan(a: Delivery, b: Delivery): boolean {
  return DELIVERY_RANK[a] < DELIVERY_RANK[b]
}

/** Evidence only ever adds up. */
export function furthest(a: Delivery, b: Delivery): Delivery {
  return DELIVERY_RANK[a] >= DELIVERY_RANK[b] ? a : b
}

/** What was here and is not any more, by nobody's wish. */
export type Lost =
  /** So many rows did not verify any more, and were dropped: others may have what they said. */
  | {
      readonly kind: 'damaged'
      readonly room: RoomId
      readonly count: number
      /** The clock of the newest of them, µs. */
      readonly newest: number
    }
  /** The browser has deleted everything. One's own log begins anew under another name. */
  | { readonly kind: 'taken-away' }
  /** A newer version of the program has changed the store: this one cannot use it any more. */
  | { readonly kind: 'newer-version' }

/**
 * What this device keeps of every room: durable, ordered by `(clock, id)`.
 * Failures of the disk reject with a StorageError; `add` and `say` resolve only once durable.
 */
export interface HistoryStore {
  /** Whoever reads what does not verify drops it, and all that is said of it, and tells it here. */
  readonly lost: Changes<Lost>
  /**
   * Keeps what is new and not below the floor; returns exactly the new ones, in order. One's own
   * entry that comes back from others (this disk lost it) moves the head past it, so that no seq
   * is used twice, and counts as `sent`; what fills a hole below the head does, too.
   */
  add(entries: readonly Entry[]): Promise<readonly Entry[]>
  /**
   * Writes the next entry of one's own log. `sign` may be called again when the head or the floor
   * has moved meanwhile (another tab); its failure is passed on and nothing is stored. A full disk
   * is the failure `storage-full`, not a rejection: what could not be stored stays with its writer.
   */
  say(
    room: RoomId,
    sign: (head: Head) => Promise<Result<Entry>>,
    options?: SayOptions,
  ): Promise<Result<Entry>>
  logs(room: RoomId): Promise<readonly HeldLog[]>
  /**
   * The seqs of a log that more than one entry has, rising. A disk that was put back to what it was
   * once has said something else under them, and others have brought back what it had said before.
   */
  twins(room: RoomId, author: PeerId, log: LogId): Promise<readonly number[]>
  /** Below it nothing is kept, asked for or accepted. */
  floor(room: RoomId): Promise<Position>
  /** The newest `limit` entries before `before` (default: the end), oldest first. */
  page(
    room: RoomId,
    options: { readonly before?: Position; readonly limit: number },
  ): Promise<readonly Entry[]>
  /** The oldest `limit` entries after `after`, oldest first. */
  onward(
    room: RoomId,
    options: { readonly after: Position; readonly limit: number },
  ): Promise<readonly Entry[]>
  /** In the order of `ids`; what is not kept in this room is left out. */
  get(room: RoomId, ids: readonly EntryId[]): Promise<readonly Entry[]>
  /** Raises the floor and drops what lies below; the head of one's own log stays. Returns how many went. */
  trim(room: RoomId, floor: Position): Promise<number>
  /** Lowers a floor that a wrong clock had set too high; what went does not come back by it. */
  lower(room: RoomId, floor: Position): Promise<void>
  /** Keeps evidence about one's own entries; a lesser state never replaces a greater one. */
  witness(room: RoomId, ids: readonly EntryId[], delivery: Delivery): Promise<void>
  deliveries(room: RoomId, ids: readonly EntryId[]): Promise<ReadonlyMap<EntryId, Delivery>>
  /** One's own entries that are still `queued`, oldest first. */
  queued(room: RoomId, limit: number): Promise<readonly Entry[]>
  /** One's own entries whose delivery is less than `than`: the newest `limit` of them, oldest first. */
  undelivered(room: RoomId, than: Delivery, limit: number): Promise<readonly Entry[]>
  /**
   * Count and digest of what is kept and stubbed in `range`. Whole hours come from sums that
   * change in the same transaction as the entries; only the entries of the two edges are read.
   * A pure function of the positions in the range: every device that holds the same says the same.
   */
  fingerprint(room: RoomId, range: Range): Promise<Fingerprint>
  /**
   * Cuts `range` into 1 to `parts` (≥ 1) adjacent pieces of about equal count; in order, covering
   * the range, none of count 0 unless all of it is. No cut takes more than 16 bytes of an id.
   */
  split(room: RoomId, range: Range, parts: number): Promise<readonly Part[]>
  /** What is kept and stubbed in `range`, the first `limit`, in order. */
  positions(room: RoomId, range: Range, limit: number): Promise<readonly Position[]>
  /** In any order; what is not kept in this room, or is a stub, is left out. */
  find(room: RoomId, ids: readonly ShortId[]): Promise<readonly Entry[]>
  /**
   * The newest stretch below `before` (default: the end): as far back as `spanUs` (µs; from `before`,
   * or from the newest entry where there is none) or as the `entries` newest ones (kept and stubbed),
   * whichever reaches further, and not below the floor. With fewer entries it reaches all the way.
   * Both ends fit on the wire: at most 16 bytes of an id.
   */
  window(
    room: RoomId,
    options: { readonly before?: Position; readonly entries: number; readonly spanUs: number },
  ): Promise<Range>
  /**
   * Remembers what is not kept but must not be synced again (over quota, blocked): counted by
   * `fingerprint`, `split`, `positions` and `window`, never returned by `page`, `get` or `find`,
   * and not kept by `add` later. What is kept or below the floor is left as it is.
   */
  stub(room: RoomId, positions: readonly Position[]): Promise<void>
  /** A holder's latest word about this installation's own log replaces its earlier one. */
  heldBy(room: RoomId, holder: PeerId, run: HeldRun): Promise<void>
  /** The one heard of last comes last. */
  holders(room: RoomId): Promise<readonly Holder[]>
  /** The rooms that have something here, in any order; some of them may have nothing left. */
  held(): Promise<readonly RoomId[]>
  close(): Promise<void>
}

/** Our own mistake, so it throws: what `sign` gave back is not what was asked for. */
export function assertContinues(room: RoomId, head: Head, entry: Entry): void {
  const given = entry.head
  const continues =
    entry.room === room &&
    given?.log === head.log &&
    given.seq === head.seq &&
    given.prev === head.prev &&
    given.clock > head.clock
  if (!continues) throw new Error(`the entry does not continue its log at seq ${head.seq}`)
}

/** The newest unbroken run among `seqs`, and what is missing below it. `seqs` is not empty. */
export function runOf(seqs: {
  has(seq: number): boolean
  keys(): Iterable<number>
}): Pick<HeldLog, 'lo' | 'hi' | 'holes'> {
  // Not Math.max(...seqs): a long log would be more arguments than the stack holds.
  let hi = 0
  let lowest = Infinity
  for (const seq of seqs.keys()) {
    hi = Math.max(hi, seq)
    lowest = Math.min(lowest, seq)
  }
  let lo = hi
  while (seqs.has(lo - 1)) lo--
  const holes: number[] = []
  for (let seq = lo - 1; seq > lowest && holes.length < HOLES_MAX; seq--)
    if (!seqs.has(seq)) holes.push(seq)
  return { lo, hi, holes }
}
