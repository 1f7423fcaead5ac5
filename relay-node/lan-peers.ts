import type { PeerId, PeerInfo } from '@libp2p/interface'
import { mdns } from '@libp2p/mdns'
import { STRANGERS_MAX } from '../shared/limits.ts'

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

/**
 * Dials who was found. Both find each other in the same moment: the lower peer id dials at once, the
 * other when it hears of it again, or each pair would have two connections.
 */
export function dialLanPeers(node: Dialler): (peer: PeerInfo) => void {
  const heard = new Set<string>()
  return ({ id, multiaddrs }) => {
    const isFirst = !heard.has(id.toString())
    if (heard.size < STRANGERS_MAX) heard.add(id.toString())
    if (id.equals(node.peerId) || node.getConnections(id).length > 0) return
    if (isFirst && node.peerId.toString() > id.toString()) return
    // Not there any more, or not yet: it is told of again in ten seconds.
    const addresses = multiaddrs.map((address) => address.encapsulate(`/p2p/${id.toString()}`))
    node.dial(addresses, { signal: AbortSignal.timeout(DIAL_MS) }).catch(() => undefined)
  }
}
