import { bytesIn, durationOf } from './numbers.ts'

export const number = new Intl.NumberFormat('en')

export function plural(n: number, one: string, many: string): string {
  return `${number.format(n)} ${n === 1 ? one : many}`
}

export function bytes(n: number): string {
  return bytesIn('en', n)
}

const UNITS = { second: 's', minute: 'min', hour: 'h', day: 'd' } as const

/** `10 min`, `1.5 h`. */
export function duration(ms: number): string {
  const { value, unit } = durationOf(ms)
  return `${number.format(value)} ${UNITS[unit]}`
}
