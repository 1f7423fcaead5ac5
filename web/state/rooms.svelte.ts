import { SvelteMap } from 'svelte/reactivity'
import type { Chat } from '../../shared/chat.ts'
import type { Failure } from '../../shared/failure.ts'
import type { Room } from '../../shared/room.ts'
import { Composer, type ComposerOptions } from './composer.svelte.ts'
import { Timeline } from './timeline.svelte.ts'
import type { Clock } from '../../shared/runtime.ts'

/** A room as the page shows it; it stands, and takes text, before the core has opened it. */
export class RoomScreen {
  readonly name: string
  readonly timeline: Timeline
  readonly composer: Composer
  room = $state.raw<Room>()
  failure = $state.raw<Failure>()
  #gone = false

  constructor(clock: Clock, options: Omit<ComposerOptions, 'timeline'>) {
    this.name = options.name
    this.timeline = new Timeline(clock, options.words)
    this.composer = new Composer({ ...options, timeline: this.timeline })
  }

  async attach(chat: Chat): Promise<void> {
    if (this.room !== undefined) return
    const opened = await chat.open(this.name)
    if (this.room !== undefined || this.#gone) return
    if (!opened.ok) {
      this.failure = opened.failure
      return
    }
    this.failure = undefined
    this.room = opened.value
    this.composer.attach({ chat, room: opened.value })
    await this.timeline.attach(chat, opened.value)
  }

  /** For good. */
  detach(): void {
    this.#gone = true
    this.timeline.detach()
    this.composer.detach()
  }
}

/** The rooms in the list, in the order in which they came. */
export class Rooms {
  readonly #screens = new SvelteMap<string, RoomScreen>()
  readonly #make: (name: string) => RoomScreen

  constructor(make: (name: string) => RoomScreen) {
    this.#make = make
  }

  get all(): readonly RoomScreen[] {
    return [...this.#screens.values()]
  }

  get unread(): number {
    return this.all.reduce((sum, { timeline }) => sum + timeline.arrivals.unread, 0)
  }

  get(name: string): RoomScreen | undefined {
    return this.#screens.get(name)
  }

  ensure(name: string): RoomScreen {
    let screen = this.#screens.get(name)
    if (screen === undefined) {
      screen = this.#make(name)
      this.#screens.set(name, screen)
    }
    return screen
  }

  remove(name: string): void {
    this.#screens.get(name)?.detach()
    this.#screens.delete(name)
  }

  clear(): void {
    for (const name of [...this.#screens.keys()]) this.remove(name)
  }
}
