import { Changes, type Stop } from './changes.ts'
import type { PeerId } from './ids.ts'
import { STRANGERS_MAX, TYPING_FOR_MS, TYPISTS_MAX } from './limits.ts'
import type { Clock } from './runtime.ts'

/** Who is writing something just now. It ends by itself: nobody says that they stopped. */
export class Typing {
  /** Somebody began or ceased. */
  readonly changes = new Changes<undefined>()
  readonly #clock: Clock
  /** Until when each is shown, ms since 1970; who began first stands first. */
  readonly #until = new Map<PeerId, number>()
  /** What is replayed says nothing. */
  readonly #lastSeqno = new Map<PeerId, bigint>()
  #stopTimer: Stop | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get people(): readonly PeerId[] {
    const now = this.#clock.now()
    return [...this.#until].flatMap(([id, until]) => (until > now ? [id] : []))
  }

  /**
   * Somebody says that they are writing.
   * @param isHere they are in the room, as far as is known: a stranger's word is only passed on
   * @returns false for a replay
   */
  hear(id: PeerId, seqno: bigint, isHere: boolean): boolean {
    if (seqno <= (this.#lastSeqno.get(id) ?? -1n)) return false
    if (this.#lastSeqno.size >= STRANGERS_MAX) this.#lastSeqno.clear()
    this.#lastSeqno.set(id, seqno)
    const isNew = !this.#until.has(id)
    if (!isHere || (isNew && this.#until.size >= TYPISTS_MAX)) return true
    this.#until.set(id, this.#clock.now() + TYPING_FOR_MS)
    this.#stopTimer ??= this.#clock.after(TYPING_FOR_MS, () => {
      this.#sweep()
    })
    if (isNew) this.changes.emit(undefined)
    return true
  }

  /** They have said it, or went. */
  end(id: PeerId): void {
    if (this.#until.delete(id)) this.changes.emit(undefined)
  }

  stop(): void {
    this.#stopTimer?.()
    this.#stopTimer = undefined
    this.#until.clear()
  }

  #sweep(): void {
    this.#stopTimer = undefined
    const now = this.#clock.now()
    const over = [...this.#until].filter(([, until]) => until <= now)
    for (const [id] of over) this.#until.delete(id)
    if (this.#until.size > 0) {
      // A clock that was set back must not keep anybody writing for ever.
      const soonest = Math.min(...this.#until.values()) - now
      this.#stopTimer = this.#clock.after(Math.min(soonest, TYPING_FOR_MS), () => {
        this.#sweep()
      })
    }
    if (over.length > 0) this.changes.emit(undefined)
  }
}
