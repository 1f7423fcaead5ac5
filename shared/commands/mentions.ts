import type { Context } from './command.ts'

/** A person or a room that is being named in what one says. */
export interface MentionSuggestion {
  readonly kind: 'person' | 'room'
  /** With its sign: `@swift-falcon`, `#garden`. */
  readonly value: string
  /** The whole text with it, and where the caret stands then. */
  readonly text: string
  readonly caret: number
}

/** More is not looked through: the next letter narrows it. */
const OFFERED_MAX = 12
/** What is typed of a name is no longer, in UTF-16 units. */
const TYPED_MAX = 64

/** What completes the `@` or `#` before the caret. */
export function mentions(
  text: string,
  caret: number,
  { chat, room }: Pick<Context, 'chat' | 'room'>,
): readonly MentionSuggestion[] {
  const before = text.slice(Math.max(0, caret - TYPED_MAX), caret)
  const [, sign, typed = ''] = /(?:^|[\s(])([@#])([^@#\n]*)$/.exec(before) ?? []
  if (sign === undefined) return []
  const names =
    sign === '@'
      ? chat.company.around(room).flatMap(({ id, name }) => (id === chat.id ? [] : [name]))
      : chat.rooms.map(({ name }) => name)
  const found = best([...new Set(names)], typed)
  // A name that is written out needs no list, unless it may be the beginning of another.
  if (found.length === 1 && found[0] === typed) return []
  const start = caret - typed.length - 1
  const rest = text.slice(caret)
  return found.map((name) => {
    const head = `${text.slice(0, start)}${sign}${name}`
    const blank = /^\s/.test(rest) ? '' : ' '
    const kind = sign === '@' ? 'person' : 'room'
    return { kind, value: sign + name, text: head + blank + rest, caret: head.length + 1 }
  })
}

/** In the order given: those that begin with what is typed, then those with a part that does. */
function best(names: readonly string[], typed: string): readonly string[] {
  const wanted = typed.toLowerCase()
  const begins: string[] = []
  const contains: string[] = []
  for (const name of names) {
    const at = name.toLowerCase().indexOf(wanted)
    if (at === 0) begins.push(name)
    else if (at > 0 && !/\s/.test(typed) && /[^\p{L}\p{N}]/u.test(name.charAt(at - 1)))
      contains.push(name)
  }
  return [...begins, ...contains].slice(0, OFFERED_MAX)
}
