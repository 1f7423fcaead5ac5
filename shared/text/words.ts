import type { Look, LookWord } from '../look.ts'
import type { Link } from '../network.ts'
import type { Notify } from '../notify.ts'
import type { NetworkWords } from './network-words.ts'
import type { PeopleWords } from './people-words.ts'
import type { ScreenWords } from './screen-words.ts'

/** Every word that commands answer with, so that page and terminal speak alike in any language. */
export interface Words extends ScreenWords, NetworkWords, PeopleWords {
  /** One sentence for each command, by its name. */
  readonly summaries: Readonly<Record<CommandName, string>>
  readonly groups: Readonly<
    Record<'talk' | 'people' | 'rooms' | 'data' | 'network' | 'app', string>
  >
  /** What each word after `/theme` does. */
  readonly lookWords: Readonly<Record<LookWord, string>>
  ago(ms: number): string
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
  /** So many messages of a room hold what was searched for, and so many of them are shown. */
  found(room: string, total: number, shown: number, query: string): string
  /** So many of the newest `read` messages hold it, and older ones are still searched. */
  foundSoFar(room: string, total: number, query: string, read: number): string
  /** As `foundSoFar`, and older ones are searched no more. */
  foundUntil(room: string, total: number, query: string, read: number): string
  noSearch(room: string): string
  /** ms since 1970 */
  nothingSince(room: string, at: number): string
  /** Its room is not the one on the screen any more. */
  entryElsewhere(room: string): string
  numberOrDate(): string
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
  notifiesAloud(on: boolean): string
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
  heldInLeft(count: number): string
  heldBytes(used: number, quota: number | undefined): string
  keeps(keeps: 'safe' | 'at-will' | 'passing'): string
  wipe(command: string): string
  wiped(): string
  dialled(peer: string): string
  /** The link stood before; the address was not tried. */
  dialledBefore(peer: string): string
  offline(): string
  /** @param lines what they are, by peer */
  connections(count: number, lines: readonly string[]): string
  identity(id: string): string
  /** Whether others can dial this device; `relays`: through these, told by the ends of their keys. */
  dialable(addresses: number, relays: readonly string[]): string
  /** What stands below it: where the other ends of so many connections are. */
  linkAddresses(count: number): string
  /** What stands below it: where this device can be dialled. */
  ownAddresses(count: number): string
  reservation(held: boolean): string
  verbose(on: boolean): string
  version(version: string): string
  /** Each key, and what it does; then what else helps. */
  keys(): readonly string[]
  look(look: Look): string
  /** How to change it: by which words. */
  looks(words: readonly string[]): string
  noSuchLook(value: string, words: readonly string[]): string
  /** It is as large, or as small, as it gets. */
  textAtEnd(percent: number): string
  /** Where there is no page, there is nothing to dress. */
  noLook(): string
  /** @param all codes with names */
  language(name: string, all: readonly string[]): string
  /** The first answer in another language. */
  spoken(): string
  noSuchLanguage(value: string, all: readonly string[]): string
  /** Its words could not be fetched. */
  notSpoken(name: string): string
  goodbye(): string
  missing(signature: string, argument: string): string
}

export type CommandName =
  | 'help'
  | 'peers'
  | 'history'
  | 'search'
  | 'goto'
  | 'nick'
  | 'me'
  | 'shrug'
  | 'topic'
  | 'away'
  | 'back'
  | 'join'
  | 'leave'
  | 'rooms'
  | 'invite'
  | 'notify'
  | 'who'
  | 'whois'
  | 'block'
  | 'unblock'
  | 'mute'
  | 'unmute'
  | 'export'
  | 'clear'
  | 'storage'
  | 'wipe'
  | 'dial'
  | 'map'
  | 'conn'
  | 'ping'
  | 'mesh'
  | 'relay'
  | 'routing'
  | 'dht'
  | 'doctor'
  | 'verbose'
  | 'keys'
  | 'theme'
  | 'lang'
  | 'version'
  | 'quit'
