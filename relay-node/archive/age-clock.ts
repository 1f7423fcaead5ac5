import type { TrueTime } from '../../shared/guard.ts'
import { NO_CLOCK_BEFORE_MS } from '../../shared/limits.ts'
import { type Clock, steadyOf } from '../../shared/runtime.ts'
import type { Span } from '../store/aging.ts'

export interface AgeClockOptions {
  readonly clock: Clock
  /** What others say the time is. It can only hold this clock back. */
  readonly heard: Pick<TrueTime, 'now'>
  /** What time it was when this archive was in use last, ms since 1970; nothing if nobody noted it. */
  readonly last: number | undefined
}

/**
 * A day an hour: a relay-node that was off for a month has caught up after little more than a day,
 * and a clock that is years ahead for an hour costs a day of the history.
 */
const CATCH_UP = 24
const DAY_MS = 24 * 3_600_000

/**
 * By which what is kept grows old. A clock of one's own may be years ahead for a while, and what goes
 * is gone: so this one goes on from when the archive was in use last, at most so much faster than a
 * steady clock, and never beyond what others say.
 */
export class AgeClock {
  readonly #options: AgeClockOptions
  #last: number | undefined
  #steadyAt: number
  #apart = 0

  constructor(options: AgeClockOptions) {
    this.#options = options
    this.#last = options.last
    this.#steadyAt = steadyOf(options.clock)
  }

  /**
   * @param kept what there is to lose
   * @returns ms since 1970
   */
  now(kept: Span | undefined): number {
    const { clock, heard } = this.#options
    const own = clock.now()
    const steady = steadyOf(clock)
    const passed = Math.max(0, steady - this.#steadyAt)
    this.#steadyAt = steady
    const last = this.#lastOf(own, kept)
    const now = Math.min(own, heard.now(), last + passed * CATCH_UP)
    this.#last = Math.max(last, now)
    this.#apart = own < this.#last ? own - this.#last : own - now
    return now
  }

  /** What time it was at least when `now` was last asked, ms since 1970. */
  get last(): number {
    return this.#last ?? 0
  }

  /** By a day or more: what is said now seems to come from the future. */
  get behind(): boolean {
    return this.#apart <= -DAY_MS || this.#lag >= DAY_MS
  }

  /** What is wrong with the clock, or seems to be, in a sentence; nothing while it is within a day. */
  get doubt(): string | undefined {
    if (Math.abs(this.#apart) < DAY_MS) {
      if (this.#lag < DAY_MS) return undefined
      const least = Math.floor(this.#lag / DAY_MS)
      return `this machine's clock is at least ${least} days behind; until it is set, new messages may not be kept`
    }
    const days = Math.round(Math.abs(this.#apart) / DAY_MS)
    return this.#apart > 0
      ? `this machine's clock is ${days} days ahead of what the archive knows; until it has caught up, at most a day an hour, messages are kept for longer than ARCHIVE_DAYS`
      : `this machine's clock is ${days} days behind what the archive knows; until it is set, new messages may not be kept`
  }

  /** Ms by which one's own clock is behind what is certain, or what most others say: an archive that is new knows no more. */
  get #lag(): number {
    const { clock, heard } = this.#options
    return Math.max(NO_CLOCK_BEFORE_MS, heard.now()) - clock.now()
  }

  #lastOf(own: number, kept: Span | undefined): number {
    // Nothing can be lost.
    if (kept === undefined) return own
    const [oldest, newest] = [kept.oldest / 1_000, kept.newest / 1_000]
    const last = this.#last ?? Math.min(own, newest)
    // It is not earlier than what was said first; and ahead of all that is kept, it may have been noted wrongly.
    return Math.max(oldest, own >= newest ? Math.min(last, own) : last)
  }
}
