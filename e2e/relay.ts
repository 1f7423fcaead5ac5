import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const STARTED_WITHIN_MS = 20_000
const FILL = fileURLToPath(new URL('../bench/lib/fill-archive.ts', import.meta.url))

/** What somebody has said: in their name, or in any they claim. */
export interface Line {
  readonly content: string
  readonly username?: string
  readonly kind?: string
  readonly body?: Readonly<Record<string, unknown>>
}

/** A real relay-node in a process of its own, on free ports, with a data folder of its own. */
export class RelayNode {
  readonly #dataDir: string
  readonly #within: readonly string[]
  #process: ChildProcess | undefined
  #output = ''
  /** `http://localhost:<port>` */
  url = ''
  /** After the first start the ports that were free then, so that a restart keeps every address. */
  #ports = { TCP_PORT: '0', QUIC_PORT: '0', WEBRTC_PORT: '0' }

  constructor(dataDir: string, within: readonly string[] = []) {
    this.#dataDir = dataDir
    this.#within = within
  }

  /** @param within the beginning of a command that runs the rest of it somewhere else */
  static async start(
    environment: Readonly<Record<string, string>> = {},
    within: readonly string[] = [],
  ): Promise<RelayNode> {
    const relay = new RelayNode(await mkdtemp(join(tmpdir(), 'p2p-chat-e2e-')), within)
    await relay.#spawn('0', environment)
    return relay
  }

  get peerId(): string {
    return /^Your Peer ID: (\S+)$/m.exec(this.#output)?.[1] ?? ''
  }

  /** For BOOTSTRAP of another one. */
  get tcpAddress(): string {
    return `/ip4/127.0.0.1/tcp/${this.#ports.TCP_PORT}/p2p/${this.peerId}`
  }

  /** For a page. */
  get wsAddress(): string {
    return `/ip4/127.0.0.1/tcp/${new URL(this.url).port}/ws/p2p/${this.peerId}`
  }

  /**
   * One that has carried a room for long: so many entries by many people, or just these lines, are in
   * its archive.
   */
  static async withHistory(room: string, entries: number | readonly Line[]): Promise<RelayNode> {
    const relay = new RelayNode(await mkdtemp(join(tmpdir(), 'p2p-chat-e2e-')))
    const file = join(relay.#dataDir, 'lines.json')
    if (typeof entries !== 'number') await writeFile(file, JSON.stringify(entries))
    const what = typeof entries === 'number' ? String(entries) : file
    await promisify(execFile)(process.execPath, [FILL, relay.#dataDir, room, what])
    await rm(file, { force: true })
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

  /** Whoever runs it has lost its data folder: another key on the same ports. */
  async restartAsAnother(): Promise<void> {
    await this.kill()
    await rm(this.#dataDir, { recursive: true })
    await this.#spawn(new URL(this.url).port, {})
  }

  async stop(): Promise<void> {
    await this.kill()
    await rm(this.#dataDir, { recursive: true, force: true })
  }

  async #spawn(port: string, environment: Readonly<Record<string, string>>): Promise<void> {
    this.#output = ''
    const [program = process.execPath, ...args] = [
      ...this.#within,
      process.execPath,
      '--disable-proto=delete',
      // Set by `bundle.ts`; what is no Playwright test runs the sources.
      process.env['RELAY_PROGRAM'] ?? 'relay-node/main.ts',
    ]
    const started = spawn(program, args, {
      env: {
        ...process.env,
        HOST: '127.0.0.1',
        PORT: port,
        ...this.#ports,
        UPNP: 'off',
        MDNS: 'off',
        HTTPS_PORT: '0',
        STUN_PORT: '0',
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
    const portOf = (name: string): string =>
      new RegExp(`^Ports: .*\\b${name} (\\w+)`, 'm').exec(this.#output)?.[1] ?? '0'
    this.#ports = {
      TCP_PORT: portOf('TCP'),
      QUIC_PORT: portOf('QUIC'),
      WEBRTC_PORT: portOf('WebRTC-Direct'),
    }
  }
}
