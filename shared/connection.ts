import type { PeerId } from './ids.ts'
import type { Link } from './network.ts'

/** What the connection pill says; `people` without me and without relay-nodes. */
export type Connection =
  | { readonly kind: 'live'; readonly people: number }
  | { readonly kind: 'relay-only'; readonly people: number }
  | { readonly kind: 'reconnecting' }
  | { readonly kind: 'offline'; readonly queued: number }

export interface ConnectionFacts {
  readonly links: readonly Link[]
  /** In the room that is open. */
  readonly people: readonly PeerId[]
  /** When the last link was lost, ms since 1970; nothing if there never was one. */
  readonly lostAt: number | undefined
  readonly queued: number
  readonly now: number
}

/** So long a lost network is called reconnecting; then it is called what it is. */
export const RECONNECTING_MS = 15_000

/** Claims no more than links prove. */
export function connectionOf(facts: ConnectionFacts): Connection {
  const people = facts.people.length
  const relayed = facts.links.some((link) => link.relay)
  const direct = facts.links.some(
    (link) => link.path === 'direct' && facts.people.includes(link.peer),
  )
  // Nobody else is here and something is connected: whoever comes will be heard.
  if (direct || (people === 0 && facts.links.some((link) => link.relay || link.path === 'direct')))
    return { kind: 'live', people }
  if (relayed) return { kind: 'relay-only', people }
  const lost = facts.lostAt !== undefined && facts.now - facts.lostAt < RECONNECTING_MS
  return lost ? { kind: 'reconnecting' } : { kind: 'offline', queued: facts.queued }
}
