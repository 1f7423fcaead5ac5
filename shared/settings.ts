import type { Notify } from './notify.ts'

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
  readonly relayMode: RelayMode
  /** Multiaddrs of relay-nodes that served last time, the last one first. */
  readonly relays: readonly string[]
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
