import type { Stop } from '../shared/changes.ts'
import { withHost } from '../shared/ice-url.ts'
import { type Runtime, sleep } from '../shared/runtime.ts'
import type { Bootstrap, IceServer } from './bootstrap.ts'

export interface IceServersOptions {
  readonly runtime: Runtime
  readonly bootstrap: Promise<Bootstrap>
  readonly askAgain: () => Promise<Bootstrap | undefined>
  /** `location.hostname` */
  readonly hostname: string
}

/** On a LAN a link needs nobody's help: it must not wait for a relay-node that does not answer. */
const PATIENCE_MS = 2_000
/** After half of their time credentials are renewed; if nobody answers, again after so long. */
const RETRY_MS = 60_000

/** Whom a new WebRTC connection asks for its addresses: the relay-node's STUN, and TURN where it names one. */
export class IceServers {
  readonly #options: IceServersOptions
  #servers: readonly IceServer[] = []
  /** When the credentials among them end, ms since 1970. */
  #ends = Infinity
  #first: Promise<void> | undefined
  #stopRenewing: Stop = () => undefined
  #stopped = false

  constructor(options: IceServersOptions) {
    this.#options = options
  }

  start(): void {
    this.#first ??= this.#options.bootstrap.then(
      (bootstrap) => {
        this.#take(bootstrap)
      },
      () => undefined,
    )
  }

  stop(): void {
    this.#stopped = true
    this.#stopRenewing()
  }

  /** As they are good now; none if the relay-node has not answered yet. */
  async current(): Promise<RTCIceServer[]> {
    await this.#atMost(this.#first)
    // A device that slept wakes up with credentials that have ended.
    if (this.#ended) await this.#atMost(this.#renew())
    const good = this.#ended
      ? this.#servers.filter(({ credential }) => credential === undefined)
      : this.#servers
    return good.map((server) => ({ ...server }))
  }

  get #ended(): boolean {
    return this.#options.runtime.clock.now() >= this.#ends
  }

  async #atMost(done: Promise<void> | undefined): Promise<void> {
    const waiting = new AbortController()
    const patience = sleep(this.#options.runtime.clock, PATIENCE_MS, waiting.signal)
    await Promise.race([done, patience.catch(() => undefined)])
    waiting.abort(new DOMException('no longer waited for', 'AbortError'))
  }

  #take({ iceServers, iceEnds }: Bootstrap): void {
    const { runtime, hostname } = this.#options
    this.#servers = iceServers.map((server) => ({
      ...server,
      urls: server.urls.map((url) => withHost(url, hostname)),
    }))
    this.#stopRenewing()
    this.#ends = iceEnds ?? Infinity
    if (iceEnds !== undefined) this.#renewAfter((iceEnds - runtime.clock.now()) / 2)
  }

  #renewAfter(ms: number): void {
    this.#stopRenewing()
    if (this.#stopped) return
    this.#stopRenewing = this.#options.runtime.clock.after(ms, () => {
      void this.#renew()
    })
  }

  async #renew(): Promise<void> {
    const bootstrap = await this.#options.askAgain()
    if (bootstrap === undefined) this.#renewAfter(RETRY_MS)
    else this.#take(bootstrap)
  }
}
