import type { Entry } from '../../shared/entry.ts'
import { type EntryId, comparePositions } from '../../shared/ids.ts'
import { type Item, type Said, place } from './items.ts'

/** While the reader is at the bottom, the top is let go beyond this; scrolling brings it back. */
export const KEEP_MAX = 400
const KEEP = 240
/** More than this is not drawn while the reader scrolls: they let go of the other end. */
export const SCROLLED_MAX = 300
/** More than this is never drawn; so much is, for who asks to see it all. */
export const REACH_MAX = 600

/**
 * What of a log is drawn: a window of it, which the reader moves, and while that is further up, its end in
 * memory, so that "jump to latest" needs no disk. What lies between is read again.
 */
export class Shown {
  #window = $state.raw<readonly Item[]>([])
  /** While the window does not reach the end. */
  #end = $state.raw<readonly Item[]>()
  #known: ReadonlySet<EntryId> | undefined

  /** What is drawn, in order. */
  get window(): readonly Item[] {
    return this.#window
  }

  /** What is drawn reaches the end of the log. */
  get ends(): boolean {
    return this.#end === undefined
  }

  get oldest(): Said | undefined {
    return this.#window.find(isSaid)
  }

  /** The newest that is drawn. */
  get youngest(): Said | undefined {
    return this.#window.findLast(isSaid)
  }

  /** The newest of the log. */
  get newest(): Said | undefined {
    return (this.#end ?? this.#window).findLast(isSaid)
  }

  /** The last thing of the log, whatever it is. */
  get last(): Item | undefined {
    return (this.#end ?? this.#window).at(-1)
  }

  has(id: EntryId): boolean {
    this.#known ??= new Set(
      this.#all().flatMap((item) => (item.kind === 'said' ? [item.entry.id] : [])),
    )
    return this.#known.has(id)
  }

  find<T extends Item>(test: (item: Item) => item is T): T | undefined {
    return this.#all().find(test)
  }

  some(test: (item: Item) => boolean): boolean {
    return this.#all().some(test)
  }

  /** Puts things where they belong; what belongs between the window and the end is read when it is reached. */
  put(added: readonly Item[]): void {
    const { youngest } = this
    const start = this.#end?.find(isSaid)
    if (this.#end === undefined || start === undefined || youngest === undefined) {
      this.#set(place(this.#window, added), this.#end)
      return
    }
    const isAbove = (item: Item): boolean => isSaid(item) && isBefore(item, youngest)
    const atEnd = added.filter((item) => !isSaid(item) || item.clock >= start.clock)
    this.#set(place(this.#window, added.filter(isAbove)), place(this.#end, atEnd))
  }

  change(how: (items: readonly Item[]) => readonly Item[]): void {
    this.#set(how(this.#window), this.#end === undefined ? undefined : how(this.#end))
  }

  /**
   * What was said before all that is drawn.
   * @param most so much is drawn at most
   */
  before(items: readonly Item[], most: number): void {
    const window = place(this.#window, items)
    if (window.length <= most) {
      this.#set(window, this.#end)
      return
    }
    const below = window.slice(most)
    const kept = below.slice(-KEEP)
    // Mine that no store has is nowhere else.
    const unkept = below.slice(0, -KEEP).filter(({ kind }) => kind === 'pending')
    this.#set(window.slice(0, most), this.#end ?? [...unkept, ...kept])
  }

  /**
   * What was said after all that is drawn. True if the top was let go.
   * @param isLast nothing was said after it
   */
  after(items: readonly Item[], isLast: boolean): boolean {
    const end = this.#end ?? []
    const ids = new Set(end.filter(isSaid).map(({ entry }) => entry.id))
    const meets = isLast || items.some((item) => isSaid(item) && ids.has(item.entry.id))
    const fresh = items.filter((item) => !isSaid(item) || !ids.has(item.entry.id))
    const window = place(this.#window, fresh)
    const whole = meets ? place(window, end) : window
    this.#set(whole.slice(-SCROLLED_MAX), meets ? undefined : end)
    return whole.length > SCROLLED_MAX
  }

  /** Draws some other part of the log. */
  around(items: readonly Item[]): void {
    this.#set(items, this.#end ?? this.#window.slice(-KEEP))
  }

  /** Draws the end as it was read again; what was said since then, and what is no message, stays. */
  restart(end: readonly Said[]): void {
    const last = end.at(-1)
    const isKept = (item: Item): boolean =>
      !isSaid(item) || (last !== undefined && isBefore(last, item))
    this.#set(place(this.#all().filter(isKept), end), undefined)
  }

  /** Draws the end. False if it was drawn already. */
  toEnd(): boolean {
    if (this.#end === undefined) return false
    this.#set(this.#end, undefined)
    return true
  }

  /** Keeps the page light while the reader is at the bottom. True if something was let go. */
  lighten(): boolean {
    if (!this.ends || this.#window.length <= KEEP_MAX) return false
    const unkept = this.#window.slice(0, -KEEP).filter(({ kind }) => kind === 'pending')
    this.#set([...unkept, ...this.#window.slice(-KEEP)], undefined)
    return true
  }

  get entries(): readonly Entry[] {
    return this.#all().flatMap((item) => (item.kind === 'said' ? [item.entry] : []))
  }

  #all(): readonly Item[] {
    return this.#end === undefined ? this.#window : [...this.#window, ...this.#end]
  }

  #set(window: readonly Item[], end: readonly Item[] | undefined): void {
    this.#window = window
    this.#end = end
    this.#known = undefined
  }
}

function isSaid(item: Item): item is Said {
  return item.kind === 'said'
}

function isBefore(a: Said, b: Said): boolean {
  return comparePositions(a.entry.position, b.entry.position) < 0
}
