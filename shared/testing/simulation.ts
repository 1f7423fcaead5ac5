import { toBase64url } from '../bytes.ts'
import { Chat } from '../chat.ts'
import { Gate } from '../gate.ts'
import { TrueTime } from '../guard.ts'
import { MemoryHistory } from '../memory-history.ts'
import { type LogId, type PeerId, START } from '../ids.ts'
import { Presence } from '../presence.ts'
import { roomKeyOf } from '../room-key.ts'
import { Room, type RoomChange } from '../room.ts'
import type { Runtime } from '../runtime.ts'
import { MemorySettings, type Settings } from '../settings.ts'
import { Sync } from '../sync.ts'
import { NEW_YEAR, type Person, lobby, must, person } from './people.ts'
import { SimulatedNetwork } from './simulated-network.ts'
import { SeededRandom, SkewedClock, VirtualClock, forgetAnswers } from './virtual-time.ts'
import { Wire } from './wire.ts'

export const ROOM = 'lobby'

type Device = Runtime & { readonly clock: SkewedClock }

/** A whole network on virtual time from one seed: the composition root of stories. */
export class Simulation {
  readonly clock = new VirtualClock(NEW_YEAR / 1_000)
  readonly random: SeededRandom
  readonly wire: Wire
  /** What happened, in order: the same for the same seed. */
  readonly story: string[] = []
  readonly #names = new Map<PeerId, string>()
  readonly #relays: PeerId[] = []
  #loudest = 0

  constructor(seed: number) {
    forgetAnswers()
    this.random = new SeededRandom(seed)
    this.wire = new Wire(
      this.clock,
      this.random,
      (who, what) => {
        this.tell(who, what)
      },
      (peer) => this.#names.get(peer) ?? peer.slice(-6),
    )
  }

  tell(who: PeerId | undefined, what: string): void {
    const at = ((this.clock.now() - NEW_YEAR / 1_000) / 1_000).toFixed(3)
    this.story.push(`${at} ${this.wire.nameOf(who)}: ${what}`)
  }

  run(ms: number): Promise<void> {
    return this.clock.run(ms)
  }

  until(condition: () => boolean, withinMs = 30_000): Promise<number> {
    return this.clock.runUntil(condition, withinMs)
  }

  /** Somebody with a key, a disk and a clock, not yet on the network. */
  async cast(who: Person, options: { readonly skewMs?: number } = {}): Promise<Member> {
    this.#names.set(who.peerId, who.name)
    const member = new Member(this, who, this.#runtime(options.skewMs ?? 0))
    await member.wake()
    return member
  }

  /** Somebody who comes at once. */
  async enter(who: Person, options: { readonly skewMs?: number } = {}): Promise<Member> {
    const member = await this.cast(who, options)
    await member.connect()
    return member
  }

  /** A relay-node that carries the room; whoever comes later connects to it. */
  async relay(name = 'relay', fill = 200): Promise<Relay> {
    const who = await person(name, fill)
    this.#names.set(who.peerId, name)
    this.#relays.push(who.peerId)
    const relay = new Relay(this, who, this.#runtime(0))
    await relay.start()
    return relay
  }

  /** A relay-node with an archive: the core in the room, as a keeper and no person. */
  async archive(name = 'archive', fill = 201, skewMs = 0): Promise<Archive> {
    const who = await person(name, fill)
    this.#names.set(who.peerId, name)
    this.#relays.push(who.peerId)
    const archive = new Archive(this, who, this.#runtime(skewMs))
    await archive.start()
    return archive
  }

  /** Somebody who says `here` and passes on what is true, and otherwise does what a test tells them. */
  outsider(who: Person, options: { readonly here?: boolean } = {}): SimulatedNetwork {
    this.#names.set(who.peerId, who.name)
    const network = this.network(who)
    if (options.here === false) return network
    const runtime = this.#runtime(0)
    const presence = new Presence({ key: lobby, runtime, self: who.peerId, name: () => who.name })
    presence.attach(network)
    network.join(lobby.topic, () => Promise.resolve('accept'))
    return network
  }

  network(who: Person, relay = false): SimulatedNetwork {
    const network = new SimulatedNetwork({
      wire: this.wire,
      person: who,
      relay,
      relays: relay ? [] : this.#relays,
    })
    network.start()
    return network
  }

  #runtime(skewMs: number): Device {
    // A stream of its own for each: one more draw by one does not change what another draws.
    const random = new SeededRandom(Math.floor(this.random.fraction() * 2 ** 32) + this.#loudest++)
    return { clock: new SkewedClock(this.clock, skewMs), random, log: () => undefined }
  }
}

/** A person's device: what it keeps outlives the program that runs on it. */
export class Member {
  readonly #simulation: Simulation
  readonly #who: Person
  readonly #runtime: Device
  readonly history: MemoryHistory
  readonly settings: Settings = new MemorySettings()
  /** Every change of the room that the screen was told of. */
  readonly shown: RoomChange[] = []
  #chat: Chat | undefined
  #network: SimulatedNetwork | undefined

  constructor(simulation: Simulation, who: Person, runtime: Device) {
    this.#simulation = simulation
    this.#who = who
    this.#runtime = runtime
    this.history = new MemoryHistory(toBase64url(runtime.random.bytes(8)) as LogId)
  }

  get id(): PeerId {
    return this.#who.peerId
  }
  get name(): string {
    return this.#who.name
  }
  get chat(): Chat {
    if (this.#chat === undefined) throw new Error(`${this.name} is not there`)
    return this.#chat
  }
  get room(): Room {
    const room = this.chat.room(ROOM)
    if (room === undefined) throw new Error(`${this.name} is not in the room`)
    return room
  }
  get network(): SimulatedNetwork {
    if (this.#network === undefined) throw new Error(`${this.name} is not connected`)
    return this.#network
  }

  /** Sets the device's clock, so many ms ahead of the time. */
  setClock(aheadMs: number): void {
    this.#runtime.clock.ahead = aheadMs
  }

  /** Starts the program and opens the room; needs no network. */
  async wake(): Promise<void> {
    await this.settings.set('name', this.name)
    const { history, settings } = this
    const chat = new Chat({
      identity: this.#who.identity,
      history,
      settings,
      runtime: this.#runtime,
    })
    this.#chat = chat
    await chat.start()
    const room = must(await chat.open(ROOM))
    room.changes.subscribe((change) => {
      this.shown.push(change)
      this.#simulation.tell(this.id, inWords(change))
    })
    room.presence.changes.subscribe(({ kind, person }) => {
      this.#simulation.tell(this.id, `${person.name} ${kind}`)
    })
  }

  async connect(): Promise<void> {
    this.#network = this.#simulation.network(this.#who)
    this.chat.attach(this.#network)
  }

  async say(content: string): Promise<void> {
    must(await this.room.say(content))
  }

  /** Closes the tab: says goodbye, and everything stops. */
  async quit(): Promise<void> {
    await this.#chat?.stop()
    this.#chat = undefined
    this.#network = undefined
  }

  /** The power goes: nothing is said, what is on the disk stays. */
  crash(): void {
    this.#network?.vanish()
    void this.#chat?.stop()
    this.#chat = undefined
    this.#network = undefined
  }

  /** What the history holds, in its order. */
  async read(): Promise<readonly string[]> {
    const entries = await this.history.page(must(await roomKeyOf(ROOM)).id, { limit: 10_000 })
    return entries.map((entry) => entry.content)
  }

  /** Names of the people in the room as this member sees it. */
  sees(): readonly string[] {
    return this.room.presence.people.map((each) => each.name).sort()
  }
}

/** A relay-node that keeps: what is on its disk outlives it. */
export class Archive {
  readonly #simulation: Simulation
  readonly #who: Person
  readonly #runtime: Device
  readonly history: MemoryHistory
  #stop: () => void = () => undefined

  constructor(simulation: Simulation, who: Person, runtime: Device) {
    this.#simulation = simulation
    this.#who = who
    this.#runtime = runtime
    this.history = new MemoryHistory(toBase64url(runtime.random.bytes(8)) as LogId)
  }

  get id(): PeerId {
    return this.#who.peerId
  }

  /** What it shows, ms since 1970. */
  get clock(): number {
    return this.#runtime.clock.now()
  }

  /** Sets its clock, so many ms ahead of the time. */
  setClock(aheadMs: number): void {
    this.#runtime.clock.ahead = aheadMs
  }

  async start(): Promise<void> {
    const network = this.#simulation.network(this.#who, true)
    const runtime = this.#runtime
    // As in a relay-node: what strangers' clocks say does not move that of its rooms.
    const time = new TrueTime(runtime.clock)
    const sync = new Sync({ runtime, time: new TrueTime(runtime.clock), archive: true })
    const room = new Room({
      key: must(await roomKeyOf(ROOM)),
      identity: this.#who.identity,
      history: this.history,
      runtime,
      time,
      name: () => 'relay-node',
      sync,
      archive: true,
    })
    await room.start()
    sync.attach(network)
    room.attach(network)
    this.#stop = () => {
      network.vanish()
      sync.stop()
      void room.stop()
    }
  }

  /** Killed, not stopped. */
  kill(): void {
    this.#stop()
  }

  async read(): Promise<readonly string[]> {
    const entries = await this.history.page(lobby.id, { limit: 100_000 })
    return entries.map((entry) => entry.content)
  }
}

/** A relay-node as far as a room is concerned: it passes on, says who is silent or gone, and keeps nothing. */
export class Relay {
  readonly #simulation: Simulation
  readonly #who: Person
  readonly #runtime: Runtime
  #network: SimulatedNetwork | undefined

  constructor(simulation: Simulation, who: Person, runtime: Runtime) {
    this.#simulation = simulation
    this.#who = who
    this.#runtime = runtime
  }

  get id(): PeerId {
    return this.#who.peerId
  }
  get network(): SimulatedNetwork {
    if (this.#network === undefined) throw new Error('the relay is down')
    return this.#network
  }

  async start(): Promise<void> {
    const network = this.#simulation.network(this.#who, true)
    this.#network = network
    const key = must(await roomKeyOf(ROOM))
    const { clock } = this.#runtime
    const gate = new Gate({ key, time: new TrueTime(clock), clock, floor: () => START })
    const presence = new Presence({
      key,
      runtime: this.#runtime,
      self: this.id,
      name: () => 'relay-node',
      relay: true,
    })
    network.join(key.topic, async (bytes, origin) => (await gate.check(bytes, origin)).verdict)
    presence.attach(network)
  }

  /** Killed, not stopped. */
  kill(): void {
    this.#network?.vanish()
    this.#network = undefined
  }
}

function inWords(change: RoomChange): string {
  switch (change.kind) {
    case 'entries': {
      const late = (id: string): string =>
        [...change.late].some((each) => each === id) ? ' (late)' : ''
      return `shows ${change.entries.map((entry) => `“${entry.content}”${late(entry.id)}`).join(', ')}`
    }
    case 'passing':
      return `${change.name} ${change.type}`
    case 'delivery':
      return `${change.id.slice(0, 6)} is ${change.delivery}`
    case 'redated':
      return `dates “${change.entry.content}” anew`
    case 'trimmed':
      return `forgets before ${change.floor.clock}`
    case 'syncing':
      return change.on ? 'catches up' : 'has caught up'
    case 'not-kept':
      return `could not keep: ${change.failure.kind}`
    case 'damaged':
      return `dropped ${change.count} that were damaged`
  }
}
