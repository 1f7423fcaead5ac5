import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { debuglog } from 'node:util'
import manifest from '../../package.json' with { type: 'json' }
import type { Bytes } from '../../shared/bytes.ts'
import { StorageError } from '../../shared/history.ts'
import { sleep, systemRuntime } from '../../shared/runtime.ts'
import { languageOf } from '../../shared/text/languages.ts'
import { addressToShow } from '../address-to-show.ts'
import { qrCode } from '../open-lines.ts'
import { type Place, readArguments } from './arguments.ts'
import { LineEditor } from './line-editor.ts'
import { coloured, plain } from './paint.ts'
import { type NotOpened, type Profile, openProfile } from './profile.ts'
import { TerminalSession } from './session.ts'
import { Terminal } from './terminal.ts'
import { answerWords, terminalWords } from './words.ts'

/** What was piped in is to reach somebody before the end, if it can. */
const LAST_WORDS_MS = 10_000
const LAST_LOOK_MS = 100
/** A relay-node that is there is reached by then, and who is in the room says so at once. */
const LINKED_WITHIN_MS = 5_000
const HEARD_MS = 1_000
/** Two seconds are promised; whatever still hangs by then is cut off. */
const STOP_MAX_MS = 1_500

const { env, stderr, stdin, stdout } = process
const wanted = [env['LC_ALL'], env['LC_MESSAGES'], env['LANG']].flatMap((tag) => tag ?? [])
const language = languageOf(wanted) ?? 'en'
const says = terminalWords[language]
const words = answerWords
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
  if (!profile.isLocked) console.error(says.notLocked(folder))
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
    paint: isColoured() ? coloured : plain,
    words,
    language,
    version,
    screen: {
      quit: () => Promise.resolve(end({ isPiped: !stdin.isTTY })),
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
    setTimeout(() => process.exit(), STOP_MAX_MS).unref()
    await session.stop()
    await (wipes ? profile.wipe() : profile.close())
    process.exit()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      end({})
    })
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    // `| head` has read enough, and a terminal that was closed is no mistake either.
    if (error.code !== 'EPIPE' && error.code !== 'EIO' && !ending) {
      process.exitCode = 1
      console.error(says.notShown(error.message))
    }
    end({ isPiped: !stdin.isTTY })
  })
  // There is nowhere left to tell of it.
  stderr.on('error', () => undefined)
  // A mistake in one connection must not end the chat.
  process.on('unhandledRejection', (reason) => {
    log('a mistake', reason)
  })

  try {
    await session.start()
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return quit(says.notOpened(folder, words[language].failure(error.failure)))
  }
  const room = await chat.open(place.room)
  if (!room.ok) return quit(words[language].failure(room.failure))
  await session.connect().catch(mistake)
  const { id: peerId, name, network } = chat
  const listening = addressToShow(network?.addresses() ?? [])
  const peers = new Set(network?.links().map(({ peer }) => peer)).size
  const facts = { peerId, listening, name, peers, place: shownPlace, folder }
  console.log(says.started(facts).join('\n'))
  await terminal.start(room.value)
  if (!stdin.isTTY) await company()
  editor.start({
    complete: (line) => terminal.complete(line),
    online: (line) => {
      void terminal.submit(line)
    },
    onend: () => {
      // Of a pipe it is undefined, whatever its type says.
      end({ isPiped: !stdin.isTTY })
    },
  })

  /** Whoever types looks first; what is piped in would ask of a room in which nobody has been heard yet. */
  async function company(): Promise<void> {
    const until = runtime.clock.now() + LINKED_WITHIN_MS
    const isLinked = (): boolean => (chat.network?.links().length ?? 0) > 0
    while (!isLinked() && runtime.clock.now() < until) await sleep(runtime.clock, LAST_LOOK_MS)
    if (isLinked()) await sleep(runtime.clock, HEARD_MS)
  }
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

function isColoured(): boolean {
  return stdout.isTTY && env['TERM'] !== 'dumb' && orElse(env['NO_COLOR'], '') === ''
}

function orElse(value: string | undefined, otherwise: string): string {
  return value === undefined || value === '' ? otherwise : value
}

function quit(sentence: string): void {
  console.error(sentence)
  process.exit(1)
}
