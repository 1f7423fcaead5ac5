import { type ChildProcess, spawn } from 'node:child_process'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import type { Kept, Order, Orders, Shown, Usage } from './orders.ts'
import type { Link } from '../../shared/network.ts'

const SOURCE = fileURLToPath(new URL('peer.ts', import.meta.url))
const BUNDLE = fileURLToPath(new URL('../../dist/seed/peer.mjs', import.meta.url))

interface Reply {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
}

/** One file, as what is shipped: unbundled, a third of the memory is sources. */
export async function bundlePeer(): Promise<void> {
  const bundle = await rolldown({
    input: SOURCE,
    platform: 'node',
    resolve: { conditionNames: ['node', 'import', 'module', 'default'] },
  })
  await bundle.write({ file: BUNDLE, format: 'esm', minify: true, codeSplitting: false })
  await bundle.close()
}

export interface PeerPlace {
  /** The beginning of a command that runs the rest of it somewhere else. */
  readonly within?: readonly string[]
  /** Where it listens. */
  readonly host?: string
  readonly relays: readonly string[]
}

/** A headless peer in a process of its own. */
export class HeadlessPeer implements Orders {
  readonly #process: ChildProcess
  readonly #waiting = new Map<number, (reply: Reply) => void>()
  #last = 0
  id = ''

  private constructor(running: ChildProcess) {
    this.#process = running
    running.on('message', (reply: Reply) => {
      this.#waiting.get(reply.id)?.(reply)
      this.#waiting.delete(reply.id)
    })
    running.once('exit', (code) => {
      const error = `the peer ended with ${String(code)}`
      for (const [id, settle] of this.#waiting) settle({ id, error })
      this.#waiting.clear()
    })
  }

  static async start({
    within = [],
    host = '127.0.0.1',
    relays,
  }: PeerPlace): Promise<HeadlessPeer> {
    const flags = ['--disable-proto=delete', '--max-semi-space-size=1']
    const command = [...within, process.execPath, ...flags, BUNDLE, host, ...relays]
    const [program = '', ...args] = command
    const running = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    const peer = new HeadlessPeer(running)
    peer.id = (await peer.#reply(0)) as string
    return peer
  }

  name(): Promise<string> {
    return this.#order('name') as Promise<string>
  }
  say(text: string): Promise<number> {
    return this.#order('say', text) as Promise<number>
  }
  shown(): Promise<readonly Shown[]> {
    return this.#order('shown') as Promise<readonly Shown[]>
  }
  history(): Promise<readonly Kept[]> {
    return this.#order('history') as Promise<readonly Kept[]>
  }
  people(): Promise<readonly string[]> {
    return this.#order('people') as Promise<readonly string[]>
  }
  links(): Promise<readonly Link[]> {
    return this.#order('links') as Promise<readonly Link[]>
  }
  address(): Promise<string | undefined> {
    return this.#order('address') as Promise<string | undefined>
  }
  dial(address: string): Promise<boolean> {
    return this.#order('dial', address) as Promise<boolean>
  }
  ping(peer: string): Promise<number | undefined> {
    return this.#order('ping', peer) as Promise<number | undefined>
  }
  usage(): Promise<Usage> {
    return this.#order('usage') as Promise<Usage>
  }

  /** Says goodbye and ends. */
  async quit(): Promise<void> {
    await this.#order('quit')
    await this.#ended()
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#ended()
  }

  async #ended(): Promise<void> {
    const { exitCode, signalCode } = this.#process
    if (exitCode === null && signalCode === null)
      await new Promise((resolve) => this.#process.once('exit', resolve))
  }

  #order(name: keyof Orders, argument?: string): Promise<unknown> {
    const id = ++this.#last
    const reply = this.#reply(id)
    const order: Order = { id, name, ...(argument === undefined ? {} : { argument }) }
    this.#process.send(order)
    return reply
  }

  #reply(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ value, error }) => {
        if (error === undefined) resolve(value)
        else reject(new Error(error))
      })
    })
  }
}
