import type { KadDHT } from '@libp2p/kad-dht'
import type { PeerId } from '../shared/ids.ts'
import { deadline } from '../shared/libp2p/deadline.ts'
import { cidOfRoom } from '../shared/libp2p/room-cid.ts'
import { type Runtime, sleep } from '../shared/runtime.ts'
import type { DhtRecords } from './dht-records.ts'

export interface RoomRecordsOptions {
  /** The relay-nodes' own. */
  readonly dht: Pick<KadDHT, 'provide' | 'cancelReprovide'>
  readonly records: Pick<DhtRecords, 'forget'>
  readonly self: PeerId
  /** The rooms that this node carries, its own first. */
  readonly rooms: { readonly names: readonly string[] }
  readonly runtime: Runtime
}

const SECOND_MS = 1_000
const BEAT_MS = 2 * SECOND_MS
/** Six times in the life of a record. */
const PROVIDE_EVERY_MS = 5 * 60 * SECOND_MS
/** Its own record stands at once; a node that knows no other one waits for one until then. */
const PROVIDE_MS = 5 * SECOND_MS
/** Each is a file at this node and at its neighbours. */
const ROOMS_MAX = 256

/** Says in the DHT of the relay-nodes which rooms this one carries, for pages that look for one. */
export class RoomRecords {
  readonly #options: RoomRecordsOptions
  readonly #life = new AbortController()
  /** When each room is told next, ms since 1970. */
  readonly #due = new Map<string, number>()
  /** A room that has just come does not wait for those that are still being told. */
  readonly #tellings = new Set<Promise<void>>()
  #running: Promise<unknown> = Promise.resolve()

  constructor(options: RoomRecordsOptions) {
    this.#options = options
  }

  start(): void {
    this.#running = this.#run().catch((error: unknown) => {
      this.#options.runtime.log('dht: rooms are not told', { why: String(error) })
    })
  }

  async stop(): Promise<void> {
    this.#life.abort(new Error('stopped'))
    await Promise.all([this.#running, ...this.#tellings])
  }

  async #run(): Promise<void> {
    const { records, self, rooms, runtime } = this.#options
    const { signal } = this.#life
    await records.forget(self)
    while (!signal.aborted) {
      const names = rooms.names.slice(0, ROOMS_MAX)
      const left = [...this.#due.keys()].filter((name) => !names.includes(name))
      for (const name of left) await this.#cancel(name)
      this.#provideDue(names)
      await sleep(runtime.clock, BEAT_MS, signal).catch(() => undefined)
    }
  }

  #provideDue(names: readonly string[]): void {
    const { clock } = this.#options.runtime
    const now = clock.now()
    const due = names.filter((name) => (this.#due.get(name) ?? 0) <= now)
    if (due.length === 0) return
    for (const name of due) this.#due.set(name, now + PROVIDE_EVERY_MS)
    const { signal, stop } = deadline(clock, PROVIDE_MS, this.#life.signal)
    const telling = Promise.all(due.map((name) => this.#provide(name, signal))).then(() => {
      stop()
      this.#tellings.delete(telling)
    })
    this.#tellings.add(telling)
  }

  async #provide(name: string, signal: AbortSignal): Promise<void> {
    let told = 0
    try {
      for await (const event of this.#options.dht.provide(await cidOfRoom(name), { signal }))
        if (event.name === 'PEER_RESPONSE' && event.messageName === 'ADD_PROVIDER') told++
    } catch {
      // Without neighbours there is nobody to tell; here the record stands.
    }
    this.#options.runtime.log('dht: a room was told', { name, neighbours: told })
  }

  async #cancel(name: string): Promise<void> {
    this.#due.delete(name)
    await this.#options.dht.cancelReprovide(await cidOfRoom(name))
  }
}
