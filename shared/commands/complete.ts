import { type Command, type Context, findCommand } from './command.ts'
import { commands } from './registry.ts'

/** One line of the palette. */
export type Suggestion =
  | {
      readonly kind: 'command'
      readonly command: Command
      /** What Tab or Enter puts into the box. */ readonly text: string
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

/** What the palette shows for a text with the caret at its end. */
export function complete(text: string, context: Pick<Context, 'chat' | 'room'>): Completion {
  if (!text.startsWith('/') || text.startsWith('//') || text.includes('\n')) return NOTHING
  const [, name = '', rest] = /^\/(\S*)(\s.*)?$/.exec(text) ?? []
  if (rest === undefined) return { suggestions: matching(name.toLowerCase()) }
  const command = findCommand(commands, name)
  if (command === undefined) return NOTHING
  const words = rest.trimStart().split(/\s+/)
  const argument = Math.min(words.length, command.arguments.length) - 1
  const tooMany = words.length > command.arguments.length && command.arguments.at(-1)?.rest !== true
  if (argument < 0 || tooMany) return NOTHING
  return {
    suggestions: values(command, argument, words.at(-1) ?? '', name, context),
    writing: { command, argument },
  }
}

/** Prefix matches first, then names that hold the letters in order. */
function matching(typed: string): readonly Suggestion[] {
  return commands
    .map((command) => ({ command, rank: rankOf(command, typed) }))
    .filter(({ rank }) => rank < Infinity)
    .sort((a, b) => a.rank - b.rank)
    .map(({ command }) => ({
      kind: 'command',
      command,
      text: `/${command.name}${command.arguments.length > 0 ? ' ' : ''}`,
    }))
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

function values(
  command: Command,
  argument: number,
  typed: string,
  name: string,
  { chat, room }: Pick<Context, 'chat' | 'room'>,
): readonly Suggestion[] {
  const offer = (all: readonly string[]): readonly Suggestion[] =>
    all
      .filter((value) => value.toLowerCase().startsWith(typed.toLowerCase()) && value !== typed)
      .map((value) => ({ kind: 'argument', command, value, text: `/${name} ${value}` }))
  switch (command.arguments[argument]?.kind) {
    case 'room':
      return offer(chat.rooms.map((each) => each.name))
    case 'who':
      return offer(room.presence.people.map((person) => person.name))
    case 'command':
      return offer(commands.map((each) => each.name))
    default:
      return offer(command.arguments[argument]?.choices ?? [])
  }
}
