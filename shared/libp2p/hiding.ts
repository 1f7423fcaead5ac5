import type { ConnectionGater, Transport } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { isDialable } from '../live-frame.ts'

/** A transport that answers the offers of others from its start to its stop. */
interface Answering {
  start(): Promise<void>
  stop(): Promise<void>
}

/**
 * Relay-only mode of one node. A direct link begins with an offer that lists one's own addresses, so
 * none is made, none is answered, and none is invited by an address that says where to send it.
 */
export class Hiding {
  #on: boolean
  readonly #isRelay: (address: string) => boolean
  #answering: Answering | undefined

  /** @param isRelay addresses that are dialled all the same: a relay-node sees whom it serves */
  constructor(on: boolean, isRelay: (address: string) => boolean) {
    this.#on = on
    this.#isRelay = isRelay
  }

  get on(): boolean {
    return this.#on
  }

  /** The WebRTC transport between browsers, as it is given to the node. */
  guard<C>(make: (components: C) => Transport): (components: C) => Transport {
    return (components) => {
      const made = make(components)
      const transport = made as Transport & Partial<Answering>
      const { start, stop } = transport
      if (start === undefined || stop === undefined)
        throw new Error('this version of @libp2p/webrtc is not known: see hiding.ts')
      this.#answering = { start: () => start.call(transport), stop: () => stop.call(transport) }
      transport.start = async () => {
        if (!this.#on) await start.call(transport)
      }
      return made
    }
  }

  /** For the node's gater: whether this address must not be dialled now. */
  deniesDial(address: string): boolean {
    if (!this.#on) return false
    if (address.includes('/p2p-circuit')) return isDialable(address)
    return !this.#isRelay(address)
  }

  get gater(): Pick<ConnectionGater, 'denyInboundConnection'> {
    return {
      // An answer that was on its way when the mode changed.
      denyInboundConnection: ({ remoteAddr }) => this.deniesDial(remoteAddr.toString()),
    }
  }

  /** For `addresses.announceFilter`: what others are told. */
  announced(addresses: Multiaddr[]): Multiaddr[] {
    if (!this.#on) return addresses
    return addresses.filter((each) => {
      const address = each.toString()
      return address.includes('/p2p-circuit') && !isDialable(address)
    })
  }

  async set(on: boolean): Promise<void> {
    if (on === this.#on) return
    this.#on = on
    if (on) await this.#answering?.stop()
    else await this.#answering?.start()
  }
}
