import type { Stop } from '../../shared/changes.ts'
import type { Chat } from '../../shared/chat.ts'
import type { NoticeState } from '../../shared/commands/command.ts'
import type { Entry } from '../../shared/entry.ts'
import { mentions } from '../../shared/mentions.ts'
import { shortPeerId, shownName } from '../../shared/names.ts'
import type { Room } from '../../shared/room.ts'
import type { Clock } from '../../shared/runtime.ts'
import type { Text } from '../text/en.ts'
import { LIVE_MS, SPOKEN } from './heard.ts'

/** What is told of a room while nobody looks. */
export interface Notice {
  readonly room: string
  readonly title: string
  readonly body: string
  readonly silent: boolean
}

/** The device's own way to call somebody who is not looking. */
export interface Notices {
  readonly state: NoticeState
  ask(): Promise<NoticeState>
  show(notice: Notice): void
  /** Takes back all that are shown. */
  clear(): void
  /** How much is unread, on the app's icon. */
  count(unread: number): void
}

export interface AttentionOptions {
  readonly clock: Clock
  /** In the language on the screen by then. */
  readonly text: () => Text
  readonly notices: Notices
  readonly isVisible: () => boolean
  /** Something of my own is kept here now. */
  readonly onsaid: () => void
}

/** Whoever floods a room must not flood the screen of somebody who is not even looking. */
const EVERY_MS = 1_000
const BODY_MAX_CHARACTERS = 160

/** Missed in one room since the page was hidden. */
interface Missed {
  count: number
  last: Entry
  /** One was shown just now: the next one waits. */
  resting: boolean
}

/** What calls the reader while they do not look at the page. */
export class Attention {
  /** Why the reader may be asked now to allow notifications: a mention was missed, or they want them. */
  offer = $state<'missed' | 'wanted'>()
  /** They were asked, and the browser shows none. */
  refused = $state<'blocked' | 'never'>()
  readonly #options: AttentionOptions
  readonly #missed = new Map<string, Missed>()
  /** A mention was missed since the page was opened: only then is there a reason to ask. */
  #called = false
  #declined = false
  #stops: Stop[] = []

  constructor(options: AttentionOptions) {
    this.#options = options
  }

  attach(chat: Chat): void {
    for (const room of chat.rooms) this.#listen(chat, room)
    this.#stops.push(
      chat.changes.subscribe((change) => {
        if (change.kind === 'opened') this.#listen(chat, change.room)
        if (change.kind === 'left') this.#missed.delete(change.room.name)
      }),
    )
  }

  detach(): void {
    for (const stop of this.#stops.splice(0)) stop()
    this.#missed.clear()
    this.offer = undefined
    this.refused = undefined
  }

  /** The reader may be looking now: what was told is seen. */
  look(): void {
    if (!this.#options.isVisible()) return
    this.#missed.clear()
    this.#options.notices.clear()
  }

  /** So much is unread in all rooms. */
  count(unread: number): void {
    this.#options.notices.count(unread)
  }

  /** Nothing of what was said stays on the screen of this device. */
  forget(): void {
    this.#options.notices.clear()
    this.count(0)
  }

  /** `/notify`: whoever wants notifications may allow them now, if they have missed a mention and said "not now". */
  want(): NoticeState {
    const { state } = this.#options.notices
    if (state === 'unasked' && this.#called) this.offer = 'wanted'
    return state
  }

  /** Asks the browser, which asks the reader; within a click. */
  async allow(): Promise<void> {
    this.offer = undefined
    const state = await this.#options.notices.ask()
    this.refused = state === 'blocked' || state === 'never' ? state : undefined
    this.#declined = true
  }

  /** Not now; not again while this page is open. */
  decline(): void {
    this.offer = undefined
    this.#declined = true
  }

  #listen(chat: Chat, room: Room): void {
    const since = chat.time.now()
    this.#stops.push(
      room.changes.subscribe((change) => {
        if (change.kind !== 'entries') return
        const isMine = ({ author }: Entry): boolean => author === chat.id
        if (change.entries.some(isMine)) this.#options.onsaid()
        if (this.#options.isVisible()) return
        const oldest = Math.max(since, chat.time.now() - LIVE_MS) * 1_000
        for (const entry of change.entries)
          if (!isMine(entry) && entry.clock >= oldest && SPOKEN.has(entry.kind))
            this.#heed(chat, room, entry)
      }),
    )
  }

  #heed(chat: Chat, room: Room, entry: Entry): void {
    const level = chat.notifyOf(room.name)
    if (level === 'none' || chat.company.regard.isQuiet(room.name, entry.author)) return
    const isCalled = mentions(entry.content, chat.name)
    if (isCalled) this.#miss()
    if (level === 'mentions' && !isCalled) return
    const missed = this.#missed.get(room.name) ?? { count: 0, last: entry, resting: false }
    this.#missed.set(room.name, missed)
    missed.count++
    missed.last = entry
    if (!missed.resting) this.#tell(chat, room.name, missed)
  }

  #miss(): void {
    this.#called = true
    if (!this.#declined && this.#options.notices.state === 'unasked') this.offer = 'missed'
  }

  /** Now, and again after a while if more came. */
  #tell(chat: Chat, room: string, missed: Missed): void {
    const { clock, notices } = this.#options
    const text = this.#options.text()
    const { count, last } = missed
    const name = shownName(last.username, shortPeerId(last.author))
    const said = last.content.slice(0, BODY_MAX_CHARACTERS)
    const body = last.kind === 'action' ? text.action(name, said) : text.notice.said(name, said)
    const silent = !chat.notifiesAloud
    notices.show({ room, title: text.notice.title(room, count), body, silent })
    missed.resting = true
    clock.after(EVERY_MS, () => {
      missed.resting = false
      if (this.#missed.get(room) === missed && missed.count > count) this.#tell(chat, room, missed)
    })
  }
}
