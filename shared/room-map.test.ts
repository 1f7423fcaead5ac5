import { describe, expect, test } from 'vitest'
import type { Reached } from './chat.ts'
import type { PeerId } from './ids.ts'
import type { Link } from './network.ts'
import { type MapFacts, factsOf, mapOf, relayBefore, routeTo } from './room-map.ts'
import { alice, bob, carol, eve } from './testing/people.ts'
import { story } from './testing/story.ts'

const RELAY = eve.peerId
const NOTHING = { brought: 0, handed: 0 }

const linkTo = (peer: PeerId, rest: Partial<Link> = {}): Link => ({
  peer,
  path: 'direct',
  transport: 'WebRTC',
  address: `/ip4/10.0.0.2/udp/1/webrtc/p2p/${peer}`,
  direction: 'outbound',
  since: 0,
  relay: false,
  ...rest,
})
const relayLink = linkTo(RELAY, {
  relay: true,
  transport: 'WebSocket',
  address: `/dns4/chat.example/tcp/443/wss/p2p/${RELAY}`,
})
const circuitTo = (peer: PeerId, rest: Partial<Link> = {}): Link =>
  linkTo(peer, {
    path: 'relayed',
    transport: 'relay',
    address: `/dns4/chat.example/tcp/443/wss/p2p/${RELAY}/p2p-circuit/p2p/${peer}`,
    ...rest,
  })
const circuits = [{ relay: RELAY, peer: bob.peerId }]
const personOf = (id: PeerId, name: string): Reached => ({
  id,
  name,
  since: 1,
  knownSince: 2,
  addresses: [],
  silent: false,
  path: 'none',
})
const facts = (rest: Partial<MapFacts>): MapFacts => ({
  self: alice.peerId,
  name: 'alice',
  people: [personOf(bob.peerId, 'bob')],
  links: [relayLink],
  circuits: [],
  mesh: [],
  reserved: [],
  archives: [],
  bringer: () => undefined,
  crossed: () => NOTHING,
  keeps: () => 0,
  ...rest,
})
const reachOfBob = (rest: Partial<MapFacts>) => mapOf(facts(rest)).people[0]?.reach

describe('what the map claims', () => {
  test('a direct link is one, with the round trip if it was measured, and only then', () => {
    expect(reachOfBob({ links: [linkTo(bob.peerId)] })).toEqual({
      kind: 'direct',
      transport: 'WebRTC',
      mesh: false,
    })
    expect(reachOfBob({ links: [linkTo(bob.peerId, { rttMs: 12 })], mesh: [bob.peerId] })).toEqual({
      kind: 'direct',
      transport: 'WebRTC',
      rttMs: 12,
      mesh: true,
    })
  })

  test('a direct link counts before a circuit to the same person', () => {
    const links = [circuitTo(bob.peerId, { rttMs: 80 }), linkTo(bob.peerId), relayLink]
    expect(reachOfBob({ links })).toMatchObject({ kind: 'direct' })
    expect(reachOfBob({ links })).not.toHaveProperty('rttMs')
  })

  test('a circuit leads through its relay-node, and the route names it', () => {
    const map = mapOf(facts({ links: [relayLink, circuitTo(bob.peerId, { rttMs: 40 })], circuits }))
    expect(map.people[0]?.reach).toEqual({ kind: 'relayed', relay: RELAY, rttMs: 40 })
    expect(routeTo(map, bob.peerId)).toEqual([alice.peerId, RELAY, bob.peerId])
    expect(routeTo(map, RELAY)).toEqual([alice.peerId, RELAY])
  })

  test('a circuit through a relay-node that is not ours names none', () => {
    const map = mapOf(facts({ links: [circuitTo(bob.peerId)], circuits }))
    expect(map.people[0]?.reach).toEqual({ kind: 'relayed' })
    expect(routeTo(map, bob.peerId)).toEqual([alice.peerId, bob.peerId])
  })

  test('who is not linked is heard by whoever brought their words last, while that link stands', () => {
    const by = { bringer: () => RELAY }
    expect(reachOfBob(by)).toEqual({ kind: 'heard', by: RELAY })
    expect(reachOfBob({ ...by, links: [] })).toEqual({ kind: 'unheard' })
    expect(reachOfBob({})).toEqual({ kind: 'unheard' })
    expect(routeTo(mapOf(facts(by)), bob.peerId)).toBeUndefined()
  })

  test('somebody is behind a relay-node if nobody else could bring their words, or a circuit leads there', () => {
    const by = { bringer: () => RELAY }
    const behind = (rest: Partial<MapFacts>, of = 0): PeerId | undefined => {
      const map = mapOf(facts(rest))
      const person = map.people[of]
      return person && relayBefore(map, person)
    }
    expect(behind(by)).toBe(RELAY)
    expect(behind({})).toBeUndefined()
    const people = [personOf(bob.peerId, 'bob'), personOf(carol.peerId, 'carol')]
    const links = [relayLink, linkTo(carol.peerId)]
    expect(behind({ ...by, people, links })).toBeUndefined()
    expect(behind({ people, links: [...links, circuitTo(bob.peerId)], circuits })).toBe(RELAY)
  })

  test('a relay-node is no person, is named by where it is, and holds a place or does not', () => {
    const people = [personOf(bob.peerId, 'bob'), personOf(RELAY, 'relay')]
    const map = mapOf(facts({ people, reserved: [RELAY], archives: [RELAY] }))
    expect(map.people.map(({ name }) => name)).toEqual(['bob'])
    expect(map.relays).toMatchObject([
      { id: RELAY, place: 'chat.example:443', reserved: true, archive: true },
    ])
  })
})

story(
  'the map says of each link what crossed it, and who brought whose words',
  async (simulation) => {
    await simulation.relay()
    const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
    const c = await simulation.enter(carol)
    await simulation.run(15_000)
    const broughtIn = (): number => {
      const { people, relays } = mapOf(factsOf(a.chat, a.room))
      return [...people, ...relays].reduce((sum, { crossed }) => sum + crossed.brought, 0)
    }
    // Three have joined by now, and nobody has said anything.
    expect(broughtIn()).toBe(0)
    const passed: string[] = []
    a.chat.hops.passing.subscribe(({ way, topic, kind, author, peer }) => {
      const who = [bob, carol].find(({ peerId }) => peerId === author)?.name ?? 'alice'
      if (topic === a.room.key.topic && kind === 'message')
        passed.push(`${way} ${who} ${peer === author ? 'straight' : ''}`)
    })
    await b.say('hello')
    await simulation.run(2_000)
    await a.say('hi')
    await simulation.run(8_000)
    const map = mapOf(factsOf(a.chat, a.room))
    expect(map.people.map(({ name, reach }) => `${name} ${reach.kind}`).sort()).toEqual([
      'bob direct',
      'carol direct',
    ])
    expect(map.relays).toHaveLength(1)
    // Nobody but bob can have been the author of what came, and mine went over every link there is.
    expect(passed.filter((each) => each.startsWith('in bob'))).toHaveLength(1)
    expect(passed.filter((each) => each.startsWith('out alice'))).toHaveLength(3)
    expect(broughtIn()).toBe(1)
    const bobs = map.people.find(({ name }) => name === 'bob')
    expect(bobs?.crossed.handed).toBeGreaterThanOrEqual(1)
    expect(bobs?.keeps).toBeGreaterThanOrEqual(1)
    expect(a.chat.hops.bringer(bob.peerId)).toBeDefined()
    await c.quit()
  },
)
