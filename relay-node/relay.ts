import type { PrivateKey } from '@libp2p/interface'
import type { PeerId } from '../shared/ids.ts'
import { Libp2pNetwork } from '../shared/libp2p/network.ts'
import { Quarantine } from '../shared/libp2p/quarantine.ts'
import { DHT_PROTOCOL } from '../shared/limits.ts'
import type { Runtime } from '../shared/runtime.ts'
import type { Archive } from './archive/archive.ts'
import { type Certificate, loadCertificate } from './certificate-file.ts'
import { type Config, type Port, isOutOfReach } from './config.ts'
import { lockData } from './data-lock.ts'
import { openDisk, wordDatastore } from './disk.ts'
import { OwnCertificate } from './certificate.ts'
import { type ArchiveHealth, answerHttp } from './http.ts'
import { HttpsPort } from './https-port.ts'
import { iceServers } from './ice-servers.ts'
import { Visitors } from './fairness.ts'
import { loadKey } from './key-file.ts'
import { wordListenError } from './listen-error.ts'
import { type PlannedListening, type Ports, planListening, portsOf } from './listening.ts'
import { type NodeOptions, type RelayLibp2p, startNode } from './node.ts'
import { openFilesMax, withinOpenFiles } from './open-files.ts'
import { serveBesideWebSockets, upgradeInto } from './one-port.ts'
import { ownNames } from './own-names.ts'
import { Page } from './page.ts'
import { PortMapping } from './port-mapping.ts'
import { RoomRecords } from './room-records.ts'
import { Rooms } from './rooms.ts'
import { StunResponder } from './stun.ts'
import { addressManagerOf } from './transports.ts'
import { WideNetwork } from './wide-network.ts'

export interface RelayOptions {
  readonly config: Config
  /** The folder of the built page. */
  readonly page: string
  readonly version: string
  readonly runtime: Runtime
  /** A sentence for whoever runs it, about something that went wrong later. */
  readonly tell: (sentence: string) => void
}

export interface Relay extends Ports {
  readonly peerId: PeerId
  /** Multiaddrs, with the peer id. */
  readonly addresses: readonly string[]
  /** Whether it listens on IPv6 too, where `HOST` says so. */
  readonly ipv6: boolean
  readonly stunPort: Port
  readonly httpsPort: Port
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
  // First of all: two starts at once must not make a key each.
  const lock = lockData(options.config.dataDir)
  if (lock.kind === 'taken') return { ok: false, complaint: lock.complaint }
  if (lock.kind === 'impossible') options.tell(lock.complaint)
  const release = (): void => {
    if (lock.kind === 'held') lock.release()
  }
  const loaded = await loadKey(options.config.dataDir)
  if (!loaded.ok) {
    release()
    return loaded
  }
  if (loaded.warning !== undefined) options.tell(loaded.warning)
  const { config, complaint } = withinOpenFiles(options.config, openFilesMax())
  if (complaint !== undefined) options.tell(complaint)
  const started = await startOn({ ...options, config }, loaded.key).catch((error: unknown) => {
    release()
    throw error
  })
  if (!started.ok) {
    release()
    return started
  }
  const { relay } = started
  return { ok: true, relay: { ...relay, stop: () => relay.stop().finally(release) } }
}

/** On a DATA_DIR that no other relay-node uses. */
async function startOn(asked: RelayOptions, key: PrivateKey): Promise<StartedRelay> {
  const planned = await plan(asked)
  if (!planned.ok) return planned
  const options = { ...asked, config: planned.config }
  const { config, runtime, version } = options
  const opened = await openDisk(options, key)
  if (!opened.ok) return opened
  const { datastore, records, archive, time } = opened
  const quarantine = new Quarantine(runtime)
  const stun = new StunResponder({ host: config.host, port: config.stunPort, runtime })
  const started = await listen(
    { ...opened, ...planned, listen: planned.addresses, key, runtime, version, quarantine },
    stun,
    (node) => serveHttp(node, options, archive, stun),
  )
  if (!started.ok) {
    await stun.stop()
    await archive?.stop()
    return started
  }
  const { node, https } = started
  const network = Libp2pNetwork.start({ node, runtime, quarantine })
  const rooms = new Rooms({
    network,
    runtime,
    time,
    home: config.topic,
    ...(archive === undefined ? {} : { archive }),
  })
  const mapping = portMapping(node, options)
  if (config.upnp) mapping.start()
  const wide = new WideNetwork({ ...options, node, network, rooms: () => rooms.names })
  const told = new RoomRecords({ ...node.services, self: network.self, records, rooms, runtime })
  await archive?.start(network)
  rooms.start()
  told.start()
  wide.start()
  return {
    ok: true,
    relay: {
      peerId: network.self,
      addresses: network.addresses(),
      ...portsOf(node),
      ipv6: planned.ipv6,
      stunPort: stun.port,
      httpsPort: https.port,
      rooms,
      archive,
      libp2p: node,
      stop: async () => {
        // A router that does not answer any more holds up nothing that has to be written.
        const givenBack = mapping.stop()
        await Promise.all([wide.stop(), told.stop()])
        await Promise.all([stun.stop(), rooms.stop()])
        await archive?.stop()
        await network.stop()
        // Its WebSockets are libp2p's to close.
        await https.stop()
        await datastore.close()
        await givenBack
      },
    },
  }
}

function portMapping(node: RelayLibp2p, { config, runtime, tell }: RelayOptions): PortMapping {
  return new PortMapping({
    addresses: addressManagerOf(node),
    ports: portsOf(node),
    host: config.host,
    runtime,
    tell,
  })
}

type Planned =
  | (Extract<PlannedListening, { ok: true }> & { readonly certificate: Certificate | undefined })
  | { readonly ok: false; readonly complaint: string }

/** Looks what can be had, and tells what cannot: the rest is started all the same. */
async function plan({ config: asked, tell }: RelayOptions): Promise<Planned> {
  const loaded =
    asked.webrtcPort === 'off'
      ? { ok: true as const, certificate: undefined }
      : await loadCertificate(asked.dataDir)
  const config = loaded.ok ? asked : withoutWebRtcDirect(asked)
  if (!loaded.ok && isOutOfReach(config)) return loaded
  const planned = await planListening(config)
  if (!planned.ok) return planned
  const untold = loaded.ok ? [] : [`${loaded.complaint} Until then it is off.`]
  for (const complaint of [...untold, ...planned.complaints]) tell(complaint)
  if (planned.config.webrtcPort !== 'off')
    return { ...planned, certificate: loaded.ok ? loaded.certificate : undefined }
  return { ...planned, config: withoutWebRtcDirect(planned.config), certificate: undefined }
}

/** Its addresses are not announced either: nobody would answer there, and they lack the certhash. */
function withoutWebRtcDirect(config: Config): Config {
  const announce = config.announce.filter((address) => !address.includes('/webrtc-direct'))
  return { ...config, webrtcPort: 'off', announce }
}

type Listening =
  | { readonly ok: true; readonly node: RelayLibp2p; readonly https: HttpsPort }
  | { readonly ok: false; readonly complaint: string }

async function listen(
  options: Omit<NodeOptions, 'stunPort'>,
  stun: StunResponder,
  serve: (node: RelayLibp2p) => HttpsPort,
): Promise<Listening> {
  let node: RelayLibp2p | undefined
  try {
    await stun.start()
    node = await startNode({ ...options, stunPort: stun.port })
    const https = serve(node)
    await https.start()
    return { ok: true, node, https }
  } catch (error) {
    await node?.stop()
    const complaint = wordListenError(String(error), options.config)
    if (complaint !== undefined) return { ok: false, complaint }
    if ((error as Error).name !== 'PutFailedError') throw error
    return { ok: false, complaint: wordDatastore(error, options.config) }
  }
}

/** @returns the same once more by https, still to be started */
function serveHttp(
  node: RelayLibp2p,
  { config, page, version, runtime, tell }: RelayOptions,
  archive: Archive | undefined,
  stun: StunResponder,
): HttpsPort {
  const peerId = node.peerId.toString()
  // As many again as WebSockets: whoever has all of those still gets the page.
  const visitors = new Visitors(2 * config.maxConnections)
  const answer = answerHttp({
    page: new Page(page),
    bootstrap: () => ({
      version,
      peerId,
      multiaddrs: browserDialableFirst(node.getMultiaddrs().map(String)),
      ...iceServers(stun.port, config, runtime),
      ...(https.port === 'off' ? {} : { httpsPort: https.port }),
      topic: config.topic,
      dhtProtocol: DHT_PROTOCOL,
    }),
    health: () => ({
      status: 'ok',
      peerId,
      connections: node.getConnections().length,
      archive: archive === undefined ? 'off' : healthOf(archive),
    }),
  })
  if (serveBesideWebSockets(node, answer, visitors) === 0 && config.port !== 'off') {
    throw new Error('this version of @libp2p/websockets is not known: see one-port.ts')
  }
  const https = new HttpsPort({
    host: config.host,
    // Without the plain port there is neither a page nor a WebSocket listener.
    port: config.port === 'off' ? 'off' : config.httpsPort,
    certificate: new OwnCertificate({
      dataDir: config.dataDir,
      names: () => ownNames(config.announce),
      clock: runtime.clock,
      tell,
    }),
    answer,
    upgrade: upgradeInto(node),
    visitors,
    runtime,
  })
  return https
}

function healthOf({ total, doubt }: Archive): ArchiveHealth {
  return doubt === undefined ? total : { ...total, doubt }
}

/** A page looks at no more than a few dozen, and a machine with many networks has more. */
function browserDialableFirst(addresses: readonly string[]): readonly string[] {
  const isDialable = (address: string): boolean => /\/(wss?|webrtc-direct)\//.test(address)
  return [...addresses.filter(isDialable), ...addresses.filter((address) => !isDialable(address))]
}
