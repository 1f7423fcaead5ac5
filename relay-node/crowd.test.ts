import { expect, test } from 'vitest'
import { chatter, relayIn, temporaryFolder, until } from './test-relay.ts'

const PEOPLE = 30
const DIAL_MS = 20_000
/** What may be left of them so long after they have gone: nothing. */
const FREED_MS = 5_000

test('an office dials in at once from one address: all get in, all receive everything, nothing is left of them', async () => {
  const relay = await relayIn(await temporaryFolder())
  const { reservations } = relay.libp2p.services.relay
  const addresses = ['/tcp/', '/ws/', '/quic-v1/'].map((transport) =>
    relay.addresses.find((each) => each.includes(transport)),
  )
  const people = []
  for (let n = 0; n < PEOPLE; n++) people.push(await chatter())
  const dialled = await Promise.all(
    people.map(({ network }, n) =>
      network.dial(addresses[n % addresses.length] ?? '', AbortSignal.timeout(DIAL_MS)),
    ),
  )
  expect(dialled.filter(({ ok }) => ok)).toHaveLength(PEOPLE)
  await until(() => reservations.size === PEOPLE)

  const rooms = await Promise.all(
    people.map(async ({ chat }) => {
      const opened = await chat.open('office')
      if (!opened.ok) throw new Error(opened.failure.kind)
      return opened.value
    }),
  )
  await Promise.all(rooms.map((room, n) => room.say(`words of ${String(n)}`)))
  const all = rooms.map((_, n) => `words of ${String(n)}`).sort()
  for (const room of rooms) {
    await until(async () => (await room.page({ limit: PEOPLE * 2 })).length >= PEOPLE)
    const entries = await room.page({ limit: PEOPLE * 2 })
    expect(entries.map(({ content }) => content).sort()).toEqual(all)
  }

  await Promise.all(people.map(({ network }) => network.stop()))
  const left = performance.now()
  await until(() => reservations.size === 0 && relay.libp2p.getConnections().length === 0)
  expect(performance.now() - left).toBeLessThan(FREED_MS)
}, 90_000)
