import { isPeerId } from '../identity.ts'
import type { PeerId } from '../ids.ts'
import { lookOf, shortPeerId } from '../names.ts'
import type { Named } from '../settings.ts'
import type { Answer, Context } from './command.ts'

/** So much of a key must be typed: less is a name, as likely as not. */
const KEY_LEAST = 6
/** What stands between a name and the end of its key. */
const ELLIPSIS = '…'
/** Of many who share a name, so many are listed. */
const LISTED_MAX = 8

/** How somebody is named where another goes by the same name; whoever types it means this key. */
export function nameAndKey({ id, name }: Named): string {
  return name === shortPeerId(id) ? name : `${name} ${shortPeerId(id)}`
}

/**
 * Whom a text means: by name and the end of the key, by name, by the beginning of a key, or by the whole. A
 * key goes first, since it is proved: a name may end like one. A name means all that look like it.
 */
export function matching(typed: string, all: readonly Named[]): readonly Named[] {
  const text = typed.trim().replace(/^@/, '')
  const [name, end] = splitAtLast(text)
  const keyed = all.filter(
    (each) =>
      end.length >= KEY_LEAST &&
      each.id.endsWith(end) &&
      (name === '' || each.name.toLowerCase() === name.toLowerCase()),
  )
  if (keyed.length > 0) return keyed
  const look = lookOf(text)
  const named = all.filter((each) => lookOf(each.name) === look)
  if (named.length > 0) return named
  return text.length < KEY_LEAST ? [] : all.filter(({ id }) => id.startsWith(text))
}

/**
 * The one whom a command is about, or what to answer instead. Those in the room are meant first: a name
 * of last year must not stand in the way.
 * @param command its name: somebody is all that it is about
 */
export function whom(
  command: string,
  typed: string,
  { chat, room, words }: Context,
  among: readonly Named[] = chat.company.known(room),
): { readonly who: Named } | { readonly answer: Answer } {
  const me = { id: chat.id, name: chat.name }
  const here = new Set(chat.company.around(room).map(({ id }) => id))
  // I may stand among them, too, as the author of what I said, and am one all the same.
  const all = matching(typed, [...among.filter(({ id }) => id !== chat.id), me])
  const near = all.filter(({ id }) => here.has(id) || id === chat.id)
  const found = near.length > 0 ? near : all
  const [one, ...others] = found
  if (one !== undefined && others.length === 0) return { who: one }
  const key = typed.trim()
  if (one === undefined && isPeerId(key)) return { who: { id: key, name: shortPeerId(key) } }
  if (one === undefined) return { answer: { tone: 'bad', text: words.nobodyCalled(typed) } }
  const picks = listed(found).map((label) => ({ label, text: `/${command} ${label}` }))
  return {
    answer: { tone: 'plain', text: words.severalCalled(typed, picks.length, found.length), picks },
  }
}

/** The end of each key tells them apart, unless somebody took the trouble to make one that ends alike. */
function listed(found: readonly Named[]): readonly string[] {
  const ends = new Set<PeerId | string>(found.map(nameAndKey))
  const spell = ends.size === found.length ? nameAndKey : ({ id }: Named) => id
  return found.slice(0, LISTED_MAX).map(spell)
}

function splitAtLast(text: string): readonly [string, string] {
  const at = text.lastIndexOf(ELLIPSIS)
  return at < 0 ? [text, ''] : [text.slice(0, at).trim(), text.slice(at + ELLIPSIS.length)]
}
