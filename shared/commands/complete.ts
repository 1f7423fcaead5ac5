import type { Named } from '../settings.ts'
import { type Command, type Context, findCommand } from './command.ts'
import { type MentionSuggestion, mentions } from './mentions.ts'
import { commands } from './registry.ts'
import { closest } from './slips.ts'
import { nameAndKey } from './whom.ts'

/** One line of the palette. */
export type Suggestion =
  | MentionSuggestion
  | {
      readonly kind: 'command'
      readonly command: Command
      /** What Tab or Enter puts into the box. */
      readonly text: string
      /** It would do nothing now: what it needs is not there. */
      readonly lacks?: 'network'
      /** Nothing is called what is written: this one is spelt nearly so. */
      readonly slip?: true
    }
  | {
      readonly kind: 'argument'
      readonly command: Command
      readonly value: string
      readonly text: string
    }

export interface Completion {
  readonly suggestions: readonly Suggestion[]
  /** The command whose arguments are being written, and which one the caret is in. */
  readonly writing?: { readonly command: Command; readonly argument: number }
}

const NOTHING: Completion = { suggestions: [] }
/** People of a crowd that are offered at once: the next letter narrows it. */
const OFFERED_MAX = 12

/**
 * What the palette shows for a text.
 * @param caret where people and rooms are completed, in UTF-16 units; commands are at the text's end
 */
export function complete(
  text: string,
  context: Pick<Context, 'chat' | 'room'>,
  caret = text.length,
): Completion {
  if (!text.startsWith('/') || text.startsWith('//'))
    return { suggestions: mentions(text, caret, context) }
  if (text.includes('\n')) return NOTHING
  const [, name = '', rest] = /^\/(\S*)(\s.*)?$/.exec(text) ?? []
  if (rest === undefined) return { suggestions: matching(name.toLowerCase(), context) }
  const command = findCommand(commands, name)
  if (command === undefined) return NOTHING
  const [argument, typed] = argumentAt(command, rest.trimStart())
  if (argument < 0) return NOTHING
  const writing = { command, argument }
  const { kind, choices } = command.arguments[argument] ?? {}
  if (kind === 'text' && choices === undefined)
    return { suggestions: mentions(text, caret, context), writing }
  const before = text.slice(0, text.length - typed.length)
  return { suggestions: values(command, argument, typed, before, context), writing }
}

/** Which argument is being written, and what of it is there; -1 if the command takes no more. */
function argumentAt(command: Command, rest: string): readonly [number, string] {
  let left = rest
  for (const [i, argument] of command.arguments.entries()) {
    const word = argument.rest === true ? left : (/^\S*/.exec(left)?.[0] ?? '')
    if (word.length === left.length) return [i, left]
    left = left.slice(word.length).trimStart()
  }
  return [-1, '']
}

/** Prefix matches first, then names that hold the letters in order; where there is none, what may be meant. */
function matching(typed: string, { chat }: Pick<Context, 'chat'>): readonly Suggestion[] {
  const offer = (command: Command): Extract<Suggestion, { kind: 'command' }> => ({
    kind: 'command',
    command,
    text: `/${command.name}${command.arguments.length > 0 ? ' ' : ''}`,
    ...(command.needs === 'network' && chat.network === undefined ? { lacks: 'network' } : {}),
  })
  const found = commands
    .map((command) => ({ command, rank: rankOf(command, typed) }))
    .filter(({ rank }) => rank < Infinity)
    .sort((a, b) => a.rank - b.rank)
    .map(({ command }) => offer(command))
  const near = found.length === 0 ? closest(typed) : undefined
  return near === undefined ? found : [{ ...offer(near), slip: true }]
}

function rankOf(command: Command, typed: string): number {
  const ranks = [command.name, ...command.aliases].map((spelling, i) => {
    const alias = i === 0 ? 0 : 1
    if (spelling.startsWith(typed)) return alias
    return holdsInOrder(spelling, typed) ? 2 + alias : Infinity
  })
  return Math.min(...ranks)
}

function holdsInOrder(word: string, letters: string): boolean {
  let at = 0
  for (const letter of letters) {
    at = word.indexOf(letter, at) + 1
    if (at === 0) return false
  }
  return true
}

/** The values of an argument, and what of the text stays before them. */
function values(
  command: Command,
  argument: number,
  typed: string,
  before: string,
  { chat, room }: Pick<Context, 'chat' | 'room'>,
): readonly Suggestion[] {
  const offer = (all: readonly string[]): readonly Suggestion[] =>
    all
      .filter((value) => value.toLowerCase().startsWith(typed.toLowerCase()) && value !== typed)
      .map((value) => ({ kind: 'argument', command, value, text: before + value }))
  const { kind, choices } = command.arguments[argument] ?? {}
  if (choices !== undefined) return offer(choices)
  const { company } = chat
  const rooms = chat.rooms.map(({ name }) => name)
  const asRooms = (names: readonly string[]): readonly string[] => names.map((name) => `#${name}`)
  const others = (): readonly Named[] => company.around(room).filter(({ id }) => id !== chat.id)
  switch (kind) {
    case 'room':
      return offer(rooms)
    case 'who':
      return offer(spelt(others())).slice(0, OFFERED_MAX)
    case 'blocked':
      return offer(spelt(company.regard.blocked)).slice(0, OFFERED_MAX)
    case 'who-or-room':
      return offer([...spelt(others()), ...asRooms(rooms)]).slice(0, OFFERED_MAX)
    case 'muted': {
      const { people, rooms: muted } = company.regard.muted
      return offer([...spelt(people), ...asRooms(muted)]).slice(0, OFFERED_MAX)
    }
    case 'command':
      return offer(commands.map((each) => each.name))
    default:
      return []
  }
}

/** Names; with the end of the key where one name is two people's. */
function spelt(people: readonly Named[]): readonly string[] {
  const counts = new Map<string, number>()
  const fold = (name: string): string => name.toLowerCase()
  for (const { name } of people) counts.set(fold(name), (counts.get(fold(name)) ?? 0) + 1)
  const spellings = people.map((each) =>
    (counts.get(fold(each.name)) ?? 0) > 1 ? nameAndKey(each) : each.name,
  )
  return [...new Set(spellings)]
}
