import { createSubscriber } from 'svelte/reactivity'
import type { Chat, Reached } from '../../shared/chat.ts'
import type { Company } from '../../shared/company.ts'
import type { Connection } from '../../shared/connection.ts'
import type { Room } from '../../shared/room.ts'
import { repeat } from '../../shared/runtime.ts'

/** Time alone turns "reconnecting" into "offline". */
const LOOK_AGAIN_MS = 1_000

/** What the pill and the people panel show: always asked of the core, never kept. */
export class Live {
  readonly #chat: Chat
  /** What is derived here from the core is derived again when it may have changed. */
  readonly heed: () => void

  constructor(chat: Chat) {
    this.#chat = chat
    this.heed = createSubscriber((update) => {
      const stops = [
        chat.changes.subscribe(update),
        ...chat.rooms.map((room) => room.changes.subscribe(update)),
        repeat(chat.runtime.clock, () => LOOK_AGAIN_MS, update),
      ]
      return () => {
        for (const stop of stops) stop()
      }
    })
  }

  get name(): string {
    this.heed()
    return this.#chat.name
  }

  connection(room: Room): Connection {
    this.heed()
    return this.#chat.connection(room)
  }

  /** Always the same object: whoever derives from what it tells asks for it there and then. */
  get company(): Company {
    this.heed()
    return this.#chat.company
  }

  people(room: Room): readonly Reached[] {
    this.heed()
    return this.#chat.people(room)
  }
}
