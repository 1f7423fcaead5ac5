import type { RoomMap } from '../../shared/room-map.ts'
import { keyPart } from './sigil.ts'

/** How everybody on the map is called; who share a name are told apart by their keys. */
export function namesOf({ self, name, people, relays }: RoomMap): (id: string) => string {
  const called = new Map<string, number>([[name, 1]])
  for (const person of people) called.set(person.name, (called.get(person.name) ?? 0) + 1)
  const names = new Map<string, string>([
    [self, name],
    ...relays.map(({ id, place }) => [id, place] as const),
    ...people.map((person) => {
      const clash = (called.get(person.name) ?? 0) > 1
      return [person.id, clash ? `${person.name} ${keyPart(person.id)}` : person.name] as const
    }),
  ])
  return (id) => names.get(id) ?? id.slice(-6)
}
