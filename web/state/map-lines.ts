import type { PeerId } from '../../shared/ids.ts'
import { type RoomMap, relayBefore, routeTo } from '../../shared/room-map.ts'

/** A line of the picture. */
export interface Line {
  readonly key: string
  readonly from: PeerId
  readonly to: PeerId
  /** `direct`: a link to a person; `relay`: to a relay-node; `beyond`: what is known to lie behind one. */
  readonly kind: 'direct' | 'relay' | 'beyond'
  /** All that is said goes over it. */
  readonly mesh: boolean
  /** On the way to whoever is selected. */
  readonly chosen: boolean
}

/** Nothing is drawn that is not known: whom others are linked to, nobody tells. */
export function linesOf(map: RoomMap, selected: PeerId | undefined): readonly Line[] {
  const { self } = map
  const route =
    selected === undefined ? [] : (routeTo(map, selected) ?? bringerRoute(map, selected))
  const isChosen = (from: PeerId, to: PeerId): boolean =>
    route.some((id, i) => id === from && route[i + 1] === to)
  const line = (from: PeerId, to: PeerId, rest: Pick<Line, 'kind' | 'mesh'>): Line => ({
    key: `${from} ${to}`,
    from,
    to,
    ...rest,
    chosen: isChosen(from, to),
  })
  const relays = map.relays.map(({ id, mesh }) => line(self, id, { kind: 'relay', mesh }))
  const people = map.people.flatMap((person): readonly Line[] => {
    const { id, reach } = person
    switch (reach.kind) {
      case 'direct':
        return [line(self, id, { kind: 'direct', mesh: reach.mesh })]
      case 'relayed':
        return [line(reach.relay ?? self, id, { kind: 'beyond', mesh: false })]
      case 'heard': {
        // Which person brings their words changes from word to word: shown of the one who is asked about.
        const known = id === selected || relayBefore(map, person) !== undefined
        return known ? [line(reach.by, id, { kind: 'beyond', mesh: false })] : []
      }
      case 'unheard':
        return []
    }
  })
  return [...relays, ...people]
}

function bringerRoute(map: RoomMap, id: PeerId): readonly PeerId[] {
  const reach = map.people.find((person) => person.id === id)?.reach
  return reach?.kind === 'heard' ? [map.self, reach.by, id] : []
}
