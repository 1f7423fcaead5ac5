import type { PeerId } from '../../shared/ids.ts'
import { looksOfficial, lookOf } from '../../shared/names.ts'
import { keyPart } from './sigil.ts'

/** The column of names has room for about so many letters: what differs only beyond them may be cut off. */
const SEEN_LETTERS = 12

/** Names that more than one key goes by, or that look or begin like another key's, or look like the program's own. */
export function clashesAmong(
  people: Iterable<{ readonly id: PeerId; readonly name: string }>,
): ReadonlySet<string> {
  const owners = new Map<string, Set<PeerId>>()
  for (const { id, name } of people) {
    const ids = owners.get(name)
    if (ids === undefined) owners.set(name, new Set([id]))
    else ids.add(id)
  }
  const alike = Map.groupBy(owners, ([name]) => lookOf(name).slice(0, SEEN_LETTERS)).values()
  return new Set(
    [...alike]
      .filter(
        (all) =>
          new Set(all.flatMap(([, ids]) => [...ids])).size > 1 ||
          all.some(([name]) => looksOfficial(name)),
      )
      .flatMap((all) => all.map(([name]) => name)),
  )
}

/** Who says something, for whoever hears it or copies it: an answer of the program's begins like none of them. */
export function signedName(name: string, author: PeerId | undefined): string {
  return author !== undefined && looksOfficial(name) ? `${keyPart(author)} ${name}` : name
}
