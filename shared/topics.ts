import type { Entry } from './entry.ts'
import { type PeerId, type Position, comparePositions } from './ids.ts'
import { TOPICS_MAX, TOPIC_MAX_GRAPHEMES } from './limits.ts'
import { shortPeerId, shownLine, shownName } from './names.ts'
import type { GivenTopic } from './settings.ts'

/** The kind of an entry that gives its room a topic; the topic is `body.topic`. */
export const TOPIC = 'topic'

/** What reads well to those who know no topics. */
export function topicContent(topic: string): string {
  return `Topic: ${topic === '' ? '—' : topic}`
}

/** What an entry of kind `topic` says; empty: none any more. Nothing if it says nothing of the kind. */
export function topicIn(entry: Entry): string | undefined {
  if (entry.kind !== TOPIC) return undefined
  const topic = entry.head?.body?.['topic']
  return typeof topic === 'string' ? shownLine(topic, TOPIC_MAX_GRAPHEMES) : undefined
}

/** The topics that a room was given last, one of each author's: which one holds depends on whom one blocks. */
export class Topics {
  #given: readonly GivenTopic[] = []

  restore(given: readonly GivenTopic[]): void {
    this.#given = newestFirst([...this.#given, ...given])
  }

  get given(): readonly GivenTopic[] {
    return this.#given
  }

  /** The one that holds. */
  now(isHidden: (author: PeerId) => boolean): GivenTopic | undefined {
    return this.#given.find(({ author }) => !isHidden(author))
  }

  /** True if one of them is news. */
  hear(entries: readonly Entry[]): boolean {
    const given = entries.flatMap((entry) => {
      const text = topicIn(entry)
      if (text === undefined) return []
      const { author, clock, id, username } = entry
      return [{ author, by: shownName(username, shortPeerId(author)), text, clock, entry: id }]
    })
    if (given.length === 0) return false
    const before = this.#given
    this.#given = newestFirst([...before, ...given])
    return this.#given.some((each, i) => each.entry !== before[i]?.entry)
  }

  /** What was said before is forgotten; µs since 1970. True if there was something. */
  forget(before: number): boolean {
    const kept = this.#given.filter(({ clock }) => clock >= before)
    const isLess = kept.length < this.#given.length
    this.#given = kept
    return isLess
  }
}

/** In the order of the history, so that everybody sees the same one; of each author the last. */
function newestFirst(given: readonly GivenTopic[]): readonly GivenTopic[] {
  const oldestFirst = [...given].sort((a, b) => comparePositions(positionOf(a), positionOf(b)))
  const last = new Map(oldestFirst.map((each) => [each.author, each]))
  const sorted = [...last.values()].sort((a, b) => comparePositions(positionOf(b), positionOf(a)))
  return sorted.slice(0, TOPICS_MAX)
}

function positionOf({ clock, entry }: GivenTopic): Position {
  return { clock, id: entry }
}
