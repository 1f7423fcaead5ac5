import { join } from 'node:path'
import type { PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { TrueTime } from '../shared/guard.ts'
import type { Identity } from '../shared/identity.ts'
import type { PeerId } from '../shared/ids.ts'
import { Libp2pNetwork } from '../shared/libp2p/network.ts'
import { Quarantine } from '../shared/libp2p/quarantine.ts'
import { DHT_PROTOCOL } from '../shared/limits.ts'
import type { Runtime } from '../shared/runtime.ts'
import { Archive } from './archive/archive.ts'
import { wordDisk } from './archive/disk-words.ts'
import { type Config, type Port, isArchive } from './config.ts'
import { Datastore } from './datastore.ts'
import { answerHttp } from './http.ts'
import { loadKey } from './key-file.ts'
import { wordListenError } from './listen-error.ts'
import { type RelayLibp2p, portsOf, startNode } from './node.ts'
import { serveBesideWebSockets } from './one-port.ts'
import { Page } from './page.ts'
import { Rooms } from './rooms.ts'
import { WideNetwork } from './wide-network.ts'

const MEBIBYTE = 1_024 * 1_024
/** Twice as many as are carried at once. Each costs some 500 bytes of memory, and a hash per search. */
const ROOMS_KEPT_MAX = 4_000

export interface RelayOptions {
  readonly config: Config
  /** The folder of the built page. */
  readonly page: string
  readonly version: string
  readonly runtime: Runtime
  /** A sentence for whoever runs it, about something that went wrong later. */
  readonly tell: (sentence: string) => void
}

export interface Relay {
  readonly peerId: PeerId
  /** Multiaddrs, with the peer id. */
  readonly addresses: readonly string[]
  readonly port: Port
  readonly tcpPort: Port
  readonly rooms: Rooms
  /** Nothing if this node keeps nothing. */
  readonly archive: Archive | undefined
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
  const opened = await openArchive(options, loaded.key)
  if (!opened.ok) return opened
  const { archive, time } = opened
  const quarantine = new Quarantine(runtime)
  let node: RelayLibp2p
  try {
    node = await startNode({ config, key: loaded.key, datastore, runtime, version, quarantine })
  } catch (error) {
    await archive?.stop()
    const complaint = wordListenError(String(error), config)
    if (complaint === undefined) throw error
    return { ok: false, complaint }
  }
  serveHttp(node, options, archive)
  const network = Libp2pNetwork.start({ node, runtime, quarantine })
  const rooms = new Rooms({
    network,
    runtime,
    time,
    home: config.topic,
    ...(archive === undefined ? {} : { archive }),
  })
  const wide = new WideNetwork({ ...options, node, network, rooms: () => rooms.names })
  archive?.start(network)
  rooms.start()
  wide.start()
  return {
    ok: true,
    relay: {
      peerId: network.self,
      addresses: network.addresses(),
      ...portsOf(node),
      rooms,
      archive,
      libp2p: node,
      stop: async () => {
        await wide.stop()
        await rooms.stop()
        await archive?.stop()
        await network.stop()
        await datastore.close()
      },
    },
  }
}

type OpenedArchive =
  | { readonly ok: true; readonly archive: Archive | undefined; readonly time: TrueTime }
  | { readonly ok: false; readonly complaint: string }

/** A full disk is told, and people can talk; an archive that cannot be read is not passed over in silence. */
async function openArchive(options: RelayOptions, key: PrivateKey): Promise<OpenedArchive> {
  const { config, runtime, tell } = options
  const time = new TrueTime(runtime.clock)
  if (!isArchive(config)) return { ok: true, archive: undefined, time }
  const opened = await Archive.open({
    folder: join(config.dataDir, 'archive'),
    limits: {
      days: config.archiveDays,
      roomBytes: config.archiveRoomMb * MEBIBYTE,
      totalBytes: config.archiveTotalMb * MEBIBYTE,
      rooms: ROOMS_KEPT_MAX,
    },
    runtime,
    time,
    identity: identityOver(key),
    tell,
  })
  if (opened.ok) return { ...opened, time }
  const sentence = wordDisk(opened.failure)
  if (opened.failure.kind !== 'storage-full')
    return { ok: false, complaint: `${sentence} ARCHIVE_DAYS=0 starts without it.` }
  tell(sentence)
  return { ok: true, archive: undefined, time }
}

/** This node as the core knows it; it says nothing itself, but a member of a room has an identity. */
function identityOver(key: PrivateKey): Identity {
  return {
    peerId: peerIdFromPrivateKey(key).toString() as PeerId,
    sign: async (bytes) => new Uint8Array(await key.sign(bytes)),
  }
}

function serveHttp(
  node: RelayLibp2p,
  { config, page, version }: RelayOptions,
  archive: Archive | undefined,
): void {
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
    health: () => ({
      status: 'ok',
      peerId,
      connections: node.getConnections().length,
      archive: archive?.total ?? 'off',
    }),
  })
  if (serveBesideWebSockets(node, answer) === 0 && config.port !== 'off') {
    throw new Error('this version of @libp2p/websockets is not known: see one-port.ts')
  }
}
