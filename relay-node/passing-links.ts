import { KEEP_ALIVE, type Libp2p } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import type { PeerId, Topic } from '../shared/ids.ts'
import type { Link, Network } from '../shared/network.ts'
import { type Runtime, repeat } from '../shared/runtime.ts'
import type { Stop } from '../shared/changes.ts'

export interface PassingLinksOptions {
  readonly node: Libp2p
  readonly network: Network
  readonly runtime: Runtime
  /** Peers whose links are not of this kind. */
  readonly kept: () => ReadonlySet<string>
  /** The rooms that this node carries. */
  readonly rooms: () => readonly string[]
}

const EVERY_MS = 30_000
/** Reading them all is what makes the peer store drop those it has not heard of for hours. */
const FORGET_EVERY_MS = 60 * 60_000
/** A walk through the DHT is over by then. */
const PASSED_MS = 60_000
/** So many may stay, for the next walk: about 300 KiB each. */
const STAY_MAX = 48

/**
 * A walk through the public DHT opens a connection to everybody it asks, and libp2p keeps them until the
 * node is full. Those that nobody needs any more are closed; nobody in a room, no relay-node, and nobody
 * who came to us is among them.
 */
export class PassingLinks {
  readonly #options: PassingLinksOptions
  #stops: readonly Stop[] = []

  constructor(options: PassingLinksOptions) {
    this.#options = options
  }

  start(): void {
    const { node } = this.#options
    this.#stops = [
      this.#every(EVERY_MS, () => this.sweep()),
      this.#every(FORGET_EVERY_MS, () => node.peerStore.all()),
    ]
  }

  stop(): void {
    for (const stop of this.#stops) stop()
  }

  #every(ms: number, run: () => Promise<unknown>): Stop {
    const { clock, log } = this.#options.runtime
    return repeat(
      clock,
      () => ms,
      () => {
        run().catch((error: unknown) => {
          log('links: not swept', { why: String(error) })
        })
      },
    )
  }

  async sweep(): Promise<void> {
    const { network, runtime } = this.#options
    const passed = this.#passed(runtime.clock.now() - PASSED_MS)
    if (passed.length <= STAY_MAX) return
    const spare: Link[] = []
    for (const link of passed) if (!(await this.#isKeptAlive(link.peer))) spare.push(link)
    const excess = spare.sort((a, b) => a.since - b.since).slice(0, passed.length - STAY_MAX)
    await Promise.all(excess.map(({ peer }) => network.hangUp(peer)))
  }

  /** Those next to us in the DHT would be dialled again at once. */
  async #isKeptAlive(peer: PeerId): Promise<boolean> {
    const { node } = this.#options
    const known = await node.peerStore.get(peerIdFromString(peer)).catch(() => undefined)
    return [...(known?.tags.keys() ?? [])].some((tag) => tag.startsWith(KEEP_ALIVE))
  }

  #passed(before: number): readonly Link[] {
    const { network, kept, rooms } = this.#options
    const inRooms = new Set(rooms().flatMap((room) => network.subscribers(room as Topic)))
    const bootstrap = kept()
    return network
      .links()
      .filter(
        ({ peer, direction, since, relay }) =>
          direction === 'outbound' &&
          since < before &&
          !relay &&
          !inRooms.has(peer) &&
          !bootstrap.has(peer),
      )
  }
}
