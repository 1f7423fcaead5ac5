const BYTES = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte']

/** Decimal, as browsers and disks count. */
export function bytesIn(locale: string, n: number): string {
  const power = Math.min(BYTES.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, n)) / 3)))
  const style = { style: 'unit', unit: BYTES[power], maximumSignificantDigits: 3 } as const
  return new Intl.NumberFormat(locale, style).format(n / 1_000 ** power)
}

/** The greatest unit that fits, one decimal at most. */
export function durationOf(ms: number): {
  readonly value: number
  readonly unit: 'second' | 'minute' | 'hour' | 'day'
} {
  const seconds = ms / 1_000
  const rounded = (value: number): number => Math.round(value * 10) / 10
  if (seconds < 60) return { value: rounded(seconds), unit: 'second' }
  if (seconds < 3_600) return { value: rounded(seconds / 60), unit: 'minute' }
  if (seconds < 86_400) return { value: rounded(seconds / 3_600), unit: 'hour' }
  return { value: rounded(seconds / 86_400), unit: 'day' }
}

const SPANS = [
  ['year', 31_557_600_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** In the unit that says most with one number: “3 years”, “90 minutes”. */
export function spanIn(locale: string, ms: number): string {
  const [unit, length] =
    SPANS.find(([, length]) => ms >= 1.75 * length) ?? (['minute', 60_000] as const)
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit,
    unitDisplay: 'long',
    maximumFractionDigits: 0,
  }).format(ms / length)
}
