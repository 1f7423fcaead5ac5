import type { PeerStore } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { expect, test } from 'vitest'
import { alice } from '../testing/people.ts'
import { anyClockStore } from './circuit.ts'
import { startNode } from './test-node.ts'

test('a tag that has ended already is taken for one that ends soon; all else is as ever', async () => {
  const node = await startNode()
  try {
    const id = peerIdFromString(alice.peerId)
    const store: PeerStore = anyClockStore(node.peerStore)
    const tags = { late: { value: 1, ttl: -2_400_000 }, fine: { value: 2, ttl: 5_000 } }
    // What circuit-relay-v2 does with a place that has ended by this device's clock.
    await expect(node.peerStore.merge(id, { tags })).rejects.toThrow(/ttl/i)
    await store.merge(id, { tags })
    const kept = await store.get(id)
    expect(kept.tags.get('late')?.value).toBe(1)
    expect(kept.tags.get('fine')?.value).toBe(2)
    await store.merge(id, { protocols: ['/test/1'] })
    expect((await node.peerStore.get(id)).protocols).toEqual(['/test/1'])
  } finally {
    await node.stop()
  }
})
