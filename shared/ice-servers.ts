import type { Stop } from './changes.ts'
import type { PeerId } from './ids.ts'
import { stunAt, withHost } from './ice-url.ts'
import type { KnownRelay } from './relay-word.ts'
import { type Runtime, sleep } from './runtime.ts'
import type { Bootstrap, IceServer } from './bootstrap.ts'

export interface IceServersOptions {
  readonly runtime: Runtime
  readonly bootstrap: Promise<Bootstrap>
  readonly askAgain: () => Promise<Bootstrap | undefined>
  /** `location.hostname` */
  readonly hostname: string
  readonly relays: () => readonly KnownRelay[]
}

/** On a LAN a link needs nobody's help: it must not wait for a relay-node that does not answer. */
const PATIENCE_MS = 2_000
/** Engines ask all of them for each connection; one that answers is enough. */
const OTHERS_MAX = 2
/** After half of their time credentials are renewed; if nobody answers, again after so long. */
const RETRY_MS = 60_000

/**
 * Whom a new WebRTC connection asks for its addresses: the STUN of the relay-node that serves the page,
 * and TURN where it names one; while the page is not connected to it, the STUN of those that it is connected to.
 */
export class IceServers {
  readonly #options: IceServersOptions
  #servers: readonly IceServer[] = []
  #origin: PeerId | undefined
  /** When the credentials among them end, ms since 1970. */
  #ends = Infinity
  #first: Promise<void> | undefined
  #stopRenewing: Stop = () => undefined
  #stopped = false

  constructor(options: IceServersOptions) {
    this.#options = options
  }

  start(): void {
    const heard = this.#options.bootstrap.then(
      (bootstrap) => {
        this.take(bootstrap)
      },
      () => undefined,
    )
    // Counted from here: when it is down for good, not every connection is to wait for it.
    this.#first ??= this.#atMost(heard)
  }

  stop(): void {
    this.#stopped = true
    this.#stopRenewing()
  }

  /** As they are good now; none if no relay-node has answered yet. */
  async current(): Promise<RTCIceServer[]> {
    await this.#first
    // A device that slept wakes up with credentials that have ended.
    if (this.#ended) await this.#atMost(this.#renew())
    const good = this.#ended
      ? this.#servers.filter(({ credential }) => credential === undefined)
      : this.#servers
    return [...good, ...this.others].map((server) => ({ ...server }))
  }

  /**
   * Of other relay-nodes; none while the page is connected to its own. They see this device's address
   * anyway, and name no more than a port: nobody can be pointed at a stranger's host.
   */
  get others(): readonly IceServer[] {
    const linked = this.#options
      .relays()
      .filter(({ state }) => state === 'serving' || state === 'linked')
    if (linked.some(({ peer }) => peer === this.#origin)) return []
    const urls = linked.flatMap(({ address, word }) =>
      word?.stun === undefined ? [] : (stunAt(address, word.stun) ?? []),
    )
    return [...new Set(urls)].slice(0, OTHERS_MAX).map((url) => ({ urls: [url] }))
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

  /** The page's own relay-node says so, now. */
  take({ peerId, iceServers, iceEnds }: Bootstrap): void {
    const { runtime, hostname } = this.#options
    this.#origin = peerId
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
    else this.take(bootstrap)
  }
}
