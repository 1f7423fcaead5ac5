import { Changes, type Stop } from '../../shared/changes.ts'
import type { Entry } from '../../shared/entry.ts'
import type { Failure, Result } from '../../shared/failure.ts'
import {
  type Delivery,
  type Head,
  type HeldLog,
  type HeldRun,
  type HistoryStore,
  type Holder,
  type Lost,
  type SayOptions,
  StorageError,
} from '../../shared/history.ts'
import {
  END,
  type EntryId,
  type LogId,
  type PeerId,
  type Position,
  type Range,
  type RoomId,
  START,
  type ShortId,
  comparePositions,
} from '../../shared/ids.ts'
import type { RoomKey } from '../../shared/room-key.ts'
import type { Fingerprint } from '../../shared/sums.ts'
import type { Part } from '../../shared/tally.ts'
import type { Span } from '../store/aging.ts'
import type { SqliteHistory } from '../store/history-sqlite.ts'
import { ROW_BYTES } from '../store/room-rows.ts'
import type { RoomUsage, Usage } from '../store/usage.ts'
import type { RoomNames } from './room-names.ts'

export interface ArchiveHistoryOptions {
  readonly history: SqliteHistory
  readonly names: RoomNames
  /** What a room may take; one author a fifth of it. */
  readonly roomBytes: number
  /** What `add` was given is on the disk, or will not be. */
  readonly settled?: (entries: readonly Entry[]) => void
  /** The disk refused something. */
  readonly failed: (failure: Failure) => void
  /** So many lines did not verify any more, and were dropped. */
  readonly damaged: (count: number) => void
}

/** One author's share of a room: whoever floods it silences nobody else. */
const AUTHOR_SHARE = 0.2
/** What a stub takes on the disk, with its share of the indexes. */
const STUB_BYTES = 96
const NOTHING: Usage = { entries: 0, bytes: 0 }

export interface ArchiveTotal extends Usage {
  readonly rooms: number
  readonly damaged: number
}

/** The history of an archive: the one on the disk, within what a room and an author may take. */
export class ArchiveHistory implements HistoryStore {
  /** A room has taken more. */
  readonly grown = new Changes<RoomId>()
  readonly #options: ArchiveHistoryOptions
  readonly #history: SqliteHistory
  /** Rooms of which something may be kept from now on. */
  readonly #open = new Map<RoomId, RoomKey>()
  readonly #usage = new Map<RoomId, Usage>()
  /** How many stubs each room has, as far as it has got any since the start. */
  readonly #stubs = new Map<RoomId, number>()
  #ageFloor = START
  #refused: Failure['kind'] | undefined
  #damaged = 0
  #turn: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(options: ArchiveHistoryOptions) {
    this.#options = options
    this.#history = options.history
    for (const { room, entries, bytes } of options.history.rooms())
      this.#usage.set(room, { entries, bytes })
    options.history.lost.subscribe((lost) => {
      if (lost.kind === 'damaged') this.#countDamaged(lost)
    })
  }

  get lost(): Changes<Lost> {
    return this.#history.lost
  }

  /** Why the disk took nothing of what was to be added last, if so. */
  get refused(): Failure['kind'] | undefined {
    return this.#refused
  }

  /** To be called before anything of the room is added, and until nothing is any more. */
  open(key: RoomKey): Stop {
    this.#open.set(key.id, key)
    return () => {
      if (this.#open.get(key.id) === key) this.#open.delete(key.id)
    }
  }

  isOpen(room: RoomId): boolean {
    return this.#open.has(room)
  }

  /** Forgets the names of rooms of which nothing is left. */
  forgetNames(): Promise<void> {
    return this.#changing(async () => {
      this.#options.names.keepOnly((room) => this.#usage.has(room))
    })
  }

  /** Forgets authors of whom nothing is left in any room. */
  forgetAuthors(): Promise<void> {
    return this.#attempt(() => this.#history.forgetAuthors())
  }

  /** Of all rooms; `damaged` ones were dropped since the start. */
  get total(): ArchiveTotal {
    const sum = { rooms: 0, entries: 0, bytes: 0, damaged: this.#damaged }
    for (const { entries, bytes } of this.#usage.values()) {
      if (entries > 0) sum.rooms++
      sum.entries += entries
      sum.bytes += bytes
    }
    return sum
  }

  usage(room: RoomId): Usage {
    return this.#usage.get(room) ?? NOTHING
  }

  /** Of those that hold something, on the disk and not in memory. */
  rooms(): readonly RoomUsage[] {
    return this.#history.rooms()
  }

  /** When what is kept was said, in all rooms. */
  span(): Span | undefined {
    return this.#history.span()
  }

  /** For the next start, ms since 1970. */
  noteTime(ms: number): Promise<void> {
    return this.#attempt(() => this.#history.noteTime(ms))
  }

  /** Forgets the floors above `clock` (µs), which a wrong clock has set. */
  lowerFloorsAbove(clock: number): Promise<number> {
    return this.#attempt(() => this.#history.lowerFloorsAbove(clock))
  }

  /** What is older is not kept, in any room. */
  raiseAgeFloor(clock: number): void {
    this.#ageFloor = { ...START, clock: Math.max(this.#ageFloor.clock, clock) }
  }

  add(entries: readonly Entry[]): Promise<readonly Entry[]> {
    return this.#changing(async () => {
      const added: Entry[] = []
      for (const [room, ofRoom] of Map.groupBy(entries, (entry) => entry.room))
        added.push(...(await this.#addTo(room, ofRoom)))
      if (added.length > 0) this.#refused = undefined
      return added
    }).finally(() => {
      this.#options.settled?.(entries)
    })
  }

  async floor(room: RoomId): Promise<Position> {
    const floor = await this.#history.floor(room)
    return comparePositions(floor, this.#ageFloor) < 0 ? this.#ageFloor : floor
  }

  async trim(room: RoomId, floor: Position): Promise<number> {
    // Of a room that nothing was kept of, nothing is noted either: names cost nothing to invent.
    if (!this.#options.names.has(room)) return 0
    const gone = await this.#attempt(() => this.#history.trim(room, floor))
    // Stubs may have gone, too, of which nobody is told.
    if (gone > 0 || this.#stubs.has(room)) await this.#measureInTurn(room)
    return gone
  }

  /** Drops the oldest entries until the room takes at most `bytes`, stubs included. */
  async trimToSize(room: RoomId, bytes: number): Promise<number> {
    await this.#measureInTurn(room)
    const stubs = (this.#stubs.get(room) ?? 0) * STUB_BYTES
    const gone = await this.#attempt(() =>
      this.#history.trimToSize(room, Math.max(0, bytes - stubs)),
    )
    await this.#measureInTurn(room)
    return gone
  }

  stub(room: RoomId, positions: readonly Position[]): Promise<void> {
    return this.#changing(() => this.#stub(room, positions))
  }

  say(
    room: RoomId,
    sign: (head: Head) => Promise<Result<Entry>>,
    options?: SayOptions,
  ): Promise<Result<Entry>> {
    return this.#history.say(room, sign, options)
  }
  lower(room: RoomId, floor: Position): Promise<void> {
    return this.#history.lower(room, floor)
  }
  logs(room: RoomId): Promise<readonly HeldLog[]> {
    return this.#history.logs(room)
  }
  twins(room: RoomId, author: PeerId, log: LogId): Promise<readonly number[]> {
    return this.#history.twins(room, author, log)
  }
  page(
    room: RoomId,
    options: { readonly before?: Position; readonly limit: number },
  ): Promise<readonly Entry[]> {
    return this.#history.page(room, options)
  }
  onward(
    room: RoomId,
    options: { readonly after: Position; readonly limit: number },
  ): Promise<readonly Entry[]> {
    return this.#history.onward(room, options)
  }
  get(room: RoomId, ids: readonly EntryId[]): Promise<readonly Entry[]> {
    return this.#history.get(room, ids)
  }
  find(room: RoomId, ids: readonly ShortId[]): Promise<readonly Entry[]> {
    return this.#history.find(room, ids)
  }
  witness(room: RoomId, ids: readonly EntryId[], delivery: Delivery): Promise<void> {
    return this.#history.witness(room, ids, delivery)
  }
  deliveries(room: RoomId, ids: readonly EntryId[]): Promise<ReadonlyMap<EntryId, Delivery>> {
    return this.#history.deliveries(room, ids)
  }
  queued(room: RoomId, limit: number): Promise<readonly Entry[]> {
    return this.#history.queued(room, limit)
  }
  undelivered(room: RoomId, than: Delivery, limit: number): Promise<readonly Entry[]> {
    return this.#history.undelivered(room, than, limit)
  }
  fingerprint(room: RoomId, range: Range): Promise<Fingerprint> {
    return this.#history.fingerprint(room, range)
  }
  split(room: RoomId, range: Range, parts: number): Promise<readonly Part[]> {
    return this.#history.split(room, range, parts)
  }
  positions(room: RoomId, range: Range, limit: number): Promise<readonly Position[]> {
    return this.#history.positions(room, range, limit)
  }
  window(
    room: RoomId,
    options: { readonly before?: Position; readonly entries: number; readonly spanUs: number },
  ): Promise<Range> {
    return this.#history.window(room, options)
  }
  heldBy(room: RoomId, holder: PeerId, run: HeldRun): Promise<void> {
    return this.#history.heldBy(room, holder, run)
  }
  holders(room: RoomId): Promise<readonly Holder[]> {
    return this.#history.holders(room)
  }
  held(): Promise<readonly RoomId[]> {
    return this.#history.held()
  }
  async close(): Promise<void> {
    await this.#turn
    this.#closed = true
    await this.#history.close()
  }

  async #addTo(room: RoomId, entries: readonly Entry[]): Promise<readonly Entry[]> {
    const key = this.#open.get(room)
    if (key !== undefined) this.#options.names.add(key)
    // A session with a room on the disk, of which everything has gone meanwhile.
    else if (!this.#options.names.has(room)) return []
    const authors = this.#history.usageByAuthor(room)
    const most = this.#options.roomBytes * AUTHOR_SHARE
    const added: Entry[] = []
    const close: Entry[] = []
    const whole: Entry[] = []
    for (const [author, ofOne] of Map.groupBy(entries, (entry) => entry.author))
      (takes(ofOne) + (authors.get(author)?.bytes ?? 0) <= most ? whole : close).push(...ofOne)
    try {
      added.push(...(await this.#history.add(whole)))
      added.push(...(await this.#addUpTo(most, room, close, authors)))
    } catch (error) {
      // Some of it may be on the disk all the same.
      await this.#measure(room)
      throw error
    }
    const { entries: count, bytes } = this.usage(room)
    this.#usage.set(room, { entries: count + added.length, bytes: bytes + takes(added) })
    this.grown.emit(room)
    return added.sort((a, b) => comparePositions(a.position, b.position))
  }

  /** One by one, since what is known already takes nothing; what is over is remembered as a stub. */
  async #addUpTo(
    most: number,
    room: RoomId,
    entries: readonly Entry[],
    authors: ReadonlyMap<PeerId, Usage>,
  ): Promise<readonly Entry[]> {
    const used = new Map([...authors].map(([author, { bytes }]) => [author, bytes]))
    const added: Entry[] = []
    const over: Position[] = []
    for (const entry of entries) {
      const before = used.get(entry.author) ?? 0
      if (before + takes([entry]) > most) over.push(entry.position)
      else {
        const fresh = await this.#history.add([entry])
        used.set(entry.author, before + takes(fresh))
        added.push(...fresh)
      }
    }
    if (over.length > 0) await this.#stub(room, over)
    return added
  }

  async #stub(room: RoomId, positions: readonly Position[]): Promise<void> {
    if (!this.#stubs.has(room)) await this.#countStubs(room)
    await this.#history.stub(room, positions)
    // At most so many: those that were there or below the floor come off when the room is measured.
    this.#stubs.set(room, (this.#stubs.get(room) ?? 0) + positions.length)
    const { entries, bytes } = this.usage(room)
    this.#usage.set(room, { entries, bytes: bytes + positions.length * STUB_BYTES })
  }

  async #countStubs(room: RoomId): Promise<void> {
    const { count } = await this.#history.fingerprint(room, { from: START, to: END })
    this.#stubs.set(room, Math.max(0, count - this.#history.usage(room).entries))
  }

  #countDamaged({ room, count }: Extract<Lost, { kind: 'damaged' }>): void {
    this.#damaged += count
    this.#options.damaged(count)
    // A disk that refuses this has been told of already.
    this.#measureInTurn(room).catch(() => undefined)
  }

  /** Not amid an `add`, which would then count what it has added once more. */
  #measureInTurn(room: RoomId): Promise<void> {
    return this.#changing(() => this.#measure(room))
  }

  async #measure(room: RoomId): Promise<void> {
    if (this.#stubs.has(room)) await this.#countStubs(room)
    const { entries, bytes } = this.#history.usage(room)
    const stubs = this.#stubs.get(room) ?? 0
    if (entries + stubs === 0) this.#usage.delete(room)
    else this.#usage.set(room, { entries, bytes: bytes + stubs * STUB_BYTES })
  }

  /** One change at a time: what an author may still add is reckoned before it is added. */
  #changing<T>(change: () => Promise<T>): Promise<T> {
    const changed = this.#turn.then(() => this.#attempt(change))
    this.#turn = changed.catch(() => undefined)
    return changed
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      // What comes in at the very end is offered again; the disk is not to blame.
      if (error instanceof StorageError && !this.#closed) {
        this.#refused = error.failure.kind
        this.#options.failed(error.failure)
      }
      throw error
    }
  }
}

function takes(entries: readonly Entry[]): number {
  return entries.reduce((sum, { bytes }) => sum + bytes.length + ROW_BYTES, 0)
}
