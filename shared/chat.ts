import { Changes, type Stop } from './changes.ts'
import { Company } from './company.ts'
import { type Connection, RECONNECTING_MS, connectionOf } from './connection.ts'
import { type Failure, type Result, fail, ok } from './failure.ts'
import { TrueTime } from './guard.ts'
import { type HistoryStore, StorageError } from './history.ts'
import { Hops } from './hops.ts'
import type { Identity } from './identity.ts'
import type { EntryId, PeerId } from './ids.ts'
import { DEFAULT_ROOM } from './limits.ts'
import { Links } from './links.ts'
import { chosenName, randomName } from './names.ts'
import type { Link, Network, Path } from './network.ts'
import { NOTIFY_DEFAULT, type Notify } from './notify.ts'
import type { Person } from './person.ts'
import { roomKeyOf } from './room-key.ts'
import { Room, type RoomChange } from './room.ts'
import type { Runtime } from './runtime.ts'
import type { ChatSettings, RelayMode, Settings } from './settings.ts'
import { Sync } from './sync.ts'

export interface ChatOptions {
  readonly identity: Identity
  readonly history: HistoryStore
  readonly settings: Settings
  readonly runtime: Runtime
}

export type ChatChange =
  | { readonly kind: 'renamed'; readonly name: string }
  | { readonly kind: 'opened' | 'left'; readonly room: Room }
  /** Links, round trips, people, what is queued: whatever `connection` and `people` are made of. */
  | { readonly kind: 'network' }
  /** Whom I block or mute, who is writing, whether I am away, what a room is about: `company` tells. */
  | { readonly kind: 'company' }
  /** Under `/verbose`, and for what went wrong: a link came or went. */
  | { readonly kind: 'link'; readonly came: boolean; readonly link: Link }
  | { readonly kind: 'verbose'; readonly on: boolean }
  /** Under `/verbose`. */
  | ({ readonly kind: 'trace' } & Traced)
  /** A person who was heard through relays is linked directly now, or is heard through relays again. */
  | {
      readonly kind: 'path'
      readonly person: Person
      readonly link: Link
      readonly direct: boolean
    }

/** Of those that nobody takes over, the oldest are not traced for ever. */
const TRACES_MAX = 64

/** What happened to a message of one's own. */
export interface Traced {
  readonly room: Room
  readonly content: string
  readonly step: 'kept' | 'sent' | 'stored'
  /** Since it was said, ms. */
  readonly afterMs: number
  /** To how many peers gossip handed it. */
  readonly peers: number
}

/** A person in a room and how they are reached. */
export interface Reached extends Person {
  /** `none`: heard through others, no link of our own. */
  readonly path: Path | 'none'
  readonly transport?: string
  readonly rttMs?: number
}

/** Me, my rooms and the network: the one object that the page and the terminal hold. */
export class Chat {
  readonly changes = new Changes<ChatChange>()
  readonly time: TrueTime
  /** What crosses the links of this node. */
  readonly hops = new Hops()
  readonly company: Company
  readonly #sync: Sync
  readonly #options: ChatOptions
  readonly #rooms = new Map<string, Room>()
  readonly #opening = new Map<string, Promise<Result<Room>>>()
  readonly #stops: Stop[] = []
  #name = ''
  #verbose = false
  #relayMode: RelayMode = 'auto'
  #notify = new Map<string, Notify>()
  #aloud = false
  #network: Network | undefined
  #links: Links | undefined
  #lostAt: number | undefined
  #stopReconnecting: Stop = () => undefined
  readonly #joining = new Set<string>()
  /** Under `/verbose`: messages of one's own that nobody else is known to keep yet. */
  readonly #traces = new Map<
    EntryId,
    { readonly content: string; readonly at: number; readonly handed: number }
  >()
  /** When `join` was last said, ms since 1970, by room. */
  #joinedAt = new Map<string, number>()
  /** Rooms that this device was in before this start. */
  #before: ReadonlySet<string> = new Set()
  /** Rooms that are being left: the same name is opened again only after that. */
  readonly #leaving = new Map<string, Promise<void>>()
  /** The rooms of last time are all open again; until then the list of them is not written. */
  #reopened = false
  #stopped = false

  constructor(options: ChatOptions) {
    this.#options = options
    this.time = new TrueTime(options.runtime.clock)
    this.company = new Company(options.settings, options.runtime)
    this.company.changes.subscribe(() => {
      this.changes.emit({ kind: 'company' })
    })
    this.#sync = new Sync({ runtime: options.runtime, time: this.time })
  }

  /** What this device keeps, of rooms that are not open, too. */
  get history(): HistoryStore {
    return this.#options.history
  }

  get id(): PeerId {
    return this.#options.identity.peerId
  }
  get name(): string {
    return this.#name
  }
  get verbose(): boolean {
    return this.#verbose
  }
  get relayMode(): RelayMode {
    return this.#relayMode
  }
  get rooms(): readonly Room[] {
    return [...this.#rooms.values()]
  }
  get network(): Network | undefined {
    return this.#network
  }
  get runtime(): Runtime {
    return this.#options.runtime
  }

  /** Who I am and which rooms were open; needs no network. A first start draws a name. */
  async start(): Promise<void> {
    const { settings, runtime } = this.#options
    const [name, verbose, notify, aloud, relayMode, rooms, joinedAt] = await Promise.all([
      settings.get('name'),
      settings.get('verbose'),
      settings.get('notify'),
      settings.get('notifyAloud'),
      settings.get('relayMode'),
      settings.get('rooms'),
      settings.get('joinedAt'),
      this.company.start(),
    ])
    this.#verbose = verbose ?? false
    this.#notify = new Map(Object.entries(notify ?? {}))
    this.#aloud = aloud ?? false
    if (relayMode === 'only') await this.#applyRelayMode(relayMode)
    this.#joinedAt = new Map(Object.entries(joinedAt ?? {}))
    this.#before = new Set(this.#joinedAt.keys())
    this.#name = name ?? randomName(runtime.random)
    if (name === undefined) this.#save('name', this.#name)
    void this.#reopen(rooms ?? [])
  }

  /** The network has come up: every room takes part from now on. */
  attach(network: Network): void {
    this.#network = network
    this.#stops.push(
      this.hops.attach(network),
      network.changes.subscribe((change) => {
        if (change.kind === 'linked' || change.kind === 'unlinked') {
          if (network.links().length === 0) this.#lose()
          this.changes.emit({ kind: 'link', came: change.kind === 'linked', link: change.link })
          this.#tellPath(change.kind === 'linked', change.link)
        }
        if (change.kind === 'subscribed') this.#sayJoin(change.topic)
        this.changes.emit({ kind: 'network' })
      }),
    )
    this.#links = new Links({ network, runtime: this.runtime, people: () => this.#everybody() })
    this.#sync.attach(network)
    for (const room of this.#rooms.values()) this.#attach(room, network)
    this.#links.start()
    if (this.#relayMode === 'only') void this.#applyRelayMode(this.#relayMode)
    this.changes.emit({ kind: 'network' })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#stopReconnecting()
    this.company.stop()
    for (const stop of this.#stops.splice(0)) stop()
    this.#links?.stop()
    this.#sync.stop()
    await Promise.all(this.rooms.map((room) => room.stop()))
    this.#rooms.clear()
    this.#opening.clear()
    await this.#network?.stop()
    this.#network = undefined
  }

  /** Says goodbye in every room, without waiting: the page is about to be gone. */
  sayGone(): void {
    for (const room of this.#rooms.values()) room.presence.sayGone()
  }

  /** The network is back, or the page is looked at again: catch up. */
  nudge(): void {
    this.#links?.nudge()
    for (const room of this.#rooms.values()) room.nudge()
  }

  /** Opens a room by name, or hands out the open one. */
  open(name: string): Promise<Result<Room>> {
    let opening = this.#opening.get(name)
    if (opening === undefined) {
      opening = this.#open(name)
      this.#opening.set(name, opening)
    }
    return opening
  }

  room(name: string): Room | undefined {
    return this.#rooms.get(name)
  }

  /** Leaves for good: tells the others, and does not come back at the next start. History stays. */
  async leave(name: string): Promise<boolean> {
    const room = this.#rooms.get(name)
    if (room === undefined) return false
    this.#rooms.delete(name)
    this.#opening.delete(name)
    this.company.leave(name)
    this.#saveRooms()
    const leaving = room.leave().then(() => room.stop())
    this.#leaving.set(name, leaving)
    await leaving.finally(() => this.#leaving.delete(name))
    this.changes.emit({ kind: 'left', room })
    return true
  }

  async rename(text: string): Promise<Result<string>> {
    const name = chosenName(text)
    if (!name.ok) return name
    try {
      await this.#options.settings.set('name', name.value)
    } catch (error) {
      return fail(storageFailure(error))
    }
    this.#name = name.value
    for (const room of this.#rooms.values()) room.presence.hurry()
    this.changes.emit({ kind: 'renamed', name: name.value })
    return name
  }

  setVerbose(on: boolean): void {
    this.#verbose = on
    this.#save('verbose', on)
    this.changes.emit({ kind: 'verbose', on })
  }

  /** This device was in the room, and told others so, before this start: what was said since was missed. */
  wasIn(room: string): boolean {
    return this.#before.has(room)
  }

  /** What of a room is told while nobody looks. */
  notifyOf(room: string): Notify {
    return this.#notify.get(room) ?? NOTIFY_DEFAULT
  }

  /** Whether what is told makes a sound. */
  get notifiesAloud(): boolean {
    return this.#aloud
  }

  /** Stays after the room is left, for whoever comes back. Fails if it cannot be kept. */
  async setNotify(room: string, level: Notify): Promise<Result<Notify>> {
    const notify = new Map(this.#notify).set(room, level)
    try {
      await this.#options.settings.set('notify', Object.fromEntries(notify))
    } catch (error) {
      return fail(storageFailure(error))
    }
    this.#notify = notify
    return ok(level)
  }

  /** Of all rooms. Fails if it cannot be kept. */
  async setNotifiesAloud(on: boolean): Promise<Result<boolean>> {
    try {
      await this.#options.settings.set('notifyAloud', on)
    } catch (error) {
      return fail(storageFailure(error))
    }
    this.#aloud = on
    return ok(on)
  }

  /** Fails if it cannot be kept: a mode that is gone after a reload would give one's address away. */
  async setRelayMode(mode: RelayMode): Promise<Result<RelayMode>> {
    try {
      await this.#options.settings.set('relayMode', mode)
    } catch (error) {
      return fail(storageFailure(error))
    }
    await this.#applyRelayMode(mode)
    return ok(mode)
  }

  /** What the connection pill says about a room. */
  connection(room: Room): Connection {
    return connectionOf({
      links: this.#network?.links() ?? [],
      people: room.presence.people.map((person) => person.id),
      subscribers: this.#network?.subscribers(room.key.topic) ?? [],
      openedAt: room.openedAt,
      lostAt: this.#lostAt,
      queued: room.queued,
      now: this.runtime.clock.now(),
      hidden: this.#relayMode === 'only',
    })
  }

  /** Who is in a room, the longest here first, and how they are reached; nobody whom I block. */
  people(room: Room): readonly Reached[] {
    const links = this.#network?.links() ?? []
    const people = room.presence.people.filter(({ id }) => !this.company.regard.isBlocked(id))
    return people.map((person) => reached(person, links))
  }

  async #open(name: string): Promise<Result<Room>> {
    const key = await roomKeyOf(name)
    if (!key.ok) {
      this.#opening.delete(name)
      return key
    }
    const { identity, history, runtime } = this.#options
    const room = new Room({
      key: key.value,
      identity,
      history,
      runtime,
      time: this.time,
      sync: this.#sync,
      name: () => this.#name,
      away: () => this.company.away,
    })
    room.presence.changes.subscribe((change) => {
      this.#links?.review()
      if (change.kind === 'came') this.#sayJoin(name)
      this.changes.emit({ kind: 'network' })
    })
    // Through it peers of the Go system hear, who say nothing of themselves.
    room.presence.archived.subscribe(() => {
      this.#sayJoin(name)
    })
    room.changes.subscribe((change) => {
      if (change.kind === 'delivery') this.changes.emit({ kind: 'network' })
      if (this.#verbose) this.#trace(room, change)
    })
    await this.#leaving.get(name)
    try {
      await room.start()
    } catch (error) {
      this.#opening.delete(name)
      if (error instanceof StorageError) return fail(error.failure)
      throw error
    }
    if (this.#stopped) {
      await room.stop()
      return fail({ kind: 'unreachable', what: name })
    }
    this.#rooms.set(name, room)
    this.company.enter(room)
    if (this.#network !== undefined) this.#attach(room, this.#network)
    this.#saveRooms()
    this.changes.emit({ kind: 'opened', room })
    return ok(room)
  }

  #attach(room: Room, network: Network): void {
    room.attach(network)
    // Whoever subscribed before we did tells us nothing more.
    this.#sayJoin(room.name)
  }

  /** In the order of last time; a room that cannot be opened does not keep the others closed. */
  async #reopen(names: readonly string[]): Promise<void> {
    for (const name of names) {
      // The list of those that were open stays as it was.
      if (this.#stopped) return
      const opened = await this.open(name)
      if (!opened.ok) this.runtime.log('chat: a room stays closed', { failure: opened.failure })
    }
    if (this.#stopped) return
    this.#reopened = true
    this.#saveRooms()
  }

  async #applyRelayMode(mode: RelayMode): Promise<void> {
    this.#relayMode = mode
    await this.#network?.hide(mode === 'only')
    this.#links?.review()
    // Others are to know at once where I can be dialled from now on.
    if (this.#network !== undefined) for (const room of this.rooms) room.presence.hurry()
    this.changes.emit({ kind: 'network' })
  }

  #trace(room: Room, change: RoomChange): void {
    const now = this.runtime.clock.now()
    const handed = this.#network?.snapshot().topics.find(({ topic }) => topic === room.key.topic)
    const total = handed?.handed ?? 0
    if (change.kind === 'entries') {
      const [own, ...more] = change.entries.filter((each) => each.author === this.id)
      if (own === undefined || more.length > 0) return
      if (this.#traces.size >= TRACES_MAX) this.#traces.clear()
      const { content } = own
      this.#traces.set(own.id, { content, at: now, handed: total })
      this.changes.emit({ kind: 'trace', room, content, step: 'kept', afterMs: 0, peers: 0 })
    } else if (change.kind === 'delivery' && change.delivery !== 'queued') {
      const trace = this.#traces.get(change.id)
      if (trace === undefined) return
      if (change.delivery === 'stored') this.#traces.delete(change.id)
      const { content, at } = trace
      const peers = total - trace.handed
      const step = change.delivery
      this.changes.emit({ kind: 'trace', room, content, step, afterMs: now - at, peers })
    }
  }

  /** Only of people who were here before: a first link is no change of the path. */
  #tellPath(came: boolean, link: Link): void {
    if (link.path !== 'direct' || link.relay) return
    const person = this.#everybody().find(({ id }) => id === link.peer)
    if (person === undefined || this.company.regard.isBlocked(person.id)) return
    const links = this.#network?.links().filter(({ peer }) => peer === link.peer) ?? []
    const direct = links.filter(({ path }) => path === 'direct').length
    if (direct === (came ? 1 : 0)) this.changes.emit({ kind: 'path', person, link, direct: came })
  }

  /** The last link is gone; the pill says `Reconnecting…` for a while, and then changes by itself. */
  #lose(): void {
    this.#lostAt = this.runtime.clock.now()
    this.#stopReconnecting()
    this.#stopReconnecting = this.runtime.clock.after(RECONNECTING_MS, () => {
      this.changes.emit({ kind: 'network' })
    })
  }

  /** Everybody once, as seen in the room in which they have been known longest. */
  #everybody(): readonly Person[] {
    const people = this.rooms.flatMap((room) => room.presence.people)
    people.sort((a, b) => b.knownSince - a.knownSince)
    return [...new Map(people.map((person) => [person.id, person])).values()]
  }

  #save<K extends keyof ChatSettings>(key: K, value: ChatSettings[K]): void {
    this.#options.settings.set(key, value).catch((error: unknown) => {
      this.runtime.log('chat: a setting was not kept', { key, error })
    })
  }

  #saveRooms(): void {
    if (!this.#reopened) return
    this.#save(
      'rooms',
      [...this.#rooms.keys()].filter((name) => name !== DEFAULT_ROOM),
    )
  }

  /** The Go system shows joins; ours is said once somebody can hear it, at most once an hour. */
  #sayJoin(topic: string): void {
    const room = this.#rooms.get(topic)
    if (room === undefined || this.#joining.has(topic)) return
    this.#joining.add(topic)
    void this.#joinOnce(room).finally(() => this.#joining.delete(topic))
  }

  async #joinOnce(room: Room): Promise<void> {
    const said = await room.join(this.#joinedAt.get(room.name))
    if (said === undefined) return
    this.#joinedAt.set(room.name, said)
    this.#save('joinedAt', Object.fromEntries(this.#joinedAt))
  }
}

/** Settings that lie in a file fail as files do. */
function storageFailure(error: unknown): Failure {
  return error instanceof StorageError
    ? error.failure
    : { kind: 'storage-failed', what: String(error) }
}

function reached(person: Person, links: readonly Link[]): Reached {
  const own = links.filter((link) => link.peer === person.id)
  const link = own.find((candidate) => candidate.path === 'direct') ?? own[0]
  if (link === undefined) return { ...person, path: 'none' }
  const { path, transport, rttMs } = link
  return { ...person, path, transport, ...(rttMs === undefined ? {} : { rttMs }) }
}
