import { circuitRelayServer, circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import type { PrivateKey } from '@libp2p/interface'
import { FaultTolerance } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { type Libp2pOptions, createLibp2p } from 'libp2p'
import type { Stop } from '../changes.ts'
import type { Result } from '../failure.ts'
import type { PeerId } from '../ids.ts'
import { RELAY_PROTOCOL } from '../limits.ts'
import type { Network } from '../network.ts'
import { systemRuntime } from '../runtime.ts'
import { gossipService } from './gossip.ts'
import type { Hiding } from './hiding.ts'
import { Libp2pNetwork } from './network.ts'
import { PING_STREAMS } from './ping.ts'
import type { Quarantine } from './quarantine.ts'

/** Real nodes on loopback, for tests: what a browser has but WebRTC, and what a relay has. */

export interface TestNodeOptions {
  readonly privateKey?: PrivateKey
  readonly relay?: boolean
  readonly listen?: readonly string[]
  readonly transports?: NonNullable<Libp2pOptions['transports']>
  readonly quarantine?: Quarantine
  /** The one that guards the WebRTC among `transports`. */
  readonly hiding?: Hiding
  /** Another gossip than ours: what an attacker, or an unguarded node, runs. */
  readonly pubsub?: ReturnType<typeof gossipService>
}

export const runtime = systemRuntime()

export async function startNode(options: TestNodeOptions = {}) {
  const { hiding, relay = false, listen = ['/ip4/127.0.0.1/tcp/0'] } = options
  const node = await createLibp2p({
    ...(options.privateKey === undefined ? {} : { privateKey: options.privateKey }),
    addresses: {
      listen: [...listen],
      announceFilter: (addresses) => hiding?.announced(addresses) ?? addresses,
    },
    transports: [tcp(), webSockets(), circuitRelayTransport(), ...(options.transports ?? [])],
    transportManager: { faultTolerance: FaultTolerance.NO_FATAL },
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionManager: { inboundConnectionThreshold: 1_000 },
    connectionGater: {
      ...options.quarantine?.gater,
      ...hiding?.gater,
      denyDialMultiaddr: (address) => hiding?.deniesDial(address.toString()) ?? false,
    },
    connectionMonitor: { enabled: false },
    services: {
      identify: identify(),
      ping: ping(PING_STREAMS),
      pubsub: options.pubsub ?? gossipService(runtime, options.quarantine),
      ...(relay ? { relay: circuitRelayServer() } : {}),
    },
  })
  if (relay) await node.handle(RELAY_PROTOCOL, () => undefined)
  return node
}

export type TestNode = Awaited<ReturnType<typeof startNode>>

export interface Peer {
  readonly node: TestNode
  readonly network: Libp2pNetwork
}

export async function startPeer(
  options: TestNodeOptions & { readonly measure?: boolean } = {},
): Promise<Peer> {
  const node = await startNode(options)
  const { measure = false, quarantine, hiding } = options
  const network = Libp2pNetwork.start({
    node,
    runtime,
    measure,
    ...(quarantine === undefined ? {} : { quarantine }),
    ...(hiding === undefined ? {} : { hiding }),
  })
  return { node, network }
}

export function addressOf(peer: Peer): string {
  const [address] = peer.network.addresses()
  if (address === undefined) throw new Error('the node does not listen')
  return address
}

/**
 * Node's WebRTC library may begin DTLS before it has set down the certificate that it is to expect,
 * and then refuses the right one: on a busy machine every tenth dial (libdatachannel #1612; no
 * browser does so). People are dialled again by `Links`; here by this.
 */
export async function dialWebRTC({ network }: Peer, address: string): Promise<Result<PeerId>> {
  for (let left = 4; ; left--) {
    const dialled = await network.dial(address, AbortSignal.timeout(8_000))
    if (dialled.ok || left === 0) return dialled
  }
}

/** Resolves as soon as `holds`, looking each time something changes and ten times a second; what has not come by then is stuck. */
export async function until(network: Network, holds: () => boolean, ms = 20_000): Promise<void> {
  let stop: Stop = () => undefined
  let look: ReturnType<typeof setInterval> | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  await new Promise<void>((resolve, reject) => {
    const check = (): void => {
      if (holds()) resolve()
    }
    stop = network.changes.subscribe(check)
    look = setInterval(check, 100)
    timer = setTimeout(() => {
      reject(new Error(`did not come to hold within ${String(ms)} ms: ${holds.toString()}`))
    }, ms)
    check()
  }).finally(() => {
    stop()
    clearInterval(look)
    clearTimeout(timer)
  })
}
