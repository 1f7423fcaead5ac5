import { multiaddr } from '@multiformats/multiaddr'
import type { Stop } from '../shared/changes.ts'
import { type BucketSize, Buckets, type TrueTime } from '../shared/guard.ts'
import type { PeerId, Topic } from '../shared/ids.ts'
import type { Link, Network, NetworkChange } from '../shared/network.ts'
import { roomOfTopic } from '../shared/room-key.ts'
import type { Runtime } from '../shared/runtime.ts'
import type { Archive } from './archive/archive.ts'
import { CarriedRoom } from './carried-room.ts'
import { groupOf } from './fairness.ts'

export interface RoomsOptions {
  readonly network: Network
  readonly runtime: Runtime
  readonly time: TrueTime
  /** The room that is always carried (`CHAT_TOPIC`). */
  readonly home: string
  /** Keeps what passes, if this node does. */
  readonly archive?: Archive
  /** How many rooms are carried in all. */
  readonly max?: number
}

/** One person's tabs have a handful of rooms; whoever names more is filling tables. */
export const ROOMS_PER_PEER = 64
const ROOMS_MAX = 2_000
/** Somebody who reloads, or whose network is away for a while, finds the room still carried. */
export const IDLE_MS = 10 * 60_000
/** Rooms that one peer enters: all of a person's, some times over, for whoever's network comes and goes. */
export const ENTERED_BY_PEER: BucketSize = { burst: 4 * ROOMS_PER_PEER, perSecond: 1 }
/**
 * Rooms that are carried anew for one address, an office or a reverse proxy: each is told to everybody who is
 * connected, and costs a millisecond.
 */
const NEW_BY_ADDRESS: BucketSize = { burst: ROOMS_MAX / 2, perSecond: 10 }

interface Carried {
  readonly name: string
  /** People connected to us, and which of the room's two topics they subscribe to. */
  readonly members: Map<PeerId, Set<Topic>>
  readonly room: CarriedRoom
  /** When it was last joined or spoken in, ms since 1970. */
  usedAt: number
  stopIdle: Stop
}

/**
 * Which rooms this node carries: its own, and those of the people connected to it. Other
 * relay-nodes do not count, or two of them would keep each other in every room for ever.
 */
export class Rooms {
  readonly #options: RoomsOptions
  readonly #carried = new Map<string, Carried>()
  readonly #roomsOf = new Map<PeerId, Set<string>>()
  /** A topic can be joined again once it is left. */
  readonly #leaving = new Map<string, Promise<void>>()
  readonly #entering: Buckets
  readonly #making: Buckets
  #stopListening: Stop = () => undefined

  constructor(options: RoomsOptions) {
    this.#options = options
    const { clock } = options.runtime
    this.#entering = new Buckets([ENTERED_BY_PEER], clock)
    this.#making = new Buckets([NEW_BY_ADDRESS], clock)
  }

  get names(): readonly string[] {
    return [...this.#carried.keys()]
  }

  start(): void {
    const { network, home } = this.#options
    this.#carry(home)
    this.#stopListening = network.changes.subscribe((change) => {
      this.#heed(change)
    })
  }

  async stop(): Promise<void> {
    this.#stopListening()
    const carried = [...this.#carried.values()]
    this.#carried.clear()
    this.#roomsOf.clear()
    await Promise.all([
      ...this.#leaving.values(),
      ...carried.map(({ room, stopIdle }) => {
        stopIdle()
        return room.stop()
      }),
    ])
  }

  #heed(change: NetworkChange): void {
    switch (change.kind) {
      case 'subscribed':
        this.#entered(change.peer, change.topic)
        break
      case 'unsubscribed':
        this.#left(change.peer, change.topic)
        break
      case 'updated':
        // Whoever subscribed before it was known to be a relay-node is no member after all.
        for (const { peer, relay } of this.#options.network.links()) if (relay) this.#forget(peer)
        break
      case 'linked':
      case 'unlinked':
        break
    }
  }

  #entered(peer: PeerId, topic: Topic): void {
    const name = roomOfTopic(topic)?.name
    if (name === undefined) return
    const rooms = this.#roomsOf.get(peer) ?? new Set()
    if (!rooms.has(name) && !this.#mayEnter(peer, rooms)) return
    const carried = this.#carried.get(name) ?? this.#carryFor(peer, name)
    if (carried === undefined) return
    this.#roomsOf.set(peer, rooms.add(name))
    carried.members.set(peer, (carried.members.get(peer) ?? new Set()).add(topic))
    carried.stopIdle()
  }

  #mayEnter(peer: PeerId, rooms: ReadonlySet<string>): boolean {
    return rooms.size < ROOMS_PER_PEER && this.#entering.take(peer) && !this.#linkTo(peer)?.relay
  }

  #carryFor(peer: PeerId, name: string): Carried | undefined {
    const link = this.#linkTo(peer)
    const address = link === undefined ? peer : groupOf(multiaddr(link.address))
    return this.#making.take(address) ? this.#carry(name) : undefined
  }

  #left(peer: PeerId, topic: Topic): void {
    const name = roomOfTopic(topic)?.name
    if (name === undefined) return
    const topics = this.#carried.get(name)?.members.get(peer)
    // The room and its live topic are left one after the other.
    if (topics?.delete(topic) !== true || topics.size > 0) return
    this.#leave(peer, name)
    this.#removeMember(name, peer)
  }

  /** A peer that is in no room leaves nothing behind. */
  #leave(peer: PeerId, name: string): void {
    const rooms = this.#roomsOf.get(peer)
    rooms?.delete(name)
    if (rooms?.size === 0) this.#roomsOf.delete(peer)
  }

  #forget(peer: PeerId): void {
    const rooms = this.#roomsOf.get(peer) ?? []
    this.#roomsOf.delete(peer)
    for (const name of rooms) this.#removeMember(name, peer)
  }

  #removeMember(name: string, peer: PeerId): void {
    const carried = this.#carried.get(name)
    if (carried?.members.delete(peer) === true && carried.members.size === 0) this.#idle(carried)
  }

  #idle(carried: Carried): void {
    if (carried.name === this.#options.home) return
    carried.stopIdle()
    carried.stopIdle = this.#options.runtime.clock.after(IDLE_MS, () => {
      this.#drop(carried)
    })
  }

  #carry(name: string): Carried {
    if (this.#carried.size >= (this.#options.max ?? ROOMS_MAX)) this.#dropLeastUsed()
    const { clock } = this.#options.runtime
    const room = new CarriedRoom(name, this.#options, () => {
      carried.usedAt = clock.now()
    })
    const carried: Carried = {
      name,
      members: new Map(),
      room,
      usedAt: clock.now(),
      stopIdle: () => undefined,
    }
    this.#carried.set(name, carried)
    room.start(this.#leaving.get(name))
    return carried
  }

  #dropLeastUsed(): void {
    const [least] = [...this.#carried.values()]
      .filter(({ name }) => name !== this.#options.home)
      .sort((a, b) => a.members.size - b.members.size || a.usedAt - b.usedAt)
    if (least !== undefined) this.#drop(least)
  }

  #drop(carried: Carried): void {
    carried.stopIdle()
    this.#carried.delete(carried.name)
    for (const peer of carried.members.keys()) this.#leave(peer, carried.name)
    const leaving = carried.room.stop().finally(() => {
      if (this.#leaving.get(carried.name) === leaving) this.#leaving.delete(carried.name)
    })
    this.#leaving.set(carried.name, leaving)
  }

  #linkTo(peer: PeerId): Link | undefined {
    return this.#options.network.links().find((link) => link.peer === peer)
  }
}
