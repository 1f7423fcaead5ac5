import { type Entry, shortId } from './entry.ts'
import type { Failure, Result } from './failure.ts'
import {
  type EntryId,
  type LogId,
  type PeerId,
  type Position,
  type RoomId,
  START,
  comparePositions,
} from './ids.ts'

/** Where the next entry of one's own log goes. */
export interface Head {
  readonly log: LogId
  /** The seq that the next entry gets. */
  readonly seq: number
  /** Short id of the entry at `seq − 1`. */
  readonly prev?: string
  /** The greatest clock in the room, or its floor's if that is greater, µs; the next entry's is greater. */
  readonly clock: number
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

/** How far an entry of one's own is known to have got; never more than somebody else has proved. */
export type Delivery = 'queued' | 'sent' | 'stored'

const DELIVERY_RANK: Readonly<Record<Delivery, number>> = { queued: 0, sent: 1, stored: 2 }

/** Evidence only ever adds up. */
export function furthest(a: Delivery, b: Delivery): Delivery {
  return DELIVERY_RANK[a] >= DELIVERY_RANK[b] ? a : b
}

/**
 * What this device keeps of every room: durable, ordered by `(clock, id)`.
 * Failures of the disk reject with a StorageError; `add` and `say` resolve only once durable.
 */
export interface HistoryStore {
  /**
   * Keeps what is new and not below the floor; returns exactly the new ones, in order. One's own
   * entry that comes back from others (this disk lost it) moves the head past it, so that no seq
   * is used twice, and counts as `sent`.
   */
  add(entries: readonly Entry[]): Promise<readonly Entry[]>
  /**
   * Writes the next entry of one's own log. `sign` may be called again when the head or the floor
   * has moved meanwhile (another tab); its failure is passed on and nothing is stored. A full disk
   * is the failure `storage-full`, not a rejection: what could not be stored stays with its writer.
   */
  say(room: RoomId, sign: (head: Head) => Promise<Result<Entry>>): Promise<Result<Entry>>
  logs(room: RoomId): Promise<readonly HeldLog[]>
  /** Below it nothing is kept, asked for or accepted. */
  floor(room: RoomId): Promise<Position>
  /** The newest `limit` entries before `before` (default: the end), oldest first. */
  page(
    room: RoomId,
    options: { readonly before?: Position; readonly limit: number },
  ): Promise<readonly Entry[]>
  /** In the order of `ids`; what is not kept in this room is left out. */
  get(room: RoomId, ids: readonly EntryId[]): Promise<readonly Entry[]>
  /** Raises the floor and drops what lies below; the head of one's own log stays. Returns how many went. */
  trim(room: RoomId, floor: Position): Promise<number>
  /** Keeps evidence about one's own entries; a lesser state never replaces a greater one. */
  witness(room: RoomId, ids: readonly EntryId[], delivery: Delivery): Promise<void>
  deliveries(room: RoomId, ids: readonly EntryId[]): Promise<ReadonlyMap<EntryId, Delivery>>
  /** One's own entries that are still `queued`, oldest first. */
  queued(room: RoomId, limit: number): Promise<readonly Entry[]>
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

interface MemoryRoom {
  readonly entries: Entry[]
  readonly ids: Map<EntryId, Entry>
  readonly deliveries: Map<EntryId, Delivery>
  floor: Position
  head: OwnHead
}

/** `author` is known once something was said: only then can one's own entries be told from a forger's. */
interface OwnHead {
  readonly seq: number
  readonly prev?: string
  readonly author?: PeerId
}

const FIRST: OwnHead = { seq: 1 }

/** History that lives as long as the process: guests, tests and the simulation. */
export class MemoryHistory implements HistoryStore {
  readonly #log: LogId
  readonly #rooms = new Map<RoomId, MemoryRoom>()
  /** One thing is said at a time. */
  #saying: Promise<unknown> = Promise.resolve()

  /** @param log this installation's log */
  constructor(log: LogId) {
    this.#log = log
  }

  add(entries: readonly Entry[]): Promise<readonly Entry[]> {
    const fresh = entries.filter((entry) => this.#keep(entry))
    return Promise.resolve(fresh.sort(byPosition))
  }

  say(room: RoomId, sign: (head: Head) => Promise<Result<Entry>>): Promise<Result<Entry>> {
    const said = this.#saying.then(async () => {
      const held = this.#room(room)
      for (;;) {
        const head = this.#head(held)
        const entry = await sign(head)
        if (!entry.ok) return entry
        assertContinues(room, head, entry.value)
        // Nothing said here yet, and yet some of this log is there: this disk lost its beginning.
        held.head = held.head.author === undefined ? recovered(held, entry.value) : held.head
        const moved = held.head.seq !== head.seq
        if (moved || comparePositions(entry.value.position, held.floor) < 0) continue
        this.#keep(entry.value)
        held.head = headAfter(entry.value, head.seq)
        held.deliveries.set(entry.value.id, 'queued')
        return entry
      }
    })
    this.#saying = said.catch(() => undefined)
    return said
  }

  logs(room: RoomId): Promise<readonly HeldLog[]> {
    return Promise.resolve(heldLogs(this.#room(room).entries))
  }

  floor(room: RoomId): Promise<Position> {
    return Promise.resolve(this.#room(room).floor)
  }

  page(
    room: RoomId,
    options: { readonly before?: Position; readonly limit: number },
  ): Promise<readonly Entry[]> {
    const { entries } = this.#room(room)
    const { before, limit } = options
    const end = before === undefined ? entries.length : lowerBound(entries, before)
    return Promise.resolve(entries.slice(Math.max(0, end - limit), end))
  }

  get(room: RoomId, ids: readonly EntryId[]): Promise<readonly Entry[]> {
    const held = this.#room(room).ids
    return Promise.resolve(ids.flatMap((id) => held.get(id) ?? []))
  }

  trim(room: RoomId, floor: Position): Promise<number> {
    const held = this.#room(room)
    if (comparePositions(floor, held.floor) <= 0) return Promise.resolve(0)
    held.floor = floor
    const gone = held.entries.splice(0, lowerBound(held.entries, floor))
    for (const entry of gone) {
      held.ids.delete(entry.id)
      held.deliveries.delete(entry.id)
    }
    return Promise.resolve(gone.length)
  }

  witness(room: RoomId, ids: readonly EntryId[], delivery: Delivery): Promise<void> {
    const { deliveries } = this.#room(room)
    for (const id of ids) {
      const known = deliveries.get(id)
      if (known !== undefined) deliveries.set(id, furthest(known, delivery))
    }
    return Promise.resolve()
  }

  deliveries(room: RoomId, ids: readonly EntryId[]): Promise<ReadonlyMap<EntryId, Delivery>> {
    const held = this.#room(room).deliveries
    return Promise.resolve(
      new Map(ids.flatMap((id) => (held.has(id) ? [[id, held.get(id) ?? 'queued'] as const] : []))),
    )
  }

  queued(room: RoomId, limit: number): Promise<readonly Entry[]> {
    const held = this.#room(room)
    return Promise.resolve(
      held.entries.filter((entry) => held.deliveries.get(entry.id) === 'queued').slice(0, limit),
    )
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #room(id: RoomId): MemoryRoom {
    let room = this.#rooms.get(id)
    if (room === undefined) {
      room = { entries: [], ids: new Map(), deliveries: new Map(), floor: START, head: FIRST }
      this.#rooms.set(id, room)
    }
    return room
  }

  #head(room: MemoryRoom): Head {
    const { seq, prev } = room.head
    const clock = Math.max(room.entries.at(-1)?.clock ?? 0, room.floor.clock)
    return { log: this.#log, seq, clock, ...(prev === undefined ? {} : { prev }) }
  }

  #keep(entry: Entry): boolean {
    const room = this.#room(entry.room)
    const { log, seq = 0 } = entry.head ?? {}
    const lost = log === this.#log && entry.author === room.head.author && seq >= room.head.seq
    if (lost) room.head = headAfter(entry, seq)
    if (room.ids.has(entry.id) || comparePositions(entry.position, room.floor) < 0) return false
    room.entries.splice(lowerBound(room.entries, entry.position), 0, entry)
    room.ids.set(entry.id, entry)
    if (lost) room.deliveries.set(entry.id, 'sent')
    return true
  }
}

function headAfter(entry: Entry, seq: number): OwnHead {
  return { seq: seq + 1, prev: shortId(entry.id), author: entry.author }
}

/** Where one's own log goes on by what others have brought back of it. */
function recovered(room: MemoryRoom, { author, log }: Entry): OwnHead {
  const own = room.entries.filter((entry) => entry.author === author && entry.log === log)
  const last = own.reduce<Entry | undefined>(
    (a, b) => ((a?.head?.seq ?? 0) > (b.head?.seq ?? 0) ? a : b),
    undefined,
  )
  return last?.head === undefined ? FIRST : headAfter(last, last.head.seq)
}

function byPosition(a: Entry, b: Entry): number {
  return comparePositions(a.position, b.position)
}

/** Index of the first entry that is not before `position`. */
function lowerBound(entries: readonly Entry[], position: Position): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const entry = entries[middle]
    if (entry !== undefined && comparePositions(entry.position, position) < 0) low = middle + 1
    else high = middle
  }
  return low
}

function heldLogs(entries: readonly Entry[]): readonly HeldLog[] {
  const seqs = new Map<string, { author: PeerId; log: LogId; seqs: Set<number> }>()
  for (const { head, author } of entries) {
    if (head === undefined) continue
    const key = `${author}/${head.log}`
    const held = seqs.get(key) ?? { author, log: head.log, seqs: new Set() }
    seqs.set(key, held)
    held.seqs.add(head.seq)
  }
  return [...seqs.values()].map((held) => ({
    author: held.author,
    log: held.log,
    ...runOf(held.seqs),
  }))
}

/** The newest unbroken run among `seqs`, and what is missing below it. `seqs` is not empty. */
export function runOf(seqs: ReadonlySet<number>): Pick<HeldLog, 'lo' | 'hi' | 'holes'> {
  // Not Math.max(...seqs): a long log would be more arguments than the stack holds.
  let hi = 0
  let lowest = Infinity
  for (const seq of seqs) {
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
