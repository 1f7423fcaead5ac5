import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from './test.ts'

/** Somebody at the chat's other screen, as the container has it. */
class AtTerminal {
  readonly #folder: string
  readonly #process: ChildProcess
  written = ''

  private constructor(folder: string, running: ChildProcess) {
    this.#folder = folder
    this.#process = running
    running.stdout?.on('data', (text: Buffer) => {
      this.written += text.toString()
    })
  }

  static async sit(where: string): Promise<AtTerminal> {
    const folder = await mkdtemp(join(tmpdir(), 'p2p-chat-terminal-'))
    const env = { ...process.env, DATA_DIR: folder, LC_ALL: 'C.UTF-8' }
    return new AtTerminal(folder, spawn(process.execPath, ['dist/relay/chat.mjs', where], { env }))
  }

  type(line: string): void {
    this.#process.stdin?.write(`${line}\n`)
  }

  async shows(what: string | RegExp): Promise<void> {
    await expect.poll(() => this.written, { timeout: 30_000 }).toMatch(what)
  }

  async leave(): Promise<void> {
    this.type('/quit')
    await once(this.#process, 'exit')
    await rm(this.#folder, { recursive: true })
  }
}

test('a page and a terminal are linked directly, hear each other, and keep what the other said', async ({
  relay,
  someone,
}) => {
  const alice = await someone({ path: '/#/r/garden' })
  await alice.isLive(0)
  await alice.say('/nick alice')
  await alice.say('said before you came')
  await alice.say('/invite')
  const invite = await alice.page.getByLabel('The address to share').inputValue()
  expect(invite).toContain(relay.url)
  const terminal = await AtTerminal.sit(invite)
  await terminal.shows('#garden')
  await terminal.shows(/\] alice: said before you came\n/)
  await alice.isLive(1)
  terminal.type('/nick bob')
  terminal.type('hello from a terminal, **alice**')
  await expect(alice.message('hello from a terminal, alice')).toBeVisible()
  await alice.say('hello, @bob')
  await terminal.shows(/\] alice: hello, @bob\n/)
  await expect
    .poll(
      async () => {
        terminal.type('/who')
        await alice.page.waitForTimeout(500)
        return terminal.written
      },
      { timeout: 30_000 },
    )
    .toMatch(/^- alice \(direct, /m)
  await alice.say('/whois bob')
  await expect(alice.answer(/Directly connected \(WebRTC/)).toBeVisible()

  // What is said while the page is away is there when it comes back.
  await alice.page.goto('about:blank')
  terminal.type('while you were away')
  await terminal.shows(/\] bob: while you were away\n/)
  await alice.page.goto(`${relay.url}/#/r/garden`)
  await expect(alice.message('while you were away')).toBeVisible()
  await terminal.leave()
})
