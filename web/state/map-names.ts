import type { RoomMap } from '../../shared/room-map.ts'
import { clashesAmong } from './clashes.ts'
import { keyPart } from './sigil.ts'

/** How everybody on the map is called; who share a name, or its look, are told apart by their keys. */
export function namesOf({ self, name, people, relays }: RoomMap): (id: string) => string {
  const clashes = clashesAmong([{ id: self, name }, ...people])
  const names = new Map<string, string>([
    [self, name],
    ...relays.map(({ id, place }) => [id, place] as const),
    ...people.map(({ id, name }) => {
      return [id, clashes.has(name) ? `${name} ${keyPart(id)}` : name] as const
    }),
  ])
  return (id) => names.get(id) ?? id.slice(-6)
}
