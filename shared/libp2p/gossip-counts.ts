import type { Way, WaySnapshot } from '../diagnostics.ts'
import type { PeerId, Topic } from '../ids.ts'
import type { Verdict } from '../network.ts'

export interface TopicCounts {
  grafts: number
  prunes: number
  published: number
  handed: number
  accepted: number
  ignored: number
  rejected: number
}

const WAYS: readonly Way[] = ['direct', 'relay']
const COUNTED_AS = { accept: 'accepted', ignore: 'ignored', reject: 'rejected' } as const

/** What gossip did since the node started, and in each topic since it was joined: for `/mesh` and `/routing`. */
export class GossipCounts {
  readonly #isRelay: (peer: PeerId) => boolean
  /** Those that we are in. */
  readonly #topics = new Map<Topic, TopicCounts>()
  readonly #received = new Map<Way, number>()
  readonly #handed = new Map<Way, number>()

  constructor(isRelay: (peer: PeerId) => boolean) {
    this.#isRelay = isRelay
  }

  get ways(): readonly WaySnapshot[] {
    return WAYS.map((way) => ({
      way,
      received: this.#received.get(way) ?? 0,
      handed: this.#handed.get(way) ?? 0,
    }))
  }

  joined(topic: Topic): void {
    this.#topics.set(topic, noCounts())
  }

  left(topic: Topic): void {
    this.#topics.delete(topic)
  }

  /** What comes after a topic was left counts nowhere. */
  of(topic: Topic): TopicCounts {
    return this.#topics.get(topic) ?? noCounts()
  }

  /** A first copy came, and this was decided about it. */
  judged(topic: Topic, verdict: Verdict, forwarder: PeerId): void {
    this.of(topic)[COUNTED_AS[verdict]]++
    add(this.#received, this.#wayOf(forwarder))
  }

  published(topic: Topic, recipients: readonly PeerId[]): void {
    const counts = this.of(topic)
    counts.published++
    counts.handed += recipients.length
    for (const peer of recipients) add(this.#handed, this.#wayOf(peer))
  }

  #wayOf(peer: PeerId): Way {
    return this.#isRelay(peer) ? 'relay' : 'direct'
  }
}

function noCounts(): TopicCounts {
  return {
    grafts: 0,
    prunes: 0,
    published: 0,
    handed: 0,
    accepted: 0,
    ignored: 0,
    rejected: 0,
  }
}

function add(counts: Map<Way, number>, way: Way): void {
  counts.set(way, (counts.get(way) ?? 0) + 1)
}
