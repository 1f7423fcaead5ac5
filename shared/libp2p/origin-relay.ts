import type { Stop } from '../changes.ts'
import type { PeerId } from '../ids.ts'
import type { Relays } from './relays.ts'
import type { Network } from '../network.ts'
import { type Runtime, sleep } from '../runtime.ts'
import type { Bootstrap } from '../bootstrap.ts'
import { originAddress, relayAddresses } from '../origin.ts'

export interface OriginRelayOptions {
  readonly runtime: Runtime
  readonly network: Pick<Network, 'links' | 'changes'>
  readonly relays: Pick<Relays, 'learn' | 'forget' | 'known'>
  readonly bootstrap: Promise<Bootstrap>
  /** Asks for it once more; nothing if there is no answer. */
  readonly askAgain: () => Promise<Bootstrap | undefined>
  /** `location.origin` */
  readonly pageOrigin: string
  /** Another relay-node stands there than before. */
  readonly moved: (bootstrap: Bootstrap) => void
}

/** As the relays themselves are dialled again. */
const ASK_FIRST_MS = 1_000
const ASK_LAST_MS = 30_000

/**
 * Who the relay-node is that serves the page. With another data folder it comes back under the same address
 * as another peer, which whoever knows the first one would never reach: so while there is no link to
 * it, it is asked who it is.
 */
export class OriginRelay {
  readonly #options: OriginRelayOptions
  #peer: PeerId | undefined
  #asking = false
  #stopped = false
  #wake = new AbortController()
  #stopListening: Stop = () => undefined

  constructor(options: OriginRelayOptions) {
    this.#options = options
  }

  start(): void {
    this.#stopListening = this.#options.network.changes.subscribe((change) => {
      if (change.kind === 'unlinked' && change.link.peer === this.#peer) void this.#ask()
    })
    void this.#options.bootstrap.then((bootstrap) => {
      if (this.#stopped) return
      this.#take(bootstrap)
      void this.#ask()
    })
  }

  stop(): void {
    this.#stopped = true
    this.#stopListening()
    this.nudge()
  }

  /** Asks at once if it is waiting to ask again. */
  nudge(): void {
    this.#wake.abort(new DOMException('nudged', 'AbortError'))
    this.#wake = new AbortController()
  }

  /** Until there is a link to it. */
  async #ask(): Promise<void> {
    if (this.#asking) return
    this.#asking = true
    const { clock, random } = this.#options.runtime
    for (let pause = ASK_FIRST_MS; ; pause = Math.min(2 * pause, ASK_LAST_MS)) {
      const { signal } = this.#wake
      // Half of it is chance: all pages of a relay-node lose it in the same moment.
      await sleep(clock, pause * (0.5 + 0.5 * random.fraction()), signal).catch(() => undefined)
      if (signal.aborted) pause = ASK_FIRST_MS
      if (this.#stopped || this.#isLinked) break
      const bootstrap = await this.#options.askAgain()
      if (bootstrap !== undefined && !this.#stopped) this.#take(bootstrap)
    }
    this.#asking = false
  }

  #take(bootstrap: Bootstrap): void {
    const { relays, pageOrigin, moved } = this.#options
    const { peerId, multiaddrs } = bootstrap
    const before = this.#peer
    this.#peer = peerId
    for (const { peer, address } of relays.known) {
      if (peer === undefined || peer === peerId) continue
      // Also one that is remembered from an earlier visit.
      if (peer === before || address === originAddress(pageOrigin, peer)) relays.forget(peer)
    }
    relays.learn(relayAddresses(pageOrigin, peerId, multiaddrs), true)
    if (before !== undefined && before !== peerId) moved(bootstrap)
  }

  get #isLinked(): boolean {
    return this.#options.network.links().some(({ peer }) => peer === this.#peer)
  }
}
