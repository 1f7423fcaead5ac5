import { isRoomName } from '../shared/room-key.ts'

/** As the manifest's `share_target` names them. */
const FIELDS = ['share-title', 'share-text', 'share-url']
/** More than a message holds; the box says how much is too much. */
const SHARED_MAX_CHARACTERS = 16_384
const LAST_ROOM = 'p2p-chat-last-room'

/** What another app has shared into this one, by the address that it opened; nothing if it did not. */
export function sharedIn(search: string): string | undefined {
  const fields = new URLSearchParams(search.slice(0, 3 * SHARED_MAX_CHARACTERS))
  const parts = FIELDS.map((name) => fields.get(name)?.trim() ?? '').filter((part) => part !== '')
  // Some apps say the same address twice, or put it into the text.
  const said = parts.filter((part, i) => !parts.some((other, j) => holds(other, part, j < i)))
  return said.length === 0 ? undefined : said.join('\n').slice(0, SHARED_MAX_CHARACTERS)
}

/** Below what is being written; on its own it is never a command, whatever it begins with. */
export function addShared(draft: string, shared: string): string {
  if (draft !== '') return `${draft}\n${shared}`
  return shared.startsWith('/') ? `/${shared}` : shared
}

/** The room that was last on the screen of this device. */
export function lastRoom(): string | undefined {
  try {
    const name = localStorage.getItem(LAST_ROOM)
    return name !== null && isRoomName(name) ? name : undefined
  } catch {
    return undefined
  }
}

export function rememberRoom(name: string): void {
  try {
    localStorage.setItem(LAST_ROOM, name)
  } catch {
    // Storage is forbidden here, or full: the next share lands in the first room.
  }
}

function holds(other: string, part: string, isBefore: boolean): boolean {
  return other === part ? isBefore : other.includes(part)
}
