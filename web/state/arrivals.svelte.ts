import type { Entry } from '../../shared/entry.ts'
import { type EntryId, type Position, comparePositions } from '../../shared/ids.ts'
import type { Said } from './items.ts'

/** What came in between and is younger than this was on its way at the moment of a reload. */
const LATE_AFTER_MS = 10_000

/** What came while the reader was elsewhere, or above what they have read. */
export class Arrivals {
  /** Came at the end while nobody looked. */
  fresh = $state(0)
  /** Came above what stood there already, and was not in view since; oldest first. */
  above = $state.raw<readonly { readonly id: EntryId; readonly position: Position }[]>([])
  /** "New messages" stands before this. It stays where it is while it is read. */
  divider = $state.raw<Position>()
  readonly #late = new Set<EntryId>()
  /** What of the log was on this device when the page opened it. */
  #held: { readonly from: Position; readonly to: Position } | undefined
  /** Until the first sync is over, what comes was said while this page was closed. */
  #catchingUp = true

  get unread(): number {
    return this.fresh + this.above.length
  }

  /** The log stands, as far as this device holds it. */
  begin(first: Said | undefined, last: Said | undefined): void {
    if (first !== undefined && last !== undefined)
      this.#held = { from: first.entry.position, to: last.entry.position }
  }

  /** What comes from now on was said while this page is open. */
  caughtUp(): void {
    this.#catchingUp = false
  }

  /** I write: all that stands above is read. */
  answered(): void {
    this.#catchingUp = false
    this.divider = undefined
  }

  /** @param now ms since 1970 @param isLate by the room's word */
  note({ id, position, clock }: Entry, now: number, isLate: boolean): void {
    const held = this.#held
    const isOld = now - clock / 1_000 > LATE_AFTER_MS
    const isBetween =
      held !== undefined &&
      comparePositions(held.from, position) < 0 &&
      comparePositions(position, held.to) < 0
    if (isLate || (isOld && isBetween)) this.#late.add(id)
  }

  isLate(id: EntryId): boolean {
    return this.#late.has(id)
  }

  /** Somebody else's, and new on the screen. @param newest what stood at the end before */
  add({ entry, late }: Said, newest: Said | undefined, isWatched: boolean): void {
    const { id, position } = entry
    const held = this.#held
    const wasMissed =
      this.#catchingUp && held !== undefined && comparePositions(position, held.to) > 0
    if (late && newest !== undefined && comparePositions(position, newest.entry.position) < 0)
      this.#addAbove(id, position)
    else if (!isWatched) {
      this.#divide(position, wasMissed || this.fresh > 0)
      this.fresh++
    } else if (wasMissed) this.#divide(position, true)
  }

  /** These have been in view. */
  see(ids: readonly EntryId[]): void {
    if (ids.length > 0) this.above = this.above.filter(({ id }) => !ids.includes(id))
  }

  trim(floor: Position): void {
    this.above = this.above.filter(({ position }) => comparePositions(position, floor) >= 0)
  }

  /** @param belongs to what is unread already, though it may stand above it */
  #divide(position: Position, belongs: boolean): void {
    const { divider } = this
    if (divider === undefined || !belongs || comparePositions(position, divider) < 0)
      this.divider = position
  }

  #addAbove(id: EntryId, position: Position): void {
    this.above = [...this.above, { id, position }].sort((a, b) =>
      comparePositions(a.position, b.position),
    )
  }
}
