import type { Bytes } from '../bytes.ts'
import type { Chat } from '../chat.ts'
import type { DhtSnapshot } from '../diagnostics.ts'
import type { Measurements } from '../doctor.ts'
import type { KnownRelay } from '../relay-word.ts'
import type { Room } from '../room.ts'
import type { Words } from '../text/words.ts'

export type Group = 'talk' | 'people' | 'rooms' | 'data' | 'network' | 'app'

/** What completion offers for an argument. */
export type ArgumentKind = 'room' | 'who' | 'number' | 'text' | 'name' | 'address' | 'command'

export interface Argument {
  readonly name: string
  readonly kind: ArgumentKind
  readonly optional?: boolean
  /** Takes the rest of the line, blanks and all. */
  readonly rest?: boolean
  /** All that it can be, where those are few. */
  readonly choices?: readonly string[]
}

/** What a command says back; only the one who asked sees it. */
export interface Answer {
  readonly tone: 'plain' | 'good' | 'bad'
  /** May have several lines. */
  readonly text: string
}

/** What only the page or the terminal can do. */
export interface Screen {
  /** Shows a room, which `Chat.open` has opened or will. */
  showRoom(name: string): void
  /** Brings older history into view. */
  showOlder(count: number): void
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
}

/** What `/relay`, `/dht` and `/doctor` ask of the world; each answer is measured when it is asked for. */
export interface Device {
  readonly relays: readonly KnownRelay[]
  /** The address that opens a room by these relay-nodes, whatever becomes of the place it was loaded from. */
  invite(room: string, relays: readonly string[]): string
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
}

/** One command: the source of palette, help, completion, terminal and the README's table. */
export interface Command {
  /** Without the slash. */
  readonly name: string
  readonly aliases: readonly string[]
  readonly group: Group
  readonly arguments: readonly Argument[]
  readonly example: string
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
