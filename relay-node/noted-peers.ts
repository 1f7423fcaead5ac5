import type { PeerId } from '@libp2p/interface'
import { STRANGERS_MAX } from '../shared/limits.ts'
import type { Datastore } from './datastore.ts'

type Key = Parameters<Datastore['put']>[0]

/** `/peers/<CID of the peer id>`, one file each */
const PEERS = '/peers'
/** When there are too many, so large a part goes at once: who is connected is then looked up seldom. */
const SWEPT = 1 / 8

/**
 * The same datastore, that notes no more than so many peers. Stock, everybody who ever came is a file for
 * six hours, so that whoever comes with ever new keys fills the disk. Those who are here stay; of the others
 * those of whom nothing new was noted for longest go, and are learnt again when they come.
 * @param here who is connected, this node itself among them
 */
export async function withFewPeers(
  datastore: Datastore,
  here: () => Iterable<PeerId>,
  max = STRANGERS_MAX,
): Promise<Datastore> {
  /** By name, the longest untouched first. */
  const noted = new Map<string, Key>()
  let sweeping: Promise<void> | undefined
  for await (const key of datastore.queryKeys({ prefix: PEERS })) noted.set(key.toString(), key)

  const sweep = async (): Promise<void> => {
    const kept = new Set([...here()].map((peer) => `${PEERS}/${peer.toCID().toString()}`))
    const spare = [...noted].filter(([name]) => !kept.has(name))
    const excess = noted.size - Math.floor(max * (1 - SWEPT))
    for (const [name, key] of spare.slice(0, excess)) {
      noted.delete(name)
      await datastore.delete(key)
    }
  }
  const put: Datastore['put'] = async (key, value, options) => {
    const name = key.toString()
    if (name.startsWith(`${PEERS}/`)) {
      noted.delete(name)
      noted.set(name, key)
      // A disk that deletes nothing is told of elsewhere; the next peer has it tried again.
      if (noted.size > max)
        sweeping ??= sweep()
          .catch(() => undefined)
          .finally(() => (sweeping = undefined))
    }
    return datastore.put(key, value, options)
  }
  return new Proxy(datastore, {
    get: (target, key) => {
      if (key === 'put') return put
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}
