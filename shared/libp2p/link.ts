import type { Connection, PeerId as Libp2pPeerId } from '@libp2p/interface'
import type { PeerId } from '../ids.ts'
import type { Link, Path } from '../network.ts'

/** Multiaddr protocols in the order in which they decide: `/tcp/…/ws` is a WebSocket, no TCP link. */
const TRANSPORTS: readonly (readonly [protocol: string, name: string])[] = [
  ['webrtc-direct', 'WebRTC'],
  ['webrtc', 'WebRTC'],
  ['webtransport', 'WebTransport'],
  ['p2p-circuit', 'relay'],
  ['wss', 'WebSocket'],
  ['ws', 'WebSocket'],
  ['quic-v1', 'QUIC'],
  ['tcp', 'TCP'],
  ['memory', 'memory'],
]

export function linkOf(connection: Connection, relay: boolean): Link {
  const address = connection.remoteAddr.toString()
  return {
    peer: idOf(connection.remotePeer),
    path: pathOf(connection),
    transport: transportOf(address),
    address,
    direction: connection.direction,
    since: connection.timeline.open,
    ...(connection.rtt === undefined ? {} : { rttMs: connection.rtt }),
    relay,
  }
}

/** A WebRTC address names the circuit that it was arranged over, yet nobody is in between. */
export function pathOf(connection: Connection): Path {
  return connection.direct && connection.limits === undefined ? 'direct' : 'relayed'
}

function transportOf(address: string): string {
  // How the relay is reached says nothing about the link beyond it.
  const circuit = address.lastIndexOf('/p2p-circuit')
  const protocols = address.slice(Math.max(circuit, 0)).split('/')
  return TRANSPORTS.find(([protocol]) => protocols.includes(protocol))?.[1] ?? 'unknown'
}

export function idOf(peer: Libp2pPeerId): PeerId {
  return peer.toString() as PeerId
}

/** Why libp2p failed, for the log. In browsers it may throw a DOM `Event`. */
export function reason(error: unknown): string {
  if (error instanceof Error) return `${error.name}: ${error.message}`
  return error instanceof Event ? error.type : String(error)
}
