import { Changes, type Stop } from './changes.ts'
import { type Failure, type Result, fail, ok } from './failure.ts'
import { StorageError } from './history.ts'
import type { PeerId } from './ids.ts'
import { AWAY_MAX_GRAPHEMES } from './limits.ts'
import { Acquaintances } from './met.ts'
import { shownLine } from './names.ts'
import type { Person } from './person.ts'
import { Regard } from './regard.ts'
import type { Room } from './room.ts'
import { type Runtime, repeat } from './runtime.ts'
import type { ChatSettings, GivenTopic, Met, Named, Settings } from './settings.ts'
import { Speakers } from './speakers.ts'
import { Topics } from './topics.ts'

/** Whom one has met is written so often: a crash costs no more than that of "last seen". */
const KEEP_EVERY_MS = 60_000
/** What is on the screen first is read first; who spoke last is asked for by completion, later. */
const LOOK_BACK_AFTER_MS = 1_000
const LOOK_BACK_ENTRIES = 100
/** Topics of so many rooms are remembered. */
const ROOMS_MAX = 200

/** The people of my rooms, as I know and regard them, and how I am seen by them. */
export class Company {
  /** Whom I block or mute, who is writing, whether I am away, what a room is about. */
  readonly changes = new Changes<undefined>()
  readonly regard = new Regard()
  readonly #settings: Settings
  readonly #runtime: Runtime
  readonly #met = new Acquaintances()
  readonly #rooms = new Map<string, { readonly room: Room; readonly stops: readonly Stop[] }>()
  readonly #speakers = new Map<string, Speakers>()
  readonly #topics = new Map<string, Topics>()
  #away: string | false = false
  #typesUnseen = false
  #stops: Stop[] = []

  constructor(settings: Settings, runtime: Runtime) {
    this.#settings = settings
    this.#runtime = runtime
  }

  async start(): Promise<void> {
    const settings = this.#settings
    const [blocked, muted, typesUnseen, away, met, topics] = await Promise.all([
      settings.get('blocked'),
      settings.get('muted'),
      settings.get('typesUnseen'),
      settings.get('away'),
      settings.get('met'),
      settings.get('topics'),
    ])
    this.regard.restore(blocked, muted)
    this.#typesUnseen = typesUnseen ?? false
    this.#away = away ?? false
    this.#met.restore(met ?? [])
    for (const [room, given] of Object.entries(topics ?? {})) this.#topicsOf(room).restore(given)
    this.#stops.push(
      this.regard.changes.subscribe(() => {
        this.changes.emit(undefined)
      }),
      repeat(
        this.#runtime.clock,
        () => KEEP_EVERY_MS,
        () => {
          this.#keepMet()
        },
      ),
    )
  }

  stop(): void {
    const wasStarted = this.#stops.length > 0
    for (const stop of this.#stops.splice(0)) stop()
    if (wasStarted) this.#keepMet()
    for (const name of [...this.#rooms.keys()]) this.leave(name)
  }

  /** Hears who comes and what is said in a room that is open from now on. */
  enter(room: Room): void {
    const { clock } = this.#runtime
    const stopLookingBack = clock.after(LOOK_BACK_AFTER_MS, () => {
      void this.#lookBack(room)
    })
    const stops = [
      stopLookingBack,
      room.changes.subscribe((change) => {
        if (change.kind === 'entries') this.#hear(room.name, change.entries)
        if (change.kind === 'trimmed' && this.#topicsOf(room.name).forget(change.floor.clock))
          this.#tellTopics()
      }),
      room.presence.changes.subscribe(({ person }) => {
        this.#met.see(person, room.name, clock.now())
      }),
      room.presence.typing.changes.subscribe(() => {
        this.changes.emit(undefined)
      }),
    ]
    this.#rooms.set(room.name, { room, stops })
  }

  leave(name: string): void {
    for (const stop of this.#rooms.get(name)?.stops ?? []) stop()
    this.#rooms.delete(name)
    this.#speakers.delete(name)
  }

  /** Why I am away, which may be empty; nothing when I am here. */
  get away(): string | undefined {
    return this.#away === false ? undefined : this.#away
  }

  async setAway(why: string | undefined): Promise<Result<undefined>> {
    this.#away = why === undefined ? false : shownLine(why, AWAY_MAX_GRAPHEMES)
    for (const { room } of this.#rooms.values()) room.presence.hurry()
    this.changes.emit(undefined)
    return this.#keep('away', this.#away)
  }

  /** Others are told while I write. */
  get showsTyping(): boolean {
    return !this.#typesUnseen
  }

  setShowsTyping(on: boolean): Promise<Result<undefined>> {
    this.#typesUnseen = !on
    this.changes.emit(undefined)
    return this.#keep('typesUnseen', !on)
  }

  /** I am writing something in a room. */
  write(room: Room): void {
    if (this.showsTyping) room.presence.sayTyping()
  }

  /** Who is writing something in a room, of those I want to see. */
  writing(room: Room): readonly Person[] {
    const ids = room.presence.typing.people.filter((id) => !this.regard.isBlocked(id))
    if (ids.length === 0) return []
    const people = new Map(room.presence.people.map((person) => [person.id, person]))
    return ids.flatMap((id) => people.get(id) ?? [])
  }

  /** It holds at once; fails if it is forgotten with the next start. */
  block(who: Named): Promise<Result<undefined>> {
    this.regard.block(who)
    return this.#keep('blocked', this.regard.blocked.toReversed())
  }

  unblock(id: PeerId): Promise<Result<undefined>> {
    this.regard.unblock(id)
    return this.#keep('blocked', this.regard.blocked.toReversed())
  }

  muteRoom(room: string, on: boolean): Promise<Result<undefined>> {
    this.regard.muteRoom(room, on)
    return this.#keep('muted', this.regard.muted)
  }

  mutePerson(who: Named, on: boolean): Promise<Result<undefined>> {
    this.regard.mutePerson(who, on)
    return this.#keep('muted', this.regard.muted)
  }

  /** What a room is about, by the last word of anybody I want to hear. */
  topic(room: string): GivenTopic | undefined {
    const topic = this.#topics.get(room)?.now((author) => this.regard.isBlocked(author))
    return topic?.text === '' ? undefined : topic
  }

  met(id: PeerId): Met | undefined {
    return this.#met.get(id)
  }

  /** Who was in a room and is not now, the last seen first; nobody whom I block. */
  absent(room: Room): readonly Met[] {
    const here = new Set(room.presence.people.map(({ id }) => id))
    return this.#met.all.filter(
      ({ id, room: where }) => where === room.name && !here.has(id) && !this.regard.isBlocked(id),
    )
  }

  /** Whom one may mean in a room: the latest speaker first, then who is here; nobody whom I block. */
  around(room: Room): readonly Named[] {
    const spoke = this.#speakers.get(room.name)?.people ?? []
    const here = new Map(room.presence.people.map(({ id, name }) => [id, { id, name }]))
    const all = new Map<PeerId, Named>()
    // By the name they go by now.
    for (const { id, name } of spoke) all.set(id, here.get(id) ?? { id, name })
    for (const [id, person] of here) if (!all.has(id)) all.set(id, person)
    return [...all.values()].filter(({ id }) => !this.regard.isBlocked(id))
  }

  /** Everybody whom this installation knows of, wherever they are; those in the room first. */
  known(room: Room): readonly Named[] {
    const { blocked, muted } = this.regard
    const met = this.#met.all.map(({ id, names }) => ({ id, name: names[0] ?? '' }))
    const all = new Map<PeerId, Named>()
    for (const each of [...this.around(room), ...blocked, ...muted.people, ...met])
      if (!all.has(each.id)) all.set(each.id, each)
    return [...all.values()]
  }

  async #lookBack(room: Room): Promise<void> {
    try {
      this.#hear(room.name, await room.page({ limit: LOOK_BACK_ENTRIES }))
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
    }
  }

  #hear(room: string, entries: Parameters<Speakers['hear']>[0]): void {
    if (!this.#rooms.has(room)) return
    let speakers = this.#speakers.get(room)
    if (speakers === undefined) this.#speakers.set(room, (speakers = new Speakers()))
    speakers.hear(entries)
    if (this.#topicsOf(room).hear(entries)) this.#tellTopics()
  }

  #topicsOf(room: string): Topics {
    let topics = this.#topics.get(room)
    if (topics === undefined) this.#topics.set(room, (topics = new Topics()))
    return topics
  }

  #tellTopics(): void {
    const given = [...this.#topics].flatMap(([room, topics]) =>
      topics.given.length === 0 ? [] : [[room, topics.given] as const],
    )
    void this.#keep('topics', Object.fromEntries(given.slice(-ROOMS_MAX)))
    this.changes.emit(undefined)
  }

  #keepMet(): void {
    const now = this.#runtime.clock.now()
    let anybody = false
    for (const { room } of this.#rooms.values()) {
      for (const person of room.presence.people) {
        this.#met.see(person, room.name, now)
        anybody = true
      }
    }
    if (anybody) void this.#keep('met', this.#met.kept())
  }

  async #keep<K extends keyof ChatSettings>(
    key: K,
    value: ChatSettings[K],
  ): Promise<Result<undefined>> {
    try {
      await this.#settings.set(key, value)
      return ok(undefined)
    } catch (error) {
      this.#runtime.log('company: a setting was not kept', { key, error })
      return fail(failureOf(error))
    }
  }
}

function failureOf(error: unknown): Failure {
  return error instanceof StorageError
    ? error.failure
    : { kind: 'storage-failed', what: String(error) }
}
