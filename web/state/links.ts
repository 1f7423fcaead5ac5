import { hashOnPage, roomAt } from './own-links.ts'
import { hashOf } from '../../shared/route.ts'

/** `href` is always of http or https; `hash` is where it leads on this very page. */
export interface Link {
  readonly kind: 'link'
  readonly text: string
  readonly href: string
  /** Where it leads, if its text does not say so. */
  readonly host?: string
  readonly hash?: string
}

export interface Placed {
  readonly inline: Link
  /** Where the text goes on. */
  readonly end: number
}

/** Not of scripts that put no blanks between words: there, emphasis begins and ends amid a line. */
export const WORD =
  /[[\p{L}\p{N}]--[\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]]/v
/** The length bounds what is looked at in vain. */
const NAMED = /\[([^[\]\n]{1,200})\]\((https?:\/\/[^\s()<>]{1,2000})\)/iy
const BARE = /https?:\/\/[^\s<>"`]{1,2000}/iy
/** What ends a sentence, and seldom an address. */
const AFTER = new Set(`.,:;!?*_~'"»”’`)

/** `#garden`. */
export function roomLinkAt(text: string, at: number, page: string): Placed | undefined {
  const room = roomAt(text, at)
  if (room === undefined) return undefined
  const hash = hashOf(room.name)
  return {
    inline: { kind: 'link', text: `#${room.name}`, href: page + hash, hash },
    end: room.end,
  }
}

/** An address that begins at `at`, by itself or as `[words](address)`. */
export function linkAt(text: string, at: number, page: string): Placed | undefined {
  NAMED.lastIndex = at
  const [named, label, target] = NAMED.exec(text) ?? []
  if (named !== undefined && label !== undefined && target !== undefined)
    return linkTo(target, label, at + named.length, page)
  BARE.lastIndex = at
  const [found] = BARE.exec(text) ?? []
  if (found === undefined || WORD.test(text[at - 1] ?? ' ')) return undefined
  // A bracket that closes what the sentence has opened is not of the address.
  const closes = found.includes('(') ? '' : ')'
  let { length } = found
  while (AFTER.has(found.charAt(length - 1)) || found.charAt(length - 1) === closes) length--
  const bare = found.slice(0, length)
  return linkTo(bare, bare, at + length, page)
}

/** Who reads the words of a link sees where it leads: its host stands beside them, unless they begin with it. */
function linkTo(target: string, text: string, end: number, page: string): Placed | undefined {
  if (!URL.canParse(target)) return undefined
  const { href, host, username, password } = new URL(target)
  const honest = username === '' && password === '' && hostIn(text) === host
  const hash = hashOnPage(href, page)
  const here = hash === undefined ? {} : { hash }
  return { inline: { kind: 'link', text, href, ...(honest ? {} : { host }), ...here }, end }
}

function hostIn(text: string): string | undefined {
  return /^https?:\/\/([^/?#]+)/i.exec(text)?.[1]?.toLowerCase()
}
