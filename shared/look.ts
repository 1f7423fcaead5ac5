import { isRecord } from './json.ts'

/** How a screen looks, as its reader chose it. */
export interface Look {
  /** `system`: as the device is set. */
  readonly theme: 'system' | 'light' | 'dark'
  readonly density: 'cosy' | 'compact'
  /** Of text, in percent of what the reader's browser calls normal. */
  readonly size: number
}

export const PLAIN: Look = { theme: 'system', density: 'cosy', size: 100 }

/** Whoever needs more has the browser's zoom, which makes room for it as well. */
export const TEXT_SIZES: readonly number[] = [87.5, 100, 112.5, 125, 150]

const CHANGES = {
  light: () => ({ theme: 'light' }),
  dark: () => ({ theme: 'dark' }),
  system: () => ({ theme: 'system' }),
  cosy: () => ({ density: 'cosy' }),
  compact: () => ({ density: 'compact' }),
  larger: ({ size }) => ({ size: TEXT_SIZES.find((other) => other > size) ?? size }),
  smaller: ({ size }) => ({ size: TEXT_SIZES.findLast((other) => other < size) ?? size }),
  normal: () => ({ size: PLAIN.size }),
} as const satisfies Record<string, (look: Look) => Partial<Look>>

/** The words by which a look is changed, in the order in which they are shown. */
export const LOOK_WORDS = Object.keys(CHANGES) as readonly LookWord[]

export type LookWord = keyof typeof CHANGES

/** Nothing if there is no such word. */
export function changedLook(look: Look, word: string): Look | undefined {
  const known = LOOK_WORDS.find((each) => each === word.toLowerCase())
  return known === undefined ? undefined : { ...look, ...CHANGES[known](look) }
}

/** What was stored, perhaps by another version: each part that makes no sense is the plain one. */
export function lookFrom(stored: unknown): Look {
  if (!isRecord(stored)) return PLAIN
  const { theme, density, size } = stored
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : PLAIN.theme,
    density: density === 'compact' ? density : PLAIN.density,
    size: TEXT_SIZES.find((known) => known === size) ?? PLAIN.size,
  }
}
