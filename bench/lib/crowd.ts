import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const PROCESS = fileURLToPath(new URL('crowd-process.ts', import.meta.url))

/** Real people without a screen, all in one process of their own, in the room that is always there. */
export class Crowd {
  readonly #process: ChildProcess

  private constructor(running: ChildProcess) {
    this.#process = running
  }

  /** @param relay its WebSocket address */
  static async start(people: number, relay: string): Promise<Crowd> {
    const running = fork(PROCESS, [String(people), relay], { execArgv: ['--disable-proto=delete'] })
    const ended = once(running, 'exit').then(() => {
      throw new Error('the crowd ended before all were in')
    })
    await Promise.race([once(running, 'message'), ended])
    ended.catch(() => undefined)
    return new Crowd(running)
  }

  /** One after the other says something, so often; 0: they fall silent. */
  talk(everyMs: number): void {
    this.#process.send(everyMs)
  }

  async stop(): Promise<void> {
    const { exitCode, signalCode } = this.#process
    if (exitCode !== null || signalCode !== null) return
    const ended = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await ended
  }
}
