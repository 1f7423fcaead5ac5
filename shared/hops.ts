import { Changes, type Stop } from './changes.ts'
import type { PeerId, Topic } from './ids.ts'
import { STRANGERS_MAX } from './limits.ts'
import { parseLine } from './line.ts'
import type { Hop, Network } from './network.ts'
import { roomOfTopic } from './room-key.ts'

/** Messages of one room that crossed one link since this program was started. */
export interface Crossed {
  /** Their first copies came over it. */
  readonly brought: number
  /** They were handed over it: one's own, and what is passed on. */
  readonly handed: number
}

/** A hop, and what it carries: what somebody says, or a sign of life, as joins and leaves are. */
export interface Passing extends Omit<Hop, 'bytes'> {
  readonly kind: 'message' | 'life'
}

const NONE: Crossed = { brought: 0, handed: 0 }

/** What crossed which of one's links, and who brings whose words. */
export class Hops {
  /** Told after it was counted. */
  readonly passing = new Changes<Passing>()
  readonly #rooms = new Map<string, Map<PeerId, Crossed>>()
  readonly #bringers = new Map<PeerId, PeerId>()
  /** Copies that leave in one go are the same bytes, and are read once. */
  #read: { readonly bytes: Uint8Array; readonly kind: Passing['kind'] } | undefined

  attach(network: Network): Stop {
    return network.hops.subscribe(({ bytes, ...hop }) => {
      const passing = { ...hop, kind: this.#kindOf(hop.topic, bytes) }
      this.#heed(passing)
      this.passing.emit(passing)
    })
  }

  /** Signs of life are not counted. */
  crossed(topic: Topic, peer: PeerId): Crossed {
    return this.#rooms.get(topic)?.get(peer) ?? NONE
  }

  /** Over whose link the last words of somebody came first, signs of life included. */
  bringer(author: PeerId): PeerId | undefined {
    return this.#bringers.get(author)
  }

  #kindOf(topic: Topic, bytes: Uint8Array): Passing['kind'] {
    if (roomOfTopic(topic)?.live !== false) return 'life'
    if (this.#read?.bytes !== bytes) {
      const line = parseLine(bytes)
      this.#read = { bytes, kind: line.ok && line.value.type === 'message' ? 'message' : 'life' }
    }
    return this.#read.kind
  }

  #heed({ way, topic, author, peer, kind }: Passing): void {
    if (way === 'in') {
      if (this.#bringers.size >= STRANGERS_MAX) this.#bringers.clear()
      this.#bringers.set(author, peer)
    }
    if (kind === 'life') return
    // Topics are those that were joined, so only peers can make it grow.
    const peers = this.#rooms.get(topic) ?? new Map<PeerId, Crossed>()
    this.#rooms.set(topic, peers)
    const { brought, handed } = peers.get(peer) ?? NONE
    if (!peers.has(peer) && peers.size >= STRANGERS_MAX) peers.clear()
    peers.set(
      peer,
      way === 'in' ? { brought: brought + 1, handed } : { brought, handed: handed + 1 },
    )
  }
}
