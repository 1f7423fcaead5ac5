import { DEFAULT_ROOM } from '../../shared/limits.ts'
import { isRoomName } from '../../shared/room-key.ts'

/** What an address asks for. */
export type Route =
  | { readonly kind: 'room'; readonly name: string }
  | { readonly kind: 'bad-room'; readonly name: string }
  /** `/#/p/…`: private rooms, which a later version opens. */
  | { readonly kind: 'reserved' }

/** Where a way back leads. */
export const HOME = DEFAULT_ROOM

/** @param hash as in `location.hash` */
export function routeOf(hash: string): Route {
  const path = hash.replace(/^#\/?/, '')
  if (path === '') return { kind: 'room', name: DEFAULT_ROOM }
  if (path === 'p' || path.startsWith('p/')) return { kind: 'reserved' }
  const name = decoded(path.replace(/^r\//, ''))
  return path.startsWith('r/') && isRoomName(name)
    ? { kind: 'room', name }
    : { kind: 'bad-room', name }
}

/** What leads to a room, behind the page's own address. */
export function hashOf(room: string): string {
  return room === DEFAULT_ROOM ? '#/' : `#/r/${room}`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
