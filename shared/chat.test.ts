import { describe, expect, test } from 'vitest'
import { alice, bob, carol } from './testing/people.ts'
import { Simulation } from './testing/simulation.ts'
import { story } from './testing/story.ts'

async function threeTalk(seed: number): Promise<readonly string[]> {
  const simulation = new Simulation(seed)
  await simulation.relay()
  const [a, b, c] = [await simulation.enter(alice), await simulation.enter(bob), await simulation.enter(carol)]
  await simulation.run(3_000)
  await Promise.all([a.say('one'), b.say('two'), c.say('three')])
  await simulation.run(20_000)
  await c.quit()
  await simulation.run(20_000)
  return simulation.story
}

test('one seed tells one story, and another seed another', async () => {
  const first = await threeTalk(1)
  expect(first.length).toBeGreaterThan(50)
  expect(await threeTalk(1)).toEqual(first)
  expect(await threeTalk(2)).not.toEqual(first)
})

describe('people chat', () => {
  story('alice and bob', async (simulation) => {
    await simulation.relay()
    const a = await simulation.enter(alice)
    const b = await simulation.enter(bob)
    await simulation.run(5_000)
    await a.say('Hello, bob')
    await simulation.run(500)
    await b.say('Hello, alice')
    await simulation.run(500)
    expect(await a.read()).toEqual(['Hello, bob', 'Hello, alice'])
    expect(await b.read()).toEqual(['Hello, bob', 'Hello, alice'])
  })
})
