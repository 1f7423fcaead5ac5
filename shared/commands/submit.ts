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
import { closest } from './slips.ts'

export type Submitted =
  | { readonly kind: 'said'; readonly entry: Entry }
  | { readonly kind: 'ran'; readonly answer?: Answer }

/** Blanks after the slash are a slip: what begins with one is never said. */
const COMMAND = /^\/\s*(\S*)/

/** What Enter does: runs a command, or says the text. */
export async function submit(text: string, context: Context): Promise<Result<Submitted>> {
  const content = contentOf(text)
  if (content !== undefined) {
    const said = await context.room.say(content)
    return said.ok ? ok({ kind: 'said', entry: said.value }) : said
  }
  const [before = '', name = ''] = COMMAND.exec(text) ?? []
  const command = findCommand(commands, name)
  if (command === undefined) return fail(unknown(name))
  const { args, surplus } = splitArguments(command, text.slice(before.length).trim())
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
  const suggestion = closest(name)?.name
  return {
    kind: 'unknown-command',
    name: name.slice(0, 32),
    ...(suggestion === undefined ? {} : { suggestion }),
  }
}
