import type { EntryId, PeerId } from './ids.ts'
import type { Notify } from './notify.ts'

/** Somebody by their key, and what they were called then, fit for a screen. */
export interface Named {
  readonly id: PeerId
  readonly name: string
}

/** What is to be quiet: no notification comes of it. It is shown all the same. */
export interface Muted {
  readonly people: readonly Named[]
  /** Names of rooms. */
  readonly rooms: readonly string[]
}

/** Somebody who was in a room with this device. */
export interface Met {
  readonly id: PeerId
  /** What they called themselves, the last first; fit for a screen. */
  readonly names: readonly string[]
  /** When this device first heard of them, ms since 1970. */
  readonly first: number
  /** When it last did. */
  readonly last: number
  /** The room in which they were seen last. */
  readonly room: string
}

/** A topic that somebody gave a room. */
export interface GivenTopic {
  readonly author: PeerId
  /** Their name, fit for a screen. */
  readonly by: string
  /** Fit for a screen; empty: the room has none any more. */
  readonly text: string
  /** µs since 1970 */
  readonly clock: number
  readonly entry: EntryId
}

/** `only`: one's address stays hidden from the room; `auto`: direct links where they are possible. */
export type RelayMode = 'auto' | 'only'

/** What an installation remembers beside history; each world keeps it in its own way. */
export interface ChatSettings {
  readonly name: string
  /** Names of the rooms that are open, in the order in which they were joined. */
  readonly rooms: readonly string[]
  /** When `join` was last published, ms since 1970, by room name. */
  readonly joinedAt: Readonly<Record<string, number>>
  readonly verbose: boolean
  /** What of a room is told while nobody looks, by room name; the others are as nobody said. */
  readonly notify: Readonly<Record<string, Notify>>
  /** What is told makes a sound. */
  readonly notifyAloud: boolean
  readonly relayMode: RelayMode
  /** Multiaddrs of relay-nodes that served last time, the last one first. */
  readonly relays: readonly string[]
  /** Nothing of these is shown; they do not learn of it. */
  readonly blocked: readonly Named[]
  readonly muted: Muted
  /** Others are not told while something is being written. */
  readonly typesUnseen: boolean
  /** Why I am away, which may be empty; `false` when I am here. */
  readonly away: string | false
  readonly met: readonly Met[]
  /** The last topics of each room, by its name, the newest first. */
  readonly topics: Readonly<Record<string, readonly GivenTopic[]>>
}

export interface Settings {
  get<K extends keyof ChatSettings>(key: K): Promise<ChatSettings[K] | undefined>
  set<K extends keyof ChatSettings>(key: K, value: ChatSettings[K]): Promise<void>
}

/** Settings that live as long as the process: guests and tests. */
export class MemorySettings implements Settings {
  readonly #values = new Map<keyof ChatSettings, unknown>()

  get<K extends keyof ChatSettings>(key: K): Promise<ChatSettings[K] | undefined> {
    return Promise.resolve(this.#values.get(key) as ChatSettings[K] | undefined)
  }

  set<K extends keyof ChatSettings>(key: K, value: ChatSettings[K]): Promise<void> {
    this.#values.set(key, value)
    return Promise.resolve()
  }
}
