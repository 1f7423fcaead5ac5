/** What a set of measurements comes to, in the unit it was measured in. */
export interface Spread {
  readonly p50: number
  readonly p95: number
  readonly n: number
}

/** Of as many as there are: as arguments of `Math.max`, those of a minute would be more than the stack holds. */
export function longestOf(values: readonly number[]): number {
  return Math.round(values.reduce((longest, value) => Math.max(longest, value), 0))
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number): number => {
    const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN
    return Math.round(value * 10) / 10
  }
  return { p50: at(0.5), p95: at(0.95), n: sorted.length }
}
