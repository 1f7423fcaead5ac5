import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const STARTED_WITHIN_MS = 20_000
const FILL = fileURLToPath(new URL('../bench/lib/fill-archive.ts', import.meta.url))

/** A real relay-node in a process of its own, on free ports, with a data folder of its own. */
export class RelayNode {
  readonly #dataDir: string
  #process: ChildProcess | undefined
  #output = ''
  /** `http://localhost:<port>` */
  url = ''
  #tcpPort = '0'

  constructor(dataDir: string) {
    this.#dataDir = dataDir
  }

  static async start(environment: Readonly<Record<string, string>> = {}): Promise<RelayNode> {
    const relay = new RelayNode(await mkdtemp(join(tmpdir(), 'p2p-chat-e2e-')))
    await relay.#spawn('0', environment)
    return relay
  }

  /** One that has carried a room for long: so many entries by many people are in its archive. */
  static async withHistory(room: string, entries: number): Promise<RelayNode> {
    const relay = new RelayNode(await mkdtemp(join(tmpdir(), 'p2p-chat-e2e-')))
    await promisify(execFile)(process.execPath, [FILL, relay.#dataDir, room, String(entries)])
    await relay.#spawn('0', {})
    return relay
  }

  get output(): string {
    return this.#output
  }

  /** As a crash would: no goodbye. */
  async kill(): Promise<void> {
    const running = this.#process
    this.#process = undefined
    if (running === undefined || running.exitCode !== null) return
    const ended = new Promise((resolve) => running.once('exit', resolve))
    running.kill('SIGKILL')
    await ended
  }

  /** The same key on the same ports. */
  async restart(): Promise<void> {
    await this.kill()
    await this.#spawn(new URL(this.url).port, {})
  }

  async stop(): Promise<void> {
    await this.kill()
    await rm(this.#dataDir, { recursive: true, force: true })
  }

  async #spawn(port: string, environment: Readonly<Record<string, string>>): Promise<void> {
    this.#output = ''
    const started = spawn(process.execPath, ['--disable-proto=delete', 'relay-node/main.ts'], {
      env: {
        ...process.env,
        HOST: '127.0.0.1',
        PORT: port,
        TCP_PORT: this.#tcpPort,
        DATA_DIR: this.#dataDir,
        BOOTSTRAP: 'none',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#process = started
    this.url = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`the relay-node did not start:\n${this.#output}`))
      }, STARTED_WITHIN_MS)
      const read = (chunk: Buffer): void => {
        this.#output += chunk.toString()
        const open = /^Open (http:\/\/\S+)$/m.exec(this.#output)?.[1]
        if (open === undefined) return
        clearTimeout(timer)
        resolve(open)
      }
      started.stdout.on('data', read)
      started.stderr.on('data', read)
      started.once('exit', (code) => {
        clearTimeout(timer)
        reject(new Error(`the relay-node ended with ${String(code)}:\n${this.#output}`))
      })
    })
    this.#tcpPort = /\/tcp\/(\d+)\/p2p\//.exec(this.#output)?.[1] ?? this.#tcpPort
  }
}
