import type { PeerId } from '../shared/ids.ts'
import { readVarint } from '../shared/protobuf.ts'
import type { DhtHolding } from '../shared/relay-word.ts'
import type { Clock } from '../shared/runtime.ts'
import type { Datastore } from './datastore.ts'

const MINUTE_MS = 60_000
/** Closed tabs must not be found for long; who stays provides again every few minutes. */
export const PROVIDER_VALID_MS = 30 * MINUTE_MS
/** Where kad-dht keeps who provides what: `/dht/provider/<hash>/<peer id>`, and in it when that was said. */
const PROVIDERS = '/dht/provider'
/** Each record is a file: whoever asks often is told the same for so long. */
const COUNTED_FOR_MS = 10_000
/** Strangers write them; more are neither kept nor looked at. */
export const COUNTED_MAX = 10_000

/** What this node's part of the relay-nodes' DHT holds, as its disk has it. */
export class DhtRecords {
  readonly #datastore: Datastore
  readonly #clock: Clock
  #counting: Promise<DhtHolding> | undefined
  #countedAt = 0

  constructor(datastore: Datastore, clock: Clock) {
    this.#datastore = datastore
    this.#clock = clock
  }

  holding(): Promise<DhtHolding> {
    const now = this.#clock.now()
    if (this.#counting !== undefined && now < this.#countedAt + COUNTED_FOR_MS)
      return this.#counting
    // A disk may take longer than that: there is one count at a time.
    this.#countedAt = Infinity
    const counting = this.#count()
    const done = (): void => {
      this.#countedAt = this.#clock.now()
    }
    counting.then(done, done)
    return (this.#counting = counting)
  }

  /** Deletes what `peer` provides: after a restart, rooms that are carried no more would be told for ever. */
  async forget(peer: PeerId): Promise<void> {
    for await (const { key } of this.#datastore.query({ prefix: PROVIDERS }))
      if (key.toString().endsWith(`/${peer}`)) await this.#datastore.delete(key)
  }

  async #count(): Promise<DhtHolding> {
    let [records, bytes, oldest] = [0, 0, Infinity]
    for await (const { key, value } of this.#datastore.query({ prefix: PROVIDERS })) {
      records++
      bytes += key.uint8Array().length + value.length
      oldest = Math.min(oldest, readVarint(value, 0)?.value ?? Infinity)
      if (records === COUNTED_MAX) break
    }
    const nextMs = oldest + PROVIDER_VALID_MS - this.#clock.now()
    return {
      records,
      bytes,
      lifeMs: PROVIDER_VALID_MS,
      ...(records === 0 ? {} : { nextMs: Math.max(0, Math.round(nextMs)) }),
    }
  }
}
