import { describe, expect, onTestFinished, test } from 'vitest'
import type { Stop } from '../shared/changes.ts'
import type { Topic } from '../shared/ids.ts'
import { TrueTime } from '../shared/guard.ts'
import { Libp2pNetwork } from '../shared/libp2p/network.ts'
import { encodePassing } from '../shared/line.ts'
import { Presence } from '../shared/presence.ts'
import { roomKeyOf } from '../shared/room-key.ts'
import { type Runtime, systemRuntime } from '../shared/runtime.ts'
import { ENTERED_BY_PEER, IDLE_MS, ROOMS_PER_PEER, Rooms } from './rooms.ts'
import { connect, person, relayIn, temporaryFolder, until } from './test-relay.ts'

const HOME = 'p2p-chat-default'
const accept = () => Promise.resolve('accept' as const)

function enter(network: Libp2pNetwork, room: string): Stop {
  return network.join(room as Topic, accept)
}

/** Real time, but for the ten minutes after which an empty room is dropped: those end on demand. */
function impatient(): {
  readonly runtime: Runtime
  readonly endTenMinutes: () => void
  readonly waiting: () => number
} {
  const system = systemRuntime()
  const idle = new Set<() => void>()
  const after = (ms: number, run: () => void): Stop => {
    if (ms !== IDLE_MS) return system.clock.after(ms, run)
    idle.add(run)
    return () => void idle.delete(run)
  }
  return {
    runtime: { ...system, clock: { now: () => system.clock.now(), after } },
    endTenMinutes: () => {
      for (const run of [...idle]) {
        idle.delete(run)
        run()
      }
    },
    waiting: () => idle.size,
  }
}

async function presenceOf(network: Libp2pNetwork, room: string, name: string): Promise<Presence> {
  const key = await roomKeyOf(room)
  if (!key.ok) throw new Error(room)
  const presence = new Presence({
    key: key.value,
    runtime: systemRuntime(),
    self: network.self,
    name: () => name,
  })
  presence.attach(network)
  return presence
}

describe('a room that people are in', () => {
  test('is carried from one to the other as soon as both are there', async () => {
    const relay = await relayIn(await temporaryFolder())
    const [alice, bob] = [await person(), await person()]
    await connect(alice, relay)
    await connect(bob, relay)
    const heard: string[] = []
    bob.join('tea' as Topic, (bytes) => {
      heard.push(new TextDecoder().decode(bytes))
      return accept()
    })
    enter(alice, 'tea')
    await until(
      () =>
        alice.subscribers('tea' as Topic).includes(relay.peerId) &&
        bob.subscribers('tea' as Topic).length > 0,
    )
    const line = encodePassing('join', 'alice', Math.floor(Date.now() / 1_000), alice.self)
    await alice.publish('tea' as Topic, line)
    await until(() => heard.length > 0)
    expect(heard).toEqual([new TextDecoder().decode(line)])
  })

  test('hears at once from the relay when a tab was closed', async () => {
    const relay = await relayIn(await temporaryFolder())
    const [alice, bob] = [await person(), await person()]
    await connect(alice, relay)
    await connect(bob, relay)
    await presenceOf(alice, 'tea', 'alice')
    const seen = await presenceOf(bob, 'tea', 'bob')
    await until(() => seen.people.some(({ id }) => id === alice.self))
    // The relay is nobody.
    expect(seen.people.map(({ name }) => name)).toEqual(['alice'])
    const closed = performance.now()
    await alice.stop()
    await until(() => seen.people.length === 0)
    expect(performance.now() - closed).toBeLessThan(2_000)
  })

  test('is carried for ten minutes more when the last has gone, and then dropped', async () => {
    const { runtime, endTenMinutes, waiting } = impatient()
    const relay = await relayIn(await temporaryFolder(), {}, runtime)
    const alice = await person()
    await connect(alice, relay)
    const leave = enter(alice, 'tea')
    await until(() => relay.rooms.names.includes('tea'))
    leave()
    await until(() => waiting() === 1)
    enter(alice, 'tea')
    await until(() => waiting() === 0)
    // Not hung up: whoever has a reservation dials again at once.
    await alice.stop()
    await until(() => waiting() === 1)
    expect(relay.rooms.names).toEqual([HOME, 'tea'])
    endTenMinutes()
    expect(relay.rooms.names).toEqual([HOME])
    await until(() => !relay.libp2p.services.pubsub.getTopics().includes('tea'))
    expect(relay.libp2p.services.pubsub.getTopics()).toEqual([HOME, `p2p-chat/live/${HOME}`])
  })

  test('can be one of 64 for each person, and no more', async () => {
    const relay = await relayIn(await temporaryFolder())
    const [eve, alice] = [await person(), await person()]
    for (let i = 0; i < ROOMS_PER_PEER + 20; i++) enter(eve, `room-${i}`)
    await connect(eve, relay)
    await until(() => relay.rooms.names.length === 1 + ROOMS_PER_PEER)
    enter(alice, 'tea')
    await connect(alice, relay)
    await until(() => relay.rooms.names.includes('tea'))
    expect(relay.rooms.names).toHaveLength(2 + ROOMS_PER_PEER)
  })
})

test('whoever comes to a relay-node with many rooms learns of all of them', async () => {
  const relay = await relayIn(await temporaryFolder())
  const [alice, bob, carol] = [await person(), await person(), await person()]
  const rooms = Array.from({ length: 2 * ROOMS_PER_PEER }, (_, i) => `room-${i}`)
  for (const room of rooms.slice(0, ROOMS_PER_PEER)) enter(alice, room)
  for (const room of rooms.slice(ROOMS_PER_PEER)) enter(bob, room)
  await connect(alice, relay)
  await connect(bob, relay)
  const carried = relay.libp2p.services.pubsub
  await until(() => carried.getTopics().length === 2 * (1 + rooms.length))
  await connect(carol, relay)
  await until(() => rooms.every((room) => carol.subscribers(room as Topic).includes(relay.peerId)))
})

test('when all places are taken, the room with the fewest people goes, never the own one', async () => {
  const relay = await relayIn(await temporaryFolder())
  await relay.rooms.stop()
  const runtime = systemRuntime()
  const network = Libp2pNetwork.start({ node: relay.libp2p, runtime })
  const rooms = new Rooms({
    network,
    runtime,
    time: new TrueTime(runtime.clock),
    home: HOME,
    max: 3,
  })
  rooms.start()
  onTestFinished(() => rooms.stop())
  const [alice, bob] = [await person(), await person()]
  await connect(alice, relay)
  await connect(bob, relay)
  enter(alice, 'tea')
  enter(bob, 'tea')
  enter(alice, 'coffee')
  await until(() => rooms.names.length === 3 && network.subscribers('tea' as Topic).length === 2)
  enter(bob, 'cocoa')
  await until(() => rooms.names.includes('cocoa'))
  expect(rooms.names).toEqual([HOME, 'tea', 'cocoa'])
})

test('whoever names ever new rooms has no more of them carried than a person enters', async () => {
  const relay = await relayIn(await temporaryFolder())
  const [mallory, alice] = [await person(), await person()]
  await connect(mallory, relay)
  await connect(alice, relay)
  const started = Date.now()
  const subscribersOf = (room: string) =>
    relay.libp2p.services.pubsub.getSubscribers(room).map(String)
  for (let round = 0; round < 10; round++) {
    const rooms = Array.from({ length: 50 }, (_, i) => `flood-${round}-${i}`)
    const leave = rooms.map((room) => enter(mallory, room))
    await until(() => subscribersOf(rooms.at(-1) ?? '').includes(mallory.self))
    for (const stop of leave) stop()
    await until(() => !subscribersOf(rooms.at(-1) ?? '').includes(mallory.self))
  }
  const refilled = Math.ceil(((Date.now() - started) / 1_000) * ENTERED_BY_PEER.perSecond)
  expect(relay.rooms.names.length).toBeLessThanOrEqual(1 + ENTERED_BY_PEER.burst + refilled)
  enter(alice, 'tea')
  await until(() => relay.rooms.names.includes('tea'))
})

test('relays do not keep each other in a room', async () => {
  const one = await relayIn(await temporaryFolder())
  const { runtime, endTenMinutes } = impatient()
  const other = await relayIn(
    await temporaryFolder(),
    { BOOTSTRAP: one.addresses[0] ?? '' },
    runtime,
  )
  await until(() => other.libp2p.getConnections().length > 0)
  const alice = await person()
  await connect(alice, one)
  enter(alice, 'tea')
  await until(() => other.libp2p.services.pubsub.getSubscribers('tea').length > 0)
  await until(() => {
    endTenMinutes()
    return !other.rooms.names.includes('tea')
  })
  expect(one.rooms.names).toContain('tea')
})
