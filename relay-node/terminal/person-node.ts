import { identify } from '@libp2p/identify'
import { FaultTolerance, type PrivateKey } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { webRTC } from '@libp2p/webrtc'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import type { IceServers } from '../../shared/ice-servers.ts'
import { anyClockCircuit } from '../../shared/libp2p/circuit.ts'
import { gossipService } from '../../shared/libp2p/gossip.ts'
import type { Hiding } from '../../shared/libp2p/hiding.ts'
import type { GossipingNode } from '../../shared/libp2p/network.ts'
import { LINK_MONITOR, PING_STREAMS } from '../../shared/libp2p/ping.ts'
import type { Quarantine } from '../../shared/libp2p/quarantine.ts'
import type { Runtime } from '../../shared/runtime.ts'

export interface PersonNodeOptions {
  /** Ed25519 */
  readonly key: PrivateKey
  readonly version: string
  readonly runtime: Runtime
  readonly quarantine: Quarantine
  readonly hiding: Hiding
  /** Whom a WebRTC link asks for its addresses. */
  readonly iceServers: Pick<IceServers, 'current'>
}

/**
 * The libp2p node of a person without a browser: pages link to it by WebRTC, terminals and peers of the Go
 * system by TCP, and everybody else hears it through a relay-node.
 */
export async function startPersonNode(options: PersonNodeOptions): Promise<GossipingNode> {
  const { key, version, runtime, quarantine, hiding, iceServers } = options
  return createLibp2p({
    privateKey: key,
    nodeInfo: { name: 'p2p-chat', version },
    addresses: {
      listen: ['/ip4/0.0.0.0/tcp/0', '/p2p-circuit', '/p2p-circuit', '/webrtc'],
      announceFilter: (addresses) => hiding.announced(addresses),
    },
    transports: [
      tcp(),
      webSockets(),
      hiding.guard(
        webRTC({
          // libp2p's default STUN servers are third parties: none but our own are asked.
          rtcConfiguration: async () => ({ iceServers: await iceServers.current() }),
        }),
      ),
      anyClockCircuit(),
    ],
    // Listening on a relay fails while there is none, which is how every start begins.
    transportManager: { faultTolerance: FaultTolerance.NO_FATAL },
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: {
      ...quarantine.gater,
      ...hiding.gater,
      denyDialMultiaddr: (address) => hiding.deniesDial(address.toString()),
    },
    connectionMonitor: LINK_MONITOR,
    services: {
      identify: identify(),
      ping: ping(PING_STREAMS),
      pubsub: gossipService(runtime, quarantine),
    },
  })
}
