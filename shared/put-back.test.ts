import { expect } from 'vitest'
import { StorageError } from './history.ts'
import { alice, bob, entry, logId } from './testing/people.ts'
import { story } from './testing/story.ts'

story(
  'a disk that was put back writes on under the same seqs: nobody else’s word is about that',
  async (simulation) => {
    await simulation.relay()
    const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
    await simulation.run(10_000)
    await a.say('one')
    await simulation.run(5_000)
    const log = (await a.room.page({ limit: 1 }))[0]?.head?.log ?? logId('none')
    await a.quit()
    const clock = simulation.clock.now() * 1_000
    await b.history.add([await entry(alice, { content: 'two', log, seq: 2, clock })])
    const keep = b.history.add.bind(b.history)
    b.history.add = () => Promise.reject(new StorageError({ kind: 'storage-full' }))
    await simulation.run(1_000)
    await a.wake()
    await a.say('another two')
    await a.connect()
    await simulation.run(60_000)
    const states = async (): Promise<readonly string[]> => {
      const entries = await a.room.page({ limit: 9 })
      const known = await a.room.deliveries(entries.map(({ id }) => id))
      return entries.map(({ id, content }) => `${content}: ${known.get(id)}`)
    }
    expect(await b.read()).toEqual(['one', 'two'])
    expect(await states()).toEqual(['one: stored', 'two: stored', 'another two: sent'])
    b.history.add = keep
    await a.say('three')
    await simulation.run(90_000)
    expect(await b.read()).toEqual(['one', 'two', 'another two', 'three'])
    expect((await states()).at(-1)).toBe('three: stored')
  },
  [1, 2],
)

story(
  'what this side refused of theirs may be what they claim: their word does not count',
  async (simulation) => {
    await simulation.relay()
    const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
    await simulation.run(10_000)
    await a.say('one')
    await simulation.run(5_000)
    const log = (await a.room.page({ limit: 1 }))[0]?.head?.log ?? logId('none')
    await a.quit()
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
    const entries = await a.room.page({ limit: 9 })
    const known = await a.room.deliveries(entries.map(({ id }) => id))
    expect(entries.map(({ id, content }) => `${content}: ${known.get(id)}`)).toEqual([
      'one: stored',
      'another two: sent',
    ])
  },
  [1, 2],
)
