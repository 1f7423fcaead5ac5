import type { Stop } from './changes.ts'
import { type Entry, shortId } from './entry.ts'
import type { HistoryStore } from './history.ts'
import type { LogId, RoomId, ShortId } from './ids.ts'
import { STRANGERS_MAX, SYNC_HOLES_MAX, SYNC_HOLE_PATIENCE_MS } from './limits.ts'
import type { Runtime } from './runtime.ts'

export interface GapsOptions {
  readonly room: RoomId
  readonly history: HistoryStore
  readonly runtime: Runtime
  /** Something that others must have is still missing. */
  readonly missing: () => void
}

/** After so many looks, each twice as long after the one before, nobody here has it. */
const LOOKS_MAX = 5

/** Notices holes: an entry that names one before it, or a target, that is not here. */
export class Gaps {
  readonly #options: GapsOptions
  /** What is looked for, and how often that was in vain. */
  readonly #wanted = new Map<ShortId, number>()
  /** The last entry of each log: most entries name it, and there is nothing to look for. */
  readonly #tips = new Map<LogId, ShortId>()
  #round = 0
  #stopLooking: Stop = () => undefined
  #waiting = false
  #stopped = false

  constructor(options: GapsOptions) {
    this.#options = options
  }

  /** These came by gossip, or were said here, and are kept. What a sync brings ends somewhere anyway. */
  heard(entries: readonly Entry[]): void {
    for (const { head, id } of entries) {
      if (head === undefined) continue
      if (head.prev !== undefined && head.prev !== this.#tips.get(head.log))
        this.#want(head.prev as ShortId)
      if (head.target !== undefined) this.#want(shortId(head.target))
      if (this.#tips.size >= STRANGERS_MAX) this.#tips.clear()
      this.#tips.set(head.log, shortId(id))
    }
  }

  stop(): void {
    this.#stopped = true
    this.#stopLooking()
  }

  #want(id: ShortId): void {
    if (this.#wanted.has(id) || this.#wanted.size >= SYNC_HOLES_MAX) return
    this.#wanted.set(id, 0)
    this.#lookSoon()
  }

  #lookSoon(): void {
    if (this.#waiting || this.#stopped || this.#wanted.size === 0) return
    this.#waiting = true
    const { runtime } = this.#options
    this.#stopLooking = runtime.clock.after(SYNC_HOLE_PATIENCE_MS * 2 ** this.#round, () => {
      this.#look()
        .catch((error: unknown) => {
          runtime.log('gaps: could not look', { why: String(error) })
        })
        .finally(() => {
          this.#waiting = false
          this.#lookSoon()
        })
    })
  }

  async #look(): Promise<void> {
    const { history, room, missing } = this.#options
    const wanted = [...this.#wanted.keys()]
    for (const { id } of await history.find(room, wanted)) this.#wanted.delete(shortId(id))
    const absent = wanted.filter((id) => this.#wanted.has(id))
    this.#round = absent.length > 0 ? Math.min(this.#round + 1, LOOKS_MAX) : 0
    for (const id of absent) {
      const looks = (this.#wanted.get(id) ?? 0) + 1
      if (looks < LOOKS_MAX) this.#wanted.set(id, looks)
      else this.#wanted.delete(id)
    }
    if (absent.length > 0 && !this.#stopped) missing()
  }
}
