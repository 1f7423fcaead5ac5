import { type KadDHT, type KadDHTComponents, type KadDHTInit, kadDHT } from '@libp2p/kad-dht'
import { peerIdFromString } from '@libp2p/peer-id'
import { COUNTED_MAX } from './dht-records.ts'
import { ConnectionCounts } from './fairness.ts'

type Datastore = KadDHTComponents['datastore']
type Stored = Pick<KadDHTComponents, 'datastore' | 'connectionManager' | 'peerId'>

/** `/dht/provider/<hash>/<peer id>` */
const PROVIDER = /^\/dht\/provider\/[^/]+\/([^/]+)$/

/**
 * A DHT in which strangers do not fill the disk. Stock, each record is a file for whoever sends one, hundreds
 * a second: who provides what for half an hour, and public keys as values for ever.
 */
export function smallDht(init: KadDHTInit): (components: KadDHTComponents) => KadDHT {
  const make = kadDHT({ ...init, validators: { ...init.validators, pk: refuseValue } })
  return (components) => {
    const datastore = limitedStore(components)
    return make(
      new Proxy(components, {
        get: (target, key): unknown =>
          key === 'datastore' ? datastore : Reflect.get(target, key, target),
      }),
    )
  }
}

/** Nobody here asks for any. */
function refuseValue(): Promise<void> {
  return Promise.reject(new Error('no values are kept here'))
}

/** So many records, and half of them for one address; this node's own are its own to limit. */
export function limitedStore(
  { datastore, connectionManager, peerId }: Stored,
  max = COUNTED_MAX,
): Datastore {
  const counts = new ConnectionCounts(max)
  const put: Datastore['put'] = async (key, value, options) => {
    const name = key.toString()
    const provider = PROVIDER.exec(name)?.[1]
    if (provider !== undefined && provider !== peerId.toString() && !counts.has(name)) {
      const [connection] = connectionManager.getConnections(peerIdFromString(provider))
      if (connection === undefined || !counts.admits(connection.remoteAddr))
        throw new Error('no more providers are noted')
      counts.opened({ id: name, remoteAddr: connection.remoteAddr })
    }
    return datastore.put(key, value, options)
  }
  const remove: Datastore['delete'] = (key, options) => {
    counts.closed({ id: key.toString() })
    return datastore.delete(key, options)
  }
  return new Proxy(datastore, {
    get: (target, key) => {
      if (key === 'put') return put
      if (key === 'delete') return remove
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}
