import { SvelteMap } from 'svelte/reactivity'
import type { Stop } from '../../shared/changes.ts'
import type { Clock } from '../../shared/runtime.ts'

/** Where drafts outlive a reload. */
export interface DraftStore {
  load(): Promise<Readonly<Record<string, string>> | undefined>
  save(drafts: Readonly<Record<string, string>>): Promise<void>
}

/** Calls for the list of commands; alone it is nothing that somebody has written. */
export const CALL = '/'
/** Long enough not to write at each key, short enough that a crash costs a word. */
const SAVE_AFTER_MS = 300

/** What is written in each room and not yet sent. */
export class Drafts {
  readonly #texts = new SvelteMap<string, string>()
  /** Said, and on no disk yet: by key, in the order in which it was said. */
  readonly #unkept = new Map<string, { readonly room: string; readonly text: string }>()
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
    this.#saveSoon()
  }

  /** Said now: until it is kept, it comes back as a draft if the page goes. */
  hold(key: string, room: string, text: string): void {
    this.#unkept.set(key, { room, text })
    this.save()
  }

  /** It is kept, or discarded. */
  release(key: string): void {
    if (this.#unkept.delete(key)) this.#saveSoon()
  }

  #saveSoon(): void {
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

  /** Another tab may write them from now on: they come back from the store. */
  leave(): void {
    if (this.#store === undefined) return
    this.save()
    this.#store = undefined
    this.#texts.clear()
    this.#unkept.clear()
    this.#unkept.clear()
  }

  /** They do not outlive this page. */
  detach(): void {
    this.#store = undefined
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
    this.#store?.save(Object.fromEntries(this.#all())).catch(() => undefined)
  }

  /** What is said and not kept stands before what is being written. */
  #all(): ReadonlyMap<string, string> {
    const lines = new Map<string, string>()
    const said = [...this.#unkept.values()]
    const written = [...this.#texts].flatMap(([room, text]) =>
      text === CALL ? [] : { room, text },
    )
    for (const { room, text } of [...said, ...written]) {
      const before = lines.get(room)
      lines.set(room, before === undefined ? text : `${before}\n${text}`)
    }
    return lines
  }
}
