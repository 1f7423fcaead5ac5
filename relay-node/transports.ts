import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'

import type { Protocol } from './nat-pmp.ts'

/** What libp2p knows of its addresses. */
export interface AddressManager {
  addPublicAddressMapping(
    internalIp: string,
    internalPort: number,
    externalIp: string,
    externalPort: number,
    protocol: Protocol,
  ): void
  removePublicAddressMapping(
    internalIp: string,
    internalPort: number,
    externalIp: string,
    externalPort: number,
    protocol: Protocol,
  ): void
  confirmObservedAddr(address: Multiaddr, options: { readonly ttl: number }): void
}

/** What libp2p 3.3.11 keeps to itself and has no public way to: its listeners and addresses. Looked at only here. */
interface Insides {
  readonly components: {
    readonly addressManager: AddressManager
    readonly transportManager: {
      getListeners(): readonly object[]
      getAddrs(): readonly Multiaddr[]
      listen(addresses: readonly Multiaddr[]): Promise<void>
    }
  }
}

function insidesOf(node: object): Insides['components']['transportManager'] {
  return (node as Insides).components.transportManager
}

export function addressManagerOf(node: object): AddressManager {
  return (node as Insides).components.addressManager
}

export function listenersOf(node: object): readonly object[] {
  return insidesOf(node).getListeners()
}

/** Where the node really listens, in contrast to what it announces. */
export function listenedOn(node: object): readonly Multiaddr[] {
  return insidesOf(node).getAddrs()
}

/** Listens on more addresses than the node was started with. */
export function listenOn(node: object, addresses: readonly string[]): Promise<void> {
  return insidesOf(node).listen(addresses.map((address) => multiaddr(address)))
}
