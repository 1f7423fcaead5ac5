import { SvelteMap } from 'svelte/reactivity'
import type { Stop } from '../../shared/changes.ts'
import type { Clock } from '../../shared/runtime.ts'

/** Where drafts outlive a reload. */
export interface DraftStore {
  load(): Promise<Readonly<Record<string, string>> | undefined>
  save(drafts: Readonly<Record<string, string>>): Promise<void>
}

/** Long enough not to write at each key, short enough that a crash costs a word. */
const SAVE_AFTER_MS = 300

/** What is written in each room and not yet sent. */
export class Drafts {
  readonly #texts = new SvelteMap<string, string>()
  readonly #clock: Clock
  #store: DraftStore | undefined
  #stopTimer: Stop | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  of(room: string): string {
    return this.#texts.get(room) ?? ''
  }

  write(room: string, text: string): void {
    if (text === '') this.#texts.delete(room)
    else this.#texts.set(room, text)
    this.#stopTimer ??= this.#clock.after(SAVE_AFTER_MS, () => {
      this.save()
    })
  }

  /** Brings back what was written before; what is being written now stands. */
  async attach(store: DraftStore): Promise<void> {
    const kept = new Map(Object.entries((await store.load()) ?? {}))
    for (const [room, text] of kept) if (!this.#texts.has(room)) this.#texts.set(room, text)
    this.#store = store
  }

  /** Everything is deleted: nothing is written again when the page goes. */
  forget(): void {
    this.#stopTimer?.()
    this.#stopTimer = undefined
    this.#store = undefined
    this.#texts.clear()
  }

  /** Now: the page may be about to go. */
  save(): void {
    this.#stopTimer?.()
    this.#stopTimer = undefined
    // A full disk already says so where messages are kept; the draft still stands in the box.
    this.#store?.save(Object.fromEntries(this.#texts)).catch(() => undefined)
  }
}
