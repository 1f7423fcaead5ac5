import type { Bytes } from '../bytes.ts'
import type { Chat } from '../chat.ts'
import type { DhtSnapshot } from '../diagnostics.ts'
import type { Measurements } from '../doctor.ts'
import type { Entry } from '../entry.ts'
import type { EntryId, Position } from '../ids.ts'
import type { Look } from '../look.ts'
import type { KnownRelay } from '../relay-word.ts'
import type { Room } from '../room.ts'
import type { Language } from '../text/languages.ts'
import type { Words } from '../text/words.ts'

export type Group = 'talk' | 'people' | 'rooms' | 'data' | 'network' | 'app'

/** What completion offers for an argument. */
export type ArgumentKind =
  | 'room'
  | 'who'
  /** Of those whom I block. */
  | 'blocked'
  /** Somebody, or `#` and a room. */
  | 'who-or-room'
  /** Of what I muted. */
  | 'muted'
  | 'number'
  /** People and rooms are completed in it as in what one says. */
  | 'text'
  | 'name'
  | 'address'
  | 'command'

export interface Argument {
  readonly name: string
  readonly kind: ArgumentKind
  readonly optional?: boolean
  /** Takes the rest of the line, blanks and all. */
  readonly rest?: boolean
  /** All that it can be, where that is known; completion offers them. */
  readonly choices?: readonly string[]
}

/** What a command says back; only the one who asked sees it. */
export interface Answer {
  readonly tone: 'plain' | 'good' | 'bad'
  /** May have several lines. */
  readonly text: string
  /** The same command for each that it may have been about, below the text: whoever reads it can run one. */
  readonly picks?: readonly Pick[]
  /** Messages that it names, in order, below the text: whoever reads it can go there. */
  readonly found?: readonly Found[]
  /** What is too long to be read first, such as addresses: folded away below the text. */
  readonly details?: readonly Detail[]
  /** An address that brings others into the room: shown with its QR code, to be shared from there. */
  readonly invite?: string
  /** The oldest message that it repeats: once that is forgotten, so is the answer. */
  readonly repeats?: Position
  /** A fuller answer, which takes the place of this one; what it takes is done only if it is asked for. */
  readonly more?: () => Promise<Answer>
}

/** What an answer says of the oldest message that it repeats, if it does any. */
export function repeating(oldest: Entry | undefined): { readonly repeats?: Position } {
  return oldest === undefined ? {} : { repeats: oldest.position }
}

export interface Pick {
  readonly label: string
  /** As it would be typed. */
  readonly text: string
}

export interface Detail {
  /** What the lines are. */
  readonly label: string
  readonly lines: readonly string[]
}

export interface Found {
  /** The room that it was said in, by name. */
  readonly room: string
  readonly id: EntryId
  /** One line. */
  readonly label: string
}

/** What only the page or the terminal can do. */
export interface Screen {
  /** Shows a room, which `Chat.open` has opened or will. */
  showRoom(name: string): void
  /** Brings older history into view. */
  showOlder(count: number): void
  /** Shows a message in its place, unless the reader has turned to another room. */
  showEntry(room: string, id: EntryId): Promise<Sought>
  /** How the screen writes a time, ms since 1970, beside what was said then; what stays on it must not age. */
  whenOf?(at: number): string
  /** Draws the room and how its people are linked; absent where nothing can be drawn. */
  showMap?(): void
  quit(): Promise<void>
  /** Hands a file over: a page downloads it, a terminal writes it. The parts are its bytes, in order. */
  save(name: string, parts: readonly Bytes[]): Promise<void>
  /** Asks the device to keep what is held for good, and says what it grants. */
  storage(): Promise<Holding>
  /** Deletes everything that this program keeps on this device; then nobody is here any more. */
  wipe(): Promise<void>
  /** Whether the device shows notifications; where nobody was asked yet, the reader may be, now. */
  notices?(): NoticeState
  /** What the device can find out about its network; absent where there is none. */
  readonly device?: Device
  /** How it looks; absent where there is nothing to dress. */
  readonly wardrobe?: Wardrobe
  readonly speech?: Speech
}

/** What came of looking for a message. */
export type Sought =
  | 'shown'
  /** Nothing of it is shown on this device: it is not here, or of somebody who is blocked. */
  | 'gone'
  /** The disk would not give it; the screen has said so. */
  | 'unread'
  /** Its room is not on the screen. */
  | 'elsewhere'

/** What `/theme` changes, at once and for the next time. */
export interface Wardrobe {
  readonly look: Look
  wear(look: Look): void
}

/** What `/lang` changes, at once and for the next time. */
export interface Speech {
  readonly language: Language
  /** The words from now on; nothing if they could not be fetched. */
  speak(language: Language): Promise<Words | undefined>
}

/** What `/relay`, `/invite`, `/dht` and `/doctor` ask of the world; each answer is measured when it is asked for. */
export interface Device {
  readonly relays: readonly KnownRelay[]
  /** The address that opens a room by these relay-nodes, whatever becomes of the place it was loaded from. */
  invite(room: string, relays: readonly string[]): string
  /** Relay-nodes beside the page's own by which others find a room just as well now: multiaddrs. */
  hints(room: string): readonly string[]
  /** Nothing while the DHT is not up. */
  lookUp(room: string, signal: AbortSignal): Promise<DhtSnapshot | undefined>
  examine(signal: AbortSignal): Promise<Measurements>
}

/** `unasked`: nobody has been asked yet; `never`: there are none here, whatever anybody allows. */
export type NoticeState = 'shown' | 'blocked' | 'unasked' | 'never'

/** What a device says of the place where things are kept; what it does not tell is absent. */
export interface Holding {
  /** `safe`: until it is deleted; `at-will`: the device may drop it; `passing`: gone with the tab. */
  readonly keeps: 'safe' | 'at-will' | 'passing'
  readonly usedBytes?: number
  readonly quotaBytes?: number
}

export interface Context {
  readonly chat: Chat
  readonly room: Room
  readonly words: Words
  readonly screen: Screen
  /** The registry, for `/help`. */
  readonly commands: readonly Command[]
  /** The program's own version. */
  readonly version: string
  readonly signal: AbortSignal
  /** How a text reads where it is drawn without the signs that it is written with; absent where it is not. */
  readonly plainText?: (text: string) => string
}

/** One command: the source of palette, help, completion, terminal and the README's table. */
export interface Command {
  /** Without the slash. */
  readonly name: string
  readonly aliases: readonly string[]
  readonly group: Group
  readonly arguments: readonly Argument[]
  readonly example: string
  /** Does nothing while this device has none. */
  readonly needs?: 'network'
  /** `args` are as many as `arguments` names, at most; missing optional ones are absent. */
  run(args: readonly string[], context: Context): Promise<Answer | undefined>
}

/** `/join <room>`, `/history [n]` */
export function signature(command: Command): string {
  const args = command.arguments.map((argument) =>
    argument.optional === true ? `[${argument.name}]` : `<${argument.name}>`,
  )
  return [`/${command.name}`, ...args].join(' ')
}

/** By name or alias, in any case. */
export function findCommand(commands: readonly Command[], name: string): Command | undefined {
  const wanted = name.toLowerCase()
  return commands.find((command) => command.name === wanted || command.aliases.includes(wanted))
}

/** What a text says when it is no command; `//` says a text that begins with a slash. */
export function contentOf(text: string): string | undefined {
  if (!text.startsWith('/')) return text
  return text.startsWith('//') ? text.slice(1) : undefined
}
