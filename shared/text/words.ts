import type { Connection } from '../connection.ts'
import type { Failure } from '../failure.ts'
import type { Link, Path } from '../network.ts'
import type { Notify } from '../notify.ts'
import type { NetworkWords } from './network-words.ts'

/** Every word that commands answer with, so that page and terminal speak alike in any language. */
export interface Words extends NetworkWords {
  /** BCP 47, for `Intl`. */
  readonly locale: string
  /** One sentence for each command, by its name. */
  readonly summaries: Readonly<Record<CommandName, string>>
  readonly groups: Readonly<
    Record<'talk' | 'people' | 'rooms' | 'data' | 'network' | 'app', string>
  >
  failure(failure: Failure): string
  /** So many messages on this device did not verify any more. */
  damaged(count: number): string
  /** Older messages are on this device, and it does not give them. */
  unread(failure: Failure): string
  ago(ms: number): string
  connection(connection: Connection): string
  path(path: Path | 'none'): string
  linkCame(link: Link, name: string): string
  linkWent(link: Link, name: string): string
  joined(name: string): string
  left(name: string): string
  commandsTitle(): string
  aliases(names: string): string
  peers(lines: readonly string[]): string
  relayNode(): string
  direct(): string
  recent(lines: readonly string[]): string
  noHistory(): string
  noHistoryLeft(): string
  renamed(name: string): string
  yourName(name: string): string
  alone(room: string): string
  inRoom(room: string, lines: readonly string[]): string
  openRooms(lines: readonly string[]): string
  openRoom(name: string, people: number, open: boolean): string
  leftRoom(name: string): string
  notIn(name: string): string
  mainRoom(name: string): string
  /** Goes on "“x” cannot be …". */
  notifyLevel(levels: readonly string[]): string
  notify(room: string, level: Notify): string
  /** Why none will be shown, in one sentence. */
  notices(state: 'blocked' | 'unasked' | 'never'): string
  /** Goes on "“x” cannot be …". */
  numberUpTo(max: number): string
  daysUpTo(max: number): string
  exportScope(all: string): string
  exported(count: number, file: string): string
  /** A word that does nothing, and the line that does. */
  notThatWord(value: string, line: string): string
  /** @param unsent how many of them nobody else had */
  cleared(count: number, days: number, unsent: number): string
  /** What nobody else has stays, with what came after it; `command` forgets it as well. */
  clearedUpTo(count: number, unsent: number, command: string): string
  held(lines: readonly string[]): string
  heldRoom(name: string, count: number): string
  heldBytes(used: number, quota: number | undefined): string
  keeps(keeps: 'safe' | 'at-will' | 'passing'): string
  wipe(command: string): string
  wiped(): string
  dialled(peer: string): string
  offline(): string
  connections(lines: readonly string[]): string
  identity(id: string): string
  addresses(lines: readonly string[]): string
  reservation(held: boolean): string
  verbose(on: boolean): string
  version(version: string): string
  goodbye(): string
  missing(signature: string, argument: string): string
}

export type CommandName =
  | 'help'
  | 'peers'
  | 'history'
  | 'nick'
  | 'me'
  | 'join'
  | 'leave'
  | 'rooms'
  | 'notify'
  | 'who'
  | 'export'
  | 'clear'
  | 'storage'
  | 'wipe'
  | 'dial'
  | 'conn'
  | 'ping'
  | 'mesh'
  | 'relay'
  | 'routing'
  | 'dht'
  | 'doctor'
  | 'verbose'
  | 'version'
  | 'quit'
