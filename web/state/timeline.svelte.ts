import { SvelteMap } from 'svelte/reactivity'
import type { Stop } from '../../shared/changes.ts'
import type { Chat } from '../../shared/chat.ts'
import type { Answer } from '../../shared/commands/command.ts'
import type { Entry } from '../../shared/entry.ts'
import type { Failure } from '../../shared/failure.ts'
import type { Delivery } from '../../shared/history.ts'
import { type EntryId, type PeerId, comparePositions } from '../../shared/ids.ts'
import type { Person } from '../../shared/presence.ts'
import type { Room, RoomChange } from '../../shared/room.ts'
import type { Clock } from '../../shared/runtime.ts'
import type { Words } from '../../shared/text/words.ts'
import { type Item, type Pending, place, said } from './items.ts'
import { type Row, rowsOf } from './rows.ts'

const PAGE = 60
/** While the reader is at the bottom, the top is let go beyond this; scrolling brings it back. */
const KEEP_MAX = 400
const KEEP = 240
/** Whoever says that they came before this page did was here already: no news. */
const NEWS_SLACK_MS = 1_000

/** One room's log, as far as it is on the screen. */
export class Timeline {
  readonly deliveries = new SvelteMap<EntryId, Delivery>()
  #items = $state.raw<readonly Item[]>([])
  #present = $state.raw<readonly { readonly id: PeerId; readonly name: string }[]>([])
  /** The newest are read. */
  loaded = $state(false)
  /** Nothing older is on this device. */
  complete = $state(false)
  /** The reader is at the bottom. */
  pinned = $state(true)
  /** Came while nobody looked. */
  fresh = $state(0)
  readonly rows: readonly Row[] = $derived.by(() => rowsOf(this.#items, { present: this.#present }))
  readonly #clock: Clock
  readonly #words: Words
  readonly #known = new Set<EntryId>()
  readonly #here = new Set<PeerId>()
  readonly #born: number
  #shown = false
  #chat: Chat | undefined
  #room: Room | undefined
  #stops: Stop[] = []
  #loading: Promise<unknown> | undefined
  #keys = 0

  constructor(clock: Clock, words: Words) {
    this.#clock = clock
    this.#words = words
    this.#born = clock.now()
  }

  get empty(): boolean {
    return this.loaded && !this.#items.some((item) => item.kind === 'said' || item.kind === 'pending')
  }

  async attach(chat: Chat, room: Room): Promise<void> {
    this.#chat = chat
    this.#room = room
    for (const person of room.presence.people) this.#here.add(person.id)
    this.#stops = [
      room.changes.subscribe((change) => {
        this.#heed(change)
      }),
      room.presence.changes.subscribe(({ kind, person }) => {
        this.#notePerson(kind, person)
      }),
      chat.changes.subscribe(({ kind }) => {
        if (kind === 'renamed') this.#meet()
      }),
    ]
    this.#meet()
    await this.older()
    this.loaded = true
  }

  detach(): void {
    for (const stop of this.#stops.splice(0)) stop()
  }

  /** Reads one more page from the disk. */
  older(): Promise<void> {
    this.#loading ??= this.#older().finally(() => {
      this.#loading = undefined
    })
    return this.#loading.then(() => undefined)
  }

  /** Brings at least so many messages onto the screen, if there are so many. */
  async reach(count: number): Promise<void> {
    while (this.#known.size < count && !this.complete) await this.older()
  }

  /** The log is on the screen until stopped. */
  show(): Stop {
    this.#shown = true
    this.look()
    return () => {
      this.#shown = false
    }
  }

  /** The reader may be looking now: what is at the bottom is read. */
  look(): void {
    if (this.#watched) this.fresh = 0
  }

  /** Mine, at once; what stores it takes its place later. Returns its key. */
  write(content: string): string {
    const author = this.#chat?.id
    const item: Pending = { kind: 'pending', ...this.#last(), content, author, name: this.#chat?.name ?? '' }
    this.#put([item])
    this.pinned = true
    return item.key
  }

  fail(key: string, failure: Failure): void {
    this.#items = this.#items.map((item) => (item.key === key && item.kind === 'pending' ? { ...item, failure } : item))
  }

  drop(key: string): void {
    this.#items = this.#items.filter((item) => item.key !== key)
  }

  note(answer: Answer, asked?: string): void {
    this.#put([{ kind: 'notice', ...this.#last(), answer, ...(asked === undefined ? {} : { asked }) }])
    if (asked !== undefined) this.pinned = true
  }

  get #watched(): boolean {
    return this.#shown && this.pinned && document.visibilityState === 'visible'
  }

  #heed(change: RoomChange): void {
    switch (change.kind) {
      case 'entries':
        this.#receive(change.entries, change.late)
        break
      case 'delivery':
        this.deliveries.set(change.id, change.delivery)
        break
      case 'passing':
        this.#pass(change.author, change.name, change.type === 'join')
        break
      case 'trimmed': {
        const { floor } = change
        this.#items = this.#items.filter(
          (item) => item.kind !== 'said' || comparePositions(item.entry.position, floor) >= 0,
        )
        this.complete = true
        break
      }
      case 'not-kept': {
        const text = this.#words.failure(change.failure)
        const last = this.#items.at(-1)
        // A burst that a full disk refuses is told once.
        if (last?.kind !== 'notice' || last.answer.text !== text) this.note({ tone: 'bad', text })
        break
      }
    }
  }

  #receive(entries: readonly Entry[], late: ReadonlySet<EntryId>): void {
    const fresh = entries.filter((entry) => !this.#known.has(entry.id))
    const oldest = this.#items.find((item) => item.kind === 'said')
    for (const entry of fresh) {
      // It belongs to a page that is not on the screen; it will be read with that page.
      if (!this.complete && oldest !== undefined && entry.clock < oldest.clock) continue
      this.#known.add(entry.id)
      const mine = entry.author === this.#chat?.id
      if (mine) this.deliveries.set(entry.id, 'queued')
      const pending = mine ? this.#pendingOf(entry) : undefined
      if (pending !== undefined) this.drop(pending.key)
      const item = said(entry, late.has(entry.id))
      this.#put([pending === undefined ? item : { ...item, key: pending.key }])
      if (!mine && !this.#watched) this.fresh++
    }
    this.#letGo()
  }

  #pendingOf(entry: Entry): Pending | undefined {
    return this.#items.find(
      (item): item is Pending =>
        item.kind === 'pending' && item.failure === undefined && item.content === entry.content,
    )
  }

  /** Keeps the page light while the reader is at the bottom. */
  #letGo(): void {
    if (!this.pinned || this.#items.length <= KEEP_MAX) return
    const gone = this.#items.slice(0, -KEEP)
    for (const item of gone) if (item.kind === 'said') this.#known.delete(item.entry.id)
    this.#items = this.#items.slice(-KEEP)
    this.complete = false
  }

  async #older(): Promise<void> {
    const room = this.#room
    if (room === undefined || this.complete) return
    const oldest = this.#items.find((item) => item.kind === 'said')
    const page = await room.page({ limit: PAGE, ...(oldest === undefined ? {} : { before: oldest.entry.position }) })
    const mine = page.filter((entry) => entry.author === this.#chat?.id).map((entry) => entry.id)
    for (const [id, delivery] of await room.deliveries(mine)) this.deliveries.set(id, delivery)
    const fresh = page.filter((entry) => !this.#known.has(entry.id))
    for (const entry of fresh) this.#known.add(entry.id)
    if (page.length < PAGE) this.complete = true
    this.#put(fresh.map((entry) => said(entry, false)))
  }

  #notePerson(kind: 'came' | 'went' | 'updated', person: Person): void {
    this.#meet()
    if (kind === 'updated') return
    const news = kind === 'went' || (!person.silent && person.since >= this.#born - NEWS_SLACK_MS)
    if (news) this.#pass(person.id, person.name, kind === 'came')
    else this.#here.add(person.id)
  }

  /** `join` and `here` tell the same: it is said once. */
  #pass(author: PeerId, name: string, came: boolean): void {
    if (this.#here.has(author) === came || author === this.#chat?.id) return
    if (came) this.#here.add(author)
    else this.#here.delete(author)
    this.#put([{ kind: 'passing', ...this.#last(), author, name, came }])
  }

  #meet(): void {
    const chat = this.#chat
    if (chat === undefined || this.#room === undefined) return
    this.#present = [{ id: chat.id, name: chat.name }, ...this.#room.presence.people]
  }

  /** Where the next thing goes: now, and below all that stands, whatever clocks others have. */
  #last(): { readonly key: string; readonly clock: number } {
    const now = Math.floor((this.#chat?.time.now() ?? this.#clock.now()) * 1_000)
    return { key: `own ${this.#keys++}`, clock: Math.max(now, (this.#items.at(-1)?.clock ?? 0) + 1) }
  }

  #put(added: readonly Item[]): void {
    this.#items = place(this.#items, added)
  }
}
