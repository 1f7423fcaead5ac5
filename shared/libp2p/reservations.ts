import type { Libp2p, PeerId as Libp2pPeerId } from '@libp2p/interface'
import type { Reservation } from '../diagnostics.ts'
import type { PeerId } from '../ids.ts'
import { relayIn } from '../live-frame.ts'

/** What circuit-relay-v2 keeps to itself: how long a place is held. Looked at only here. */
interface Insides {
  readonly components?: {
    readonly transportManager?: { getTransports?(): readonly object[] }
  }
}

interface CircuitTransport {
  readonly reservationStore: {
    getReservation(peer: Libp2pPeerId): { readonly expire: bigint } | undefined
  }
}

/** Places that relays hold for this node; that there is one is told by its own addresses. */
export function reservationsOf(node: Libp2p): readonly Reservation[] {
  const addresses = node.getMultiaddrs().map(String)
  const relays = new Set(addresses.flatMap((address) => relayIn(address) ?? []))
  const expires = expiryOf(node)
  return [...relays].map((relay) => {
    const at = expires(relay)
    return at === undefined ? { relay } : { relay, expires: at }
  })
}

/** Nothing where the installed libp2p is not the one this was written for. */
function expiryOf(node: Libp2p): (relay: PeerId) => number | undefined {
  const transports = (node as Insides).components?.transportManager?.getTransports?.() ?? []
  const circuit = transports.find(
    (transport): transport is CircuitTransport =>
      typeof (transport as Partial<CircuitTransport>).reservationStore?.getReservation ===
      'function',
  )
  return (relay) => {
    const peer = node.getPeers().find((each) => each.toString() === relay)
    if (circuit === undefined || peer === undefined) return undefined
    const seconds = circuit.reservationStore.getReservation(peer)?.expire
    return seconds === undefined ? undefined : Number(seconds) * 1_000
  }
}
