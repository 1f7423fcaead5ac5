import type { PeerId } from '../../shared/ids.ts'
import type { RoomMap } from '../../shared/room-map.ts'
import { clashesAmong } from './clashes.ts'
import { keyPart } from './sigil.ts'

/** How everybody on the map is called; who share a name, or its look, are told apart by their keys. */
export function namesIn({ self, name, people, relays }: RoomMap): ReadonlyMap<string, string> {
  const clashes = clashesAmong([{ id: self, name }, ...people])
  return new Map([
    [self, name] as const,
    ...relays.map(({ id, place }) => [id, place] as const),
    ...people.map(({ id, name }) => {
      return [id, clashes.has(name) ? `${name} ${keyPart(id)}` : name] as const
    }),
  ])
}

/** Whoever is not on the map, as one that is blocked, is called by their key. */
export function namesOf(map: RoomMap): (id: PeerId) => string {
  const names = namesIn(map)
  return (id) => names.get(id) ?? keyPart(id)
}
