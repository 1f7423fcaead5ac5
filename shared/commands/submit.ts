import { type Result, fail, ok } from '../failure.ts'
import type { Entry } from '../entry.ts'
import { StorageError } from '../history.ts'
import {
  type Answer,
  type Command,
  type Context,
  contentOf,
  findCommand,
  signature,
} from './command.ts'
import { commands } from './registry.ts'

export type Submitted =
  | { readonly kind: 'said'; readonly entry: Entry }
  | { readonly kind: 'ran'; readonly answer?: Answer }

/** What Enter does: runs a command, or says the text. */
export async function submit(text: string, context: Context): Promise<Result<Submitted>> {
  const content = contentOf(text)
  if (content !== undefined) {
    const said = await context.room.say(content)
    return said.ok ? ok({ kind: 'said', entry: said.value }) : said
  }
  const name = /^\/(\S*)/.exec(text)?.[1] ?? ''
  const command = findCommand(commands, name)
  if (command === undefined) return fail(unknown(name))
  const { args, surplus } = splitArguments(command, text.slice(1 + name.length).trim())
  // Whoever writes more means something else.
  if (surplus !== '')
    return fail({ kind: 'surplus-argument', signature: signature(command), value: surplus })
  const missing = command.arguments.find(
    (argument, i) => argument.optional !== true && args[i] === undefined,
  )
  const answer: Answer | undefined =
    missing === undefined
      ? await run(command, args, context)
      : {
          tone: 'bad',
          text: context.words.missing(`${signature(command)}, ${command.example}`, missing.name),
        }
  return ok(answer === undefined ? { kind: 'ran' } : { kind: 'ran', answer })
}

/** A disk that fails is told to who asked, like anything else that did not work. */
async function run(
  command: Command,
  args: readonly string[],
  context: Context,
): Promise<Answer | undefined> {
  try {
    return await command.run(args, context)
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return { tone: 'bad', text: context.words.failure(error.failure) }
  }
}

function splitArguments(
  command: Command,
  rest: string,
): { readonly args: readonly string[]; readonly surplus: string } {
  const args: string[] = []
  let left = rest
  for (const argument of command.arguments) {
    if (left === '') break
    const word = argument.rest === true ? left : (/^\S+/.exec(left)?.[0] ?? '')
    args.push(word)
    left = left.slice(word.length).trim()
  }
  return { args, surplus: left }
}

function unknown(name: string): Extract<Result<never>, { ok: false }>['failure'] {
  const suggestion = closest(name)
  return {
    kind: 'unknown-command',
    name: name.slice(0, 32),
    ...(suggestion === undefined ? {} : { suggestion }),
  }
}

/** The nearest command within two slips of the finger; one slip for short names. */
function closest(name: string): string | undefined {
  const typed = name.toLowerCase().slice(0, 32)
  const near = commands
    .flatMap((command) =>
      [command.name, ...command.aliases].map((spelling) => ({ command, spelling })),
    )
    .map(({ command, spelling }) => ({
      name: command.name,
      slips: distance(typed, spelling),
      spelling,
    }))
    // Everything is one slip away from a single letter.
    .filter(({ slips, spelling }) => spelling.length > 1 && slips <= (spelling.length > 3 ? 2 : 1))
    .sort((a, b) => a.slips - b.slips)
  return near[0]?.name
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours count one. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Infinity
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row[j] = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + (same ? 0 : 1),
        swapped ? at(i - 2, j - 2) + 1 : Infinity,
      )
    }
  }
  return at(a.length, b.length)
}
