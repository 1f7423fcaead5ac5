import { type EntryId, type Position, type Range, comparePositions } from './ids.ts'
import { type Sum, addTo, digestsOf, emptySum, subtractFrom } from './sums.ts'
import { type HourSum, type Tally, hourOf } from './tally.ts'

interface Hour extends HourSum {
  readonly hour: number
  readonly sum: Sum
  /** In order. */
  readonly positions: Position[]
}

/** The positions of a room in memory, by hours, each with its sum. */
export class HeldPositions implements Tally {
  /** In order; none is empty. */
  readonly #hours: Hour[] = []
  readonly #ids = new Set<EntryId>()

  /** False if it was there. */
  add(position: Position): boolean {
    if (this.#ids.has(position.id)) return false
    this.#ids.add(position.id)
    const hour = this.#hourOf(position.clock)
    hour.positions.splice(firstFrom(hour.positions, position), 0, position)
    addTo(hour.sum, digestsOf(position.id))
    return true
  }

  /** Takes out what lies before `floor`, and returns it. */
  trim(floor: Position): readonly Position[] {
    const whole = this.#hours.splice(0, this.#firstHour(hourOf(floor.clock)))
    const [cut] = this.#hours
    const gone = whole.flatMap(({ positions }) => positions)
    if (cut?.hour === hourOf(floor.clock)) {
      const below = cut.positions.splice(0, firstFrom(cut.positions, floor))
      for (const { id } of below) subtractFrom(cut.sum, digestsOf(id))
      gone.push(...below)
      if (cut.positions.length === 0) this.#hours.shift()
    }
    for (const { id } of gone) this.#ids.delete(id)
    return gone
  }

  /** False if it was not there. */
  remove(position: Position): boolean {
    if (!this.#ids.delete(position.id)) return false
    const held = this.#hourOf(position.clock)
    held.positions.splice(firstFrom(held.positions, position), 1)
    subtractFrom(held.sum, digestsOf(position.id))
    if (held.positions.length === 0) this.#hours.splice(this.#firstHour(held.hour), 1)
    return true
  }

  /** From the last one before `before` to the first. */
  *backwards(before: Position): Generator<Position> {
    const last = hourOf(before.clock)
    for (let h = this.#firstHour(last + 1) - 1; h >= 0; h--) {
      const held = this.#hours[h]
      if (held === undefined) return
      const end = held.hour === last ? firstFrom(held.positions, before) : held.positions.length
      for (let i = end - 1; i >= 0; i--) {
        const position = held.positions[i]
        if (position !== undefined) yield position
      }
    }
  }

  /** From the first one after `after` to the last. */
  *forwards(after: Position): Generator<Position> {
    for (let h = this.#firstHour(hourOf(after.clock)); h < this.#hours.length; h++) {
      const { positions = [] } = this.#hours[h] ?? {}
      for (let i = firstFrom(positions, after); i < positions.length; i++) {
        const position = positions[i]
        if (position !== undefined && comparePositions(position, after) > 0) yield position
      }
    }
  }

  hours(first: number, last: number): Promise<readonly HourSum[]> {
    return Promise.resolve(this.#hours.slice(this.#firstHour(first), this.#firstHour(last + 1)))
  }

  positions({ from, to }: Range, limit = Infinity): Promise<readonly Position[]> {
    const found: Position[] = []
    for (let h = this.#firstHour(hourOf(from.clock)); h < this.#hours.length; h++) {
      const { positions = [], hour = Infinity } = this.#hours[h] ?? {}
      if (hour > hourOf(to.clock) || found.length >= limit) break
      const start = firstFrom(positions, from)
      const end = Math.min(firstFrom(positions, to), start + limit - found.length)
      for (const position of positions.slice(start, end)) found.push(position)
    }
    return Promise.resolve(found)
  }

  #hourOf(clock: number): Hour {
    const hour = hourOf(clock)
    const at = this.#firstHour(hour)
    const held = this.#hours[at]
    if (held?.hour === hour) return held
    const fresh: Hour = { hour, sum: emptySum(), positions: [] }
    this.#hours.splice(at, 0, fresh)
    return fresh
  }

  /** Index of the first hour held that is not before `hour`. */
  #firstHour(hour: number): number {
    return firstIndex(this.#hours, (held) => held.hour >= hour)
  }
}

/** Index of the first that is not before `position`. */
function firstFrom(positions: readonly Position[], position: Position): number {
  return firstIndex(positions, (held) => comparePositions(held, position) >= 0)
}

/** Index of the first item from which on `reached` holds. */
function firstIndex<T>(items: readonly T[], reached: (item: T) => boolean): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const item = items[middle]
    if (item !== undefined && !reached(item)) low = middle + 1
    else high = middle
  }
  return low
}
