import { styleText } from 'node:util'

/** How a part of a line is set off. */
export type Ink = 'soft' | 'good' | 'bad' | 'strong' | 'mine' | Hue

/** For people: which one follows from their key. */
export type Hue = (typeof HUES)[number]

const HUES = ['cyan', 'green', 'magenta', 'yellow', 'blue', 'cyanBright'] as const

const STYLES = {
  soft: 'dim',
  good: 'green',
  bad: 'red',
  strong: 'bold',
  mine: ['bold', 'green'],
} as const

export type Paint = (ink: Ink, text: string) => string

export const plain: Paint = (_, text) => text

/** Only for a terminal that wants it (`NO_COLOR`, no-color.org). */
export const coloured: Paint = (ink, text) =>
  styleText(ink in STYLES ? [...[STYLES[ink as keyof typeof STYLES]].flat()] : (ink as Hue), text, {
    validateStream: false,
  })

export function hueOf(id: string): Hue {
  let sum = 0
  // The ends of keys differ; they all begin alike.
  for (const letter of id.slice(-8)) sum = (31 * sum + letter.charCodeAt(0)) % 9_973
  return HUES[sum % HUES.length] ?? 'cyan'
}
