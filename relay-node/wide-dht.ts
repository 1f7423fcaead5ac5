import {
  type Libp2p,
  type PeerDiscovery,
  type PeerInfo,
  peerDiscoverySymbol,
} from '@libp2p/interface'
import type { KadDHT } from '@libp2p/kad-dht'
import { isPrivate } from '@libp2p/utils'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { Bucket } from '../shared/guard.ts'
import { type LateDhtSettings, startLateDht } from '../shared/libp2p/late-dht.ts'
import { cidOfRoom } from '../shared/libp2p/room-cid.ts'
import type { Runtime } from '../shared/runtime.ts'
import type { Config } from './config.ts'

/** The one that the Go system, and the whole of libp2p, finds its rooms by. */
const WIDE_DHT_PROTOCOL = '/ipfs/kad/1.0.0'

/** Each costs a file in the datastore; a lookup meets a hundred or two. */
const LEARNT = { burst: 500, perSecond: 10 }
const ADDRESSES_MAX = 16
const PEERS = 20

export interface WideDhtOptions {
  readonly node: Libp2p
  readonly config: Config
  readonly runtime: Runtime
}

/** What is asked of it, one question at a time. */
export interface WideDht {
  /** Tells the peers next to the room that it is here; fails when there is nobody to tell. */
  provide(room: string, signal: AbortSignal): Promise<void>
  /** Who else says so, with addresses that may be dialled. */
  find(room: string, signal: AbortSignal): AsyncIterable<PeerInfo>
  stop(): Promise<void>
}

/**
 * Joins libp2p's DHT after the node's own start, which then waits for nothing and costs nothing where it
 * is off. It is no service of the node: a peer id alone must never send strangers' lookups out.
 */
export async function startWideDht({ node, config, runtime }: WideDhtOptions): Promise<WideDht> {
  const allowed = addressFilter(config)
  const settings: LateDhtSettings = {
    protocol: WIDE_DHT_PROTOCOL,
    clientMode: config.dhtMode !== 'server',
    logPrefix: 'libp2p:wide-dht',
    metricsPrefix: 'libp2p_wide_dht',
    datastorePrefix: '/wide-dht',
    peerInfoMapper: (peer) => ({ ...peer, multiaddrs: peer.multiaddrs.filter(allowed) }),
  }
  const late = await startLateDht(node, settings, (dht) => {
    learnPeers(node, dht, allowed, runtime)
  })
  return {
    provide: (room, signal) => provide(late.dht, room, signal),
    find: (room, signal) => find(late.dht, room, allowed, signal),
    stop: () => late.stop(),
  }
}

async function provide(dht: KadDHT, room: string, signal: AbortSignal): Promise<void> {
  const cid = await cidOfRoom(room)
  let told = 0
  for await (const event of dht.provide(cid, { signal })) {
    if (event.name === 'PEER_RESPONSE' && event.messageName === 'ADD_PROVIDER') told++
  }
  // Its own copy of the record would be told again by itself for ever, also of rooms left long ago.
  await dht.cancelReprovide(cid)
  if (told === 0) throw new Error('nobody took the record')
}

async function* find(
  dht: KadDHT,
  room: string,
  allowed: (address: Multiaddr) => boolean,
  signal: AbortSignal,
): AsyncIterable<PeerInfo> {
  for await (const event of dht.findProviders(await cidOfRoom(room), { signal })) {
    if (event.name !== 'PROVIDER') continue
    for (const { id, multiaddrs } of event.providers.slice(0, PEERS)) {
      yield { id, multiaddrs: multiaddrs.filter(allowed).slice(0, ADDRESSES_MAX) }
    }
  }
}

/** What a query hears of others is how it reaches them: libp2p would do this itself, without a limit. */
function learnPeers(
  node: Libp2p,
  dht: KadDHT,
  allowed: (address: Multiaddr) => boolean,
  runtime: Runtime,
): void {
  const bucket = new Bucket(LEARNT, runtime.clock)
  discoveryOf(dht).addEventListener('peer', ({ detail }) => {
    const multiaddrs = detail.multiaddrs.filter(allowed).slice(0, ADDRESSES_MAX)
    if (multiaddrs.length === 0 || detail.id.equals(node.peerId) || !bucket.take()) return
    node.peerStore.merge(detail.id, { multiaddrs }).catch((error: unknown) => {
      runtime.log('dht: a peer was not kept', { why: String(error) })
    })
  })
}

/** What libp2p takes it by when it is a service; its own interface does not show it. */
function discoveryOf(dht: KadDHT): PeerDiscovery {
  const { [peerDiscoverySymbol]: discovery } = dht as { [peerDiscoverySymbol]?: PeerDiscovery }
  if (discovery === undefined) throw new Error('this version of @libp2p/kad-dht is not known')
  return discovery
}

/**
 * Strangers may name any address. Those of a LAN or of this machine are dialled only if the
 * configuration itself names such a bootstrap peer; through a relay there is no gossip.
 */
function addressFilter({ bootstrap }: Config): (address: Multiaddr) => boolean {
  const isLocal = bootstrap !== 'public' && bootstrap.some((each) => isPrivate(multiaddr(each)))
  return (address) => {
    const names = address.getComponents().map(({ name }) => name)
    return !names.includes('p2p-circuit') && (isLocal || !isLocalAddress(address))
  }
}

function isLocalAddress(address: Multiaddr): boolean {
  const [host] = address.getComponents()
  // A name may stand for any address; the public network's peers announce names only for wss.
  const isName = host?.name.startsWith('dns') ?? true
  return isName ? !/\/(wss|tls\/)/.test(`${address.toString()}/`) : isPrivate(address)
}
