import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { expect, onTestFinished, test } from 'vitest'
import { relayIn, temporaryFolder, until } from './test-relay.ts'

test('a bootstrap peer that always hangs up is dialled ever less often', async () => {
  const rude = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
  })
  onTestFinished(() => rude.stop())
  const came: number[] = []
  rude.addEventListener('connection:open', ({ detail }) => {
    came.push(performance.now())
    setTimeout(() => {
      detail.abort(new Error('not today'))
    }, 300)
  })
  const BOOTSTRAP = String(rude.getMultiaddrs()[0])
  await relayIn(await temporaryFolder(), { BOOTSTRAP, DHT_MODE: 'off' })
  await until(() => came.length === 4)
  const [, , third = 0, fourth = 0] = came
  // 1, 2, then 4 s at least; each time the first pause would be 1.5 s at most.
  expect(fourth - third).toBeGreaterThan(3_900)
}, 30_000)
