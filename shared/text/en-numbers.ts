export const number = new Intl.NumberFormat('en')

export function plural(n: number, one: string, many: string): string {
  return `${number.format(n)} ${n === 1 ? one : many}`
}

/** Decimal, as browsers and disks count. */
export function bytes(n: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte']
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, n)) / 3)))
  const style = { style: 'unit', unit: units[power], maximumSignificantDigits: 3 } as const
  return new Intl.NumberFormat('en', style).format(n / 1_000 ** power)
}

/** The greatest unit that fits, one decimal at most: `10 min`, `1.5 h`. */
export function duration(ms: number): string {
  const seconds = ms / 1_000
  const [value, unit] =
    seconds < 60
      ? [seconds, 's']
      : seconds < 3_600
        ? [seconds / 60, 'min']
        : seconds < 86_400
          ? [seconds / 3_600, 'h']
          : [seconds / 86_400, 'd']
  return `${number.format(Math.round(value * 10) / 10)} ${unit}`
}
