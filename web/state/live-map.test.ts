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
  expect(live.passed).toEqual({ kind: 'came', author: bob.peerId, by: came?.route[0] })
  for (const pulse of passedOn) expect(pulse).toMatchObject({ delay: PULSE_MS, author: bob.peerId })
})

test('what I say leaves over every link that it was handed to, and the sentence names them', async () => {
  await a.say('hi')
  await simulation.run(1_000)
  const mine = messages().filter(({ author }) => author === alice.peerId)
  expect(new Set(mine.map(({ route }) => route.at(-1)))).toEqual(new Set([bob.peerId, relay]))
  expect(mine.every(({ delay, route }) => delay === 0 && route[0] === alice.peerId)).toBe(true)
  expect(live.passed).toMatchObject({ kind: 'left' })
})

test('a pulse that has arrived is gone, and a stopped map hears nothing', async () => {
  await b.say('one')
  await simulation.run(1_000)
  expect(live.pulses.length).toBeGreaterThan(0)
  for (const { key } of live.pulses) live.arrived(key)
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
