import './websocket-reset.ts'
import { identify } from '@libp2p/identify'
import { type Ed25519PrivateKey, FaultTolerance } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { webRTC, webRTCDirect } from '@libp2p/webrtc'
import { webSockets } from '@libp2p/websockets'
import { webTransport } from '@libp2p/webtransport'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { anyClockCircuit } from '../shared/libp2p/circuit.ts'
import { gossipService } from '../shared/libp2p/gossip.ts'
import type { LateDht } from '../shared/libp2p/late-dht.ts'
import { type GossipingNode, Libp2pNetwork } from '../shared/libp2p/network.ts'
import { libp2pKeyOf } from '../shared/libp2p/private-key.ts'
import { Hiding } from '../shared/libp2p/hiding.ts'
import { LINK_MONITOR, PING_STREAMS } from '../shared/libp2p/ping.ts'
import { Quarantine } from '../shared/libp2p/quarantine.ts'
import { Relays } from '../shared/libp2p/relays.ts'
import type { KnownRelay } from '../shared/relay-word.ts'
import type { Runtime } from '../shared/runtime.ts'
import type { Bootstrap, IceServer } from '../shared/bootstrap.ts'
import { IceServers } from '../shared/ice-servers.ts'
import { noiseCrypto } from './noise-crypto.ts'
import { deniesDial, isBrowserDialable } from '../shared/origin.ts'
import { OriginRelay } from '../shared/libp2p/origin-relay.ts'

export interface BrowserNodeOptions {
  /** Ed25519; the private half may be non-extractable. */
  readonly keys: CryptoKeyPair
  /** The node comes up while this is still being fetched, and does without it while there is no answer. */
  readonly bootstrap: Promise<Bootstrap>
  /** Asks for it once more: credentials in it end, and it may be another relay-node by now. Nothing if there is no answer. */
  readonly askAgain: () => Promise<Bootstrap | undefined>
  /** Multiaddrs of relay-nodes that served last time, or that an invite names. */
  readonly relays: readonly string[]
  /** Relays to be dialled at the next start. */
  readonly remember: (relays: readonly string[]) => void
  /** Relay-only mode, from the first connection on. */
  readonly hidden: boolean
  /** `location.origin` */
  readonly pageOrigin: string
  readonly version: string
  readonly runtime: Runtime
}

export interface BrowserNode {
  readonly network: Libp2pNetwork
  readonly relays: readonly KnownRelay[]
  /** STUN of other relay-nodes than the page's own, while that is not connected. */
  readonly otherStun: readonly IceServer[]
  /** More relay-nodes to try: an invite names them. */
  learn(relays: readonly string[]): void
  /** Call it on `online`, `visibilitychange` to visible, and `pageshow`. */
  nudge(): void
  /** Loads and joins the DHT; call it when the first room stands, not before. */
  startDht(): Promise<LateDht>
  stop(): Promise<void>
}

export async function startBrowserNode(options: BrowserNodeOptions): Promise<BrowserNode> {
  const { pageOrigin, runtime } = options
  const quarantine = new Quarantine(runtime)
  let relays: Relays | undefined = undefined
  const isRelay = (address: string): boolean => relays?.has(address) ?? false
  const hiding = new Hiding(options.hidden, isRelay)
  const iceServers = new IceServers({
    ...options,
    hostname: new URL(pageOrigin).hostname,
    relays: () => relays?.known ?? [],
  })
  const key = await libp2pKeyOf(options.keys)
  const node = await createNode(options, key, { quarantine, iceServers, hiding })
  iceServers.start()
  const network = Libp2pNetwork.start({ node, runtime, measure: true, quarantine, hiding })
  const supervisor = (relays = new Relays({
    network,
    runtime,
    addresses: options.relays.filter(isBrowserDialable),
    isDialable: isBrowserDialable,
    remember: options.remember,
  }))
  supervisor.start()
  let dht: Promise<LateDht> | undefined
  const origin = new OriginRelay({
    ...options,
    network,
    relays: supervisor,
    moved: (bootstrap) => void iceServers.take(bootstrap),
  })
  origin.start()
  return {
    network,
    get relays() {
      return supervisor.known
    },
    get otherStun() {
      return iceServers.others
    },
    learn: (addresses) => {
      supervisor.learn(addresses)
    },
    nudge: () => {
      supervisor.nudge()
      origin.nudge()
    },
    startDht: () =>
      (dht ??= import('../shared/libp2p/late-dht.ts').then(({ startLateDht }) =>
        startLateDht(node),
      )),
    stop: async () => {
      origin.stop()
      supervisor.stop()
      iceServers.stop()
      await (await dht?.catch(() => undefined))?.stop()
      await network.stop()
    },
  }
}

/** What decides whom the node talks to, and how. */
interface Parts {
  readonly quarantine: Quarantine
  readonly iceServers: IceServers
  readonly hiding: Hiding
}

async function createNode(
  { pageOrigin, runtime, version }: BrowserNodeOptions,
  privateKey: Ed25519PrivateKey,
  { quarantine, iceServers, hiding }: Parts,
): Promise<GossipingNode> {
  const isConnected = (relay: string): boolean =>
    node?.getPeers().some((peer) => peer.toString() === relay) ?? false
  let node: GossipingNode | undefined = undefined
  node = await createLibp2p({
    privateKey,
    nodeInfo: { name: 'p2p-chat', version },
    addresses: {
      // Any relay: one that is named here would never be asked again after it was lost. Each stands
      // for one place, so that who knows only the second relay finds us too.
      listen: ['/p2p-circuit', '/p2p-circuit', '/webrtc'],
      announceFilter: (addresses) => hiding.announced(addresses),
    },
    transports: [
      webSockets(),
      webTransport(),
      hiding.guard(
        webRTC({
          // libp2p's default STUN servers are third parties: none but our own are asked.
          rtcConfiguration: async () => ({ iceServers: await iceServers.current() }),
        }),
      ),
      // To a relay-node without a certificate of the web's, and where WebSockets are blocked.
      webRTCDirect({ rtcConfiguration: { iceServers: [] } }),
      anyClockCircuit(),
    ],
    // Listening on a relay fails while there is none, which is how every page begins.
    transportManager: { faultTolerance: FaultTolerance.NO_FATAL },
    connectionEncrypters: [noise({ crypto: noiseCrypto })],
    streamMuxers: [yamux()],
    // The browser's default denies ws:// and private addresses, which is where `npm start` serves.
    connectionGater: {
      ...quarantine.gater,
      ...hiding.gater,
      denyDialMultiaddr: (address) =>
        hiding.deniesDial(address.toString()) ||
        deniesDial(pageOrigin, address.toString(), isConnected),
    },
    connectionMonitor: LINK_MONITOR,
    services: {
      identify: identify(),
      ping: ping(PING_STREAMS),
      pubsub: gossipService(runtime, quarantine),
    },
  })
  return node
}
