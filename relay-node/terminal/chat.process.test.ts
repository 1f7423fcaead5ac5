import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { relayForAll } from '../test-relay.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))
/** A machine with two cores runs other tests beside. */
const SOON = { timeout: 40_000, interval: 100 }

const relay = relayForAll()
let origin: string
let folder: string
const running: Running[] = []

/** One terminal: what it was given, and all that it wrote. */
class Running {
  readonly process: ChildProcess
  written = ''

  constructor(command: string, args: readonly string[], dataDir: string, cwd: string) {
    const env = { ...process.env, DATA_DIR: dataDir, LC_ALL: 'C.UTF-8', TERM: 'xterm' }
    this.process = spawn(command, args, { env, cwd })
    const take = (text: Buffer): void => {
      this.written += text.toString()
    }
    this.process.stdout?.on('data', take)
    this.process.stderr?.on('data', take)
    running.push(this)
  }

  get text(): string {
    return stripVTControlCharacters(this.written).replaceAll('\r', '')
  }

  type(text: string): void {
    this.process.stdin?.write(text)
  }

  shows(what: string | RegExp): Promise<unknown> {
    return vi.waitFor(() => {
      expect(this.text).toMatch(what)
    }, SOON)
  }

  async end(): Promise<number | null> {
    const { exitCode, signalCode } = this.process
    if (exitCode === null && signalCode === null) await once(this.process, 'exit')
    return this.process.exitCode
  }
}

const argsOf = (args: readonly string[]): readonly string[] => [
  '--disable-proto=delete',
  MAIN,
  ...args,
]

/** As in a script: lines go in, lines come out. */
function piped(name: string, args: readonly string[] = [origin]): Running {
  return new Running(process.execPath, argsOf(args), join(folder, name), folder)
}

/** As somebody sits in front of it: `script` gives it a terminal of its own. */
function seen(name: string): Running {
  const command = [process.execPath, ...argsOf([origin])].map((each) => `'${each}'`).join(' ')
  return new Running('script', ['-qec', command, '/dev/null'], join(folder, name), folder)
}

beforeAll(async () => {
  origin = /^Open (\S+)$/.exec((await relay().lines).at(-1) ?? '')?.[1] ?? ''
  folder = mkdtempSync(join(tmpdir(), 'p2p-chat-terminal-'))
})

afterEach(async () => {
  for (const each of running.splice(0)) {
    each.process.kill('SIGKILL')
    await each.end()
  }
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

test('two terminals talk, what is piped in is said before the end, and nothing is said twice', async () => {
  const alice = seen('alice')
  await alice.shows(/Live · 0 > $/)
  expect(alice.text).toContain('=== P2P Chat Started ===\nYour Peer ID: 12D3KooW')
  const bob = piped('bob')
  bob.type('/nick bob\nhello from a pipe\n')
  bob.process.stdin?.end()
  expect(await bob.end()).toBe(0)
  expect(bob.text).toMatch(/\[\d\d:\d\d:\d\d\] bob: hello from a pipe\n$/)
  await alice.shows(/\] bob: hello from a pipe\n/)
  alice.type('I heard you\r')
  await alice.shows(/\]\s\S+: I heard you\n/)
  alice.type('/invite\r')
  await alice.shows(`${origin}/\nOnly this machine can open it`)
  expect(alice.text).toMatch(/█[▄▀█ ]+█\n/)
  // Ctrl+C takes back what is written, and ends on an empty line.
  alice.type('never sent\u0003')
  await alice.shows(/Live · \d > $/)
  alice.type('\u0003')
  expect(await alice.end()).toBe(0)
  // Each of its own lines stands there once: a terminal repeats what is typed, and that was taken away again.
  const again = piped('alice')
  again.type('/history\n')
  again.process.stdin?.end()
  expect(await again.end()).toBe(0)
  expect(again.text.match(/I heard you/g)).toHaveLength(2)
  expect(again.text).not.toContain('never sent')
})

test('with nobody to answer, what is said is kept, told, and said at the next start', async () => {
  const lonely = piped('lonely', ['http://127.0.0.1:9'])
  lonely.type('for later\n')
  await lonely.shows('http://127.0.0.1:9 does not answer')
  lonely.process.stdin?.end()
  expect(await lonely.end()).toBe(0)
  expect(lonely.text).toContain('1 message has reached nobody yet.')
  const listener = piped('listener')
  await listener.shows('Type /help')
  const back = seen('lonely')
  await back.shows(': for later')
  await listener.shows(': for later')
  back.process.kill('SIGTERM')
})

test('an output that takes no more ends it in order: quietly if nobody reads on, else with a sentence', async () => {
  const listener = piped('listener')
  await listener.shows('Type /help')
  const cut = piped('cut')
  cut.type('a first word\n')
  await cut.shows(': a first word')
  cut.process.stdout?.destroy()
  cut.type('a last word\n')
  expect(await cut.end()).toBe(0)
  expect(cut.text).not.toContain('EPIPE')
  await listener.shows(': a last word')
  if (!existsSync('/dev/full')) return
  const command = [process.execPath, ...argsOf([origin])].map((each) => `'${each}'`).join(' ')
  const full = new Running('sh', ['-c', `exec ${command} >/dev/full`], join(folder, 'cut'), folder)
  expect(await full.end()).toBe(1)
  expect(full.text).toMatch(
    /^This ends here, as nothing more can be written to its output: ENOSPC.*\n$/,
  )
})

test('a profile is one person’s at a time, and whoever is killed comes back as themselves', async () => {
  const first = piped('twice')
  await first.shows('Type /help')
  first.type('before the kill\n')
  await first.shows(': before the kill')
  const second = piped('twice')
  expect(await second.end()).toBe(1)
  expect(second.text).toMatch(/^Another terminal is chatting from .*twice.chat: /)
  const [, id] = /Your Peer ID: (\S+)/.exec(first.text) ?? []
  first.process.kill('SIGKILL')
  await first.end()
  const third = piped('twice')
  await third.shows(': before the kill')
  expect(third.text).toContain(`Your Peer ID: ${id}`)
  third.type('/wipe everything\n')
  expect(await third.end()).toBe(0)
  expect(existsSync(join(folder, 'twice', 'chat'))).toBe(false)
})

test('bad input gets a sentence: arguments, a damaged history, a file that is there', async () => {
  for (const [args, sentence] of [
    [['--colour'], 'There is no option "--colour"; --help tells what there is.\n'],
    [['/ip4/1.2.3.4/tcp/1'], /^"\/ip4\/1\.2\.3\.4\/tcp\/1" leads to no relay-node: /],
  ] as const) {
    const refused = piped('bad', args)
    expect(await refused.end()).toBe(1)
    expect(refused.text).toMatch(sentence)
  }
  const helped = piped('bad', ['--help'])
  expect(await helped.end()).toBe(0)
  expect(helped.text).toMatch(/^npm run chat -- \[where\]/)

  mkdirSync(join(folder, 'damaged', 'chat'), { recursive: true })
  writeFileSync(join(folder, 'damaged', 'chat', 'history.sqlite'), 'no database at all'.repeat(99))
  const damaged = piped('damaged')
  expect(await damaged.end()).toBe(1)
  expect(damaged.text).toMatch(/^What is kept in .* cannot be opened: /)
  expect(readFileSync(join(folder, 'damaged', 'chat', 'history.sqlite'), 'utf8')).toContain(
    'no data',
  )

  mkdirSync(join(folder, 'unlocked', 'chat', 'in-use.sqlite'), { recursive: true })
  const unlocked = piped('unlocked')
  unlocked.process.stdin?.end()
  expect(await unlocked.end()).toBe(0)
  expect(unlocked.text).toMatch(/^\S+unlocked.chat cannot be locked: make sure that no other/)

  // What one has set is damaged in one value: it is told, and nothing is written over.
  const settings = new DatabaseSync(join(folder, 'unlocked', 'chat', 'settings.sqlite'))
  settings.exec("REPLACE INTO settings (key, value) VALUES ('name', 'no json')")
  settings.close()
  const unset = piped('unlocked')
  expect(await unset.end()).toBe(1)
  expect(unset.text).toMatch(/^What is kept in .*unlocked.chat cannot be opened: /m)

  const saver = piped('saver')
  saver.type('kept\n/export\n/export\n')
  saver.process.stdin?.end()
  expect(await saver.end()).toBe(0)
  expect(saver.text).toMatch(/\d+ messages? saved as \S+\.jsonl/)
  expect(saver.text).toContain('This device could not keep it: EEXIST')
})
