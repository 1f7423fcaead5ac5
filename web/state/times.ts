/** Times as the reader writes them, in the reader's own zone; `at` in ms since 1970. */
export class Times {
  readonly #time: Intl.DateTimeFormat
  readonly #onDay: Intl.DateTimeFormat
  readonly #onDayOfYear: Intl.DateTimeFormat
  readonly #moment: Intl.DateTimeFormat
  readonly #day: Intl.DateTimeFormat
  readonly #dayOfYear: Intl.DateTimeFormat

  /** @param locale BCP 47 */
  constructor(locale: string) {
    this.#time = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' })
    const onDay = { day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit' } as const
    this.#onDay = new Intl.DateTimeFormat(locale, onDay)
    this.#onDayOfYear = new Intl.DateTimeFormat(locale, { ...onDay, year: 'numeric' })
    this.#moment = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'medium' })
    this.#day = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' })
    this.#dayOfYear = new Intl.DateTimeFormat(locale, { dateStyle: 'long' })
  }

  timeOf(at: number): string {
    return this.#time.format(at)
  }

  /** Short, and with its day where that is not today: “14:05”, “3 Mar, 14:05”. */
  whenOf(at: number, now: number): string {
    if (startOfDay(at) === startOfDay(now)) return this.#time.format(at)
    return (isSameYear(at, now) ? this.#onDay : this.#onDayOfYear).format(at)
  }

  momentOf(at: number): string {
    return this.#moment.format(at)
  }

  dayOf(
    at: number,
    now: number,
    words: { readonly today: string; readonly yesterday: string },
  ): string {
    const then = startOfDay(at)
    if (then === startOfDay(now)) return words.today
    // 36 hours after midnight is the middle of the next day, also when clocks change.
    if (startOfDay(then + 36 * 3_600_000) === startOfDay(now)) return words.yesterday
    return (isSameYear(at, now) ? this.#day : this.#dayOfYear).format(at)
  }
}

function isSameYear(at: number, now: number): boolean {
  return new Date(at).getFullYear() === new Date(now).getFullYear()
}

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0)
}
