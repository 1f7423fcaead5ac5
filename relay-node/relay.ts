import { join } from 'node:path'
import { TrueTime } from '../shared/guard.ts'
import type { PeerId } from '../shared/ids.ts'
import { Libp2pNetwork } from '../shared/libp2p/network.ts'
import { DHT_PROTOCOL } from '../shared/limits.ts'
import type { Runtime } from '../shared/runtime.ts'
import { BootstrapPeers } from './bootstrap-peers.ts'
import type { Config, Port } from './config.ts'
import { Datastore } from './datastore.ts'
import { answerHttp } from './http.ts'
import { loadKey } from './key-file.ts'
import { wordListenError } from './listen-error.ts'
import { type RelayLibp2p, portsOf, startNode } from './node.ts'
import { serveBesideWebSockets } from './one-port.ts'
import { Page } from './page.ts'
import { Rooms } from './rooms.ts'

export interface RelayOptions {
  readonly config: Config
  /** The folder of the built page. */
  readonly page: string
  readonly version: string
  readonly runtime: Runtime
}

export interface Relay {
  readonly peerId: PeerId
  /** Multiaddrs, with the peer id. */
  readonly addresses: readonly string[]
  readonly port: Port
  readonly tcpPort: Port
  readonly rooms: Rooms
  readonly libp2p: RelayLibp2p
  stop(): Promise<void>
}

export type StartedRelay =
  | { readonly ok: true; readonly relay: Relay }
  /** A sentence for whoever started it. */
  | { readonly ok: false; readonly complaint: string }

/** The whole relay-node but for its process: what `main.ts` runs, and tests too. */
export async function startRelay(options: RelayOptions): Promise<StartedRelay> {
  const { config, runtime, version } = options
  const loaded = await loadKey(config.dataDir)
  if (!loaded.ok) return loaded
  const datastore = new Datastore(join(config.dataDir, 'datastore'))
  try {
    await datastore.open()
  } catch (error) {
    return {
      ok: false,
      complaint: `DATA_DIR holds a datastore that cannot be opened (${String(error)}).`,
    }
  }
  let node: RelayLibp2p
  try {
    node = await startNode({ config, key: loaded.key, datastore, runtime, version })
  } catch (error) {
    const complaint = wordListenError(String(error), config)
    if (complaint === undefined) throw error
    return { ok: false, complaint }
  }
  serveHttp(node, options)
  const network = Libp2pNetwork.start({ node, runtime })
  const rooms = new Rooms({
    network,
    runtime,
    time: new TrueTime(runtime.clock),
    home: config.topic,
  })
  const bootstrap = new BootstrapPeers({ network, runtime, addresses: config.bootstrap })
  rooms.start()
  bootstrap.start()
  return {
    ok: true,
    relay: {
      peerId: network.self,
      addresses: network.addresses(),
      ...portsOf(node),
      rooms,
      libp2p: node,
      stop: async () => {
        bootstrap.stop()
        await rooms.stop()
        await network.stop()
        await datastore.close()
      },
    },
  }
}

function serveHttp(node: RelayLibp2p, { config, page, version }: RelayOptions): void {
  const peerId = node.peerId.toString()
  const answer = answerHttp({
    page: new Page(page),
    bootstrap: () => ({
      version,
      peerId,
      multiaddrs: node.getMultiaddrs().map(String),
      iceServers: [],
      topic: config.topic,
      dhtProtocol: DHT_PROTOCOL,
    }),
    health: () => ({ status: 'ok', peerId, connections: node.getConnections().length }),
  })
  if (serveBesideWebSockets(node, answer) === 0 && config.port !== 'off') {
    throw new Error('this version of @libp2p/websockets is not known: see one-port.ts')
  }
}
