import type { PeerId, PeerInfo } from '@libp2p/interface'
import { mdns } from '@libp2p/mdns'
import { STRANGERS_MAX } from '../shared/limits.ts'
import type { Clock } from '../shared/runtime.ts'

/** Not libp2p's own `_p2p._udp.local`: other programs' nodes on the LAN have nothing to say to us. */
const SERVICE = '_p2p-chat._udp.local'

type Mdns = ReturnType<ReturnType<typeof mdns>>

/** For libp2p's `peerDiscovery`: tells of the relay-nodes on the LAN, and again every ten seconds. */
export function lanPeers(
  found: (peer: PeerInfo) => void,
): (...components: Parameters<ReturnType<typeof mdns>>) => Mdns {
  return (...components) => {
    const discovery = mdns({ serviceTag: SERVICE })(...components)
    discovery.addEventListener('peer', ({ detail }) => {
      found(detail)
    })
    return discovery
  }
}

interface Dialler {
  readonly peerId: PeerId
  getConnections(peer: PeerId): readonly unknown[]
  dial(
    addresses: PeerInfo['multiaddrs'],
    options: { readonly signal: AbortSignal },
  ): Promise<unknown>
}

const DIAL_MS = 5_000
/** Each network between the two tells of the same peer in the same moment. */
const TURN_MS = 5_000

/**
 * Dials who was found. Both find each other in the same moment: the lower peer id dials at once, the
 * other when it hears of it again, or each pair would have two connections.
 */
export function dialLanPeers(node: Dialler, clock: Clock): (peer: PeerInfo) => void {
  /** When it was heard of first, ms since 1970. */
  const heard = new Map<string, number>()
  return ({ id, multiaddrs }) => {
    const now = clock.now()
    const since = heard.get(id.toString()) ?? now
    const [oldest] = heard.keys()
    if (heard.size >= STRANGERS_MAX && oldest !== undefined) heard.delete(oldest)
    heard.set(id.toString(), since)
    if (id.equals(node.peerId) || node.getConnections(id).length > 0) return
    if (node.peerId.toString() > id.toString() && now - since < TURN_MS) return
    const addresses = multiaddrs.map((address) => address.encapsulate(`/p2p/${id.toString()}`))
    // Not there any more, or not yet: it is told of again in ten seconds.
    node.dial(addresses, { signal: AbortSignal.timeout(DIAL_MS) }).catch(() => undefined)
  }
}
