import type { PeerId } from '../shared/ids.ts'
import { deadline } from '../shared/libp2p/deadline.ts'
import type { Network } from '../shared/network.ts'
import { type Runtime, sleep } from '../shared/runtime.ts'

export interface BootstrapPeersOptions {
  readonly network: Network
  readonly runtime: Runtime
  /** Multiaddrs, or libp2p's own. */
  readonly addresses: 'public' | readonly string[]
  /** A sentence for whoever runs this node. */
  readonly tell: (sentence: string) => void
}

/** As every libp2p program has them (go-libp2p-kad-dht's DefaultBootstrapPeers). */
const PUBLIC: readonly string[] = [
  '/dnsaddr/bootstrap.libp2p.io/p2p/QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN',
  '/dnsaddr/bootstrap.libp2p.io/p2p/QmQCU2EcMqAqQPR2i9bChDtGNJchTbq5TbXJJ16u19uLTa',
  '/dnsaddr/bootstrap.libp2p.io/p2p/QmbLHAnMoJPWSCR5Zhtx6BHJX9KiKNN6tpvbUcqanj75Nb',
  '/dnsaddr/bootstrap.libp2p.io/p2p/QmcZf59bWwK5XFi76CZX8cbJ4BhTzzA3gU1ZjYZcYW3dwt',
  '/ip4/104.131.131.82/tcp/4001/p2p/QmaCpDMGvV2BGHeYERUEnRQAwe3N8SzbUtfsmvsqQLuvuJ',
]

const RETRY_FIRST_MS = 1_000
/** A peer that is down for long is asked twice a minute: nothing for it, soon enough for us. */
const RETRY_LAST_MS = 30_000
/** Everybody asks these, and other peers of the DHT are known soon. */
const RETRY_PUBLIC_MS = 5 * 60_000
/** Up to half as long again, so that many nodes do not all come back in the same moment. */
const RETRY_JITTER = 0.5
/** Whoever hangs up sooner is asked as seldom as whoever is down. */
const LASTED_MS = 30_000
/** Whoever takes the connection and then says nothing is none. */
const DIAL_MS = 15_000

/** Stays connected to the peers that the configuration names. */
export class BootstrapPeers {
  readonly #options: BootstrapPeersOptions
  readonly #life = new AbortController()
  readonly #addresses: readonly string[]
  readonly #reached = new Set<string>()
  readonly #complained = new Set<string>()
  readonly #peers = new Set<string>()

  constructor(options: BootstrapPeersOptions) {
    this.#options = options
    this.#addresses = options.addresses === 'public' ? PUBLIC : options.addresses
  }

  /** Those that were reached, by id. */
  get peers(): ReadonlySet<string> {
    return this.#peers
  }

  start(): void {
    const { network } = this.#options
    for (const address of this.#addresses) {
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
      const patience = deadline(runtime.clock, DIAL_MS, signal)
      const dialled = await network.dial(address, patience.signal)
      patience.stop()
      if (signal.aborted) return
      runtime.log('bootstrap: dialled', { address, connected: dialled.ok })
      const since = runtime.clock.now()
      if (dialled.ok) {
        this.#reached.add(address)
        this.#peers.add(dialled.value)
        await this.#lost(dialled.value)
      } else if (failures > 0) this.#complain(address)
      const lasted = dialled.ok && runtime.clock.now() - since >= LASTED_MS
      failures = lasted ? 0 : failures + 1
      await sleep(runtime.clock, this.#pause(failures), signal).catch(() => undefined)
    }
  }

  /** At the second failure, once for each address that never answered; the public ones all at once, when none of them did. */
  #complain(address: string): void {
    const { addresses, tell } = this.#options
    if (this.#reached.has(address) || this.#complained.has(address)) return
    this.#complained.add(address)
    if (addresses !== 'public') {
      tell(
        `The bootstrap peer ${address} cannot be reached, or is another peer than its address says; it is tried again.`,
      )
    } else if (this.#complained.size === PUBLIC.length) {
      tell(
        'None of the public bootstrap peers can be reached, so rooms elsewhere are not found; they are tried again. BOOTSTRAP=none stops this.',
      )
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
    const { addresses, runtime } = this.#options
    const first = addresses === 'public' ? RETRY_LAST_MS : RETRY_FIRST_MS
    const last = addresses === 'public' ? RETRY_PUBLIC_MS : RETRY_LAST_MS
    const pause = Math.min(last, first * 2 ** Math.max(0, failures - 1))
    return pause * (1 + RETRY_JITTER * runtime.random.fraction())
  }
}
