import { EMOJI_TABLE } from './emoji-table.ts'

/** An emoji, and what people type for it. */
export interface Emoji {
  readonly sign: string
  readonly names: readonly string[]
}

export const emojis: readonly Emoji[] = EMOJI_TABLE.trim()
  .split(/,\s+/)
  .map((line) => {
    const [sign = '', ...names] = line.split(' ')
    return { sign, names }
  })

/**
 * Those that have the name, or a name that goes on so, each under the name that fits best.
 * @param typed lower case
 * @param used signs, the one used last first: they stand first
 */
export function emojisFor(
  typed: string,
  used: readonly string[],
): readonly { readonly sign: string; readonly name: string }[] {
  const found = emojis.flatMap(({ sign, names }) => {
    const name =
      names.find((each) => each === typed) ?? names.find((each) => each.startsWith(typed))
    // `heart` finds black_heart, too, below what begins so.
    const part = name ?? names.find((each) => each.includes(`_${typed}`))
    if (part === undefined) return []
    const usedAt = used.indexOf(sign)
    const recency = usedAt < 0 ? Infinity : usedAt
    return { sign, name: part, recency, rank: part === typed ? 0 : name === undefined ? 2 : 1 }
  })
  return found.sort((a, b) => compare(a.recency, b.recency) || a.rank - b.rank)
}

/** Two that were never used are as recent as each other. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b
}
