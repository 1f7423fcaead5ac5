import type { PeerId } from '../../shared/ids.ts'
import type { PresenceChange } from '../../shared/presence.ts'
import type { Room } from '../../shared/room.ts'
import type { Clock } from '../../shared/runtime.ts'

/** Somebody came into a room, or left it. */
export interface Coming {
  readonly room: Room
  readonly came: boolean
  readonly id: PeerId
  readonly name: string
}

/** Who was there before me did not come now. */
const ARRIVING_MS = 10_000
/** Whoever has said that they joined is not told of once more as they are heard. */
const TOLD_MS = 60_000
/** In a crowd somebody always comes or goes. */
const CROWD = 20

/** What of people's coming and going is worth a line. */
export class Comings {
  readonly #clock: Clock
  /** When somebody was told of last, by room, key and way; ms since 1970. */
  readonly #toldAt = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Those who say so join; the others come as they are heard. Nothing if it is no news. */
  heard(room: Room, { kind, person }: PresenceChange): Coming | undefined {
    if (kind === 'updated' || person.silent || room.presence.people.length > CROWD) return undefined
    const came = kind === 'came'
    if (came && this.#clock.now() - room.openedAt < ARRIVING_MS) return undefined
    const { id, name } = person
    return this.isNews({ room, came, id, name }) ? { room, came, id, name } : undefined
  }

  /** Once a minute, by whatever way it became known. */
  isNews({ room, came, id }: Coming): boolean {
    const key = `${room.name} ${id} ${String(came)}`
    const now = this.#clock.now()
    if (now - (this.#toldAt.get(key) ?? -Infinity) < TOLD_MS) return false
    for (const [each, at] of this.#toldAt) if (now - at >= TOLD_MS) this.#toldAt.delete(each)
    this.#toldAt.set(key, now)
    return true
  }
}
