import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { debuglog } from 'node:util'
import manifest from '../../package.json' with { type: 'json' }
import type { Bytes } from '../../shared/bytes.ts'
import { StorageError } from '../../shared/history.ts'
import { sleep, systemRuntime } from '../../shared/runtime.ts'
import { en } from '../../shared/text/en.ts'
import { languageOf } from '../../shared/text/languages.ts'
import { th } from '../../shared/text/th.ts'
import { qrCode } from '../open-lines.ts'
import { type Place, readArguments } from './arguments.ts'
import { LineEditor } from './line-editor.ts'
import { coloured, plain } from './paint.ts'
import { type NotOpened, type Profile, openProfile } from './profile.ts'
import { TerminalSession } from './session.ts'
import { Terminal } from './terminal.ts'
import { terminalWords } from './words.ts'

/** What was piped in is to reach somebody before the end, if it can. */
const LAST_WORDS_MS = 10_000
const LAST_LOOK_MS = 100
/** Two seconds are promised; whatever still hangs by then is cut off. */
const STOP_MAX_MS = 1_500

const { env, stdin, stdout } = process
const wanted = [env['LC_ALL'], env['LC_MESSAGES'], env['LANG']].flatMap((tag) => tag ?? [])
const language = languageOf(wanted) ?? 'en'
const says = terminalWords[language]
const words = { en, th }
const log = debuglog('p2p-chat')
const runtime = systemRuntime((event, details) => {
  log(event, details)
})

await main()

async function main(): Promise<void> {
  const asked = readArguments(process.argv.slice(2), env)
  if (asked.kind === 'help') {
    console.log(says.usage)
    return
  }
  if (asked.kind === 'bad') return quit(says.badArgument(asked.why))
  const folder = join(resolve(orElse(env['DATA_DIR'], './data')), 'chat')
  const opened = await openProfile(folder, runtime)
  if (!opened.ok) return quit(wordNotOpened(opened.why, folder))
  const { profile } = opened
  if (profile.warning !== undefined) console.error(profile.warning)
  await chatFrom(profile, folder, asked.place)
}

async function chatFrom(profile: Profile, folder: string, place: Place): Promise<void> {
  const shownPlace = place.origin ?? place.relays[0] ?? ''
  const editor = new LineEditor(process)
  const { version } = manifest
  const session = new TerminalSession({
    profile,
    folder,
    place,
    version,
    runtime,
    onanswer: (answers) => {
      if (answers) terminal.tell(says.relayBack(shownPlace), 'good')
      else terminal.tell(says.noRelay(shownPlace), 'bad')
    },
  })
  const { chat, device } = session
  const terminal = new Terminal({
    chat,
    tty: editor,
    paint: stdout.isTTY && orElse(env['NO_COLOR'], '') === '' ? coloured : plain,
    words,
    language,
    version,
    screen: {
      quit: () => Promise.resolve(end({})),
      save,
      storage: () => Promise.resolve({ keeps: 'safe' }),
      wipe: () => Promise.resolve(end({ wipes: true })),
      ...(device === undefined ? {} : { device }),
    },
    ...(stdout.isTTY ? { qrCode } : {}),
  })
  let ending = false
  /** Once the answer to who asked has been read. */
  const end = (how: { readonly wipes?: boolean; readonly isPiped?: boolean }): void => {
    if (ending) return
    ending = true
    setImmediate(() => {
      finish(how).catch(mistake)
    })
  }
  const mistake = (error: unknown): void => {
    terminal.tell(says.mistake(error instanceof Error ? error.message : String(error)), 'bad')
  }
  const finish = async ({ wipes = false, isPiped = false }): Promise<void> => {
    await terminal.stop(isPiped)
    const unsaid = (): number => chat.rooms.reduce((sum, { queued }) => sum + queued, 0)
    const until = runtime.clock.now() + (isPiped ? LAST_WORDS_MS : 0)
    while (unsaid() > 0 && runtime.clock.now() < until) await sleep(runtime.clock, LAST_LOOK_MS)
    editor.stop()
    if (unsaid() > 0 && !wipes) console.log(says.unsaid(unsaid()))
    setTimeout(() => process.exit(0), STOP_MAX_MS).unref()
    await session.stop()
    await (wipes ? profile.wipe() : profile.close())
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      end({})
    })
  // A mistake in one connection must not end the chat.
  process.on('unhandledRejection', (reason) => {
    log('a mistake', reason)
  })

  await session.start()
  const room = await chat.open(place.room)
  if (!room.ok) return quit(words[language].failure(room.failure))
  const facts = { peerId: chat.id, name: chat.name, place: shownPlace, folder }
  console.log(says.started(facts).join('\n'))
  editor.start({
    complete: (line) => terminal.complete(line),
    online: (line) => {
      terminal.submit(line).catch(mistake)
    },
    onend: () => {
      // Of a pipe it is undefined, whatever its type says.
      end({ isPiped: !stdin.isTTY })
    },
  })
  await terminal.start(room.value)
  await session.connect().catch(mistake)
}

/** Never over a file that is there. */
async function save(name: string, parts: readonly Bytes[]): Promise<void> {
  try {
    await writeFile(resolve(name), Buffer.concat(parts), { flag: 'wx' })
  } catch (error) {
    throw new StorageError({ kind: 'storage-failed', what: (error as Error).message })
  }
}

function wordNotOpened(why: NotOpened, folder: string): string {
  switch (why.kind) {
    case 'in-use':
      return says.inUse(folder)
    case 'key':
      return why.sentence
    case 'disk':
      return says.notOpened(folder, words[language].failure(why.failure))
  }
}

function orElse(value: string | undefined, otherwise: string): string {
  return value === undefined || value === '' ? otherwise : value
}

function quit(sentence: string): void {
  console.error(sentence)
  process.exit(1)
}
