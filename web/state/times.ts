const time = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' })
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' })
const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' })
const dayOfYear = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' })

/** All in the reader's own locale and zone; `at` in ms since 1970. */
export function timeOf(at: number): string {
  return time.format(at)
}

export function momentOf(at: number): string {
  return moment.format(at)
}

export function dayOf(
  at: number,
  now: number,
  words: { readonly today: string; readonly yesterday: string },
): string {
  const then = startOfDay(at)
  if (then === startOfDay(now)) return words.today
  // 36 hours after midnight is the middle of the next day, also when clocks change.
  if (startOfDay(then + 36 * 3_600_000) === startOfDay(now)) return words.yesterday
  return new Date(at).getFullYear() === new Date(now).getFullYear()
    ? day.format(at)
    : dayOfYear.format(at)
}

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0)
}
