import type { PeerId } from './ids.ts'
import { MET_MAX, MET_NAMES_MAX } from './limits.ts'
import type { Person } from './person.ts'
import type { Met } from './settings.ts'

/** Between two looks there may be so many more: sorting them out at each newcomer would cost a crowd dear. */
const SLACK = 2

/** Whom this installation has met, and when: what nobody can claim of themselves. */
export class Acquaintances {
  #met = new Map<PeerId, Met>()

  /** What the settings hold; who was met since then counts as well. */
  restore(met: readonly Met[]): void {
    const since = [...this.#met.values()]
    this.#met = new Map(met.slice(0, MET_MAX).map((each) => [each.id, each]))
    for (const { names, ...each } of since)
      for (const name of names.toReversed()) this.#note({ ...each, name })
  }

  get(id: PeerId): Met | undefined {
    return this.#met.get(id)
  }

  /** The last seen first. */
  get all(): readonly Met[] {
    return [...this.#met.values()].sort((a, b) => b.last - a.last)
  }

  /** Somebody is in a room, or was until now; ms since 1970. */
  see({ id, name, knownSince }: Person, room: string, now: number): void {
    this.#note({ id, name, first: Math.min(knownSince, now), last: now, room })
  }

  /** What is worth keeping: of too many, those known longest; made-up keys are known for a moment. */
  kept(): readonly Met[] {
    const all = [...this.#met.values()]
    all.sort((a, b) => b.last - b.first - (a.last - a.first) || b.last - a.last)
    const kept = all.slice(0, MET_MAX)
    this.#met = new Map(kept.map((each) => [each.id, each]))
    return kept
  }

  #note({ id, name, first, last, room }: Omit<Met, 'names'> & { readonly name: string }): void {
    const before = this.#met.get(id)
    const others = before?.names.filter((each) => each !== name) ?? []
    this.#met.set(id, {
      id,
      names: [name, ...others].slice(0, MET_NAMES_MAX),
      first: Math.min(before?.first ?? first, first),
      last: Math.max(before?.last ?? last, last),
      room,
    })
    if (this.#met.size > SLACK * MET_MAX) this.kept()
  }
}
