import { type ChildProcess, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import process from 'node:process'
import { Lab } from './lab.ts'

/** Apart from the relay-node's own STUN responder. */
const TURN_PORT = 3479
const STARTED_WITHIN_MS = 10_000
const READY = /listener opened on.* UDP|UDP listener opened on/

/** A coturn at a public address of the lab, which shares a secret with the relay-nodes. */
export class TurnServer {
  readonly #process: ChildProcess
  readonly #database: string
  /** What a relay-node is told. */
  readonly environment: Readonly<Record<string, string>>

  private constructor(address: string, running: ChildProcess, secret: string, database: string) {
    this.#process = running
    this.#database = database
    this.environment = {
      TURN_URL: `turn:${address}:${TURN_PORT}?transport=udp`,
      TURN_SECRET: secret,
    }
  }

  static async start(address: string, program: string): Promise<TurnServer> {
    const secret = crypto.randomUUID()
    const database = `/tmp/p2p-chat-turn-${process.pid}-${secret}.sqlite`
    const [command = '', ...args] = [
      ...Lab.within('public'),
      program,
      // Nothing of the machine's own configuration.
      '-n',
      ...['--listening-ip', address, '--relay-ip', address, '--listening-port', String(TURN_PORT)],
      ...['--use-auth-secret', '--static-auth-secret', secret, '--realm', 'lab'],
      ...['--no-tls', '--no-dtls', '--no-cli', '--log-file', 'stdout', '--simple-log', '-v'],
      ...['--userdb', database, '--pidfile', '/dev/null'],
    ]
    const running = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const server = new TurnServer(address, running, secret, database)
    await server.#started()
    return server
  }

  async stop(): Promise<void> {
    const { exitCode, signalCode } = this.#process
    if (exitCode === null && signalCode === null) {
      const ended = new Promise((resolve) => this.#process.once('exit', resolve))
      this.#process.kill('SIGKILL')
      await ended
    }
    rmSync(this.#database, { force: true })
  }

  #started(): Promise<void> {
    let output = ''
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`coturn did not start:\n${output}`))
      }, STARTED_WITHIN_MS)
      const read = (chunk: Buffer): void => {
        output += chunk.toString()
        if (!READY.test(output)) return
        clearTimeout(timer)
        resolve()
      }
      this.#process.stdout?.on('data', read)
      this.#process.stderr?.on('data', read)
      this.#process.once('exit', (code) => {
        clearTimeout(timer)
        reject(new Error(`coturn ended with ${String(code)}:\n${output}`))
      })
    })
  }
}
