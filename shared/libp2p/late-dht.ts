import { type Libp2p, type PeerInfo, start, stop } from '@libp2p/interface'
import type { KadDHT, KadDHTComponents, KadDHTInit } from '@libp2p/kad-dht'
import type { DhtSnapshot } from '../diagnostics.ts'
import { DHT_PROTOCOL } from '../limits.ts'
import type { Clock } from '../runtime.ts'
import type { PeerId } from '../ids.ts'
import { idOf } from './link.ts'
import { cidOfRoom } from './room-cid.ts'

export interface LateDht {
  readonly dht: KadDHT
  /** Looks for those who say that they have a room. */
  lookUp(room: string, clock: Clock, signal: AbortSignal): Promise<DhtSnapshot>
  stop(): Promise<void>
}

export type LateDhtSettings = KadDHTInit & { readonly protocol: string }

/**
 * Joins a DHT on a node that is already connected; without settings our own, as a client: 69 kB that no
 * first message waits for. kad-dht expects to be there from the beginning and learns of peers only
 * while they connect; started later its table stays empty and every query times out. So it is told of
 * those who are.
 * @param before called when it is made and not started yet
 */
export async function startLateDht(
  node: Libp2p,
  settings?: LateDhtSettings,
  before: (dht: KadDHT) => void = () => undefined,
): Promise<LateDht> {
  const { kadDHT, passthroughMapper } = await import('@libp2p/kad-dht')
  const { protocol, ...others } = settings ?? {
    protocol: DHT_PROTOCOL,
    clientMode: true,
    // Rooms on a LAN or on one machine have private addresses only.
    peerInfoMapper: passthroughMapper,
  }
  const dht = kadDHT({ protocol, ...others })(componentsOf(node))
  before(dht)
  await start(dht)
  await tellOfConnected(node, dht, protocol)
  return {
    dht,
    lookUp: (room, clock, signal) => lookUp(dht, room, clock, signal),
    stop: () => stop(dht),
  }
}

async function lookUp(
  dht: KadDHT,
  room: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<DhtSnapshot> {
  const key = await cidOfRoom(room)
  const began = clock.now()
  const providers = new Set<PeerId>()
  const asked = new Set<PeerId>()
  try {
    for await (const event of dht.findProviders(key, { signal })) {
      if (event.name === 'PEER_RESPONSE') asked.add(idOf(event.from))
      if (event.name !== 'PROVIDER') continue
      for (const { id } of event.providers) providers.add(idOf(id))
    }
  } catch {
    // Cut off, or nobody to ask: what came by then is the answer.
  }
  return {
    mode: dht.getMode(),
    table: tableSize(dht),
    key: key.toString(),
    providers: [...providers],
    asked: asked.size,
    tookMs: clock.now() - began,
  }
}

/** The class has it, its interface does not. */
function tableSize(dht: KadDHT): number {
  const { routingTable } = dht as KadDHT & { readonly routingTable?: { readonly size: number } }
  if (routingTable === undefined) throw new Error('this version of @libp2p/kad-dht is not known')
  return routingTable.size
}

async function tellOfConnected(node: Libp2p, dht: KadDHT, protocol: string): Promise<void> {
  const told = dht as KadDHT & { onPeerConnect?(peer: PeerInfo): Promise<void> }
  if (told.onPeerConnect === undefined)
    throw new Error('this version of @libp2p/kad-dht is not known')
  for (const id of node.getPeers()) {
    // In the table are those only who speak the protocol; others would be asked in vain.
    const peer = await node.peerStore.get(id).catch(() => undefined)
    if (peer?.protocols.includes(protocol) !== true) continue
    await told.onPeerConnect({
      id,
      multiaddrs: peer.addresses.map(({ multiaddr }) => multiaddr),
    })
  }
}

/** What libp2p hands to services that are named at its making; its interface does not show it. */
function componentsOf(node: Libp2p): KadDHTComponents {
  const { components } = node as Libp2p & { components?: KadDHTComponents }
  if (components === undefined) throw new Error('this version of libp2p is not known')
  return components
}
