import type { PeerId } from '../../shared/ids.ts'
import { lookOf } from '../../shared/names.ts'

/** Names that more than one key goes by, or that look like another key's. */
export function clashesAmong(
  people: Iterable<{ readonly id: PeerId; readonly name: string }>,
): ReadonlySet<string> {
  const owners = new Map<string, Set<PeerId>>()
  for (const { id, name } of people) {
    const ids = owners.get(name)
    if (ids === undefined) owners.set(name, new Set([id]))
    else ids.add(id)
  }
  const alike = Map.groupBy(owners, ([name]) => lookOf(name)).values()
  return new Set(
    [...alike]
      .filter((all) => new Set(all.flatMap(([, ids]) => [...ids])).size > 1)
      .flatMap((all) => all.map(([name]) => name)),
  )
}
