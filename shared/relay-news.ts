import type { Runtime } from './runtime.ts'
import { sleep } from './runtime.ts'
import { type Bootstrap, parseBootstrap } from './bootstrap.ts'

export interface RelayNewsOptions {
  readonly runtime: Runtime
  /**
   * Fetches its `/bootstrap.json`, past all caches. After the network has changed a question may hang for
   * minutes: rejects if there is no answer within some seconds.
   */
  readonly ask: () => Promise<Response>
  /** The relay-node did not answer, or (`answers`) something else did in its place; it is asked again. */
  readonly onsilence: (answers: boolean) => void
  readonly onanswer: () => void
}

const RETRY_FIRST_MS = 1_000
const RETRY_LAST_MS = 30_000
/** `Date` is in whole seconds: half of one is the best guess at the rest. */
const DATE_MIDDLE_MS = 500

/** What the relay-node that serves the page says of itself, and its clock. */
export class RelayNews {
  readonly #options: RelayNewsOptions
  /** Fetched once; waits for as long as the relay-node does not answer. */
  readonly bootstrap: Promise<Bootstrap>
  /** Whether anything came of the last question. */
  #answers = false
  #clock: { readonly theirs: number; readonly ours: number } | undefined
  #wake = new AbortController()

  constructor(options: RelayNewsOptions) {
    this.#options = options
    this.bootstrap = this.#ask()
  }

  /** The relay-node's clock now, ms since 1970, once it is known. */
  get now(): number | undefined {
    const clock = this.#clock
    return clock === undefined ? undefined : clock.theirs + this.#steady() - clock.ours
  }

  /** Asks what time it is, now. False if there is no answer. */
  async askTime(): Promise<boolean> {
    this.#clock = undefined
    await this.askOnce()
    return this.now !== undefined
  }

  /** Asks at once if it is waiting to ask again. */
  nudge(): void {
    this.#wake.abort(new DOMException('nudged', 'AbortError'))
    this.#wake = new AbortController()
  }

  /** The device's own clock may be set between the answer and its use. */
  #steady(): number {
    const { clock } = this.#options.runtime
    return clock.steady?.() ?? clock.now()
  }

  async #ask(): Promise<Bootstrap> {
    const { runtime, onsilence, onanswer } = this.#options
    for (let pause = RETRY_FIRST_MS; ; pause = Math.min(2 * pause, RETRY_LAST_MS)) {
      const bootstrap = await this.askOnce()
      if (bootstrap !== undefined) {
        onanswer()
        return bootstrap
      }
      onsilence(this.#answers)
      await sleep(runtime.clock, pause, this.#wake.signal).catch(() => undefined)
    }
  }

  /** Nothing if it does not answer now. */
  async askOnce(): Promise<Bootstrap | undefined> {
    this.#answers = false
    try {
      const response = await this.#options.ask()
      this.#answers = true
      const theirs = Date.parse(response.headers.get('date') ?? '') + DATE_MIDDLE_MS
      if (!Number.isNaN(theirs)) this.#clock = { theirs, ours: this.#steady() }
      const json: unknown = await response.json()
      const parsed = parseBootstrap(json, this.#options.runtime.clock.now())
      return parsed.ok ? parsed.value : undefined
    } catch {
      return undefined
    }
  }
}
