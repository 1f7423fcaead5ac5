import { Changes } from './changes.ts'
import type { PeerId } from './ids.ts'
import { BLOCKED_MAX } from './limits.ts'
import type { Muted, Named } from './settings.ts'

const NOTHING: Muted = { people: [], rooms: [] }

/**
 * Of whom I want to see nothing, and what is to be quiet. By key: names are anybody's. It changes what
 * is shown, never what is kept and passed on, so that a history stays whole for those who read it.
 */
export class Regard {
  /** Told at once, before the disk has it: whoever blocks somebody wants them gone now. */
  readonly changes = new Changes<undefined>()
  #blocked = new Map<PeerId, Named>()
  #muted: Muted = NOTHING

  /** What the settings hold. */
  restore(blocked: readonly Named[] = [], muted: Muted = NOTHING): void {
    this.#blocked = new Map(blocked.slice(-BLOCKED_MAX).map((each) => [each.id, each]))
    this.#muted = muted
    this.changes.emit(undefined)
  }

  /** The last one first. */
  get blocked(): readonly Named[] {
    return [...this.#blocked.values()].reverse()
  }
  get muted(): Muted {
    return this.#muted
  }

  isBlocked(id: PeerId): boolean {
    return this.#blocked.has(id)
  }

  /** Whether what somebody says in a room is to make no noise: no notification, no count that calls. */
  isQuiet(room: string, author: PeerId): boolean {
    return this.isBlocked(author) || this.isMuted({ room }) || this.isMuted({ id: author })
  }

  isMuted(what: { readonly room: string } | { readonly id: PeerId }): boolean {
    return 'room' in what
      ? this.#muted.rooms.includes(what.room)
      : this.#muted.people.some(({ id }) => id === what.id)
  }

  block(who: Named): void {
    this.#blocked.delete(who.id)
    this.#blocked.set(who.id, { id: who.id, name: who.name })
    const [oldest] = this.#blocked.keys()
    if (this.#blocked.size > BLOCKED_MAX && oldest !== undefined) this.#blocked.delete(oldest)
    this.changes.emit(undefined)
  }

  /** False if they were not blocked. */
  unblock(id: PeerId): boolean {
    const was = this.#blocked.delete(id)
    if (was) this.changes.emit(undefined)
    return was
  }

  muteRoom(room: string, on: boolean): void {
    const others = this.#muted.rooms.filter((each) => each !== room)
    this.#muted = { ...this.#muted, rooms: on ? [...others, room].slice(-BLOCKED_MAX) : others }
    this.changes.emit(undefined)
  }

  mutePerson({ id, name }: Named, on: boolean): void {
    const others = this.#muted.people.filter((each) => each.id !== id)
    const people = on ? [...others, { id, name }].slice(-BLOCKED_MAX) : others
    this.#muted = { ...this.#muted, people }
    this.changes.emit(undefined)
  }
}
