import { expect, test } from 'vitest'
import { fail } from '../shared/failure.ts'
import type { Libp2pNetwork } from '../shared/libp2p/network.ts'
import { DEFAULT_ROOM } from '../shared/limits.ts'
import type { Room } from '../shared/room.ts'
import type { Relay } from './relay.ts'
import { chatter, person, relayIn, temporaryFolder, until } from './test-relay.ts'

const PEOPLE = 30
const LINES = 2
const DIAL_MS = 20_000
/** What may be left of them so long after they have gone: nothing. */
const FREED_MS = 5_000

/** All at once, by each transport in turn. */
async function dialIn(relay: Relay, people: readonly Libp2pNetwork[]): Promise<void> {
  const addresses = ['/tcp/', '/ws/', '/quic-v1/'].map((transport) =>
    relay.addresses.find((each) => each.includes(transport)),
  )
  const dialled = await Promise.all(
    people.map((each, n) =>
      each.dial(addresses[n % addresses.length] ?? '', AbortSignal.timeout(DIAL_MS)),
    ),
  )
  expect(dialled.filter(({ ok }) => ok)).toHaveLength(people.length)
}

/** Somebody who neither asks for nor hands out history: what arrives, gossip has brought. */
async function withoutSync(): Promise<{ readonly network: Libp2pNetwork; readonly room: Room }> {
  const { chat, network } = await chatter(undefined, (deaf) => {
    deaf.open = () => Promise.resolve(fail({ kind: 'unreachable', what: 'off for this test' }))
    deaf.serve = () => () => undefined
  })
  const opened = await chat.open(DEFAULT_ROOM)
  if (!opened.ok) throw new Error('the room does not open')
  return { network, room: opened.value }
}

function isInMesh(network: Libp2pNetwork): boolean {
  return network
    .snapshot()
    .topics.some(({ topic, mesh }) => topic === DEFAULT_ROOM && mesh.length > 0)
}

async function textsIn(room: Room): Promise<readonly string[]> {
  const page = await room.page({ limit: PEOPLE * LINES + 1 })
  return page.map(({ content }) => content).sort()
}

test('an office dials in at once from one address: all get in and are reserved, nothing is left of them', async () => {
  const relay = await relayIn(await temporaryFolder())
  const { reservations } = relay.libp2p.services.relay
  const people: Libp2pNetwork[] = []
  for (let n = 0; n < PEOPLE; n++) people.push(await person())
  await dialIn(relay, people)
  await until(() => reservations.size === PEOPLE && people.every((each) => each.reserved))
  await Promise.all(people.map((each) => each.stop()))
  const left = performance.now()
  await until(() => reservations.size === 0 && relay.libp2p.getConnections().length === 0)
  expect(performance.now() - left).toBeLessThan(FREED_MS)
}, 120_000)

test.each([1, 2])(
  'an office hears by gossip alone all that each of it says, relay-nodes: %i',
  async (count) => {
    const relays = [await relayIn(await temporaryFolder())]
    if (count === 2) {
      const [BOOTSTRAP = ''] = relays[0]?.addresses.filter((each) => each.includes('/tcp/')) ?? []
      relays.push(await relayIn(await temporaryFolder(), { BOOTSTRAP }))
    }
    const people: Awaited<ReturnType<typeof withoutSync>>[] = []
    for (let n = 0; n < PEOPLE; n++) people.push(await withoutSync())
    const networks = people.map(({ network }) => network)
    const rooms = people.map(({ room }) => room)
    await Promise.all(
      relays.map((relay, at) =>
        dialIn(
          relay,
          networks.filter((_, n) => n % count === at),
        ),
      ),
    )
    await until(() => rooms.every(({ presence }) => presence.people.length === PEOPLE - 1))
    // Who has just come may miss what is said in that second, and is given it by a sync.
    await until(() => networks.every(isInMesh))
    const said: string[] = []
    for (let line = 0; line < LINES; line++)
      for (const [n, room] of rooms.entries()) {
        said.push(`${n} says ${line}`)
        expect((await room.say(`${n} says ${line}`)).ok).toBe(true)
      }
    await until(() => rooms.every(({ arrived }) => arrived.gossip === (PEOPLE - 1) * LINES))
    for (const room of rooms) expect(await textsIn(room)).toEqual([...said].sort())
  },
  // Whoever waits in vain for a line waits until then.
  120_000,
)
