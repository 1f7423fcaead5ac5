import type { Libp2p } from '@libp2p/interface'
import type { Network } from '../shared/network.ts'
import type { Runtime } from '../shared/runtime.ts'
import { BootstrapPeers } from './bootstrap-peers.ts'
import type { Config } from './config.ts'
import { PassingLinks } from './passing-links.ts'
import { RoomFinder } from './room-finder.ts'
import { type WideDht, startWideDht } from './wide-dht.ts'

export interface WideNetworkOptions {
  readonly config: Config
  readonly node: Libp2p
  readonly network: Network
  readonly runtime: Runtime
  /** The rooms that this node carries, its own first. */
  readonly rooms: () => readonly string[]
  /** A sentence for whoever runs this node. */
  readonly tell: (sentence: string) => void
}

/** All that reaches beyond the people who came to this node: bootstrap peers, and rooms found by the DHT. */
export class WideNetwork {
  readonly #options: WideNetworkOptions
  readonly #bootstrap: BootstrapPeers
  readonly #links: PassingLinks
  #finder: RoomFinder | undefined
  #dht: WideDht | undefined
  #starting: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(options: WideNetworkOptions) {
    const { config, network, runtime, tell } = options
    this.#options = options
    const asked = usesDht(config) || config.bootstrap !== 'public'
    const addresses = asked ? config.bootstrap : []
    this.#bootstrap = new BootstrapPeers({ network, runtime, addresses, tell })
    this.#links = new PassingLinks({
      ...options,
      kept: () => this.#bootstrap.peers,
    })
  }

  /** Nothing waits for it: people are served while it is still on its way. */
  start(): void {
    this.#bootstrap.start()
    // Those who come are noted on the disk, too.
    this.#links.start()
    if (!usesDht(this.#options.config)) return
    this.#starting = this.#join().catch((error: unknown) => {
      this.#options.tell(
        `The DHT could not be joined, so rooms elsewhere are not found (${String(error)}).`,
      )
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#bootstrap.stop()
    this.#links.stop()
    await this.#starting
    await this.#finder?.stop()
    await this.#dht?.stop()
  }

  async #join(): Promise<void> {
    this.#dht = await startWideDht(this.#options)
    if (this.#stopped) return
    this.#finder = new RoomFinder({
      ...this.#options,
      dht: this.#dht,
      kept: () => this.#bootstrap.peers,
    })
    this.#finder.start()
  }
}

function usesDht({ bootstrap, dhtMode }: Config): boolean {
  return dhtMode !== 'off' && bootstrap.length > 0
}

/** What the start says of it, and how to stop what nobody asked for. */
export function wordWideNetwork(config: Config): string | undefined {
  const { bootstrap, dhtMode } = config
  if (!usesDht(config)) return undefined
  return bootstrap === 'public'
    ? `Finds rooms elsewhere by libp2p's public DHT, as a ${dhtMode}; BOOTSTRAP=none stops that`
    : `Finds rooms elsewhere by the DHT of ${bootstrap.length} bootstrap ${bootstrap.length === 1 ? 'peer' : 'peers'}, as a ${dhtMode}`
}
