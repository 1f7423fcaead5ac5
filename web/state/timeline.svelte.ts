import type { Stop } from '../../shared/changes.ts'
import type { Chat } from '../../shared/chat.ts'
import type { Answer, Sought } from '../../shared/commands/command.ts'
import type { Entry } from '../../shared/entry.ts'
import type { Failure } from '../../shared/failure.ts'
import { StorageError } from '../../shared/history.ts'
import { type EntryId, type PeerId, type Position, comparePositions } from '../../shared/ids.ts'
import { mentions } from '../../shared/mentions.ts'
import { shortPeerId } from '../../shared/names.ts'
import type { Person } from '../../shared/person.ts'
import type { ArchiveRefusal } from '../../shared/relay-word.ts'
import type { Room, RoomChange } from '../../shared/room.ts'
import type { Clock } from '../../shared/runtime.ts'
import type { ScreenWords } from '../../shared/text/screen-words.ts'
import { topicIn } from '../../shared/topics.ts'
import type { Whereabouts } from '../text/whereabouts.ts'
import { Arrivals, stretch } from './arrivals.svelte.ts'
import { Deliveries } from './deliveries.svelte.ts'
import { Fetching } from './fetching.svelte.ts'
import { type Item, type Pending, type Said, said } from './items.ts'
import { type Row, rowsOf } from './rows.ts'
import { KEEP_MAX, REACH_MAX, SCROLLED_MAX, Shown } from './shown.svelte.ts'

/** What opens a room, or a part of it: more than a tall screen shows. */
const PAGE = 60
/** What scrolling brings at a time: more would take longer to draw than a frame lasts. */
const STEP = 30
/** Of pages full of people whom I block, more are read until there is so much to see. */
const ENOUGH = PAGE
/** Whoever says that they came before this page did was here already: no news. */
const NEWS_SLACK_MS = 1_000

/** One room's log, as far as it is on the screen. */
export class Timeline {
  readonly deliveries = new Deliveries()
  readonly arrivals = new Arrivals()
  readonly fetching: Fetching
  readonly #shown = new Shown()
  #present = $state.raw<readonly { readonly id: PeerId; readonly name: string }[]>([])
  /** The newest are read. */
  loaded = $state(false)
  /** Nothing older is on this device. */
  complete = $state(false)
  /** Something was forgotten here on this device. */
  cleared = $state(false)
  /** What the reader was led to last. */
  sought = $state.raw<{ readonly id: EntryId }>()
  /** What the reader asked for last was answered: its key. */
  answered = $state.raw<{ readonly key: string }>()
  /** The reader is at the bottom. */
  pinned = $state(true)
  readonly rows: readonly Row[] = $derived.by(() =>
    rowsOf(this.#shown.window, { present: this.#present, divider: this.arrivals.divider }),
  )
  readonly #clock: Clock
  readonly #words: () => ScreenWords
  /** Who is here, and what they go by. */
  readonly #here = new Map<PeerId, string>()
  /** Nothing of these is drawn. */
  #blocked: ReadonlySet<PeerId> = new Set()
  readonly #born: number
  #visible = false
  #chat: Chat | undefined
  #room: Room | undefined
  #stops: Stop[] = []
  #loading: Promise<boolean> | undefined
  #keys = 0
  #damageKey: string | undefined

  constructor(clock: Clock, words: () => ScreenWords) {
    this.#clock = clock
    this.#words = words
    this.fetching = new Fetching(clock)
    this.#born = clock.now()
  }

  /** What is on the screen and was stored. */
  get held(): readonly Entry[] {
    return this.#shown.entries
  }

  get empty(): boolean {
    return (
      this.loaded && !this.#shown.some((item) => item.kind === 'said' || item.kind === 'pending')
    )
  }

  async attach(chat: Chat, room: Room): Promise<void> {
    this.#chat = chat
    this.#room = room
    this.cleared = room.cleared
    this.fetching.heed(room.syncing)
    const { regard } = chat.company
    this.#blocked = new Set(regard.blocked.map(({ id }) => id))
    for (const person of room.presence.people) this.#here.set(person.id, person.name)
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
      chat.time.changes.subscribe(({ kind }) => {
        if (kind === 'learnt') this.#settle()
      }),
      regard.changes.subscribe(() => {
        this.#heedRegard(new Set(regard.blocked.map(({ id }) => id)))
      }),
    ]
    this.#meet()
    if (room.damaged > 0) this.#tellDamaged(room.damaged)
    await this.#load(() => this.#older(PAGE))
    this.arrivals.begin(this.#shown.oldest, this.#shown.newest, chat.wasIn(room.name))
    this.loaded = true
  }

  detach(): void {
    this.fetching.stop()
    for (const stop of this.#stops.splice(0)) stop()
  }

  /** Reads one more page from the disk. False if the disk would not give it: that is told. */
  older(): Promise<boolean> {
    return this.#load(() => this.#older())
  }

  /** The reader goes back: what this device does not hold, others are asked for. */
  back(): Promise<boolean> {
    return this.#load(async () => {
      const room = this.#room
      if (this.complete && room !== undefined && this.fetching.mayAsk(room)) await this.#ask(room)
      await this.#older()
    })
  }

  /** Reads on from what is drawn towards the end, of which the reader has let go. */
  onward(): Promise<boolean> {
    return this.#load(() => this.#onward())
  }

  /** What is drawn reaches the end of the log. */
  get ends(): boolean {
    return this.#shown.ends
  }

  /** Draws the end of the log, and stays there. */
  toEnd(): void {
    if (this.#shown.toEnd()) this.complete = false
    this.pinned = true
  }

  /** Draws a message, with what was said before and after it, and leads the reader's eyes there. */
  async seek(id: EntryId): Promise<Exclude<Sought, 'elsewhere'>> {
    const isRead = await this.#loadNext(() => this.#goTo(id))
    if (!this.#isDrawn(id)) return isRead ? 'gone' : 'unread'
    this.pinned = false
    this.sought = { id }
    return 'shown'
  }

  /**
   * Where one of my own messages is, as far as it is proved.
   * @param refusal why a relay-node's archive keeps nothing new now, if one does not
   */
  whereabouts(entry: Entry, refusal?: ArchiveRefusal): Whereabouts {
    const where = this.deliveries.whereabouts(this.#room, entry)
    return refusal === undefined || where.archive ? where : { ...where, refusal }
  }

  /** The topic that an entry gives the room; empty if it takes it away. */
  topicOf(entry: Entry): string | undefined {
    return topicIn(entry)
  }

  /** Brings at least so many messages onto the screen, if there are so many. */
  async reach(count: number): Promise<void> {
    let read = this.#shown.entries.length
    const older = (): Promise<boolean> => this.#load(() => this.#older(PAGE, REACH_MAX))
    for (; read < count && !this.complete && (await older()); read += PAGE);
  }

  /** The log is on the screen until stopped. */
  show(): Stop {
    this.#visible = true
    this.look()
    return () => {
      this.#visible = false
    }
  }

  /** The reader turns to something else: whoever comes back to the log is led nowhere by it. */
  turnFrom(): void {
    this.sought = undefined
    this.answered = undefined
  }

  /** The reader may be looking now: what is at the bottom is read. */
  look(): void {
    if (this.#watched) this.arrivals.read()
  }

  /** Mine, at once; what stores it takes its place later. Returns its key. */
  write(content: string): string {
    const author = this.#chat?.id
    const item: Pending = {
      kind: 'pending',
      ...this.#last(),
      content,
      author,
      name: this.#chat?.name ?? '',
    }
    this.#shown.put([item])
    this.toEnd()
    this.arrivals.answered()
    return item.key
  }

  fail(key: string, failure: Failure): void {
    this.#shown.change((items) =>
      items.map((item) =>
        item.key === key && item.kind === 'pending' ? { ...item, failure } : item,
      ),
    )
  }

  drop(key: string): void {
    this.#shown.change((items) => items.filter((item) => item.key !== key))
  }

  /** Returns its key. */
  note(answer: Answer, asked?: string): string {
    const last = this.#last()
    this.#shown.put([
      { kind: 'notice', ...last, answer, ...(asked === undefined ? {} : { asked }) },
    ])
    if (asked !== undefined) {
      this.toEnd()
      this.answered = { key: last.key }
    }
    if (answer.more !== undefined) void this.#follow(last.key, answer.more)
    return last.key
  }

  /** Each fuller answer takes the place of the one before, for as long as that stands there. */
  async #follow(key: string, more: NonNullable<Answer['more']>): Promise<void> {
    const answer = await more()
    if (!this.#replace(key, answer)) return
    // It may be longer than the screen now, and whoever waits for it reads it from its beginning.
    if (this.pinned) this.answered = { key }
    if (answer.more !== undefined) await this.#follow(key, answer.more)
  }

  #replace(key: string, answer: Answer): boolean {
    if (!this.#shown.some((item) => item.key === key)) return false
    this.#shown.change((items) =>
      items.map((item) =>
        item.key === key && item.kind === 'notice' ? { ...item, answer } : item,
      ),
    )
    return true
  }

  get #watched(): boolean {
    return this.#visible && this.pinned && document.visibilityState === 'visible'
  }

  #heed(change: RoomChange): void {
    switch (change.kind) {
      case 'entries':
        this.#receive(change.entries, change.late)
        break
      case 'delivery':
        this.deliveries.set(change.id, change.delivery)
        break
      case 'redated':
        this.#redate(change.old, change.entry)
        break
      case 'passing':
        this.#pass(change.author, change.name, change.type === 'join')
        break
      case 'trimmed': {
        const { floor } = change
        this.#shown.change((items) =>
          items.filter((item) => {
            const oldest = oldestIn(item)
            return oldest === undefined || comparePositions(oldest, floor) >= 0
          }),
        )
        if (this.#shown.youngest === undefined) this.#shown.toEnd()
        this.arrivals.trim(floor)
        this.complete = true
        this.cleared = true
        this.fetching.beyond = 'forgotten'
        break
      }
      case 'syncing':
        this.fetching.heed(change.on)
        if (!change.on) this.arrivals.caughtUp()
        break
      case 'damaged':
        this.#tellDamaged(change.count)
        break
      case 'not-kept':
        this.#tell(this.#words().failure(change.failure))
        break
    }
  }

  /** A burst that a full disk refuses is told once. */
  #tell(text: string): void {
    const { last } = this.#shown
    if (last?.kind !== 'notice' || last.answer.text !== text) this.note({ tone: 'bad', text })
  }

  /** One sentence, however many turn up. */
  #tellDamaged(count: number): void {
    const answer: Answer = { tone: 'plain', text: this.#words().damaged(count) }
    const key = this.#damageKey
    if (key === undefined || !this.#replace(key, answer)) this.#damageKey = this.note(answer)
  }

  /** Whom I block is gone at once; where the words of others stood among the rest, only the disk knows. */
  #heedRegard(blocked: ReadonlySet<PeerId>): void {
    const before = this.#blocked
    this.#blocked = blocked
    if ([...blocked].some((id) => !before.has(id))) this.#hide()
    if ([...before].some((id) => !blocked.has(id))) void this.#readAgain()
    this.#meet()
  }

  #hide(): void {
    this.#shown.change((items) =>
      items.filter((item) => {
        const author = item.kind === 'said' ? item.entry.author : undefined
        return !this.#isBlocked(item.kind === 'passing' ? item.author : author)
      }),
    )
    this.arrivals.forget(this.#blocked)
    if (this.#shown.window.length < ENOUGH) void this.older()
  }

  #isBlocked(author: PeerId | undefined): boolean {
    return author !== undefined && this.#blocked.has(author)
  }

  async #readAgain(): Promise<void> {
    await this.#loadNext(async () => {
      const { page, drawn } = await this.#pages(undefined, PAGE)
      this.complete = page.length < PAGE
      this.#shown.restart(drawn)
      this.pinned = true
    })
  }

  /** Pages from before a position, or from the end, until there is something to see; the last one that was read. */
  async #pages(
    before: Position | undefined,
    limit: number,
  ): Promise<{ readonly page: readonly Entry[]; readonly drawn: readonly Said[] }> {
    let drawn: readonly Said[] = []
    for (let from = before; ;) {
      const options = { limit, ...(from === undefined ? {} : { before: from }) }
      const page = (await this.#room?.page(options)) ?? []
      drawn = [...(await this.#drawn(page)), ...drawn]
      from = page[0]?.position
      if (drawn.length < limit && page.length === limit) continue
      // Somebody may have been blocked meanwhile.
      return { page, drawn: drawn.filter(({ entry }) => !this.#isBlocked(entry.author)) }
    }
  }

  #receive(all: readonly Entry[], late: ReadonlySet<EntryId>): void {
    const entries = all.filter(({ author }) => !this.#isBlocked(author))
    const { oldest, newest } = this.#shown
    const shown = stretch(oldest, newest)
    const now = this.#chat?.time.now() ?? 0
    const added: Item[] = []
    const whole = this.complete
    const above = this.#above(entries, oldest)
    for (const entry of entries) {
      const age = now - entry.clock / 1_000
      this.arrivals.note(entry, age, late.has(entry.id), shown, whole)
      if (above.has(entry.id) || this.#shown.has(entry.id)) continue
      const item = said(entry, this.arrivals.isLate(entry.id))
      if (entry.author === this.#chat?.id) this.#putMine(item)
      else {
        added.push(item)
        const namesMe = mentions(entry.content, this.#chat?.name ?? '')
        this.arrivals.add(item, age, newest, this.#watched, namesMe)
      }
    }
    if (added.length > 0) this.#shown.put(added)
    if (this.pinned && this.#shown.lighten()) this.complete = false
  }

  /**
   * What belongs to pages that are not on the screen: it is read from the disk with them. A long
   * history comes in with the newest first, and is drawn only as far as the page stays light.
   */
  #above(entries: readonly Entry[], oldest: Said | undefined): ReadonlySet<EntryId> {
    const all = entries.filter(({ clock }) => oldest === undefined || clock < oldest.entry.clock)
    const joins = oldest === undefined || this.complete
    const places = joins ? Math.max(0, KEEP_MAX - this.#shown.window.length) : 0
    if (all.length <= places) return new Set()
    this.complete = false
    return new Set(all.slice(0, all.length - places).map(({ id }) => id))
  }

  /** What was pending is stored now: the same thing on the screen, in its place. */
  #putMine(item: Said): void {
    const pending = this.#pendingOf(item.entry)
    if (pending === undefined) {
      this.#shown.put([item])
      if (this.#room !== undefined) void this.deliveries.learn(this.#room, item.entry.id)
    } else {
      this.drop(pending.key)
      this.#shown.put([{ ...item, key: pending.key }])
    }
  }

  /** Mine, once more, dated by the right clock: the same thing on the screen, which goes to its place. */
  #redate(old: EntryId, entry: Entry): void {
    const before = this.#shown.find(
      (item): item is Item => item.kind === 'said' && item.entry.id === old,
    )
    if (before === undefined) this.#shown.put([said(entry, false)])
    else {
      this.drop(before.key)
      this.#shown.put([{ ...said(entry, false), key: before.key }])
    }
    this.#settle()
  }

  /** What is no message was dated by this device alone: nothing of it may stand below what is said now. */
  #settle(): void {
    const now = Math.floor((this.#chat?.time.now() ?? this.#clock.now()) * 1_000)
    const isAhead = (item: Item): boolean => item.kind !== 'said' && item.clock > now
    const ahead: Item[] = []
    this.#shown.change((items) => {
      ahead.push(...items.filter(isAhead))
      return items.filter((item) => !isAhead(item))
    })
    if (ahead.length > 0) this.#shown.put(ahead.map((item, i) => ({ ...item, clock: now + i })))
  }

  #pendingOf(entry: Entry): Pending | undefined {
    return this.#shown.find(
      (item): item is Pending =>
        item.kind === 'pending' && item.failure === undefined && item.content === entry.content,
    )
  }

  #load(work: () => Promise<void>): Promise<boolean> {
    this.#loading ??= this.#told(work).finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  /** After what is being read, and not instead of it. */
  async #loadNext(work: () => Promise<void>): Promise<boolean> {
    while (this.#loading !== undefined) await this.#loading
    return this.#load(work)
  }

  async #told(work: () => Promise<void>): Promise<boolean> {
    try {
      await work()
      return true
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      this.#tell(this.#words().unread(error.failure))
      return false
    }
  }

  /** What comes now is read from the disk, page by page, like all that is older. */
  async #ask(room: Room): Promise<void> {
    const now = { clock: Math.floor(this.#clock.now() * 1_000), id: '' as EntryId }
    this.complete = false
    this.complete = !(await this.fetching.ask(room, this.#shown.oldest?.entry.position ?? now))
  }

  /** @param most so much is drawn at most */
  async #older(limit = STEP, most = SCROLLED_MAX): Promise<void> {
    const room = this.#room
    if (room === undefined || this.complete) return
    const { oldest } = this.#shown
    const { page, drawn } = await this.#pages(oldest?.entry.position, limit)
    if (page.length < limit) this.complete = true
    this.#shown.before(
      drawn.filter(({ entry }) => !this.#shown.has(entry.id)),
      most,
    )
  }

  async #onward(): Promise<void> {
    const room = this.#room
    let after = this.#shown.youngest?.entry.position
    while (room !== undefined && after !== undefined && !this.#shown.ends) {
      const page = await room.onward({ after, limit: STEP })
      const drawn = await this.#drawn(page)
      after = page.at(-1)?.position
      const isLast = page.length < STEP
      // A page of somebody whom I block is passed over.
      if (drawn.length === 0 && !isLast) continue
      if (this.#shown.after(drawn, isLast)) this.complete = false
      return
    }
  }

  async #goTo(id: EntryId): Promise<void> {
    const room = this.#room
    if (room === undefined) return
    const [entry] = this.#shown.has(id) ? [] : await room.get([id])
    if (entry === undefined) {
      // At the end of the log, perhaps, and the reader further up.
      if (this.#shown.has(id) && !this.#isDrawn(id)) this.toEnd()
      return
    }
    if (this.#isBlocked(entry.author)) return
    const before = await room.page({ before: entry.position, limit: PAGE })
    const drawn = await this.#drawn([...before, entry])
    this.pinned = false
    this.complete = before.length < PAGE
    this.#shown.around(drawn)
    await this.#onward()
  }

  #isDrawn(id: EntryId): boolean {
    return this.#shown.window.some((item) => item.kind === 'said' && item.entry.id === id)
  }

  async #drawn(page: readonly Entry[]): Promise<readonly Said[]> {
    const mine = page.filter((entry) => entry.author === this.#chat?.id).map((entry) => entry.id)
    if (this.#room !== undefined) await this.deliveries.read(this.#room, mine)
    return page
      .filter(({ author }) => !this.#isBlocked(author))
      .map((entry) => said(entry, this.arrivals.isLate(entry.id)))
  }

  #notePerson(kind: 'came' | 'went' | 'updated', person: Person): void {
    this.#meet()
    if (kind === 'came') this.fetching.hope()
    if (kind !== 'went') this.#rename(person)
    if (kind === 'updated') return
    const news = kind === 'went' || (!person.silent && person.since >= this.#born - NEWS_SLACK_MS)
    if (news) this.#pass(person.id, person.name, kind === 'came')
    else this.#here.set(person.id, person.name)
  }

  /** `join` and `here` tell the same: it is said once. */
  #pass(author: PeerId, name: string, came: boolean): void {
    if (this.#here.has(author) === came || author === this.#chat?.id) return
    if (came) this.#here.set(author, name)
    else this.#here.delete(author)
    if (this.#isBlocked(author)) return
    const how = came ? 'came' : 'went'
    this.#shown.put([{ kind: 'passing', ...this.#last(), author, name, how }])
  }

  /** By the key: whoever else takes the name is nobody's new one. */
  #rename({ id: author, name, silent }: Person): void {
    const was = this.#here.get(author)
    if (was === undefined || was === name) return
    this.#here.set(author, name)
    // A first name is no other one, and of who says no `here` it may be one of long ago.
    if (silent || was === shortPeerId(author) || this.#isBlocked(author)) return
    this.#shown.put([{ kind: 'passing', ...this.#last(), author, was, name, how: 'renamed' }])
  }

  #meet(): void {
    const chat = this.#chat
    if (chat === undefined || this.#room === undefined) return
    const others = this.#room.presence.people.filter(({ id }) => !this.#isBlocked(id))
    this.#present = [{ id: chat.id, name: chat.name }, ...others]
  }

  /** Where the next thing goes: now, and below all that stands, whatever clocks others have. */
  #last(): { readonly key: string; readonly clock: number } {
    const now = Math.floor((this.#chat?.time.now() ?? this.#clock.now()) * 1_000)
    return {
      key: `own ${this.#keys++}`,
      clock: Math.max(now, (this.#shown.last?.clock ?? 0) + 1),
    }
  }
}

/** What is said in it, or repeated by an answer. */
function oldestIn(item: Item): Position | undefined {
  if (item.kind === 'said') return item.entry.position
  return item.kind === 'notice' ? item.answer.repeats : undefined
}
