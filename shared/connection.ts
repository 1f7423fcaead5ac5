import type { PeerId } from './ids.ts'
import type { Link } from './network.ts'

/** What the connection pill says; `people` without me and without relay-nodes. */
export type Connection =
  /** `hidden`: there are no direct links because nobody is to see this device's address. */
  | { readonly kind: 'live'; readonly people: number; readonly hidden?: true }
  | { readonly kind: 'relay-only'; readonly people: number; readonly hidden?: true }
  | { readonly kind: 'reconnecting' }
  | { readonly kind: 'offline'; readonly queued: number }

export interface ConnectionFacts {
  readonly links: readonly Link[]
  /** In the room that is open. */
  readonly people: readonly PeerId[]
  /** Linked peers that hear what is said in it, relay-nodes that carry it included. */
  readonly subscribers: readonly PeerId[]
  /** When it was opened, ms since 1970. */
  readonly openedAt: number
  /** When the last link was lost, ms since 1970; nothing if there never was one. */
  readonly lostAt: number | undefined
  readonly queued: number
  readonly now: number
  /** Relay-only mode. */
  readonly hidden?: boolean
}

/** So long a lost network is called reconnecting; then it is called what it is. */
export const RECONNECTING_MS = 15_000

/** So long whoever was linked, or was told of the room, may take to join it: then nothing is passed on there. */
export const JOINING_MS = 5_000

/** Claims no more than links prove. */
export function connectionOf(facts: ConnectionFacts): Connection {
  const people = facts.people.length
  const hidden = facts.hidden === true ? ({ hidden: true } as const) : {}
  const passesOn = (link: Link): boolean =>
    facts.subscribers.includes(link.peer) ||
    facts.now - Math.max(link.since, facts.openedAt) < JOINING_MS
  const relayed = facts.links.some((link) => link.relay && passesOn(link))
  const direct = facts.links.filter((link) => link.path === 'direct')
  const together = direct.some((link) => facts.people.includes(link.peer))
  // Nobody else is here and a relay is connected: whoever comes will be heard.
  if (together || (people === 0 && relayed)) return { kind: 'live', people, ...hidden }
  if (relayed) return { kind: 'relay-only', people, ...hidden }
  // The link to the last who went stands a while longer, and whoever comes is not found by it.
  const leftover = people === 0 && direct.some(({ peer }) => facts.subscribers.includes(peer))
  const lost = facts.lostAt !== undefined && facts.now - facts.lostAt < RECONNECTING_MS
  return leftover || lost ? { kind: 'reconnecting' } : { kind: 'offline', queued: facts.queued }
}
