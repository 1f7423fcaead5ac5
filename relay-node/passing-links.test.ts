import { expect, test, vi } from 'vitest'
import { systemRuntime } from '../shared/runtime.ts'
import { connect, person, relayIn, temporaryFolder, until } from './test-relay.ts'

const HOUR_MS = 3_600_000

test('whoever came is forgotten after some hours, also where no DHT is used', async () => {
  const runtime = systemRuntime()
  let endHour = (): void => undefined
  const after: typeof runtime.clock.after = (ms, run) => {
    if (ms !== HOUR_MS) return runtime.clock.after(ms, run)
    endHour = run
    return () => undefined
  }
  const relay = await relayIn(
    await temporaryFolder(),
    { BOOTSTRAP: 'none' },
    {
      ...runtime,
      clock: { ...runtime.clock, after },
    },
  )
  const { peerStore, peerId } = relay.libp2p
  const alice = await person()
  await connect(alice, relay)
  const others = async (): Promise<number> =>
    (await peerStore.all()).filter(({ id }) => !id.equals(peerId)).length
  await until(async () => (await others()) === 1)
  await alice.stop()
  await until(() => relay.libp2p.getConnections().length === 0)
  const read = vi.spyOn(peerStore, 'all')
  endHour()
  // Reading them all is what drops the old ones.
  expect(read).toHaveBeenCalledTimes(1)
})
