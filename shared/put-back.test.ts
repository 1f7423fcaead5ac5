import { expect } from 'vitest'
import { StorageError } from './history.ts'
import type { LogId } from './ids.ts'
import { alice, bob, entry, logId } from './testing/people.ts'
import type { Member, Simulation } from './testing/simulation.ts'
import { story } from './testing/story.ts'

/** Bob has what Alice said, who has left; something else can be put into her log now. */
async function oneSaid(
  simulation: Simulation,
): Promise<{ readonly a: Member; readonly b: Member; readonly log: LogId }> {
  await simulation.relay()
  const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
  await simulation.run(10_000)
  await a.say('one')
  await simulation.run(5_000)
  const log = (await a.room.page({ limit: 1 }))[0]?.head?.log ?? logId('none')
  await a.quit()
  return { a, b, log }
}

async function statesOf({ room }: Member): Promise<readonly string[]> {
  const entries = await room.page({ limit: 9 })
  const known = await room.deliveries(entries.map(({ id }) => id))
  return entries.map(({ id, content }) => `${content}: ${known.get(id)}`)
}

story(
  'a disk that was put back writes on under the same seqs: nobody else’s word is about that',
  async (simulation) => {
    const { a, b, log } = await oneSaid(simulation)
    const clock = simulation.clock.now() * 1_000
    await b.history.add([await entry(alice, { content: 'two', log, seq: 2, clock })])
    const keep = b.history.add.bind(b.history)
    b.history.add = () => Promise.reject(new StorageError({ kind: 'storage-full' }))
    await simulation.run(1_000)
    await a.wake()
    await a.say('another two')
    await a.connect()
    await simulation.run(60_000)
    expect(await b.read()).toEqual(['one', 'two'])
    expect(await statesOf(a)).toEqual(['one: stored', 'two: stored', 'another two: sent'])
    b.history.add = keep
    await a.say('three')
    await simulation.run(90_000)
    expect(await b.read()).toEqual(['one', 'two', 'another two', 'three'])
    expect((await statesOf(a)).at(-1)).toBe('three: stored')
  },
  [1, 2],
)

story(
  'what this side refused of theirs may be what they claim: their word does not count',
  async (simulation) => {
    const { a, b, log } = await oneSaid(simulation)
    // Said by a clock that was ahead, and lost since.
    const clock = (simulation.clock.now() + 600_000) * 1_000
    await b.history.add([await entry(alice, { content: 'two', log, seq: 2, clock })])
    const keep = b.history.add.bind(b.history)
    b.history.add = (entries) => keep(entries.filter(({ content }) => content !== 'another two'))
    await simulation.run(1_000)
    await a.wake()
    await a.say('another two')
    await a.connect()
    await simulation.run(60_000)
    expect(await b.read()).toEqual(['one', 'two'])
    expect(await statesOf(a)).toEqual(['one: stored', 'another two: sent'])
  },
  [1, 2],
)
