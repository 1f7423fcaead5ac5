import type { PeerId } from './ids.ts'
import { SILENT_SUBSCRIBER_MS, STRANGERS_MAX } from './limits.ts'
import { shortPeerId, shownName } from './names.ts'
import type { Person } from './person.ts'
import type { Clock } from './runtime.ts'

interface Seen {
  readonly since: number
  /** When it was last proved that they are there. */
  at: number
  /** When that was last asked for. */
  askedAt: number
  /** Silent for long enough to be taken for a peer of the Go system. */
  shown: boolean
}

/** A connection stands for a quarter of an hour after the network behind it has gone. */
const PROVED_EVERY_MS = SILENT_SUBSCRIBER_MS / 2

/** Who subscribes to a room without ever saying `here`. */
export class SilentSubscribers {
  readonly #clock: Clock
  readonly #seen = new Map<PeerId, Seen>()
  readonly #names = new Map<PeerId, string>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get people(): readonly Person[] {
    return [...this.#seen].flatMap(([id, seen]) => (seen.shown ? [this.#person(id, seen)] : []))
  }

  has(id: PeerId): boolean {
    return this.#seen.has(id)
  }

  /** @param alreadyMs how long whoever tells us has seen them without a `here` */
  see(id: PeerId, alreadyMs: number): void {
    const now = this.#clock.now()
    const seen = this.#seen.get(id)
    if (seen !== undefined) seen.at = now
    else if (this.#seen.size < STRANGERS_MAX)
      this.#seen.set(id, { since: now - alreadyMs, at: now, askedAt: now, shown: false })
  }

  /** Whether it is time to ask for a proof that they are there; it counts as asked for. */
  isDue(id: PeerId): boolean {
    const now = this.#clock.now()
    const seen = this.#seen.get(id)
    if (seen === undefined || now - Math.max(seen.at, seen.askedAt) < PROVED_EVERY_MS) return false
    seen.askedAt = now
    return true
  }

  /** A name from a line. Returns them if they are shown and it is a new one. */
  learnName(id: PeerId, username: string): Person | undefined {
    if (this.#names.get(id) === username) return undefined
    if (this.#names.size >= STRANGERS_MAX) this.#names.clear()
    this.#names.set(id, username)
    const seen = this.#seen.get(id)
    return seen?.shown === true ? this.#person(id, seen) : undefined
  }

  /** They went, or spoke. Returns them if they were shown; `since` in any case. */
  drop(id: PeerId): { readonly since: number; readonly person?: Person } | undefined {
    const seen = this.#seen.get(id)
    if (seen === undefined) return undefined
    this.#seen.delete(id)
    return { since: seen.since, ...(seen.shown ? { person: this.#person(id, seen) } : {}) }
  }

  /** Who has not been seen for so long (ms). */
  lost(forgetAfter: number): readonly PeerId[] {
    const now = this.#clock.now()
    return [...this.#seen].flatMap(([id, seen]) => (now - seen.at > forgetAfter ? [id] : []))
  }

  /** Who has been silent for long enough since the last call. */
  ripe(): readonly Person[] {
    const ripe = [...this.#seen].filter(
      ([, seen]) => !seen.shown && seen.at - seen.since >= SILENT_SUBSCRIBER_MS,
    )
    return ripe.map(([id, seen]) => {
      seen.shown = true
      return this.#person(id, seen)
    })
  }

  #person(id: PeerId, { since }: Seen): Person {
    const name = shownName(this.#names.get(id) ?? '', shortPeerId(id))
    return { id, name, since, knownSince: since, addresses: [], silent: true }
  }
}
