import type { Stop } from '../../shared/changes.ts'
import type { Chat, ChatChange } from '../../shared/chat.ts'
import type { Answer, Context, Screen, Sought, Speech } from '../../shared/commands/command.ts'
import { complete } from '../../shared/commands/complete.ts'
import { commands } from '../../shared/commands/registry.ts'
import { submit } from '../../shared/commands/submit.ts'
import { verbosely } from '../../shared/commands/verbosely.ts'
import type { Entry } from '../../shared/entry.ts'
import { StorageError } from '../../shared/history.ts'
import { type EntryId, comparePositions } from '../../shared/ids.ts'
import { DEFAULT_ROOM } from '../../shared/limits.ts'
import type { Room, RoomChange } from '../../shared/room.ts'
import { leadsOnlyHere } from '../../shared/route.ts'
import type { Language } from '../../shared/text/languages.ts'
import type { Words } from '../../shared/text/words.ts'
import { type Coming, Comings } from './comings.ts'
import { type Reader, answerLines, messageLines, timeOf } from './lines.ts'
import type { Paint } from './paint.ts'
import { terminalWords } from './words.ts'

/** What is below the lines: where one writes. */
export interface Tty {
  print(lines: readonly string[]): void
  /** Stands before what is being written. */
  prompt(text: string): void
}

export interface TerminalOptions {
  readonly chat: Chat
  readonly tty: Tty
  readonly paint: Paint
  /** In every language that there is. */
  readonly words: Readonly<Record<Language, Words>>
  readonly language: Language
  readonly version: string
  readonly screen: Pick<Screen, 'quit' | 'save' | 'storage' | 'wipe' | 'device'>
  /** A QR code of an address, where it can be seen. */
  readonly qrCode?: (address: string) => readonly string[]
  /** IANA; absent: the machine's own. */
  readonly timeZone?: string
}

/** As the Go system shows them to whoever comes. */
const FIRST_SHOWN = 10
/** A burst of more than that is told of, and its end shown. */
const BURST_MAX = 20
/** What comes together is shown in its order. */
const GATHER_MS = 150
const GATHER_MAX_MS = 3_000
/** Many things change the prompt at once. */
const PROMPT_MS = 200

/** The chat in lines: what is said and answered, one below the other. */
export class Terminal {
  readonly #options: TerminalOptions
  readonly #stops: Stop[] = []
  readonly #life = new AbortController()
  readonly #comings: Comings
  #language: Language
  #room: Room | undefined
  #gathered: { readonly room: Room; readonly entry: Entry }[] = []
  #stopGathering: Stop | undefined
  #stopPrompting: Stop | undefined
  /** Commands run one after the other, in the order in which they were typed … */
  #working: Promise<void> = Promise.resolve()
  /** … but nobody waits for what takes long, and tells so. */
  readonly #fuller = new Set<Promise<void>>()

  constructor(options: TerminalOptions) {
    this.#options = options
    this.#language = options.language
    this.#comings = new Comings(options.chat.runtime.clock)
  }

  get words(): Words {
    return this.#options.words[this.#language]
  }

  /** Begins with a room that is open; those that open later are heard, too. */
  async start(room: Room): Promise<void> {
    const { chat } = this.#options
    this.#stops.push(
      chat.changes.subscribe((change) => {
        this.#heed(change)
      }),
    )
    for (const each of chat.rooms) this.#listen(each)
    await this.#show(room)
  }

  /** @param waits for what is still being found out, too: nobody is there to be kept from leaving */
  async stop(waits = false): Promise<void> {
    await this.#working
    if (waits) await Promise.all(this.#fuller)
    this.#life.abort()
    for (const stop of this.#stops.splice(0)) stop()
    this.#flush()
    this.#stopPrompting?.()
  }

  /** A line that was typed. */
  submit(line: string): Promise<void> {
    return (this.#working = this.#working.then(() => this.#submit(line)))
  }

  /** Whole lines that may be meant by what is typed so far. */
  complete(line: string): readonly string[] {
    const { chat } = this.#options
    if (this.#room === undefined) return []
    const { suggestions } = complete(line, { chat, room: this.#room })
    const start = line.toLowerCase()
    return suggestions
      .map(({ text }) => text)
      .filter((text) => text.toLowerCase().startsWith(start))
  }

  /** A sentence of the program's own. */
  tell(text: string, tone: Answer['tone'] = 'plain'): void {
    this.#print(answerLines({ tone, text }, this.#options.paint))
  }

  async #submit(line: string): Promise<void> {
    const text = line.trim()
    if (text === '' || this.#room === undefined) return
    const { chat, version } = this.#options
    const context: Context = {
      chat,
      room: this.#room,
      words: this.words,
      screen: this.#screen(),
      commands,
      version,
      signal: this.#life.signal,
    }
    try {
      const done = await submit(text, context)
      if (!done.ok) this.tell(this.words.failure(done.failure), 'bad')
      // What one has said oneself is waited for.
      else if (done.value.kind === 'said') this.#flush()
      else if (done.value.answer !== undefined) this.#answer(done.value.answer)
    } catch (error) {
      this.#fail(error)
    }
    this.#promptSoon()
  }

  #answer(answer: Answer): void {
    const { paint } = this.#options
    const { invite, more } = answer
    this.#flush()
    this.#print(answerLines(answer, paint))
    if (invite !== undefined) this.#invite(invite)
    if (more === undefined) return
    const fuller = this.#goOn(more).finally(() => this.#fuller.delete(fuller))
    this.#fuller.add(fuller)
  }

  #invite(address: string): void {
    const { qrCode, paint } = this.#options
    const { onlyHere } = terminalWords[this.#language]
    this.#print([
      ...(qrCode?.(address) ?? []),
      paint('strong', address),
      ...(leadsOnlyHere(address) ? [onlyHere] : []),
    ])
  }

  async #goOn(more: NonNullable<Answer['more']>): Promise<void> {
    try {
      const answer = await more()
      if (!this.#life.signal.aborted) this.#answer(answer)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** A disk that fails is told, and so is a mistake, which holds up no other line; whoever has left is told nothing. */
  #fail(error: unknown): void {
    if (this.#life.signal.aborted) return
    const { mistake } = terminalWords[this.#language]
    const isDisk = error instanceof StorageError
    this.tell(
      isDisk
        ? this.words.failure(error.failure)
        : mistake(error instanceof Error ? error.message : String(error)),
      'bad',
    )
  }

  #screen(): Screen {
    const { chat } = this.#options
    return {
      ...this.#options.screen,
      showRoom: (name) => {
        void chat.open(name).then((opened) => {
          if (opened.ok && opened.value !== this.#room) return this.#show(opened.value)
          return undefined
        })
      },
      // `/history` has them in its answer.
      showOlder: () => undefined,
      whenOf: (at) => timeOf(at, this.#reader()),
      showEntry: (room, id) => this.#showEntry(room, id),
      speech: this.#speech(),
    }
  }

  #speech(): Speech {
    const { words } = this.#options
    return {
      language: this.#language,
      speak: (language) => {
        this.#language = language
        return Promise.resolve(words[language])
      },
    }
  }

  async #showEntry(name: string, id: EntryId): Promise<Sought> {
    const { chat } = this.#options
    if (this.#room?.name !== name) return 'elsewhere'
    const [entry] = await this.#room.get([id])
    if (entry === undefined || chat.company.regard.isBlocked(entry.author)) return 'gone'
    this.#print(messageLines(entry, this.#reader()))
    return 'shown'
  }

  async #show(room: Room): Promise<void> {
    this.#flush()
    this.#room = room
    const { chat, paint } = this.#options
    const says = terminalWords[this.#language]
    const topic = chat.company.topic(room.name)
    const last = await room.page({ limit: FIRST_SHOWN }).catch((error: unknown) => {
      this.#fail(error)
      return []
    })
    this.#print([
      '',
      paint('strong', says.room(room.name)),
      ...(topic === undefined ? [] : [paint('soft', says.topic(topic.text))]),
      ...this.#messages(room, last),
    ])
    this.#prompt()
  }

  #heed(change: ChatChange): void {
    switch (change.kind) {
      case 'opened':
        this.#listen(change.room)
        break
      case 'left':
        if (change.room === this.#room) void this.#goHome()
        break
      case 'link':
      case 'path':
        if (this.#options.chat.verbose) this.#tellVerbosely(change)
        break
      case 'trace':
        this.#tellVerbosely(change)
        break
      case 'network':
      case 'renamed':
      case 'company':
      case 'verbose':
        break
    }
    this.#promptSoon()
  }

  async #goHome(): Promise<void> {
    const opened = await this.#options.chat.open(DEFAULT_ROOM)
    if (opened.ok && !this.#life.signal.aborted) await this.#show(opened.value)
  }

  #tellVerbosely(change: Extract<ChatChange, { kind: 'link' | 'path' | 'trace' }>): void {
    const { paint, chat } = this.#options
    this.#print(
      answerLines(
        { tone: 'plain', text: verbosely(change, chat, this.words) },
        (_, text) => text,
      ).map((line) => paint('soft', line)),
    )
  }

  #listen(room: Room): void {
    this.#stops.push(
      room.changes.subscribe((change) => {
        this.#hear(room, change)
      }),
      room.presence.changes.subscribe((change) => {
        const coming = this.#comings.heard(room, change)
        if (coming !== undefined) this.#tellComing(coming, this.#options.chat.time.now())
      }),
    )
  }

  #hear(room: Room, change: RoomChange): void {
    switch (change.kind) {
      case 'entries':
        this.#gather(room, change.entries)
        break
      case 'passing':
        this.#pass(
          { room, came: change.type === 'join', id: change.author, name: change.name },
          change.at,
        )
        break
      case 'not-kept':
        this.tell(terminalWords[this.#language].notKept(this.words.failure(change.failure)), 'bad')
        break
      case 'damaged':
        this.tell(this.words.damaged(change.count), 'bad')
        break
      case 'delivery':
      case 'redated':
      case 'trimmed':
      case 'syncing':
        break
    }
  }

  #pass(coming: Coming, at: number): void {
    if (this.#comings.isNews(coming)) this.#tellComing(coming, at)
  }

  #tellComing({ room, came, id, name }: Coming, at: number): void {
    const { chat, paint } = this.#options
    if (room !== this.#room || id === chat.id || chat.company.regard.isBlocked(id)) return
    // What was said before it stands above it.
    this.#flush()
    const says = terminalWords[this.#language]
    const time = timeOf(at, this.#reader())
    this.#print([paint('soft', came ? says.joined(name, time) : says.left(name, time))])
  }

  #gather(room: Room, entries: readonly Entry[]): void {
    this.#gathered.push(...entries.map((entry) => ({ room, entry })))
    this.#flushSoon(0)
  }

  /** History that is on its way is shown once it is there: what comes last may stand first. */
  #flushSoon(waitedMs: number): void {
    const { clock } = this.#options.chat.runtime
    this.#stopGathering ??= clock.after(GATHER_MS, () => {
      this.#stopGathering = undefined
      const comes = this.#gathered.some(({ room }) => room.syncing)
      if (comes && waitedMs < GATHER_MAX_MS) this.#flushSoon(waitedMs + GATHER_MS)
      else this.#flush()
    })
  }

  #flush(): void {
    this.#stopGathering?.()
    this.#stopGathering = undefined
    const gathered = this.#gathered.splice(0)
    for (const [room, all] of Map.groupBy(gathered, (each) => each.room)) {
      const entries = all
        .map(({ entry }) => entry)
        .sort((a, b) => comparePositions(a.position, b.position))
      const shown = entries.length > BURST_MAX ? entries.slice(-FIRST_SHOWN) : entries
      const lines = this.#messages(room, shown)
      if (shown.length < entries.length) {
        const { cameLater } = terminalWords[this.#language]
        this.tell(cameLater(entries.length, shown.length))
      }
      this.#print(lines)
    }
  }

  #messages(room: Room, entries: readonly Entry[]): readonly string[] {
    const { regard } = this.#options.chat.company
    const elsewhere = room === this.#room ? undefined : room.name
    return entries
      .filter(({ author }) => !regard.isBlocked(author))
      .flatMap((entry) => messageLines(entry, this.#reader(), elsewhere))
  }

  #reader(): Reader {
    const { chat, paint, timeZone } = this.#options
    const { id, name, time } = chat
    return { id, name, paint, now: time.now(), ...(timeZone === undefined ? {} : { timeZone }) }
  }

  #print(lines: readonly string[]): void {
    if (lines.length > 0) this.#options.tty.print(lines)
  }

  #promptSoon(): void {
    const { clock } = this.#options.chat.runtime
    this.#stopPrompting ??= clock.after(PROMPT_MS, () => {
      this.#stopPrompting = undefined
      this.#prompt()
    })
  }

  /** Which room, and how it stands with others: what a page says in its pill. */
  #prompt(): void {
    if (this.#room === undefined || this.#life.signal.aborted) return
    const { chat, paint, tty } = this.#options
    const state = this.words.connection(chat.connection(this.#room))
    tty.prompt(`${paint('soft', `#${this.#room.name} · ${state}`)} > `)
  }
}
