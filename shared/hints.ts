import type { PeerId } from './ids.ts'
import { deniesDial, originAddress } from './origin.ts'
import type { KnownRelay } from './relay-word.ts'

/** Of an invite: one, and another in case; more make its QR code too dense for cameras. */
const HINTS_MAX = 2

/**
 * Relay-nodes that an invite may name beside the page's own, by which others find a room just as well now.
 * @param origin of the page that the invite opens: what that is not to dial is no help
 * @param holders peers that hear what is said in the room
 */
export function hintsOf(
  origin: string,
  relays: readonly KnownRelay[],
  holders: readonly PeerId[],
): readonly string[] {
  const hints = relays.flatMap(({ peer, address, state }) => {
    if (peer === undefined || state !== 'serving' || !holders.includes(peer)) return []
    // Whoever has the page has its own relay-node by that; and they are to dial what they are told.
    const isOwn = address === originAddress(origin, peer)
    return isOwn || deniesDial(origin, address, () => false) ? [] : [address]
  })
  return hints.slice(0, HINTS_MAX)
}
