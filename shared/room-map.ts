import type { Chat, Reached } from './chat.ts'
import type { Circuit } from './diagnostics.ts'
import type { Crossed } from './hops.ts'
import type { PeerId } from './ids.ts'
import type { Link } from './network.ts'
import type { Room } from './room.ts'

/** How somebody is reached, as far as this device has measured it; a round trip that it has not is absent. */
export type Reach =
  /** `mesh`: everything that is said goes over this link; else only word of what there is. */
  | {
      readonly kind: 'direct'
      readonly transport: string
      readonly rttMs?: number
      readonly mesh: boolean
    }
  /** A circuit: two links, with the relay-node between them, if it is one of ours. */
  | { readonly kind: 'relayed'; readonly relay?: PeerId; readonly rttMs?: number }
  /** No link: their words come by others, the last ones by `by`. */
  | { readonly kind: 'heard'; readonly by: PeerId }
  /** No link, and whoever brought their last words is linked no more; or no word of theirs has come yet. */
  | { readonly kind: 'unheard' }

/** `crossed` is over the link between them and this device. */
export interface MapPerson {
  readonly id: PeerId
  readonly name: string
  readonly reach: Reach
  /** When they say that they came, and when this device first heard of them; ms since 1970. */
  readonly since: number
  readonly knownSince: number
  readonly silent: boolean
  readonly crossed: Crossed
  /** How many of one's own messages they have said to keep. */
  readonly keeps: number
}

export interface MapRelay {
  readonly id: PeerId
  /** Host and port. */
  readonly place: string
  readonly transport: string
  readonly rttMs?: number
  readonly mesh: boolean
  /** Holds a place for this node: others reach it there. */
  readonly reserved: boolean
  readonly archive: boolean
  readonly crossed: Crossed
}

/** The room as this device knows it: itself, the relay-nodes that it is linked to, and who is there. */
export interface RoomMap {
  readonly self: PeerId
  readonly name: string
  readonly relays: readonly MapRelay[]
  /** The longest here first. */
  readonly people: readonly MapPerson[]
}

export interface MapFacts {
  readonly self: PeerId
  readonly name: string
  readonly people: readonly Reached[]
  readonly links: readonly Link[]
  readonly circuits: readonly Circuit[]
  readonly mesh: readonly PeerId[]
  readonly reserved: readonly PeerId[]
  readonly archives: readonly PeerId[]
  readonly bringer: (author: PeerId) => PeerId | undefined
  readonly crossed: (peer: PeerId) => Crossed
  readonly keeps: (peer: PeerId) => number
}

/** All that the map is made of, asked of the node as it is now. */
export function factsOf(chat: Chat, room: Room): MapFacts {
  const { topic } = room.key
  const snapshot = chat.network?.snapshot()
  return {
    self: chat.id,
    name: chat.name,
    people: chat.people(room),
    links: chat.network?.links() ?? [],
    circuits: snapshot?.circuits ?? [],
    mesh: snapshot?.topics.find((each) => each.topic === topic)?.mesh ?? [],
    reserved: snapshot?.reservations.map(({ relay }) => relay) ?? [],
    archives: room.presence.archives,
    bringer: (author) => chat.hops.bringer(author),
    crossed: (peer) => chat.hops.crossed(topic, peer),
    keeps: (peer) => room.keptBy(peer),
  }
}

/** Claims no more than links prove. */
export function mapOf(facts: MapFacts): RoomMap {
  const relays = relaysOf(facts)
  const ids = new Set(relays.map(({ id }) => id))
  return {
    self: facts.self,
    name: facts.name,
    relays,
    people: facts.people
      .filter(({ id }) => id !== facts.self && !ids.has(id))
      .map(({ id, name, since, knownSince, silent }) => ({
        id,
        name,
        reach: reachOf(id, facts, ids),
        since,
        knownSince,
        silent,
        crossed: facts.crossed(id),
        keeps: facts.keeps(id),
      })),
  }
}

/** The nodes that a message between this device and somebody passes, both ends included; none where it is not known. */
export function routeTo(map: RoomMap, peer: PeerId): readonly PeerId[] | undefined {
  if (map.relays.some(({ id }) => id === peer)) return [map.self, peer]
  const reach = map.people.find(({ id }) => id === peer)?.reach
  if (reach?.kind === 'direct') return [map.self, peer]
  if (reach?.kind !== 'relayed') return undefined
  return reach.relay === undefined ? [map.self, peer] : [map.self, reach.relay, peer]
}

/**
 * The relay-node that somebody is behind, if that is what holds: a circuit leads through it, or it is the only
 * peer there is that could bring their words. Else who brings them changes from word to word.
 */
export function relayBefore({ relays, people }: RoomMap, { reach }: MapPerson): PeerId | undefined {
  if (reach.kind === 'relayed') return reach.relay
  const [only, second] = relays
  const alone = second === undefined && !people.some((each) => each.reach.kind === 'direct')
  return alone && reach.kind === 'heard' && reach.by === only?.id ? only.id : undefined
}

/** Whoever has no direct link is heard through one's own relay-nodes. */
export function behindRelays({ people, relays }: Pick<RoomMap, 'people' | 'relays'>): boolean {
  return people.every(
    ({ reach }) =>
      reach.kind === 'direct' ||
      reach.kind === 'relayed' ||
      (reach.kind === 'heard' && relays.some(({ id }) => id === reach.by)),
  )
}

/** No link stands, so that nothing of anybody comes. */
export function isCutOff({ people, relays }: Pick<RoomMap, 'people' | 'relays'>): boolean {
  return relays.length === 0 && people.every(({ reach }) => reach.kind === 'unheard')
}

function relaysOf({ links, mesh, reserved, archives, crossed }: MapFacts): readonly MapRelay[] {
  const direct = links.filter(({ relay, path }) => relay && path === 'direct')
  return [...new Set(direct.map(({ peer }) => peer))].sort().flatMap((id) => {
    const link = best(direct.filter(({ peer }) => peer === id))
    if (link === undefined) return []
    return {
      id,
      place: placeIn(link.address),
      transport: link.transport,
      ...roundTrip(link),
      mesh: mesh.includes(id),
      reserved: reserved.includes(id),
      archive: archives.includes(id),
      crossed: crossed(id),
    }
  })
}

function reachOf(
  id: PeerId,
  { links, circuits, mesh, bringer }: MapFacts,
  relays: ReadonlySet<PeerId>,
): Reach {
  const own = links.filter(({ peer }) => peer === id)
  const direct = best(own.filter(({ path }) => path === 'direct'))
  if (direct !== undefined) {
    const { transport } = direct
    return { kind: 'direct', transport, ...roundTrip(direct), mesh: mesh.includes(id) }
  }
  const circuit = best(own)
  if (circuit !== undefined) {
    const relay = circuits.find(({ peer }) => peer === id)?.relay
    const ours = relay !== undefined && relays.has(relay) ? { relay } : {}
    return { kind: 'relayed', ...ours, ...roundTrip(circuit) }
  }
  const by = bringer(id)
  const linked = by !== undefined && by !== id && links.some(({ peer }) => peer === by)
  return linked ? { kind: 'heard', by } : { kind: 'unheard' }
}

/** Of several links to one peer, one that was measured. */
function best(links: readonly Link[]): Link | undefined {
  return links.find(({ rttMs }) => rttMs !== undefined) ?? links[0]
}

function roundTrip({ rttMs }: Link): { readonly rttMs?: number } {
  return rttMs === undefined ? {} : { rttMs }
}

/** `/dns4/chat.example/tcp/443/wss/p2p/…` is chat.example:443. */
function placeIn(address: string): string {
  const [, , host = '', , port = ''] = address.split('/')
  const name = host.includes(':') ? `[${host}]` : host
  return port === '' ? name : `${name}:${port}`
}
