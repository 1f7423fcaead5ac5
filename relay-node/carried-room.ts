import type { Bytes } from '../shared/bytes.ts'
import { Gate } from '../shared/gate.ts'
import type { TrueTime } from '../shared/guard.ts'
import { START } from '../shared/ids.ts'
import type { Gossiped, Network, Verdict } from '../shared/network.ts'
import { Presence } from '../shared/presence.ts'
import { type RoomKey, roomKeyOf } from '../shared/room-key.ts'
import type { Runtime } from '../shared/runtime.ts'
import type { Archive } from './archive/archive.ts'

export interface CarriedRoomOptions {
  readonly network: Network
  readonly runtime: Runtime
  readonly time: TrueTime
  /** Keeps what passes, if this node does. */
  readonly archive?: Archive
}

/** A room that this node is in because people are: passed on, and kept where there is an archive. */
export class CarriedRoom {
  readonly #name: string
  readonly #options: CarriedRoomOptions
  readonly #used: () => void
  #leave: (() => Promise<void>) | undefined
  #joining: Promise<void> = Promise.resolve()
  #stopped = false

  /** @param used called for each line that passes */
  constructor(name: string, options: CarriedRoomOptions, used: () => void) {
    this.#name = name
    this.#options = options
    this.#used = used
  }

  /** @param after the same room, left a moment ago */
  start(after: Promise<void> = Promise.resolve()): void {
    this.#joining = after
      .then(() => this.#join())
      .catch((error: unknown) => {
        this.#options.runtime.log('rooms: could not join', { room: this.#name, why: String(error) })
      })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#joining
    await this.#leave?.()
  }

  async #join(): Promise<void> {
    const key = await roomKeyOf(this.#name)
    if (!key.ok || this.#stopped) return
    this.#leave = await (this.#options.archive === undefined
      ? this.#pass(key.value)
      : this.#keep(key.value, this.#options.archive))
  }

  async #keep(key: RoomKey, archive: Archive): Promise<() => Promise<void>> {
    const { room, stop } = await archive.carry(key, this.#options.network)
    room.changes.subscribe((change) => {
      if (change.kind === 'entries') this.#used()
    })
    return stop
  }

  async #pass(key: RoomKey): Promise<() => Promise<void>> {
    const { network, runtime, time } = this.#options
    const gate = new Gate({ key, time, clock: runtime.clock, floor: () => START })
    const presence = new Presence({
      key,
      runtime,
      self: network.self,
      name: () => 'relay-node',
      relay: true,
    })
    const stopTopic = network.join(key.topic, (bytes, origin) =>
      this.#receive(gate, presence, bytes, origin),
    )
    presence.attach(network)
    return () => {
      stopTopic()
      return presence.stop()
    }
  }

  async #receive(gate: Gate, presence: Presence, bytes: Bytes, origin: Gossiped): Promise<Verdict> {
    const passage = await gate.check(bytes, origin)
    if (passage.passed === 'entry') {
      this.#used()
      presence.learnName(passage.entry.author, passage.entry.username)
    } else if (passage.passed === 'passing') {
      presence.learnName(passage.author, passage.line.username)
      if (passage.line.type === 'leave') presence.forget(passage.author)
    }
    return passage.verdict
  }
}
