import { expect, test } from 'vitest'
import type { Libp2pNetwork } from '../shared/libp2p/network.ts'
import { person, relayIn, temporaryFolder, until } from './test-relay.ts'

const PEOPLE = 30
const DIAL_MS = 20_000
/** What may be left of them so long after they have gone: nothing. */
const FREED_MS = 5_000

test('an office dials in at once from one address: all get in and are reserved, nothing is left of them', async () => {
  const relay = await relayIn(await temporaryFolder())
  const { reservations } = relay.libp2p.services.relay
  const addresses = ['/tcp/', '/ws/', '/quic-v1/'].map((transport) =>
    relay.addresses.find((each) => each.includes(transport)),
  )
  const people: Libp2pNetwork[] = []
  for (let n = 0; n < PEOPLE; n++) people.push(await person())
  const dialled = await Promise.all(
    people.map((each, n) =>
      each.dial(addresses[n % addresses.length] ?? '', AbortSignal.timeout(DIAL_MS)),
    ),
  )
  expect(dialled.filter(({ ok }) => ok)).toHaveLength(PEOPLE)
  await until(() => reservations.size === PEOPLE && people.every((each) => each.reserved))
  await Promise.all(people.map((each) => each.stop()))
  const left = performance.now()
  await until(() => reservations.size === 0 && relay.libp2p.getConnections().length === 0)
  expect(performance.now() - left).toBeLessThan(FREED_MS)
}, 60_000)
