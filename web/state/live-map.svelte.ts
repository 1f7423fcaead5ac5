import type { Stop } from '../../shared/changes.ts'
import type { Chat } from '../../shared/chat.ts'
import type { Passing } from '../../shared/hops.ts'
import type { PeerId } from '../../shared/ids.ts'
import type { Room } from '../../shared/room.ts'
import { type Reach, type RoomMap, factsOf, mapOf, routeTo } from '../../shared/room-map.ts'
import { repeat } from '../../shared/runtime.ts'
import { shapeOf } from './map-layout.ts'
import { namesIn } from './map-names.ts'

/** A message on its way along links that it was measured on, or its author, who is lit up as it comes. */
export interface Pulse {
  readonly key: number
  readonly kind: 'message' | 'life' | 'glow'
  /** From where to where, the relay-node between them included; of a glow the one place. */
  readonly route: readonly PeerId[]
  readonly author: PeerId
  /** ms: what is passed on leaves once it has come. */
  readonly delay: number
}

/**
 * What the sentence under the picture is about: the last message that was seen on its way, with the names
 * that people had then. Whoever brought it may be without one: somebody who is blocked, or has only just come.
 */
export type Passed =
  | { readonly kind: 'straight'; readonly author: string }
  | { readonly kind: 'brought'; readonly author: string; readonly by?: string }
  /** `to`: those of the `links` that have a name. */
  | { readonly kind: 'left'; readonly to: readonly string[]; readonly links: number }

/** A message that was seen, and the names that are known of whom it is about. */
type Seen = { readonly names: Map<PeerId, string> } & (
  | { readonly kind: 'came'; readonly author: PeerId; readonly by: PeerId }
  | { readonly kind: 'left'; readonly to: readonly PeerId[] }
)

/** How long a pulse takes over one link, ms: a thousand times slower than it was, for eyes. */
export const PULSE_MS = 850
/** Beyond this the picture shows a part of what is said; sentence, table and counts know all. */
const PULSES_MAX = 72
const LOOK_AGAIN_MS = 1_000
/** In a lively room something changes with each message: looked at together. */
const LOOK_SOON_MS = 400
/** Copies of one's own message leave in one go. */
const TOGETHER_MS = 300
/** What passes within it sets out together: each time the picture changes costs the page a frame of its own. */
const SET_OUT_MS = 150
/** Nobody moves for a link that stands no longer than this, nor more often. */
const SETTLE_MS = 1_500
/** A link that has gone, or to somebody who has only just come, may stand so soon: until then they stand near. */
const LINK_MS = 10_000
/** Where they stand says no more than that. */
const HOPED_FOR: Reach = { kind: 'direct', transport: '', mesh: false }

/** The room's map while it is on the screen: asked of the core, and what passes by. */
export class LiveMap {
  map: RoomMap = $state.raw({ self: '' as PeerId, name: '', relays: [], people: [] })
  /** By it they stand where they stand: as it was when they last moved, links included that are hoped for. */
  seated: RoomMap = $state.raw(this.map)
  pulses: readonly Pulse[] = $state.raw([])
  passed: Passed | undefined = $state.raw()
  selected: PeerId | undefined = $state()
  readonly #chat: Chat
  readonly #room: Room
  #shown = ''
  #keys = 0
  #leftAt = -Infinity
  #movedAt = -Infinity
  /** When a link to each was last there, or they came. */
  readonly #linkedAt = new Map<PeerId, number>()
  /** Since when people stand elsewhere than they would by now. */
  #unsettledSince: number | undefined
  #last: Seen | undefined
  #waiting: Pulse[] = []
  readonly #ended = new Set<number>()
  #stopWaiting: Stop | undefined

  constructor(chat: Chat, room: Room) {
    this.#chat = chat
    this.#room = room
    this.#look()
  }

  start(): Stop {
    const { clock } = this.#chat.runtime
    let stopWaiting: Stop | undefined
    const look = (): void => {
      stopWaiting = undefined
      this.#look()
    }
    const stops = [
      this.#chat.changes.subscribe(() => {
        stopWaiting ??= clock.after(LOOK_SOON_MS, look)
      }),
      repeat(clock, () => LOOK_AGAIN_MS, look),
      () => stopWaiting?.(),
      () => this.#stopWaiting?.(),
      this.#chat.hops.passing.subscribe((hop) => {
        this.#heed(hop)
      }),
    ]
    return () => {
      for (const stop of stops) stop()
    }
  }

  /** Again: the whole room. */
  select(id: PeerId | undefined): void {
    this.selected = id === this.selected ? undefined : id
  }

  /** A pulse has arrived, and is no longer seen: it goes with the next that set out. */
  arrived(key: number): void {
    this.#ended.add(key)
    this.#setOutSoon()
  }

  #setOutSoon(): void {
    this.#stopWaiting ??= this.#chat.runtime.clock.after(SET_OUT_MS, () => {
      this.#stopWaiting = undefined
      this.pulses = [...this.pulses, ...this.#waiting].filter(({ key }) => !this.#ended.has(key))
      this.passed = passedOf(this.#last) ?? this.passed
      this.#waiting = []
      this.#ended.clear()
    })
  }

  #look(): void {
    const map = mapOf(factsOf(this.#chat, this.#room))
    const shown = JSON.stringify(map)
    this.#seat(this.#hopedFor(map))
    if (shown === this.#shown) return
    this.#shown = shown
    this.map = map
    if (this.#learnNames()) this.#setOutSoon()
    const { selected } = this
    if (selected !== undefined && !idsOf(map).includes(selected)) this.selected = undefined
  }

  /** What is near stays near for as long as its link may still come back, and so does whoever comes. */
  #hopedFor(map: RoomMap): RoomMap {
    const now = this.#chat.runtime.clock.now()
    const isFirst = this.#shown === ''
    for (const { id } of map.relays) this.#linkedAt.set(id, now)
    for (const { id, reach } of map.people)
      if (reach.kind === 'direct') this.#linkedAt.set(id, now)
      else if (!this.#linkedAt.has(id)) this.#linkedAt.set(id, isFirst ? -Infinity : now)
    const mayCome = (id: PeerId): boolean => now - (this.#linkedAt.get(id) ?? -Infinity) < LINK_MS
    const ids = new Set(idsOf(map))
    const lost = this.seated.relays.filter(({ id }) => !ids.has(id) && mayCome(id))
    for (const id of this.#linkedAt.keys())
      if (!ids.has(id) && !mayCome(id)) this.#linkedAt.delete(id)
    if (this.#chat.relayMode === 'only') return map
    return {
      ...map,
      relays: [...map.relays, ...lost].sort((a, b) => (a.id < b.id ? -1 : 1)),
      people: map.people.map((person) =>
        person.reach.kind !== 'direct' && mayCome(person.id)
          ? { ...person, reach: HOPED_FOR }
          : person,
      ),
    }
  }

  /** Whoever comes gets their place at once; all else waits whether it lasts. */
  #seat(map: RoomMap): void {
    if (shapeOf(map) === shapeOf(this.seated)) {
      this.#unsettledSince = undefined
      return
    }
    const now = this.#chat.runtime.clock.now()
    this.#unsettledSince ??= now
    const before = new Set(idsOf(this.seated))
    const isNew = idsOf(map).some((id) => !before.has(id))
    if (now - (isNew ? this.#movedAt : this.#unsettledSince) < SETTLE_MS) return
    this.seated = map
    this.#movedAt = now
    this.#unsettledSince = undefined
  }

  #heed({ way, topic, kind, author, peer }: Passing): void {
    const { key } = this.#room
    if (topic !== key.live && topic !== key.topic) return
    if (kind === 'life') {
      // Signs of life that are passed on would hide what is said, and so would each of those that come together.
      if (
        way === 'in' &&
        !this.#waiting.some(({ kind, route }) => kind === 'life' && route[0] === peer)
      )
        this.#send('life', author, [peer, this.map.self], 0)
      return
    }
    this.#note(way, author, peer)
    if (way === 'in') {
      if (author !== peer) this.#glow(author, author, 0)
      this.#send('message', author, [peer, this.map.self], 0)
      this.#glow(this.map.self, author, PULSE_MS)
    } else
      this.#send('message', author, [this.map.self, peer], author === this.map.self ? 0 : PULSE_MS)
  }

  #note(way: Passing['way'], author: PeerId, peer: PeerId): void {
    this.#setOutSoon()
    if (way === 'in') this.#last = { kind: 'came', author, by: peer, names: new Map() }
    else if (author === this.map.self) {
      const now = this.#chat.runtime.clock.now()
      const before =
        this.#last?.kind === 'left' && now - this.#leftAt < TOGETHER_MS ? this.#last : undefined
      this.#leftAt = now
      const to = [...(before?.to ?? []).filter((id) => id !== peer), peer]
      this.#last = { kind: 'left', to, names: before?.names ?? new Map<PeerId, string>() }
    }
    this.#learnNames()
  }

  /** As they were called when it was seen; whoever was not known by then is asked for again. */
  #learnNames(): boolean {
    const last = this.#last
    if (last === undefined) return false
    const known = namesIn(this.map)
    const before = last.names.size
    for (const id of last.kind === 'came' ? [last.author, last.by] : last.to) {
      const name = known.get(id)
      if (name !== undefined && !last.names.has(id)) last.names.set(id, name)
    }
    return last.names.size > before
  }
  /** Gossip goes over links that stand: no route, no pulse. */
  #send(
    kind: Pulse['kind'],
    author: PeerId,
    [from, to]: readonly [PeerId, PeerId],
    delay: number,
  ): void {
    const out = from === this.map.self
    const route = routeTo(this.map, out ? to : from)
    if (route !== undefined)
      this.#put({ kind, author, delay, route: out ? route : route.toReversed() })
  }

  #glow(at: PeerId, author: PeerId, delay: number): void {
    const { self, people } = this.map
    if (at === self || people.some(({ id }) => id === at))
      this.#put({ kind: 'glow', author, delay, route: [at] })
  }

  #put(pulse: Omit<Pulse, 'key'>): void {
    // Nobody sees it, and a hidden page runs no animation that would end it.
    if (document.visibilityState === 'hidden') return
    if (this.pulses.length + this.#waiting.length >= PULSES_MAX) return
    this.#waiting.push({ ...pulse, key: ++this.#keys })
    this.#setOutSoon()
  }
}

/** Nothing as long as the author has no name. */
function passedOf(seen: Seen | undefined): Passed | undefined {
  if (seen === undefined) return undefined
  const { names } = seen
  if (seen.kind === 'left') {
    const to = seen.to.flatMap((id) => names.get(id) ?? [])
    return { kind: 'left', to, links: seen.to.length }
  }
  const [author, by] = [names.get(seen.author), names.get(seen.by)]
  if (author === undefined) return undefined
  if (seen.by === seen.author) return { kind: 'straight', author }
  return { kind: 'brought', author, ...(by === undefined ? {} : { by }) }
}

/** In the order of the table, which is the order for the keyboard, too. */
export function idsOf({ self, relays, people }: RoomMap): readonly PeerId[] {
  return [self, ...relays.map(({ id }) => id), ...people.map(({ id }) => id)]
}
