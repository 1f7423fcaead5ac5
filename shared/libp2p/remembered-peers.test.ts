import { multiaddr } from '@multiformats/multiaddr'
import { expect, onTestFinished, test } from 'vitest'
import { routerOf } from './gossip-router.ts'
import { addressOf, startPeer, until } from './test-node.ts'

async function start() {
  const peer = await startPeer()
  onTestFinished(() => peer.network.stop())
  return peer
}

test('whoever comes and goes without an offence is not remembered', async () => {
  const [hub, alice, mallory] = [await start(), await start(), await start()]
  const router = routerOf(hub.node.services.pubsub)
  const { score } = router as unknown as {
    score: {
      peerStats: ReadonlyMap<string, unknown>
      addPenalty(peer: string, penalty: number, label: string): void
    }
  }
  for (const { node } of [alice, mallory]) await node.dial(multiaddr(addressOf(hub)))
  await until(hub.network, () => score.peerStats.size === 2)
  score.addPenalty(mallory.network.self, 3, 'broken_promise')
  for (const { network } of [alice, mallory]) await network.hangUp(hub.network.self)
  await until(hub.network, () => router.peers.size === 0 && hub.network.links().length === 0)
  expect([...score.peerStats.keys()]).toEqual([mallory.network.self])
})
