import { bytesIn, durationOf } from './numbers.ts'

export const number = new Intl.NumberFormat('th')

const list = new Intl.ListFormat('th')
const choice = new Intl.ListFormat('th', { type: 'disjunction' })

/** Thai has no plural: a number and the classifier of what is counted. */
export function counted(n: number, classifier: string): string {
  return `${number.format(n)} ${classifier}`
}

export function listed(all: readonly string[]): string {
  return spaced(list, all)
}

export function oneOf(all: readonly string[]): string {
  return spaced(choice, all)
}

/** `Intl` writes “กและข”; names in Latin letters want blanks around what joins them. */
function spaced(format: Intl.ListFormat, all: readonly string[]): string {
  return format
    .formatToParts(all)
    .map(({ type, value }) =>
      type === 'literal' && /\p{L}/u.test(value) ? ` ${value.trim()} ` : value,
    )
    .join('')
}

export function bytes(n: number): string {
  return bytesIn('th', n)
}

const UNITS = { second: 'วินาที', minute: 'นาที', hour: 'ชั่วโมง', day: 'วัน' } as const

/** `10 นาที`, `1.5 ชั่วโมง`. */
export function duration(ms: number): string {
  const { value, unit } = durationOf(ms)
  return counted(value, UNITS[unit])
}
