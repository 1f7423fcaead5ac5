import type { Entry } from '../../shared/entry.ts'
import { type EntryId, type PeerId, type Position, comparePositions } from '../../shared/ids.ts'
import type { Said } from './items.ts'

/** Messages travel in seconds: what is older than this, and comes between two others, came late. */
const LATE_AFTER_MS = 10_000

/** From the oldest to the newest of some messages. */
interface Stretch {
  readonly from: Position
  readonly to: Position
}

interface UnreadAbove {
  readonly id: EntryId
  readonly position: Position
  readonly author: PeerId
  /** It calls me by my name. */
  readonly namesMe: boolean
}

/** What came while the reader was elsewhere, or above what they have read. */
export class Arrivals {
  /** Came at the end while nobody looked. */
  fresh = $state(0)
  /** Came above what stood there already, and was not in view since; oldest first. */
  above = $state.raw<readonly UnreadAbove[]>([])
  /** "New messages" stands before this. It stays where it is while it is read. */
  divider = $state.raw<Position>()
  /** So many of the unread name me. */
  mentions = $state(0)
  /** What `fresh` counts, by who said it: a room may talk all night to a page that nobody looks at. */
  readonly #atEnd = new Map<PeerId, { readonly said: number; readonly calls: number }>()
  readonly #late = new Set<EntryId>()
  /** What of the log was on this device when the page opened it. */
  #held: Stretch | undefined
  #wasHere = false
  /** Until the first sync is over, what comes was said while this page was closed. */
  #catchingUp = true
  #answered = false

  get unread(): number {
    return this.fresh + this.above.length
  }

  /** The reader is at the end, and looks. */
  read(): void {
    this.#atEnd.clear()
    this.#count()
  }

  /** Nothing of theirs is on the screen any more: it waits for nobody to read it. */
  forget(authors: ReadonlySet<PeerId>): void {
    for (const author of authors) this.#atEnd.delete(author)
    this.above = this.above.filter(({ author }) => !authors.has(author))
    this.#count()
  }

  /**
   * The log stands, as far as this device holds it.
   * @param wasHere in this room, before the page was opened
   */
  begin(oldest: Said | undefined, newest: Said | undefined, wasHere: boolean): void {
    this.#held = stretch(oldest, newest)
    this.#wasHere = wasHere
  }

  /** What comes from now on was said while this page is open. */
  caughtUp(): void {
    this.#catchingUp = false
  }

  /** I write: all that stands above is read. */
  answered(): void {
    this.#answered = true
    this.divider = undefined
  }

  /**
   * Something came. Late is what the room calls so, and what stands above something that the reader
   * had: to a newcomer all is history, and what was asked for is no surprise.
   * @param whole the log begins on the screen, and nobody was asked for what was said before
   */
  note(
    entry: Entry,
    age: number,
    isLate: boolean,
    shown: Stretch | undefined,
    whole: boolean,
  ): void {
    const { id, position } = entry
    const read = this.#catchingUp ? this.#held : shown
    const isAbove = read !== undefined && comparePositions(position, read.to) < 0
    const isBetween = isAbove && comparePositions(read.from, position) < 0
    const isBefore = isAbove && whole && !this.#catchingUp
    if (isLate || ((isBetween || isBefore) && age > LATE_AFTER_MS)) this.#late.add(id)
  }

  isLate(id: EntryId): boolean {
    return this.#late.has(id)
  }

  /**
   * Somebody else's, and new on the screen.
   * @param age ms
   * @param newest what stood at the end before
   * @param namesMe it calls me by my name
   */
  add(
    item: Said,
    age: number,
    newest: Said | undefined,
    isWatched: boolean,
    namesMe: boolean,
  ): void {
    const { unread } = this
    this.#place(item, age, newest, isWatched, namesMe)
    if (namesMe && this.unread > unread) this.mentions++
  }

  #place(
    { entry, late }: Said,
    age: number,
    newest: Said | undefined,
    isWatched: boolean,
    namesMe: boolean,
  ): void {
    const { id, position, author } = entry
    const held = this.#held
    const isCatchingUp = this.#catchingUp && !this.#answered
    const wasMissed = isCatchingUp && held !== undefined && comparePositions(position, held.to) > 0
    const isNewcomers = this.#catchingUp && held === undefined
    const isAbove = newest !== undefined && comparePositions(position, newest.entry.position) < 0
    if (late && isAbove) this.#addAbove({ id, position, author, namesMe })
    // History: what stands above the end, and was not said just now, is no news at the bottom. A
    // newcomer's comes in backwards.
    else if (isAbove && !wasMissed && (age > LATE_AFTER_MS || isNewcomers)) return
    // Nor does what was said before they ever came wait for them in a room that they do not look at.
    else if (isNewcomers && !this.#wasHere && age > LATE_AFTER_MS) return
    else if (!isWatched) {
      this.#divide(position, wasMissed || this.fresh > 0)
      const { said, calls } = this.#atEnd.get(author) ?? { said: 0, calls: 0 }
      this.#atEnd.set(author, { said: said + 1, calls: calls + (namesMe ? 1 : 0) })
      this.fresh++
    } else if (wasMissed) this.#divide(position, true)
  }

  /** These have been in view. */
  see(ids: readonly EntryId[]): void {
    if (ids.length === 0) return
    this.above = this.above.filter(({ id }) => !ids.includes(id))
    this.#count()
  }

  trim(floor: Position): void {
    this.above = this.above.filter(({ position }) => comparePositions(position, floor) >= 0)
    this.#count()
  }

  #count(): void {
    const atEnd = [...this.#atEnd.values()]
    this.fresh = atEnd.reduce((sum, { said }) => sum + said, 0)
    this.mentions =
      atEnd.reduce((sum, { calls }) => sum + calls, 0) +
      this.above.filter(({ namesMe }) => namesMe).length
  }

  /** @param belongs to what is unread already, though it may stand above it */
  #divide(position: Position, belongs: boolean): void {
    const { divider } = this
    if (divider === undefined || !belongs || comparePositions(position, divider) < 0)
      this.divider = position
  }

  #addAbove(unread: UnreadAbove): void {
    this.above = [...this.above, unread].sort((a, b) => comparePositions(a.position, b.position))
  }
}

export function stretch(oldest: Said | undefined, newest: Said | undefined): Stretch | undefined {
  return oldest === undefined || newest === undefined
    ? undefined
    : { from: oldest.entry.position, to: newest.entry.position }
}
