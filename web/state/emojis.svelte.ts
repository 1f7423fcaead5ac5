import type { emojisFor } from './emoji.ts'

/** An emoji that completes what is typed after a colon. */
export interface EmojiSuggestion {
  readonly kind: 'emoji'
  readonly value: string
  /** With its colons: `:smile:` */
  readonly name: string
  /** The whole text with it, and where the caret stands then. */
  readonly text: string
  readonly caret: number
}

/** Where the emojis that were used outlive a reload. */
export interface UsedEmojis {
  read(): unknown
  write(used: readonly string[]): void
}

type Table = typeof import('./emoji.ts')

/** More is not looked through: the next letter narrows it. */
const OFFERED_MAX = 12
const USED_MAX = 24
/** One letter is a face as often as not: `:D` and Enter must send what was written. */
const TYPED_MIN = 2
/** Longer than any name with its colons, and than what `TYPED` takes. */
const LOOKED_AT = 40
/** Behind a blank or at the beginning: not 12:30, nor https://. The second colon ends the name. */
const TYPED = /(?:^|[\s(]):([a-z+-][a-z0-9_+-]{0,31})(:?)$/i

/** The emojis by their names, fetched once somebody types one, and which of them were used last. */
export class Emojis {
  readonly #kept: UsedEmojis
  #find = $state.raw<typeof emojisFor>()
  /** The last one first. */
  #used = $state.raw<readonly string[]>([])
  #table: Promise<Table | undefined> | undefined

  constructor(kept: UsedEmojis) {
    this.#kept = kept
    const used = kept.read()
    if (Array.isArray(used))
      this.#used = used.filter((sign) => typeof sign === 'string').slice(0, USED_MAX)
  }

  /** A name may have been begun before the caret: its table is fetched. */
  async heed(text: string, caret: number): Promise<void> {
    if (typedBefore(text, caret) === undefined) return
    // Without a network it is missing; the next colon asks again.
    this.#table ??= import('./emoji.ts').catch(() => (this.#table = undefined))
    this.#find = (await this.#table)?.emojisFor
  }

  /** What completes the `:` before the caret. */
  offer(text: string, caret: number): readonly EmojiSuggestion[] {
    const typed = typedBefore(text, caret)
    if (typed === undefined || typed.name.length < TYPED_MIN) return []
    const wanted = typed.name.toLowerCase()
    const found = this.#find?.(wanted, this.#used) ?? []
    const start = caret - typed.length
    const rest = text.slice(caret)
    return found
      .filter(({ name }) => !typed.whole || name === wanted)
      .slice(0, OFFERED_MAX)
      .map(({ sign, name }) => {
        const head = text.slice(0, start) + sign
        const blank = /^\s/.test(rest) ? '' : ' '
        const whole = { text: head + blank + rest, caret: head.length + 1 }
        return { kind: 'emoji', value: sign, name: `:${name}:`, ...whole }
      })
  }

  /** This was said: the emojis in it come first the next time. */
  async said(text: string): Promise<void> {
    const table = await this.#table
    const signs = table?.emojis.map(({ sign }) => sign).filter((sign) => text.includes(sign)) ?? []
    if (signs.length === 0) return
    const before = this.#used.filter((sign) => !signs.includes(sign))
    this.#used = [...signs, ...before].slice(0, USED_MAX)
    this.#kept.write(this.#used)
  }
}

interface Typed {
  readonly name: string
  /** The second colon stands, too: it is this one and no longer one. */
  readonly whole: boolean
  /** With the colons, in UTF-16 units. */
  readonly length: number
}

function typedBefore(text: string, caret: number): Typed | undefined {
  // The caret is within a word.
  if (/^[a-z0-9_+-]/i.test(text.slice(caret, caret + 1))) return undefined
  const before = text.slice(Math.max(0, caret - LOOKED_AT), caret)
  const [, name, end = ''] = TYPED.exec(before) ?? []
  if (name === undefined) return undefined
  return { name, whole: end !== '', length: 1 + name.length + end.length }
}
