import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import type { PeerStore } from '@libp2p/interface'

/** The place is asked for again sooner, and the tag with it. */
const ENDED_TAG_MS = 60_000

type Circuit = ReturnType<typeof circuitRelayTransport>
type Components = Parameters<Circuit>[0]
type Merge = PeerStore['merge']

/**
 * The circuit transport, on devices whose clock is ahead as well. A relay says when its place ends by
 * its own clock; circuit-relay-v2 (4.2.13) takes what is left of it by ours for the time that a tag
 * lives, which the peer store refuses when it is negative: then the place is given up at once, and
 * nobody gets a direct link. With it, the place is asked for again every 30 s.
 */
export function anyClockCircuit(): Circuit {
  const circuit = circuitRelayTransport()
  return (components) => circuit(withPeerStore(components, anyClockStore(components.peerStore)))
}

/** A peer store to which a tag that has ended already is one that ends soon. */
export function anyClockStore(store: PeerStore): PeerStore {
  const merge: Merge = (id, data, options) => {
    if (data.tags === undefined) return store.merge(id, data, options)
    const entries = data.tags instanceof Map ? [...data.tags.entries()] : Object.entries(data.tags)
    const tags = entries.map(([name, tag]) => {
      const ended = tag?.ttl !== undefined && tag.ttl < 0
      return [name, ended ? { ...tag, ttl: ENDED_TAG_MS } : tag] as const
    })
    return store.merge(id, { ...data, tags: Object.fromEntries(tags) }, options)
  }
  // Both are proxies or hold private fields: what is not changed is asked of the things themselves.
  return new Proxy(store, {
    get: (target, key) => {
      if (key === 'merge') return merge
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

function withPeerStore(components: Components, peerStore: PeerStore): Components {
  return new Proxy(components, {
    get: (target, key): unknown =>
      key === 'peerStore' ? peerStore : Reflect.get(target, key, target),
  })
}
