import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'

export interface GoPeerOptions {
  readonly room?: string
  readonly username?: string
  readonly webTransport?: boolean
  /** Multiaddrs to dial at the start. */
  readonly bootstrap?: readonly string[]
  readonly dht?: 'client' | 'server'
  readonly dhtProtocol?: string
  /** Tells nobody of its room. */
  readonly secret?: boolean
  /** How often it looks up its room. */
  readonly lookEvery?: string
}

/** What it says of the lines that reach its validator. */
export interface Validated {
  readonly accepted: boolean
  readonly why: string
  readonly type: string
  readonly content: string
  /** Peer ids. */
  readonly author: string
  readonly forwarder: string
}

export interface Added {
  readonly connected: boolean
  readonly peer?: string
  /** The multiaddr of the connection. */
  readonly via?: string
  readonly connectMs?: number
  readonly rttMs?: number
}

export interface Scores {
  readonly peers: Readonly<Record<string, { readonly score: number; readonly invalid: number }>>
}

type Told = Readonly<Record<string, unknown>> & { readonly event: string }

const WAIT_MS = 15_000
const STEP_MS = 20

/** A peer of the Go system, in a process of its own (e2e/interop/go-peer). */
export class GoPeer {
  readonly #process: ChildProcessWithoutNullStreams
  readonly #lines: string[] = []
  readonly #told: Told[] = []
  #errors = ''
  #rest = ''

  private constructor(running: ChildProcessWithoutNullStreams) {
    this.#process = running
  }

  static async start(program: string, options: GoPeerOptions = {}): Promise<GoPeer> {
    const peer = new GoPeer(spawn(program, argumentsOf(options)))
    peer.#read()
    await peer.told('listening')
    return peer
  }

  /** What people see. */
  get lines(): readonly string[] {
    return this.#lines
  }

  get id(): string {
    const line = this.#lines.find((each) => each.startsWith('Your Peer ID: ')) ?? ''
    return line.replace('Your Peer ID: ', '')
  }

  get addresses(): readonly string[] {
    const listening = this.#told.find(({ event }) => event === 'listening')
    return (listening?.['addresses'] ?? []) as readonly string[]
  }

  get validated(): readonly Validated[] {
    return this.all<Validated>('validated')
  }

  all<T = Told>(event: string): readonly T[] {
    return this.#told.filter((each) => each.event === event) as readonly unknown[] as readonly T[]
  }

  /** One line of its terminal: a message, or a command. */
  type(line: string): void {
    this.#process.stdin.write(`${line}\n`)
  }

  async add(address: string): Promise<Added> {
    const before = this.all('added').length
    this.type(`/add ${address}`)
    return this.until(`an answer about ${address}`, () => this.all<Added>('added')[before])
  }

  /**
   * Waits until so many others in the room are in its mesh: gossip passes on to the mesh alone, and a
   * heartbeat goes by until somebody new is in it.
   */
  async meets(count: number): Promise<void> {
    await this.until(`${count} others in the room`, () => {
      this.type('/peers')
      const room = this.all<{ readonly room: readonly string[] }>('peers').at(-1)?.room ?? []
      return room.length >= count && this.all('grafted').length >= count
    })
  }

  async shows(text: string | RegExp, withinMs = WAIT_MS): Promise<string> {
    const fits = (line: string): boolean =>
      typeof text === 'string' ? line.includes(text) : text.test(line)
    return this.until(`a line with ${String(text)}`, () => this.#lines.find(fits), withinMs)
  }

  async told<T = Told>(event: string): Promise<T> {
    return this.until(`"${event}"`, () => this.all<T>(event)[0])
  }

  /** As they are from now on: they are told once a second. */
  async scores(): Promise<Scores> {
    const before = this.all('scores').length
    // The first may be of the moment before.
    return this.until('its scores', () => this.all<Scores>('scores')[before + 1])
  }

  async until<T>(what: string, look: () => T | undefined | false, withinMs = WAIT_MS): Promise<T> {
    const end = Date.now() + withinMs
    while (Date.now() < end && this.#process.exitCode === null) {
      const found = look()
      if (found !== undefined && found !== false) return found
      await new Promise((resolve) => setTimeout(resolve, STEP_MS))
    }
    throw new Error(
      `The Go peer did not come to ${what}:\n${this.#lines.slice(-20).join('\n')}\n${this.#errors}`,
    )
  }

  /** As its user would leave. */
  async quit(): Promise<void> {
    if (this.#process.exitCode !== null) return
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    this.type('/quit')
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), WAIT_MS)
    await ended
    clearTimeout(timer)
  }

  #read(): void {
    // Writing to somebody who has just gone is no fault of the test.
    this.#process.stdin.on('error', () => undefined)
    this.#process.stderr.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()))
    this.#process.stdout.on('data', (chunk: Buffer) => {
      const lines = (this.#rest + chunk.toString()).split('\n')
      this.#rest = lines.pop() ?? ''
      for (const line of lines) {
        if (line.startsWith('@ ')) this.#told.push(JSON.parse(line.slice(2)) as Told)
        else this.#lines.push(line)
      }
    })
  }
}

function argumentsOf(options: GoPeerOptions): string[] {
  const { room, username, webTransport, bootstrap, dht, dhtProtocol, secret, lookEvery } = options
  return [
    ...(room === undefined ? [] : ['-topic', room]),
    ...(username === undefined ? [] : ['-username', username]),
    ...(webTransport === true ? ['-webtransport'] : []),
    ...(bootstrap === undefined ? [] : ['-bootstrap', bootstrap.join()]),
    ...(dht === undefined ? [] : ['-dht', dht]),
    ...(dhtProtocol === undefined ? [] : ['-dht-protocol', dhtProtocol]),
    ...(secret === true ? ['-provide-every', '0'] : []),
    ...(lookEvery === undefined ? [] : ['-look-every', lookEvery]),
  ]
}
