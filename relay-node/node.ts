import { quic } from '@chainsafe/libp2p-quic'
import { autoNATv2 } from '@libp2p/autonat-v2'
import {
  type CircuitRelayService,
  circuitRelayServer,
  circuitRelayTransport,
} from '@libp2p/circuit-relay-v2'
import { dcutr } from '@libp2p/dcutr'
import type { GossipSub } from '@libp2p/gossipsub'
import { type Identify, identify } from '@libp2p/identify'
import type { Libp2p, PeerId, PeerInfo, PrivateKey } from '@libp2p/interface'
import { type KadDHT, passthroughMapper } from '@libp2p/kad-dht'
import { noise } from '@libp2p/noise'
import { type Ping, ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { type Libp2pOptions, createLibp2p } from 'libp2p'
import { gossipService } from '../shared/libp2p/gossip.ts'
import { PING_STREAMS } from '../shared/libp2p/ping.ts'
import type { Quarantine } from '../shared/libp2p/quarantine.ts'
import { serveStreams } from '../shared/libp2p/streams.ts'
import { DHT_PROTOCOL, STRANGERS_MAX } from '../shared/limits.ts'
import { type ArchiveRefusal, RELAY_WORD } from '../shared/relay-word.ts'
import type { Runtime } from '../shared/runtime.ts'
import type { Certificate } from './certificate-file.ts'
import type { Config, Port } from './config.ts'
import type { Datastore } from './datastore.ts'
import { type DhtRecords, PROVIDER_VALID_MS } from './dht-records.ts'
import { Arrivals, ConnectionCounts, admitsReservation } from './fairness.ts'
import { dialLanPeers, lanPeers } from './lan-peers.ts'
import { ipv6TcpAddresses, portsOf } from './listening.ts'
import { withFewPeers } from './noted-peers.ts'
import { answerRelayWord, watchRelayNodes } from './relay-word.ts'
import { smallDht } from './small-dht.ts'
import { listenOn } from './transports.ts'
import { webRtcDirect } from './webrtc-direct.ts'

export type RelayLibp2p = Libp2p<{
  identify: Identify
  ping: Ping
  dht: KadDHT
  relay: CircuitRelayService
  pubsub: GossipSub
}>

const MINUTE_MS = 60_000
/** Stock, a call to somebody whose line is dead is given up after 30 s, when the caller has long gone. */
const HOP_MS = 8_000
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
/** Half of them for one address. */
const INBOUND_PENDING = 2_000
const INBOUND_PENDING_LEAST = 64
const PROVIDER_SWEEP_MS = 5 * MINUTE_MS

export interface NodeOptions {
  readonly config: Config
  /** Multiaddrs. */
  readonly listen: readonly string[]
  readonly ipv6: boolean
  /** Of the STUN responder, that listens already. */
  readonly stunPort: Port
  /** Nothing if WebRTC-Direct is off. */
  readonly certificate: Certificate | undefined
  readonly key: PrivateKey
  readonly datastore: Datastore
  /** What of the datastore is the DHT's. */
  readonly records: DhtRecords
  /** Why the archive keeps nothing new, if so. */
  readonly refusal: () => ArchiveRefusal | undefined
  readonly runtime: Runtime
  readonly version: string
  readonly quarantine: Quarantine
}

/** The libp2p node of a relay, listening. Rejects if an address cannot be listened on. */
export async function startNode(options: NodeOptions): Promise<RelayLibp2p> {
  const counts = new ConnectionCounts(options.config.maxConnections)
  const node: RelayLibp2p = await createNode(options, counts, {
    mayReserve: (peer) => mayReserve(node, peer, options.config),
    here: () => [node.peerId, ...node.getPeers()],
    found: (peer) => {
      dialFound(peer)
    },
  })
  const dialFound = dialLanPeers(node, options.runtime.clock)
  node.addEventListener('connection:open', ({ detail }) => {
    counts.opened(detail)
  })
  node.addEventListener('connection:close', ({ detail }) => {
    counts.closed(detail)
  })
  node.addEventListener('peer:disconnect', ({ detail }) => {
    freeReservation(node, detail)
  })
  const relayNodes = watchRelayNodes(node)
  // Its name is all there is to this protocol: it tells that this is a relay-node, not a person.
  // What it answers is who else is one, where its STUN is, and what its DHT keeps.
  serveStreams(
    node,
    RELAY_WORD,
    (stream) => answerRelayWord(node, { ...options, relayNodes }, stream),
    options.runtime,
  )
  await node.start()
  if (options.ipv6) await listenOnIpv6(node, options.config)
  return node
}

/** What is decided by the node that is being made. */
interface Decisions {
  readonly mayReserve: (peer: PeerId) => boolean
  readonly here: () => readonly PeerId[]
  readonly found: (peer: PeerInfo) => void
}

async function createNode(
  options: NodeOptions,
  counts: ConnectionCounts,
  { mayReserve, here, found }: Decisions,
): Promise<RelayLibp2p> {
  const { config, key, datastore, runtime, version, quarantine } = options
  // More than find a place need not be let in.
  const pendingMax = Math.min(
    INBOUND_PENDING,
    Math.max(INBOUND_PENDING_LEAST, config.maxConnections),
  )
  const arrivals = new Arrivals(pendingMax, runtime.clock)
  return createLibp2p({
    start: false,
    privateKey: key,
    datastore: await withFewPeers(datastore, here, STRANGERS_MAX + config.maxConnections),
    nodeInfo: { name: 'p2p-chat', version },
    addresses: {
      listen: [...options.listen],
      appendAnnounce: [...config.announce],
      // Without the interface's name, which no multiaddr has, nobody can dial these.
      announceFilter: (addresses) =>
        addresses.filter((address) => !/^\/ip6\/fe[89ab]/.test(address.toString())),
    },
    transports: transportsOf(options),
    peerDiscovery: config.mdns ? [lanPeers(found)] : [],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: {
      ...quarantine.gater,
      denyInboundConnection: (arriving) =>
        !counts.admits(arriving.remoteAddr) || !arrivals.admit(arriving),
      denyInboundUpgradedConnection: (_, arrived) => {
        arrivals.arrived(arrived)
        return false
      },
      denyInboundRelayReservation: (peer) => !mayReserve(peer),
    },
    connectionManager: {
      maxConnections: config.maxConnections,
      inboundConnectionThreshold: INBOUND_PER_SECOND_AND_ADDRESS,
      maxIncomingPendingConnections: pendingMax,
    },
    // Clients ping us; 500 of them would cost 250 pings a second the other way round.
    connectionMonitor: { enabled: false },
    services: {
      identify: identify(),
      ping: ping(PING_STREAMS),
      dht: smallDht({
        protocol: DHT_PROTOCOL,
        clientMode: false,
        // Rooms on a LAN or on one machine have private addresses only.
        peerInfoMapper: passthroughMapper,
        // What this node provides itself is `RoomRecords`' to renew: kad-dht would go on for ever.
        reprovide: { validity: PROVIDER_VALID_MS, interval: PROVIDER_SWEEP_MS, threshold: 0 },
      }),
      relay: circuitRelayServer({
        hopTimeout: HOP_MS,
        reservations: {
          maxReservations: config.maxReservations,
          reservationTtl: RESERVATION_MS,
          applyDefaultLimit: true,
          defaultDurationLimit: CIRCUIT_MS,
          defaultDataLimit: CIRCUIT_BYTES,
        },
      }),
      // Whoever is reachable by this node alone hears what it is sent by it, or nothing: it takes in all
      // who ask. Who has four others does not ask.
      pubsub: gossipService(runtime, quarantine, { meshMax: config.maxConnections }),
      // Others tell which addresses they can reach. Not its first version: that makes relays dial
      // back over, and close, the connection that is there.
      autonat: autoNATv2(),
      // Peers of the Go edition behind NATs: reached through their relays first, then directly.
      dcutr: dcutr(),
    },
  })
}

/** What is off is not listened on, but all that others listen on can be dialled. */
function transportsOf({
  certificate,
  runtime,
}: NodeOptions): NonNullable<Libp2pOptions['transports']> {
  return [
    tcp(),
    webSockets(),
    quic(),
    // No STUN server is asked: libp2p's defaults are third parties.
    webRtcDirect(runtime.clock, {
      rtcConfiguration: { iceServers: [] },
      ...(certificate === undefined ? {} : { certificate }),
    }),
    circuitRelayTransport(),
  ]
}

async function listenOnIpv6(node: RelayLibp2p, config: Config): Promise<void> {
  try {
    await listenOn(node, ipv6TcpAddresses(portsOf(node)))
  } catch (error) {
    // A taken port is a mistake to be told; one that was free for IPv4 alone is not.
    if (!String(error).includes('EADDRINUSE') || config.port === 0 || config.tcpPort === 0) return
    await node.stop()
    throw error
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
