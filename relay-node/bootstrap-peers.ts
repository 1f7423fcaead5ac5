import type { PeerId } from '../shared/ids.ts'
import type { Network } from '../shared/network.ts'
import { type Runtime, sleep } from '../shared/runtime.ts'

export interface BootstrapPeersOptions {
  readonly network: Network
  readonly runtime: Runtime
  /** Multiaddrs. */
  readonly addresses: readonly string[]
}

const RETRY_FIRST_MS = 1_000
/** A peer that is down for long is asked twice a minute: nothing for it, soon enough for us. */
const RETRY_LAST_MS = 30_000
/** Up to half as long again, so that many nodes do not all come back in the same moment. */
const RETRY_JITTER = 0.5

/** Stays connected to the peers that the configuration names. */
export class BootstrapPeers {
  readonly #options: BootstrapPeersOptions
  readonly #life = new AbortController()

  constructor(options: BootstrapPeersOptions) {
    this.#options = options
  }

  start(): void {
    const { addresses, network } = this.#options
    for (const address of addresses) {
      // One list may serve many nodes, and then names each of them too.
      if (!address.endsWith(`/p2p/${network.self}`)) void this.#keep(address)
    }
  }

  stop(): void {
    this.#life.abort(new Error('stopped'))
  }

  async #keep(address: string): Promise<void> {
    const { network, runtime } = this.#options
    const { signal } = this.#life
    let failures = 0
    while (!signal.aborted) {
      const dialled = await network.dial(address, signal)
      if (signal.aborted) return
      runtime.log('bootstrap: dialled', { address, connected: dialled.ok })
      if (dialled.ok) await this.#lost(dialled.value)
      failures = dialled.ok ? 0 : failures + 1
      await sleep(runtime.clock, this.#pause(failures), signal).catch(() => undefined)
    }
  }

  /** Resolves when no link to the peer is left, or when we stop. */
  #lost(peer: PeerId): Promise<void> {
    const { network } = this.#options
    return new Promise((resolve) => {
      const isLinked = (): boolean => network.links().some((link) => link.peer === peer)
      const end = (): void => {
        stopListening()
        this.#life.signal.removeEventListener('abort', end)
        resolve()
      }
      const stopListening = network.changes.subscribe((change) => {
        if (change.kind === 'unlinked' && change.link.peer === peer && !isLinked()) end()
      })
      this.#life.signal.addEventListener('abort', end, { once: true })
      // It may have gone between the dial and here.
      if (!isLinked()) end()
    })
  }

  #pause(failures: number): number {
    const pause = Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** Math.max(0, failures - 1))
    return pause * (1 + RETRY_JITTER * this.#options.runtime.random.fraction())
  }
}
