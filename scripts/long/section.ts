/** One part of the long run, and what came of it. */
export interface Section {
  readonly title: string
  readonly failed: boolean
  /** Markdown. */
  readonly text: string
}

/** How many failed, and which. */
export function failedCell(bad: readonly string[]): string {
  return bad.length === 0 ? '0' : `**${bad.length}** (${bad.join(', ')})`
}

/** Two cells, the median and the most, of ms. */
export function spreadCells(ms: readonly number[]): string {
  const sorted = ms.toSorted((a, b) => a - b)
  const at = (share: number): string => {
    const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
    return value === undefined ? '–' : seconds(value)
  }
  return `${at(0.5)} | ${at(1)}`
}

function seconds(ms: number): string {
  return `${Math.round(ms / 10) / 100} s`
}
