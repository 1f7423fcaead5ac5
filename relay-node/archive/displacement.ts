import type { Entry } from '../../shared/entry.ts'
import { Buckets } from '../../shared/guard.ts'
import type { PeerId, RoomId } from '../../shared/ids.ts'
import type { Clock } from '../../shared/runtime.ts'
import type { SqliteHistory } from '../store/history-sqlite.ts'
import { ROW_BYTES } from '../store/room-rows.ts'
import type { Usage } from '../store/usage.ts'
import { type ArchiveLimits, CUT_TO } from './retention.ts'
import type { RoomNames } from './room-names.ts'

export interface DisplacementOptions {
  readonly history: Pick<SqliteHistory, 'hasSpoken' | 'newestAuthor'>
  readonly limits: ArchiveLimits
  readonly names: Pick<RoomNames, 'has' | 'size'>
  readonly clock: Clock
  /** What is kept of a room, and of all. */
  readonly usage: (room: RoomId) => Usage
  readonly total: () => Usage
  /** Whose address it is that a peer is connected from, if it still is. */
  readonly groupOf: (peer: PeerId) => string | undefined
}

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000
/** Keys cost nothing: what those say who were not here an hour ago displaces so much an hour, by address. */
const NEWCOMERS_SHARE = 1 / 20
/** Whatever addresses they come by: addresses cost little more. */
const ALL_NEWCOMERS_SHARE = 1 / 5
/** Some 8,000 lines an hour in a room of 50 MB: a busy room behind one reverse proxy rolls on. */
const KNOWN_SHARE = 1 / 10

/**
 * Who may displace what is kept, and how fast. While there is room, anybody may fill it; what goes
 * when there is none goes for good, and keys are free, so it goes slowly, by address. What is
 * refused is not forgotten by those who have it: it may come again.
 */
export class Displacement {
  readonly #options: DisplacementOptions
  readonly #ofRoom: Allowance
  readonly #ofAll: Allowance
  readonly #ofNames: Allowance
  /** Let in, and not yet on the disk. */
  readonly #coming = new Map<RoomId, number>()
  #comingInAll = 0
  /** The newest author at some times of the last hour, the oldest time first. */
  #marks: readonly { readonly at: number; readonly author: number }[]

  constructor(options: DisplacementOptions) {
    const { limits, clock, history } = options
    this.#options = options
    this.#ofRoom = new Allowance(limits.roomBytes, clock)
    this.#ofAll = new Allowance(limits.totalBytes, clock)
    this.#ofNames = new Allowance(limits.rooms, clock)
    // Whoever is on the disk already has been here.
    this.#marks = [{ at: -Infinity, author: history.newestAuthor() }]
  }

  /** Whether an entry that `by` has brought is kept. What is must be told of by `settle`. */
  admits(entry: Entry, by: PeerId): boolean {
    const { room, author } = entry
    const { history, limits, names, usage, total, groupOf } = this.#options
    const oldest = this.#mark()
    const bytes = takes(entry)
    const shares: Share[] = []
    if (usage(room).bytes + this.#comingTo(room) + bytes > limits.roomBytes * CUT_TO)
      shares.push({ allowance: this.#ofRoom, place: room, cost: bytes })
    if (total().bytes + this.#comingInAll + bytes > limits.totalBytes * CUT_TO)
      shares.push({ allowance: this.#ofAll, place: '', cost: bytes })
    if (!names.has(room) && names.size >= limits.rooms * CUT_TO)
      shares.push({ allowance: this.#ofNames, place: '', cost: 1 })
    if (shares.length > 0) {
      const group = groupOf(by)
      // Whoever has gone would be one more address.
      if (group === undefined) return false
      const who = { group, known: history.hasSpoken(room, author, oldest) }
      if (!shares.every(({ allowance, ...share }) => allowance.has({ ...share, ...who })))
        return false
      for (const { allowance, ...share } of shares) allowance.take({ ...share, ...who })
    }
    this.#coming.set(room, this.#comingTo(room) + bytes)
    this.#comingInAll += bytes
    return true
  }

  /** What was let in is on the disk, or the disk refused it. */
  settle(entries: readonly Entry[]): void {
    for (const entry of entries) {
      const bytes = takes(entry)
      const left = this.#comingTo(entry.room) - bytes
      if (left > 0) this.#coming.set(entry.room, left)
      else this.#coming.delete(entry.room)
      this.#comingInAll -= bytes
    }
  }

  #comingTo(room: RoomId): number {
    return this.#coming.get(room) ?? 0
  }

  /** The newest author of those who were here an hour ago. */
  #mark(): number {
    const { clock, history } = this.#options
    const now = clock.now()
    const last = this.#marks.at(-1)
    if (last === undefined || now - last.at >= MINUTE_MS || now < last.at)
      this.#marks = [...this.#marks, { at: now, author: history.newestAuthor() }]
    const past = this.#marks.findLastIndex(({ at }) => at <= now - HOUR_MS)
    if (past > 0) this.#marks = this.#marks.slice(past)
    return this.#marks[0]?.author ?? 0
  }
}

interface Spending {
  /** What is full. */
  readonly place: string
  readonly cost: number
  readonly group: string
  /** The author has been here for an hour. */
  readonly known: boolean
}

interface Share extends Pick<Spending, 'place' | 'cost'> {
  readonly allowance: Allowance
}

/** How much of something full may be displaced: so much at once, and the same again each hour. */
class Allowance {
  readonly #newcomers: Buckets
  readonly #allNewcomers: Buckets
  readonly #known: Buckets

  constructor(capacity: number, clock: Clock) {
    const sharing = (share: number): Buckets => {
      const burst = capacity * share
      return new Buckets([{ burst, perSecond: burst / (HOUR_MS / 1_000) }], clock)
    }
    this.#newcomers = sharing(NEWCOMERS_SHARE)
    this.#allNewcomers = sharing(ALL_NEWCOMERS_SHARE)
    this.#known = sharing(KNOWN_SHARE)
  }

  has(spending: Spending): boolean {
    return this.#of(spending).every(([buckets, who]) => buckets.wait(who, spending.cost) === 0)
  }

  take(spending: Spending): void {
    for (const [buckets, who] of this.#of(spending)) buckets.take(who, spending.cost)
  }

  #of({ place, group, known }: Spending): readonly (readonly [Buckets, string])[] {
    const who = `${place} ${group}`
    if (known) return [[this.#known, who]]
    return [
      [this.#newcomers, who],
      [this.#allNewcomers, place],
    ]
  }
}

function takes({ bytes }: Entry): number {
  return bytes.length + ROW_BYTES
}
