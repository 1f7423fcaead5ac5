import { isRoomName } from '../../shared/room-key.ts'
import { HOME, hashOf } from '../../shared/route.ts'

/**
 * Where a link leads on this very page: a hash, or nothing if it leads elsewhere.
 * @param page the page's own address, without the hash
 */
export function hashOnPage(href: string, page: string): string | undefined {
  const [address, ...rest] = href.split('#')
  const hash = `#${rest.join('#')}`
  if (address !== page) return undefined
  if (hash === '#') return hashOf(HOME)
  return hash.startsWith('#/') ? hash : undefined
}

/** So long is a room's name at most, and the length bounds what is looked at. */
const ROOM = /#([A-Za-z0-9][A-Za-z0-9._-]{0,63})(?![\p{L}\p{N}._/@#-])/uy
/** Amid a word, in an address or behind another `#`, it is no room. */
const AMID = /[A-Za-z0-9#&/.@-]/

export interface RoomMention {
  readonly name: string
  /** Where the text goes on. */
  readonly end: number
}

/** `#garden`, as the box completes it; a number alone (`#7`) is more often that of something else. */
export function roomAt(text: string, at: number): RoomMention | undefined {
  if (AMID.test(text[at - 1] ?? ' ')) return undefined
  ROOM.lastIndex = at
  // What ends a sentence, or an emphasis, is seldom of the name.
  const name = ROOM.exec(text)?.[1]?.replace(/[._-]+$/, '') ?? ''
  return /[A-Za-z]/.test(name) && isRoomName(name) ? { name, end: at + 1 + name.length } : undefined
}
