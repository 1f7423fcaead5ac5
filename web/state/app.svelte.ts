import { SvelteMap } from 'svelte/reactivity'
import type { Bytes } from '../../shared/bytes.ts'
import type { Stop } from '../../shared/changes.ts'
import type { Chat, ChatChange } from '../../shared/chat.ts'
import type {
  Device,
  Found,
  Holding,
  Screen,
  Speech,
  Wardrobe,
} from '../../shared/commands/command.ts'
import { DEFAULT_ROOM } from '../../shared/limits.ts'
import { mentions } from '../../shared/mentions.ts'
import { type ArchiveRefusal, refusalsOf } from '../../shared/relay-word.ts'
import type { Clock } from '../../shared/runtime.ts'
import { localeOf } from '../../shared/text/languages.ts'
import type { Text } from '../text/en.ts'
import type { Attention } from './attention.svelte.ts'
import type { ComposerOptions } from './composer.svelte.ts'
import { Drafts } from './drafts.svelte.ts'
import { Emojis, type UsedEmojis } from './emojis.svelte.ts'
import { type CommandSet, LateCommands } from './late-commands.svelte.ts'
import { Live } from './live.svelte.ts'
import { RoomScreen, Rooms } from './rooms.svelte.ts'
import { type Route, hashOf, linkTo, routeOf } from '../../shared/route.ts'
import { Times } from './times.ts'
import type { Verbose } from '../../shared/commands/verbosely.ts'

/** What the page as a whole is showing. */
export type Phase = 'chat' | 'elsewhere' | 'left' | 'wiping' | 'not-wiped'

/** What does not work here, and what to do: one sentence each. */
export type Trouble =
  | 'insecure'
  | 'too-old'
  | 'newer'
  | 'forgetful'
  | 'taken-away'
  | 'outdated'
  | 'no-relay'
  | 'no-node'
  | 'no-webrtc'
  | 'clock'

/** A trouble in the language on the screen by then. */
export type Sentence = (troubles: Text['troubles']) => string

export type Drawer = 'rooms' | 'people'

export interface AppOptions {
  readonly clock: Clock
  /** What the page begins with; `/lang` changes it. */
  readonly text: Text
  /** The reader's own languages and regions, BCP 47. */
  readonly locales: readonly string[]
  readonly version: string
  readonly guest: boolean
  /** Where the page is: its own address, without the hash. */
  readonly address: string
  readonly hash: string
  /** Writes a new hash into the address bar; `replaces`: nobody is to come back to the one before. */
  readonly navigate: (hash: string, replaces?: boolean) => void
  /** So many things lie over the talk now, whose uppermost `uncover` takes away. */
  readonly cover: (depth: number, uncover: () => void) => void
  /** What only the composition root can do. */
  readonly acts: Acts
}

export interface Acts {
  /** Looks for the network now. */
  readonly tryNow: () => void
  readonly quit: () => Promise<void>
  readonly comeBack: () => void
  readonly useHere: () => void
  readonly beGuest: () => void
  readonly save: (name: string, parts: readonly Bytes[]) => void
  readonly storage: () => Promise<Holding>
  readonly wipe: () => Promise<void>
  readonly device: Device
  readonly wardrobe: Wardrobe
  readonly speech: Speech
  readonly usedEmojis: UsedEmojis
  /** The page can be seen, in whatever window. */
  readonly isVisible: () => boolean
  /** Something of my own is kept on this device now. */
  readonly onsaid: () => void
  /** Goes on with the newer version of the program. */
  readonly changeOver: () => void
}

/** The page: which room is open, what is wrong, and who I am. */
export class App {
  readonly options: AppOptions
  readonly drafts: Drafts
  readonly rooms: Rooms
  readonly commands: LateCommands
  /** A newer version of the program is on this device. */
  newer = $state(false)
  /** False once the browser has refused to keep the program: it opens only while its origin answers. */
  installs = $state(true)
  readonly troubles = new SvelteMap<Trouble, Sentence>()
  /** Every word on the screen. */
  text: Text
  readonly times: Times = $derived.by(
    () => new Times(localeOf(this.text.words.locale, this.options.locales)),
  )
  phase = $state<Phase>('chat')
  drawer = $state<Drawer>()
  /** The map of the room stands in the place of the log. */
  mapped = $state(false)
  /** Where this page is to be had by https, if it came without: `https://…` */
  secureOrigin = $state<string>()
  #chat = $state.raw<Chat>()
  #live = $state.raw<Live>()
  #attention = $state.raw<Attention>()
  #route: Route = $state.raw({ kind: 'room', name: DEFAULT_ROOM })
  #mute = $state(false)
  /** What the reader has read of each trouble, and need not be told again. */
  readonly #dismissed = new Map<Trouble, string>()
  #stops: Stop[] = []

  constructor(options: AppOptions) {
    this.options = options
    this.text = $state.raw(options.text)
    const { version, clock } = options
    this.drafts = new Drafts(clock)
    this.commands = new LateCommands(() => this.text)
    const screen = this.#screen()
    const ask: ComposerOptions['ask'] = () => {
      const wasMapped = this.mapped
      return (said, asked) => {
        // After /quit there is nobody to tell, and the screen says it.
        if (this.phase !== 'chat') return
        // The map stands in the place of the log; one that was opened since is what the reader wants.
        if (wasMapped) this.mapped = false
        this.current?.timeline.note(said, asked)
      }
    }
    const isMute = (): boolean => this.#mute
    const shared = {
      isMute,
      drafts: this.drafts,
      emojis: new Emojis(options.acts.usedEmojis),
      words: () => this.text.words,
      commands: this.commands,
      screen,
      version,
      ask,
    }
    this.rooms = new Rooms((name) => new RoomScreen(clock, { ...shared, name }))
    this.go(options.hash)
  }

  get chat(): Chat | undefined {
    return this.#chat
  }
  get live(): Live | undefined {
    return this.#live
  }
  get attention(): Attention | undefined {
    return this.#attention
  }
  get route(): Route {
    return this.#route
  }
  /** No chat can be opened on this page. */
  get mute(): boolean {
    return this.#mute
  }
  get name(): string {
    return this.#live?.name ?? ''
  }

  /** See `Times.whenOf`; tomorrow it is another. */
  whenOf(at: number): string {
    this.#live?.heed()
    return this.times.whenOf(at, this.options.clock.now())
  }

  /** A text names me. */
  isCalled(content: string): boolean {
    return mentions(content, this.name)
  }

  /** Why a relay-node's archive keeps nothing new now, if one of those that are linked does not. */
  get refusal(): ArchiveRefusal | undefined {
    return refusalsOf(this.options.acts.device.relays)[0]
  }

  /** The room on the screen, unless the address is not one. */
  get current(): RoomScreen | undefined {
    return this.#route.kind === 'room' ? this.rooms.get(this.#route.name) : undefined
  }

  /** Goes to a message that a search has found, into another room, too; says so if it cannot be. */
  async goTo({ room, id }: Found): Promise<void> {
    const { words } = this.text
    const screen = this.rooms.get(room)
    if (screen?.room === undefined) {
      this.current?.timeline.note({ tone: 'bad', text: words.entryInLeft(room) })
      return
    }
    if (screen !== this.current) this.options.navigate(hashOf(room))
    if ((await screen.timeline.seek(id)) === 'gone')
      screen.timeline.note({ tone: 'bad', text: words.goneEntry() })
  }

  /** The address that brings others into a room. */
  linkTo(room: string): string {
    const { device } = this.options.acts
    this.#live?.heed()
    return device.invite(room, device.hints(room))
  }

  /** The room on the screen, by https. */
  get secureAddress(): string | undefined {
    const room = this.current?.name ?? DEFAULT_ROOM
    return this.secureOrigin === undefined ? undefined : linkTo(`${this.secureOrigin}/`, room)
  }

  /** The address has changed. */
  go(hash: string): void {
    const route = routeOf(hash)
    this.drawer = undefined
    this.#ensure(route)
    this.#route = route
    if (route.kind === 'room' && this.#chat !== undefined) void this.current?.attach(this.#chat)
  }

  /** There can be no chat on this page; it still opens, and says why. */
  beMute(trouble: Trouble, sentence: Sentence): void {
    this.#mute = true
    this.troubles.set(trouble, sentence)
  }

  /** Says what does not work, unless the reader has dismissed just that. */
  tell(trouble: Trouble, sentence: Sentence): void {
    if (this.#dismissed.get(trouble) !== sentence(this.text.troubles))
      this.troubles.set(trouble, sentence)
  }

  /** The reader has read it. */
  dismiss(trouble: Trouble): void {
    const sentence = this.troubles.get(trouble)
    if (sentence !== undefined) this.#dismissed.set(trouble, sentence(this.text.troubles))
    this.troubles.delete(trouble)
  }

  /** It works again. */
  settle(trouble: Trouble): void {
    this.troubles.delete(trouble)
    this.#dismissed.delete(trouble)
  }

  /** The core is up; rooms that were open come with it. */
  begin(chat: Chat, attention: Attention): void {
    this.#mute = false
    this.#chat = chat
    this.#attention = attention
    this.#live = new Live(chat)
    this.phase = 'chat'
    this.#stops = [
      chat.changes.subscribe((change) => {
        this.#heed(chat, change)
      }),
    ]
    for (const { name } of chat.rooms) this.rooms.ensure(name)
    for (const screen of this.rooms.all) void screen.attach(chat)
    attention.attach(chat)
  }

  /** The core has stopped: nothing of it stays on the screen. */
  end(phase: Phase): void {
    for (const stop of this.#stops.splice(0)) stop()
    if (phase === 'left') this.#attention?.count(0)
    this.#attention?.detach()
    this.#attention = undefined
    this.drafts.save()
    this.mapped = false
    this.phase = phase
    this.#chat = undefined
    this.#live = undefined
    this.troubles.clear()
    this.#dismissed.clear()
    this.rooms.clear()
    this.#ensure(this.#route)
  }

  /** A room can be written in before it is open. */
  #ensure(route: Route): void {
    this.rooms.ensure(DEFAULT_ROOM)
    if (route.kind === 'room') this.rooms.ensure(route.name)
  }

  #heed(chat: Chat, change: ChatChange): void {
    switch (change.kind) {
      case 'opened':
        void this.rooms.ensure(change.room.name).attach(chat)
        break
      case 'left':
        this.#close(change.room.name)
        break
      case 'link':
        if (change.came) this.settle('no-relay')
        if (chat.verbose) this.#tell(change, chat, this.current)
        break
      case 'path':
        if (chat.verbose) this.#tell(change, chat, this.current)
        break
      case 'trace':
        this.#tell(change, chat, this.rooms.get(change.room.name))
        break
      case 'renamed':
      case 'company':
      case 'network':
      case 'verbose':
        break
    }
  }

  /** Whoever is in a room as it is gone is led home, for good; by then they may be in another. */
  #close(room: string): void {
    if (this.#route.kind === 'room' && this.#route.name === room)
      this.options.navigate(hashOf(DEFAULT_ROOM), true)
    this.rooms.remove(room)
  }

  #tell(change: Verbose, chat: Chat, where: RoomScreen | undefined): void {
    const tell = ({ verbosely, words }: CommandSet): void => {
      where?.timeline.note({ tone: 'plain', text: verbosely(change, chat, words) })
    }
    // Without the words there is nothing to tell; the next change tries again.
    this.commands.want().then(tell, () => undefined)
  }

  #screen(): Screen {
    return {
      showRoom: (name) => {
        this.options.navigate(hashOf(name))
      },
      showOlder: (count) => {
        void this.current?.timeline.reach(count)
      },
      whenOf: (at) => this.whenOf(at),
      showEntry: async (room, id) => {
        const { current } = this
        return current?.name === room ? current.timeline.seek(id) : 'elsewhere'
      },
      showMap: () => {
        this.mapped = true
      },
      quit: () => this.options.acts.quit(),
      save: (name, parts) => {
        this.options.acts.save(name, parts)
        return Promise.resolve()
      },
      storage: () => this.options.acts.storage(),
      wipe: () => this.options.acts.wipe(),
      notices: () => this.#attention?.want() ?? 'never',
      device: this.options.acts.device,
      wardrobe: this.options.acts.wardrobe,
      speech: this.options.acts.speech,
    }
  }
}
