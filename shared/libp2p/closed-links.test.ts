import process from 'node:process'
import { multiaddr } from '@multiformats/multiaddr'
import { expect, onTestFinished, test } from 'vitest'
import { addressOf, startPeer } from './test-node.ts'

/** patches/README.md, @libp2p/yamux */
test('a stream that is opened while its link ends fails, and the program goes on', async () => {
  const uncaught: unknown[] = []
  const heed = (error: unknown): number => uncaught.push(error)
  process.on('uncaughtException', heed)
  onTestFinished(() => void process.off('uncaughtException', heed))
  const [alice, bob] = [await startPeer(), await startPeer()]
  const connection = await alice.node.dial(multiaddr(addressOf(bob)))
  const opening = connection.newStream('/nothing/1').catch((error: unknown) => error)
  // What a socket does by itself when its other end goes.
  const { maConn } = connection as unknown as { readonly maConn: { close(): Promise<void> } }
  const closing = maConn.close().catch(() => undefined)
  expect(await opening).toBeInstanceOf(Error)
  await closing
  expect(uncaught).toEqual([])
  for (const { node } of [alice, bob]) await node.stop()
})
