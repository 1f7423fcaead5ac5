import type { Reached } from '../chat.ts'
import type { WaySnapshot } from '../diagnostics.ts'
import type { Link } from '../network.ts'
import type { LinkKind, WayLine } from '../text/network-words.ts'
import type { Words } from '../text/words.ts'

/** Links by transport and path, the most frequent first. */
export function linkKinds(links: readonly Link[]): readonly LinkKind[] {
  const kinds = new Map<string, Link[]>()
  for (const link of links) {
    const kind = `${link.path} ${link.transport}`
    kinds.set(kind, [...(kinds.get(kind) ?? []), link])
  }
  return [...kinds.values()]
    .sort((a, b) => b.length - a.length)
    .map((same) => ({
      transport: same[0]?.transport ?? '',
      relayed: same[0]?.path === 'relayed',
      count: same.length,
      ...medianOf(same),
    }))
}

/** How messages came and went, and over which links. */
export function wayLines(ways: readonly WaySnapshot[], links: readonly Link[]): readonly WayLine[] {
  const all = ways.reduce((sum, { received }) => sum + received, 0)
  return ways.map(({ way, received, handed }) => {
    const ours = links.filter((link) => link.path === 'direct' && link.relay === (way === 'relay'))
    return {
      way,
      links: ours.length,
      received,
      handed,
      ...medianOf(ours),
      ...(all === 0 ? {} : { share: received / all }),
    }
  })
}

export function personLine(person: Reached, words: Words): string {
  const how = [
    words.path(person.path),
    // A circuit has no other name than its path.
    ...(person.transport === undefined || person.path !== 'direct' ? [] : [person.transport]),
    ...(person.rttMs === undefined ? [] : [`${Math.max(1, Math.round(person.rttMs))} ms`]),
  ].join(', ')
  return `- ${person.name} (${how})`
}

function medianOf(links: readonly Link[]): { readonly medianMs?: number } {
  const rtts = links.flatMap(({ rttMs }) => rttMs ?? []).sort((a, b) => a - b)
  const median = rtts[Math.floor(rtts.length / 2)]
  return median === undefined ? {} : { medianMs: median }
}
