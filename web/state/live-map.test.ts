import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PeerId } from '../../shared/ids.ts'
import { alice, bob, carol } from '../../shared/testing/people.ts'
import { type Member, Simulation } from '../../shared/testing/simulation.ts'
import { LiveMap, PULSE_MS } from './live-map.svelte.ts'

let simulation: Simulation
let a: Member
let b: Member
let relay: PeerId
let live: LiveMap
let stop: () => void

beforeEach(async () => {
  simulation = new Simulation(1)
  await simulation.relay()
  a = await simulation.enter(alice)
  b = await simulation.enter(bob)
  await simulation.run(10_000)
  live = new LiveMap(a.chat, a.room)
  stop = live.start()
  relay = live.map.relays[0]?.id ?? ('' as PeerId)
})

afterEach(() => {
  stop()
})

const messages = () => live.pulses.filter(({ kind }) => kind === 'message')

test('what comes runs from whoever brought it to me, and leaves for others only then', async () => {
  await b.say('hello')
  await simulation.run(1_000)
  const [came, ...passedOn] = messages()
  expect(came).toMatchObject({ author: bob.peerId, delay: 0 })
  expect(came?.route.at(-1)).toBe(alice.peerId)
  expect([bob.peerId, relay]).toContain(came?.route[0])
  const [by] = came?.route ?? []
  expect(live.passed).toEqual(
    by === bob.peerId
      ? { kind: 'straight', author: 'bob' }
      : { kind: 'brought', author: 'bob', by: live.map.relays[0]?.place },
  )
  for (const pulse of passedOn) expect(pulse).toMatchObject({ delay: PULSE_MS, author: bob.peerId })
})

test('what I say leaves over every link that it was handed to, and the sentence names them', async () => {
  await a.say('hi')
  await simulation.run(1_000)
  const mine = messages().filter(({ author }) => author === alice.peerId)
  expect(new Set(mine.map(({ route }) => route.at(-1)))).toEqual(new Set([bob.peerId, relay]))
  expect(mine.every(({ delay, route }) => delay === 0 && route[0] === alice.peerId)).toBe(true)
  expect(live.passed).toMatchObject({ kind: 'left', links: 2 })
  const place = live.map.relays[0]?.place
  expect(live.passed?.kind === 'left' && new Set(live.passed.to)).toEqual(new Set(['bob', place]))
})

test('the sentence keeps the names that it had, whoever goes', async () => {
  await b.say('hello')
  await simulation.run(1_000)
  const told = live.passed
  expect(told).toMatchObject({ author: 'bob' })
  await b.quit()
  await simulation.until(() => live.map.people.length === 0)
  await simulation.run(5_000)
  expect(live.passed).toEqual(told)
})

test('of whoever comes and speaks at once the sentence waits for the name', async () => {
  const named = new Set<unknown>()
  const c = await simulation.enter(carol)
  void c.say('here I am')
  for (let i = 0; i < 300; i++) {
    await simulation.run(10)
    if (live.passed !== undefined && live.passed.kind !== 'left') named.add(live.passed.author)
  }
  expect(named).toEqual(new Set(['carol']))
})

test('that somebody comes or goes is no message', async () => {
  const c = await simulation.enter(carol)
  await simulation.run(5_000)
  expect(live.map.people).toHaveLength(2)
  await c.chat.leave(c.room.name)
  await simulation.run(5_000)
  expect(live.map.people).toHaveLength(1)
  expect(live.passed).toBeUndefined()
  expect(messages()).toEqual([])
  // It is a sign of life.
  const kinds = live.pulses.filter(({ author }) => author === carol.peerId).map(({ kind }) => kind)
  expect(new Set(kinds)).toEqual(new Set(['life']))
})

test('a pulse that has arrived is gone, and a stopped map hears nothing', async () => {
  await b.say('one')
  await simulation.run(1_000)
  expect(live.pulses.length).toBeGreaterThan(0)
  for (const { key } of live.pulses) live.arrived(key)
  await simulation.run(200)
  expect(live.pulses).toEqual([])
  stop()
  await b.say('two')
  await simulation.run(1_000)
  expect(live.pulses).toEqual([])
})

test('a flood is shown in part, and is counted whole', async () => {
  for (let i = 0; i < 60; i++) {
    await b.say(`message ${i}`)
    await simulation.run(300)
  }
  expect(live.pulses.length).toBeLessThanOrEqual(72)
  const { people, relays } = live.map
  const brought = [...people, ...relays].reduce((sum, { crossed }) => sum + crossed.brought, 0)
  expect(brought).toBeGreaterThanOrEqual(60)
})

test('who comes and goes is on the map and off it, and whoever was chosen is let go', async () => {
  const c = await simulation.enter(carol)
  await simulation.run(5_000)
  expect(live.map.people.map(({ name }) => name).sort()).toEqual(['bob', 'carol'])
  live.select(carol.peerId)
  expect(live.selected).toBe(carol.peerId)
  await c.quit()
  await simulation.run(5_000)
  expect(live.map.people.map(({ name }) => name)).toEqual(['bob'])
  expect(live.selected).toBeUndefined()
})

const reachOfBob = (map: LiveMap['map']) =>
  map.people.find(({ name }) => name === 'bob')?.reach.kind

test('nobody moves while a link that is gone may come back, and somebody does once it has not', async () => {
  expect(reachOfBob(live.seated)).toBe('direct')
  await a.network.hide(true)
  await simulation.run(1_000)
  expect(reachOfBob(live.map)).toBe('heard')
  expect(reachOfBob(live.seated)).toBe('direct')
  await simulation.run(5_000)
  expect(reachOfBob(live.map)).toBe('heard')
  expect(reachOfBob(live.seated)).toBe('direct')
  await simulation.run(10_000)
  expect(reachOfBob(live.seated)).toBe('heard')
  await a.network.hide(false)
  await simulation.until(() => reachOfBob(live.map) === 'direct')
  await simulation.run(3_000)
  expect(reachOfBob(live.seated)).toBe('direct')
})

test('whoever comes stands near while a link to them is still to be expected', async () => {
  await a.network.hide(true)
  await simulation.run(20_000)
  expect(reachOfBob(live.seated)).toBe('heard')
  const reachOfCarol = (map: LiveMap['map']) =>
    map.people.find(({ name }) => name === 'carol')?.reach.kind
  await simulation.enter(carol)
  await simulation.until(() => reachOfCarol(live.map) === 'heard')
  await simulation.run(2_000)
  expect(reachOfCarol(live.seated)).toBe('direct')
  expect(live.map.people.some(({ reach }) => reach.kind === 'direct')).toBe(false)
  await simulation.run(15_000)
  expect(reachOfCarol(live.seated)).toBe('heard')
})

test('whoever comes has a place at once, unless somebody has only just been given one', async () => {
  const had = () => live.seated.people.length
  await simulation.run(2_000)
  const c = await simulation.enter(carol)
  await simulation.until(() => live.map.people.length === 2)
  expect(had()).toBe(2)
  await c.quit()
  await simulation.until(() => live.map.people.length === 1)
  expect(had()).toBe(2)
  await simulation.run(3_000)
  expect(had()).toBe(1)
})

test('what passes together sets out together, and signs of life that one link brings are one', async () => {
  const sets: number[] = []
  let before = live.pulses
  for (let i = 0; i < 30; i++) {
    if (i < 10) void b.say(`message ${i}`)
    await simulation.run(20)
    if (live.pulses !== before) sets.push(live.pulses.length)
    before = live.pulses
  }
  expect(messages().length).toBeGreaterThan(5)
  expect(sets.length).toBeLessThanOrEqual(5)
  const lives = live.pulses.filter(({ kind }) => kind === 'life')
  expect(lives.length).toBeLessThanOrEqual(2 * sets.length)
})
