/** What a tab does as its turn comes and goes. */
export interface Turn {
  /** This tab is the one now. */
  begin(): void
  /** Another one is; this one waits. */
  wait(): void
  /** Stop: another tab wants to be the one, or has taken it. */
  end(): Promise<void>
}

/** A tab that does not answer for so long is frozen, and its turn is taken from it. */
const PATIENCE_MS = 2_000

/**
 * One tab at a time for each profile: a Web Lock says which, and goes by itself when that tab is
 * gone. Two pages under one key would break each other's connections and write one log twice.
 */
export class Tab {
  readonly #name: string
  readonly #turn: Turn
  #channel: BroadcastChannel | undefined
  #leave: (() => void) | undefined
  #queue: AbortController | undefined
  #running = false
  /** Turns are taken by one loop at a time, also when the tab stops and starts again. */
  #loop: Promise<void> = Promise.resolve()

  constructor(name: string, turn: Turn) {
    this.#name = name
    this.#turn = turn
  }

  start(): void {
    this.#loop = this.#loop.then(() => {
      this.#running = true
      this.#listen()
      return this.#takeTurns()
    })
  }

  /** Gives the turn up, and does not ask for it again. */
  stop(): void {
    this.#running = false
    this.#channel?.close()
    this.#leave?.()
    this.#queue?.abort()
  }

  /** Asks the other tab to give up its turn. */
  demand(): void {
    this.#channel?.postMessage('mine')
    setTimeout(() => {
      if (this.#running && this.#leave === undefined) void this.#request({ steal: true })
    }, PATIENCE_MS)
  }

  #listen(): void {
    this.#channel = new BroadcastChannel(this.#name)
    this.#channel.onmessage = () => {
      this.#leave?.()
      // Whoever asked goes first: the others in the queue go to its end.
      this.#queue?.abort()
    }
  }

  async #takeTurns(): Promise<void> {
    const had = await this.#request({ ifAvailable: true })
    if (!had && this.#running) this.#turn.wait()
    while (this.#running) {
      this.#queue = new AbortController()
      await this.#request({ signal: this.#queue.signal })
    }
  }

  /** Resolves when the turn is over, or was not to be had; says whether it was had. */
  async #request(options: LockOptions): Promise<boolean> {
    let had = false
    let ended: Promise<void> | undefined
    try {
      await navigator.locks.request(this.#name, options, async (lock) => {
        if (lock === null || !this.#running || this.#leave !== undefined) return
        had = true
        ended = this.#hold()
        await ended
      })
    } catch (error) {
      // The queue was left, or the turn was stolen; a stolen one is over.
      if (!(error instanceof DOMException) || error.name !== 'AbortError') throw error
      this.#leave?.()
      await ended
    }
    return had
  }

  async #hold(): Promise<void> {
    const over = new Promise<void>((resolve) => {
      this.#leave = resolve
    })
    this.#turn.begin()
    await over
    await this.#turn.end()
    this.#leave = undefined
  }
}
