import { type CircuitRelayService, circuitRelayServer } from '@libp2p/circuit-relay-v2'
import type { GossipSub } from '@libp2p/gossipsub'
import { type Identify, identify } from '@libp2p/identify'
import type { Libp2p, PeerId, PrivateKey } from '@libp2p/interface'
import { type KadDHT, kadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { noise } from '@libp2p/noise'
import { type Ping, ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { gossipService } from '../shared/libp2p/gossip.ts'
import { PING_STREAMS } from '../shared/libp2p/ping.ts'
import type { Quarantine } from '../shared/libp2p/quarantine.ts'
import { serveStreams } from '../shared/libp2p/streams.ts'
import { DHT_PROTOCOL } from '../shared/limits.ts'
import { RELAY_WORD } from '../shared/relay-word.ts'
import type { Runtime } from '../shared/runtime.ts'
import type { Config, Port } from './config.ts'
import type { Datastore } from './datastore.ts'
import { ConnectionCounts, admitsReservation } from './fairness.ts'
import { answerRelayWord } from './relay-word.ts'
import { listenOn, listenedOn } from './transports.ts'

export type RelayLibp2p = Libp2p<{
  identify: Identify
  ping: Ping
  dht: KadDHT
  relay: CircuitRelayService
  pubsub: GossipSub
}>

const MINUTE_MS = 60_000
/** A client renews at half of it; whoever vanished without closing frees the place by then. */
const RESERVATION_MS = 20 * MINUTE_MS
/**
 * Relayed connections carry signalling, and the chat of those who cannot link directly. Limited,
 * or gossipsub would hold on to them and fall silent when the relay dies.
 */
const CIRCUIT_MS = 120 * MINUTE_MS
const CIRCUIT_BYTES = BigInt(64 * 1024 * 1024)
/** An office or a reverse proxy is one address, and all its tabs come back in the same second after a restart. */
const INBOUND_PER_SECOND_AND_ADDRESS = 1_000
const INBOUND_PENDING = 1_000
/** Closed tabs must not be found for long; who stays provides again every few minutes. */
const PROVIDER_VALID_MS = 30 * MINUTE_MS
const PROVIDER_SWEEP_MS = 5 * MINUTE_MS

export interface NodeOptions {
  readonly config: Config
  readonly key: PrivateKey
  readonly datastore: Datastore
  readonly runtime: Runtime
  readonly version: string
  readonly quarantine: Quarantine
}

/** The libp2p node of a relay, listening. Rejects if an address cannot be listened on. */
export async function startNode(options: NodeOptions): Promise<RelayLibp2p> {
  const counts = new ConnectionCounts(options.config.maxConnections)
  const node: RelayLibp2p = await createNode(options, counts, (peer) =>
    mayReserve(node, peer, options.config),
  )
  node.addEventListener('connection:open', ({ detail }) => {
    counts.opened(detail)
  })
  node.addEventListener('connection:close', ({ detail }) => {
    counts.closed(detail)
  })
  node.addEventListener('peer:disconnect', ({ detail }) => {
    freeReservation(node, detail)
  })
  // Its name is all there is to this protocol: it tells that this is a relay-node, not a person.
  // What it answers is who else is one.
  serveStreams(
    node,
    RELAY_WORD,
    (stream) => answerRelayWord(node, options.config.maxReservations, stream),
    options.runtime.log,
  )
  await node.start()
  if (options.config.host === 'all') await listenOnIpv6(node, options.config)
  return node
}

function createNode(
  { config, key, datastore, runtime, version, quarantine }: NodeOptions,
  counts: ConnectionCounts,
  mayReserve: (peer: PeerId) => boolean,
): Promise<RelayLibp2p> {
  return createLibp2p({
    start: false,
    privateKey: key,
    datastore,
    nodeInfo: { name: 'p2p-chat', version },
    addresses: {
      listen: listenAddresses(
        config.host === 'all' ? '0.0.0.0' : config.host,
        config.port,
        config.tcpPort,
      ),
      appendAnnounce: [...config.announce],
    },
    transports: [tcp(), webSockets()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: {
      ...quarantine.gater,
      denyInboundConnection: ({ remoteAddr }) => !counts.admits(remoteAddr),
      denyInboundRelayReservation: (peer) => !mayReserve(peer),
    },
    connectionManager: {
      maxConnections: config.maxConnections,
      inboundConnectionThreshold: INBOUND_PER_SECOND_AND_ADDRESS,
      maxIncomingPendingConnections: INBOUND_PENDING,
    },
    // Clients ping us; 500 of them would cost 250 pings a second the other way round.
    connectionMonitor: { enabled: false },
    services: {
      identify: identify(),
      ping: ping(PING_STREAMS),
      dht: kadDHT({
        protocol: DHT_PROTOCOL,
        clientMode: false,
        // Rooms on a LAN or on one machine have private addresses only.
        peerInfoMapper: passthroughMapper,
        reprovide: { validity: PROVIDER_VALID_MS, interval: PROVIDER_SWEEP_MS },
      }),
      relay: circuitRelayServer({
        reservations: {
          maxReservations: config.maxReservations,
          reservationTtl: RESERVATION_MS,
          applyDefaultLimit: true,
          defaultDurationLimit: CIRCUIT_MS,
          defaultDataLimit: CIRCUIT_BYTES,
        },
      }),
      pubsub: gossipService(runtime, quarantine),
    },
  })
}

function listenAddresses(host: string, port: Port, tcpPort: Port): string[] {
  const ip = host.includes(':') ? `/ip6/${host}` : `/ip4/${host}`
  return [
    ...(tcpPort === 'off' ? [] : [`${ip}/tcp/${tcpPort}`]),
    ...(port === 'off' ? [] : [`${ip}/tcp/${port}/ws`]),
  ]
}

/** After IPv4, so that a port of 0 becomes the same free port for both. */
async function listenOnIpv6(node: RelayLibp2p, config: Config): Promise<void> {
  const ports = portsOf(node)
  try {
    await listenOn(node, listenAddresses('::', ports.port, ports.tcpPort))
  } catch (error) {
    // Machines without IPv6 are common; a taken port is a mistake to be told.
    if (!String(error).includes('EADDRINUSE') || config.port === 0 || config.tcpPort === 0) return
    await node.stop()
    throw error
  }
}

/** The ports that are really listened on. */
export function portsOf(node: object): { readonly port: Port; readonly tcpPort: Port } {
  const portIn = (address: string): Port => Number(/\/tcp\/(\d+)/.exec(address)?.[1] ?? NaN)
  const addresses = listenedOn(node).map(String)
  const webSocket = addresses.find((address) => address.endsWith('/ws'))
  const plain = addresses.find((address) => /\/tcp\/\d+$/.test(address))
  return {
    port: webSocket === undefined ? 'off' : portIn(webSocket),
    tcpPort: plain === undefined ? 'off' : portIn(plain),
  }
}

function mayReserve(node: RelayLibp2p, peer: PeerId, config: Config): boolean {
  const [connection] = node.getConnections(peer)
  const { reservations } = node.services.relay
  return (
    connection !== undefined &&
    admitsReservation(peer, connection.remoteAddr, reservations, config.maxReservations)
  )
}

/**
 * Stock, a reservation outlives its peer. Its timer must go too: it would end the reservation
 * that the same peer makes when it comes back.
 */
function freeReservation(node: RelayLibp2p, peer: PeerId): void {
  const { reservations } = node.services.relay
  reservations.get(peer)?.signal.clear()
  reservations.delete(peer)
}
