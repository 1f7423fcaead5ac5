import { DEFAULT_ROOM } from './limits.ts'
import { isRoomName } from './room-key.ts'

/** What an address asks for. */
export type Route =
  | {
      readonly kind: 'room'
      readonly name: string
      /** Multiaddrs of relay-nodes that an invite names. */
      readonly relays?: readonly string[]
    }
  | { readonly kind: 'bad-room'; readonly name: string }
  /** `/#/p/…`: private rooms, which a later version opens. */
  | { readonly kind: 'reserved' }

/** Where a way back leads. */
export const HOME = DEFAULT_ROOM

/** @param hash as in `location.hash` */
export function routeOf(hash: string): Route {
  const [path = '', hints] = hash.replace(/^#\/?/, '').split('?', 2)
  const relays = hints === undefined ? {} : { relays: relaysIn(hints) }
  if (path === '') return { kind: 'room', name: DEFAULT_ROOM, ...relays }
  if (path === 'p' || path.startsWith('p/')) return { kind: 'reserved' }
  const name = decoded(path.replace(/^r\//, ''))
  // By hand people type `#garden`, and mean the room.
  return isRoomName(name) ? { kind: 'room', name, ...relays } : { kind: 'bad-room', name }
}

/**
 * What leads to a room, behind the page's own address.
 * @param relays where others may find it when that address does not answer any more
 */
export function hashOf(room: string, relays: readonly string[] = []): string {
  const hints = relays
    .filter(isHint)
    .slice(0, HINTS_MAX)
    .map((relay) => `relay=${encodeURIComponent(relay).replaceAll('%2F', '/')}`)
  const hash = room === DEFAULT_ROOM ? '#/' : `#/r/${room}`
  return hints.length === 0 ? hash : `${hash}?${hints.join('&')}`
}

/**
 * The address of a room, as short as it can be.
 * @param page the page's own address, without the hash
 */
export function linkTo(page: string, room: string, relays: readonly string[] = []): string {
  const hash = hashOf(room, relays)
  return hash === '#/' ? page : page + hash
}

/** Nobody on another device can open it. */
export function leadsOnlyHere(link: string): boolean {
  return /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(link).hostname)
}

/** An address bar holds more; whoever names more than that is listing doors to knock at. */
const HINTS_MAX = 4
const HINT_MAX_CHARACTERS = 400

function relaysIn(hints: string): readonly string[] {
  return new URLSearchParams(hints).getAll('relay').filter(isHint).slice(0, HINTS_MAX)
}

function isHint(relay: string): boolean {
  return relay.length <= HINT_MAX_CHARACTERS && /^\/[^\s]+\/p2p\/[^/\s]+$/.test(relay)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
