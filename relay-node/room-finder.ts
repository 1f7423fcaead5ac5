import { deadline } from '../shared/libp2p/deadline.ts'
import type { PeerId, Topic } from '../shared/ids.ts'
import type { Network } from '../shared/network.ts'
import { type Runtime, sleep } from '../shared/runtime.ts'
import type { WideDht } from './wide-dht.ts'

export interface RoomFinderOptions {
  readonly dht: Pick<WideDht, 'provide' | 'find'>
  readonly network: Network
  readonly runtime: Runtime
  /** The rooms that this node carries, its own first. */
  readonly rooms: () => readonly string[]
  /** Peers that are kept whether they are in a room or not. */
  readonly kept: () => ReadonlySet<string>
}

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
/** As the Go system provides its room. */
const PROVIDE_EVERY_MS = 5 * MINUTE_MS
/** As the Go system looks for others; in vain, twice as long each time, and no longer than it provides. */
const LOOK_FIRST_MS = 10 * SECOND_MS
const LOOK_LAST_MS = 5 * MINUTE_MS
const BEAT_MS = 2 * SECOND_MS
/** A walk through the public network takes seconds; the first waits until somebody is connected. */
const QUESTION_MS = 60 * SECOND_MS
/** A question costs some 20 dials, so one room every few seconds is all that 5 minutes have place for. */
const ROOMS_MAX = 32
/** Enough for one mesh each. */
const FOUND_PER_ROOM = 8
const FOUND_MAX = 64
const DIALS_AT_ONCE = 5
/** For all addresses of one peer. */
const DIAL_MS = 10 * SECOND_MS
/** Who was found says within this that they are in the room, or is let go. */
const ENTER_MS = 10 * SECOND_MS
/** Not reached, or not in the room: asked again after so long. */
const SHUN_MS = 10 * MINUTE_MS
const SHUNNED_MAX = 1_024

interface Sought {
  /** When it is provided or looked for next, ms since 1970. */
  provideAt: number
  lookAt: number
  pause: number
}

interface Candidate {
  readonly peer: PeerId
  readonly addresses: readonly string[]
}

/**
 * Tells the DHT which rooms are here, and links to others that tell the same: relay-nodes and peers of
 * the Go system. Strangers write these records, so whoever is found must prove to be in the room.
 */
export class RoomFinder {
  readonly #options: RoomFinderOptions
  readonly #life = new AbortController()
  readonly #sought = new Map<string, Sought>()
  readonly #found = new Map<PeerId, string>()
  readonly #shunned = new Map<PeerId, number>()
  #running: Promise<unknown> = Promise.resolve()
  #stopListening: () => void = () => undefined

  constructor(options: RoomFinderOptions) {
    this.#options = options
  }

  /** Peers that it linked to, by the room they were found for. */
  get found(): ReadonlyMap<PeerId, string> {
    return this.#found
  }

  start(): void {
    this.#stopListening = this.#options.network.changes.subscribe((change) => {
      if (change.kind === 'unlinked') this.#lost(change.link.peer)
    })
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopListening()
    this.#life.abort(new Error('stopped'))
    await this.#running
  }

  async #run(): Promise<void> {
    const { runtime, rooms } = this.#options
    const { signal } = this.#life
    while (!signal.aborted) {
      const names = rooms().slice(0, ROOMS_MAX)
      for (const name of this.#sought.keys()) if (!names.includes(name)) this.#sought.delete(name)
      for (const name of names) {
        if (signal.aborted) return
        await this.#tend(name)
      }
      await sleep(runtime.clock, BEAT_MS, signal).catch(() => undefined)
    }
  }

  async #tend(room: string): Promise<void> {
    const { clock, random } = this.#options.runtime
    const sought = this.#sought.get(room) ?? {
      provideAt: 0,
      lookAt: 0,
      pause: LOOK_FIRST_MS,
    }
    this.#sought.set(room, sought)
    if (clock.now() >= sought.provideAt) {
      const provided = await this.#ask(room, (signal) => this.#options.dht.provide(room, signal))
      sought.provideAt = clock.now() + (provided ? PROVIDE_EVERY_MS : sought.pause)
    }
    if (clock.now() < sought.lookAt || this.#life.signal.aborted) return
    const entered = await this.#look(room)
    const pause = entered > 0 ? LOOK_LAST_MS : sought.pause
    // Up to a tenth longer: nodes that start together do not look together for ever.
    sought.lookAt = clock.now() + pause * (1 + 0.1 * random.fraction())
    sought.pause = Math.min(LOOK_LAST_MS, sought.pause * 2)
  }

  /** How many entered the room. */
  async #look(room: string): Promise<number> {
    if (this.#places(room) === 0) return 0
    const candidates: Candidate[] = []
    await this.#ask(room, async (signal) => {
      for await (const { id, multiaddrs } of this.#options.dht.find(room, signal)) {
        const peer = id.toString() as PeerId
        if (!this.#isWorthDialling(peer, candidates)) continue
        const addresses = multiaddrs.flatMap((address) => withPeer(address.toString(), peer))
        if (addresses.length > 0) candidates.push({ peer, addresses })
        if (candidates.length >= this.#places(room)) return
      }
    })
    let entered = 0
    while (candidates.length > 0 && !this.#life.signal.aborted) {
      const dialled = candidates.splice(0, DIALS_AT_ONCE)
      const came = await Promise.all(dialled.map((candidate) => this.#link(room, candidate)))
      entered += came.filter(Boolean).length
    }
    return entered
  }

  #places(room: string): number {
    const here = [...this.#found.values()].filter((each) => each === room).length
    return Math.max(0, Math.min(FOUND_PER_ROOM - here, FOUND_MAX - this.#found.size))
  }

  #isWorthDialling(peer: PeerId, candidates: readonly Candidate[]): boolean {
    const { network, runtime } = this.#options
    return (
      peer !== network.self &&
      (this.#shunned.get(peer) ?? 0) <= runtime.clock.now() &&
      candidates.every((candidate) => candidate.peer !== peer) &&
      network.links().every((link) => link.peer !== peer)
    )
  }

  async #link(room: string, { peer, addresses }: Candidate): Promise<boolean> {
    const { network, runtime } = this.#options
    const { signal, stop } = deadline(runtime.clock, DIAL_MS, this.#life.signal)
    let linked = false
    for (const address of addresses) {
      if (linked || signal.aborted) break
      linked = (await network.dial(address, signal)).ok
    }
    stop()
    runtime.log('rooms: dialled who was found', { room, peer, linked })
    if (linked) this.#found.set(peer, room)
    if (linked && (await this.#enters(room, peer))) return true
    this.#found.delete(peer)
    this.#shun(peer)
    if (linked && !this.#options.kept().has(peer)) await network.hangUp(peer)
    return false
  }

  /** A relay-node carries the room only while it has people in it; its own word for that is the subscription. */
  async #enters(room: string, peer: PeerId): Promise<boolean> {
    const { network, runtime } = this.#options
    const end = runtime.clock.now() + ENTER_MS
    while (runtime.clock.now() < end && !this.#life.signal.aborted) {
      if (network.subscribers(room as Topic).includes(peer)) return true
      await sleep(runtime.clock, SECOND_MS / 4, this.#life.signal).catch(() => undefined)
    }
    return false
  }

  #shun(peer: PeerId): void {
    const [oldest] = this.#shunned.keys()
    if (this.#shunned.size >= SHUNNED_MAX && oldest !== undefined) this.#shunned.delete(oldest)
    this.#shunned.set(peer, this.#options.runtime.clock.now() + SHUN_MS)
  }

  /** Who was in a room with us is looked for at once. */
  #lost(peer: PeerId): void {
    const room = this.#found.get(peer)
    if (room === undefined || this.#options.network.links().some((link) => link.peer === peer))
      return
    this.#found.delete(peer)
    const sought = this.#sought.get(room)
    if (sought === undefined) return
    sought.pause = LOOK_FIRST_MS
    sought.lookAt = 0
  }

  /** False when there was no answer in time; nobody to ask is no answer either. */
  async #ask(room: string, question: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
    const { runtime } = this.#options
    const { signal, stop } = deadline(runtime.clock, QUESTION_MS, this.#life.signal)
    try {
      await question(signal)
      return true
    } catch (error) {
      if (!this.#life.signal.aborted)
        runtime.log('rooms: the DHT did not answer', { room, why: String(error) })
      return false
    } finally {
      stop()
    }
  }
}

/** So that nobody else can answer there; an address that names somebody else is none of theirs. */
function withPeer(address: string, peer: PeerId): readonly string[] {
  if (!address.includes('/p2p/')) return [`${address}/p2p/${peer}`]
  return address.endsWith(`/p2p/${peer}`) ? [address] : []
}
