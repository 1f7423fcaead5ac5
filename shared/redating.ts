import type { Entry } from './entry.ts'
import type { TrueTime } from './guard.ts'
import { type HistoryStore, StorageError } from './history.ts'
import { END, type RoomId, START } from './ids.ts'
import type { Runtime } from './runtime.ts'

export interface RedatingOptions {
  readonly room: RoomId
  readonly history: HistoryStore
  readonly runtime: Runtime
  readonly time: TrueTime
  /** Says it once more, dated by now, and takes the old one off this device, in one transaction. False if it cannot be kept. */
  readonly sayAgain: (old: Entry) => Promise<boolean>
}

/** Read from the store at a time. */
const AT_ONCE = 200

/**
 * What one has said by a clock that was ahead, nobody takes before its time has come. As soon as the
 * time is known it is said once more. What somebody else keeps stays: they will tell it when it is due.
 */
export class Redating {
  readonly #options: RedatingOptions
  #working: Promise<void> | undefined
  #again = false
  #stopped = false

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

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#working
  }

  async #work(): Promise<void> {
    try {
      while (this.#again && !this.#stopped) {
        this.#again = false
        for (const entry of await this.#ahead()) {
          // The clock may have jumped again: then nothing is known.
          if (this.#stopped || entry.clock <= this.#options.time.horizon) break
          if (!(await this.#options.sayAgain(entry))) return
        }
      }
    } catch (error) {
      // They are still there, and looked for again at the next start.
      if (!(error instanceof StorageError)) throw error
      this.#options.runtime.log('redating: the disk failed', { failure: error.failure })
    }
  }

  /** One's own, oldest first, that nobody is known to keep. */
  async #ahead(): Promise<readonly Entry[]> {
    const { history, room, time } = this.#options
    const { horizon } = time
    if (horizon === Infinity) return []
    const ahead = { from: { ...START, clock: horizon + 1 }, to: END }
    // Almost always there are none: two keys are read.
    if ((await history.positions(room, ahead, 1)).length === 0) return []
    const own = await history.undelivered(room, 'stored', AT_ONCE)
    const found = own.filter(({ clock }) => clock > horizon)
    if (found.length === AT_ONCE) this.#again = true
    return found
  }
}
