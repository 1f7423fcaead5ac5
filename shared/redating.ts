import type { Stop } from './changes.ts'
import type { Entry } from './entry.ts'
import type { TrueTime } from './guard.ts'
import { type HistoryStore, StorageError } from './history.ts'
import { END, type EntryId, type RoomId, START } from './ids.ts'
import { HAS_EVERY_MS, STRANGERS_MAX } from './limits.ts'
import type { Runtime } from './runtime.ts'

export interface RedatingOptions {
  readonly room: RoomId
  readonly history: HistoryStore
  readonly runtime: Runtime
  readonly time: TrueTime
  /** Says it once more, dated by now, and takes the old one off this device, in one transaction. False if it cannot be kept. */
  readonly sayAgain: (old: Entry) => Promise<boolean>
  /** Brings about a session with somebody, who then says what they keep; `levelled` tells that it was. */
  readonly ask: () => void
}

/** Read from the store at first. */
const AT_FIRST = 200
/** Until then, whoever was handed something and took it has said so. */
const WORD_WITHIN_MS = 2 * HAS_EVERY_MS

/**
 * What one has said by a clock that was ahead, nobody takes before its time has come. As soon as the
 * time is known it is said once more. What somebody else keeps stays: they will tell it when it is due.
 * Those who were handed it may go by the same wrong clock, so somebody is synced with first, and is
 * given time to say that they keep it: whoever is alone, or is new to the others, is told nothing.
 */
export class Redating {
  readonly #options: RedatingOptions
  #working: Promise<void> | undefined
  #again = false
  #stopped = false
  /** Have been on their way to others in this run, those of long ago aside: who knows where they have got. */
  readonly #handed = new Set<EntryId>()
  /** Handed to others, who are still to be asked. */
  #open: ReadonlySet<EntryId> = new Set()
  /** Handed to others, who have had their time. */
  readonly #unanswered = new Set<EntryId>()
  #waiting = false
  #stopWaiting: Stop = () => undefined

  constructor(options: RedatingOptions) {
    this.#options = options
  }

  /** The time may be known now, or be another. */
  look(): void {
    this.#again = true
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined
    })
  }

  /** It is being given to somebody, and may be kept by them before that is evidence of anything. */
  handing({ id }: Entry): void {
    const [oldest] = this.#handed
    if (this.#handed.size >= STRANGERS_MAX && oldest !== undefined) this.#handed.delete(oldest)
    this.#handed.add(id)
    this.#unanswered.delete(id)
  }

  /** A sync of the room's end left nothing out: within a moment they say what they keep. */
  levelled(): void {
    if (this.#waiting || this.#open.size === 0) return
    this.#waiting = true
    const asked = this.#open
    this.#stopWaiting = this.#options.runtime.clock.after(WORD_WITHIN_MS, () => {
      this.#waiting = false
      for (const id of asked) this.#unanswered.add(id)
      this.look()
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#working
    this.#stopWaiting()
  }

  async #work(): Promise<void> {
    try {
      while (this.#again && !this.#stopped) {
        this.#again = false
        // Nor is it known then who has what: they may be asked again.
        if (this.#options.time.horizon === Infinity) return
        for (const entry of await this.#nobodys(await this.#ahead())) {
          // The clock may have jumped again.
          if (this.#stopped || entry.clock <= this.#options.time.horizon) break
          if (!(await this.#options.sayAgain(entry))) return
          this.#unanswered.delete(entry.id)
          this.#handed.delete(entry.id)
        }
      }
    } catch (error) {
      // They are still there, and looked for again at the next start.
      if (!(error instanceof StorageError)) throw error
      this.#options.runtime.log('redating: the disk failed', { failure: error.failure })
    }
  }

  /** Up to the first that somebody may be about to say they keep: what was said after it stays after it. */
  async #nobodys(entries: readonly Entry[]): Promise<readonly Entry[]> {
    if (entries.length === 0) {
      this.#unanswered.clear()
      this.#handed.clear()
    }
    const { history, room, ask } = this.#options
    const ids = entries.map(({ id }) => id)
    const known = await history.deliveries(room, ids)
    const isHanded = (id: EntryId): boolean => known.get(id) !== 'queued' || this.#handed.has(id)
    const open = new Set(ids.filter((id) => isHanded(id) && !this.#unanswered.has(id)))
    const news = [...open].some((id) => !this.#open.has(id))
    this.#open = open
    if (news) ask()
    const first = ids.findIndex((id) => open.has(id))
    return first < 0 ? entries : entries.slice(0, first)
  }

  /** One's own, oldest first, that nobody is known to keep. */
  async #ahead(): Promise<readonly Entry[]> {
    const { history, room, time } = this.#options
    const { horizon } = time
    if (horizon === Infinity) return []
    const ahead = { from: { ...START, clock: horizon + 1 }, to: END }
    // Almost always there are none: two keys are read.
    if ((await history.positions(room, ahead, 1)).length === 0) return []
    // All of them: the newest alone would be said before those that they follow.
    for (let limit = AT_FIRST; ; limit *= 2) {
      const own = await history.undelivered(room, 'stored', limit)
      const found = own.filter(({ clock }) => clock > horizon)
      if (found.length < limit) return found
    }
  }
}
