import { type Bootstrap, parseBootstrap } from './bootstrap.ts'
import type { Stop } from './changes.ts'
import type { TrueTime } from './guard.ts'
import { type Runtime, sleep } from './runtime.ts'

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

/** The clock of whoever answered, ms since 1970; NaN if they do not tell. */
export function servedAt({ headers }: Response): number {
  return Date.parse(headers.get('date') ?? '') + DATE_MIDDLE_MS
}

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

  /**
   * Tells the time to whoever goes by it, and again each time the device's clock was set, or the device slept.
   * @param sameClock the relay-node is on this very device
   */
  tellTime(time: TrueTime, sameClock: boolean): Stop {
    let jumps = 0
    let stopped = false
    const stop = time.changes.subscribe(({ kind }) => {
      if (kind !== 'jumped') return
      // Whoever asked because of an earlier jump leaves it to this one.
      const jump = ++jumps
      void this.#tellAnew(time, () => !stopped && jump === jumps)
    })
    void this.bootstrap.then(({ peerId }) => {
      time.originIs(peerId, { sameClock })
      if (this.now !== undefined) time.learn(this.now)
    })
    return () => {
      stopped = true
      stop()
    }
  }

  async #tellAnew(time: TrueTime, goesOn: () => boolean): Promise<void> {
    const { clock } = this.#options.runtime
    for (let pause = RETRY_FIRST_MS; goesOn(); pause = Math.min(2 * pause, RETRY_LAST_MS)) {
      this.#clock = undefined
      await this.askOnce()
      if (this.now !== undefined) time.learn(this.now)
      // Asked again, the same clock settles no dispute.
      if (time.known || time.disputed !== 0) return
      await sleep(clock, pause)
    }
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
      const theirs = servedAt(response)
      if (!Number.isNaN(theirs)) this.#clock = { theirs, ours: this.#steady() }
      const json: unknown = await response.json()
      const parsed = parseBootstrap(json, this.#options.runtime.clock.now())
      return parsed.ok ? parsed.value : undefined
    } catch {
      return undefined
    }
  }
}
