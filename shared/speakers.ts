import type { Entry } from './entry.ts'
import type { PeerId } from './ids.ts'
import { SPEAKERS_MAX } from './limits.ts'
import { shortPeerId, shownName } from './names.ts'
import type { Named } from './settings.ts'

/** Who has spoken in a room, as far as it was read. */
export class Speakers {
  /** By key, with the clock of the last word in µs. */
  readonly #last = new Map<PeerId, Named & { readonly clock: number }>()

  /** The latest speaker first. */
  get people(): readonly Named[] {
    return [...this.#last.values()].sort((a, b) => b.clock - a.clock)
  }

  hear(entries: readonly Entry[]): void {
    for (const { author, clock, username } of entries) {
      if ((this.#last.get(author)?.clock ?? -Infinity) >= clock) continue
      this.#last.set(author, { id: author, name: shownName(username, shortPeerId(author)), clock })
    }
    if (this.#last.size <= SPEAKERS_MAX) return
    for (const { id } of this.people.slice(SPEAKERS_MAX / 2)) this.#last.delete(id)
  }
}
