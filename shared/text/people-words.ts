import type { PeerId } from '../ids.ts'
import type { Link } from '../network.ts'

/** What is known of somebody. Times are of this device, unless said otherwise. */
export interface Whois {
  readonly id: PeerId
  readonly name: string
  readonly isMe: boolean
  /** Other names that this key went by. */
  readonly formerly: readonly string[]
  /** When they say that they came; absent unless they are in the room. */
  readonly cameAgo?: string
  /** When this device first heard of them, ms since 1970. */
  readonly knownSince?: number
  readonly seenAgo?: string
  /** The room in which they were seen last. */
  readonly seenIn?: string
  /** Why they say that they are away; may be empty. */
  readonly away?: string
  /** A peer of the Go system. */
  readonly silent: boolean
  /** The best of the links to them. */
  readonly link?: Link
  /** How many of one's own messages in this room they have said to keep; absent for those who never say. */
  readonly keeps?: number
  readonly blocked: boolean
  readonly muted: boolean
}

/** What the commands about people answer. */
export interface PeopleWords {
  nobodyCalled(typed: string): string
  /** What to pick from follows. */
  /** @param listed so many of all stand below it */
  severalCalled(typed: string, listed: number, all: number): string
  /** A line for each thing that is known. */
  whois(who: Whois): string
  notYourself(): string
  nowBlocked(who: string): string
  nowUnblocked(who: string): string
  notBlocked(who: string): string
  blockedPeople(all: readonly string[]): string
  mutedRoom(room: string, on: boolean): string
  mutedPerson(who: string, on: boolean): string
  /** @param relays how many relay-nodes it names beside the page's own */
  invite(room: string, relays: number): string
  nowAway(why: string): string
  nowBack(): string
  notAway(): string
  /** In a list of people. */
  isAway(why: string): string
  /** Goes on "“x” cannot be …". */
  reasonUpTo(max: number): string
  topicUpTo(max: number): string
  topicIs(topic: string, by: string, ago: string): string
  noTopic(room: string): string
  /** It was done, and is forgotten with the next start, because of a failure. */
  untilReload(failure: string): string
}
