import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { expect, onTestFinished, test } from 'vitest'
import { routerOf } from './gossip-router.ts'
import { addressOf, startPeer } from './test-node.ts'

const MEBIBYTE = 1_024 * 1_024
const TOPIC = 'tea'

/** What lies under a connection, down to the socket. */
interface Line {
  readonly stream?: Line
  readonly socket?: { pause(): void }
}

function stopReading(connection: Connection): void {
  let line = (connection as unknown as { readonly muxer: { readonly maConn: Line } }).muxer.maConn
  while (line.stream !== undefined) line = line.stream
  if (line.socket === undefined) throw new Error('no socket under this connection')
  line.socket.pause()
}

test('what waits for a subscriber who reads nothing is bounded, and nobody else is held up', async () => {
  const [bob, eve] = [await startPeer(), await startPeer()]
  onTestFinished(async () => {
    for (const { node } of [bob, eve]) await node.stop()
  })
  for (const { node } of [bob, eve]) node.services.pubsub.subscribe(TOPIC)
  await eve.node.dial(multiaddr(addressOf(bob)))
  const { pubsub } = bob.node.services
  await expect.poll(() => pubsub.getSubscribers(TOPIC).length, { timeout: 10_000 }).toBe(1)

  for (const connection of eve.node.getConnections()) stopReading(connection)

  const router = routerOf(pubsub)
  const id = eve.node.peerId.toString()
  let most = 0
  for (let i = 0; i < 64; i++) {
    await pubsub.publish(TOPIC, new Uint8Array(MEBIBYTE / 4).fill(i))
    const stream = router.streamsOutbound.get(id)?.rawStream as
      { readonly writeBufferLength: number } | undefined
    most = Math.max(most, stream?.writeBufferLength ?? 0)
    await sleep(20)
  }
  expect(most).toBeGreaterThan(MEBIBYTE)
  expect(most).toBeLessThanOrEqual(4 * MEBIBYTE + MEBIBYTE / 2)
  // Whoever comes then is spoken to as ever.
  const carol = await startPeer()
  onTestFinished(() => carol.node.stop())
  const heard = new Promise((resolve) => {
    carol.node.services.pubsub.addEventListener('message', resolve)
  })
  carol.node.services.pubsub.subscribe(TOPIC)
  await carol.node.dial(multiaddr(addressOf(bob)))
  await expect.poll(() => pubsub.getSubscribers(TOPIC).map(String)).toContain(carol.network.self)
  await pubsub.publish(TOPIC, Uint8Array.of(1))
  await heard
}, 60_000)
