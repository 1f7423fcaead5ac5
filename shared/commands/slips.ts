import type { Command } from './command.ts'
import { commands } from './registry.ts'

/** The nearest command within two slips of the finger; one slip for short names. */
export function closest(name: string): Command | undefined {
  const typed = name.toLowerCase().slice(0, 32)
  const near = commands
    .flatMap((command) =>
      [command.name, ...command.aliases].map((spelling) => ({ command, spelling })),
    )
    .map(({ command, spelling }) => ({
      command,
      slips: distance(typed, spelling),
      spelling,
    }))
    // Everything is one slip away from a single letter.
    .filter(({ slips, spelling }) => spelling.length > 1 && slips <= (spelling.length > 3 ? 2 : 1))
    .sort((a, b) => a.slips - b.slips)
  return near[0]?.command
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours count one. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Infinity
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row[j] = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (same ? 0 : 1),
        swapped ? at(i - 2, j - 2) + 1 : Infinity,
      )
    }
  }
  return at(a.length, b.length)
}
