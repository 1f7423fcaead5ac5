import { describe, expect, test } from 'vitest'
import { type Entry, shortId } from './entry.ts'
import { Gaps } from './gaps.ts'
import { MemoryHistory } from './memory-history.ts'
import { NEW_YEAR, alice, bob, entry, lobby, logId } from './testing/people.ts'
import { SeededRandom, VirtualClock } from './testing/virtual-time.ts'

const WITHIN_PATIENCE_MS = 1_900
const PAST_PATIENCE_MS = 200

async function scene(): Promise<{
  readonly clock: VirtualClock
  readonly history: MemoryHistory
  readonly gaps: Gaps
  readonly found: () => number
  readonly bobs: readonly [Entry, Entry, Entry]
}> {
  const clock = new VirtualClock(NEW_YEAR / 1_000)
  const history = new MemoryHistory(logId('alice'))
  let found = 0
  const gaps = new Gaps({
    room: lobby.id,
    history,
    runtime: { clock, random: new SeededRandom(1), log: () => undefined },
    missing: () => found++,
  })
  const one = await entry(bob, { content: 'one', seq: 1 })
  const two = await entry(bob, {
    content: 'two',
    seq: 2,
    prev: shortId(one.id),
    clock: NEW_YEAR + 1,
  })
  const three = await entry(bob, {
    content: 'three',
    seq: 3,
    prev: shortId(two.id),
    clock: NEW_YEAR + 2,
  })
  return { clock, history, gaps, found: () => found, bobs: [one, two, three] }
}

describe('a hole', () => {
  test('is an entry whose forerunner is still missing after two seconds', async () => {
    const { clock, history, gaps, found, bobs } = await scene()
    gaps.heard(await history.add([bobs[2]]))
    await clock.run(WITHIN_PATIENCE_MS)
    expect(found()).toBe(0)
    await clock.run(PAST_PATIENCE_MS)
    expect(found()).toBe(1)
  })

  test('is none when all came in order, or what was missing came in time', async () => {
    const { clock, history, gaps, found, bobs } = await scene()
    const [one, two, three] = bobs
    gaps.heard(await history.add([one]))
    gaps.heard(await history.add([three]))
    await clock.run(WITHIN_PATIENCE_MS)
    gaps.heard(await history.add([two]))
    await clock.run(60_000)
    expect(found()).toBe(0)
  })

  test('is also a target that nobody here has', async () => {
    const { clock, history, gaps, found, bobs } = await scene()
    const [one, two] = bobs
    await history.add([one])
    const reply = await entry(alice, { content: '👍', kind: 'reaction', target: one.id })
    const lost = await entry(alice, {
      content: '👍',
      kind: 'reaction',
      target: two.id,
      log: logId('x'),
    })
    gaps.heard(await history.add([reply]))
    await clock.run(60_000)
    expect(found()).toBe(0)
    gaps.heard(await history.add([lost]))
    await clock.run(WITHIN_PATIENCE_MS + PAST_PATIENCE_MS)
    expect(found()).toBe(1)
  })

  test('is looked at less and less often, and then no more', async () => {
    const { clock, history, gaps, found, bobs } = await scene()
    gaps.heard(await history.add([bobs[2]]))
    await clock.run(20_000)
    expect(found()).toBeLessThan(5)
    await clock.run(3_600_000)
    expect(found()).toBe(5)
    // What comes next in the same log is no new hole.
    const four = await entry(bob, {
      content: '4',
      seq: 4,
      prev: shortId(bobs[2].id),
      clock: NEW_YEAR + 3,
    })
    gaps.heard(await history.add([four]))
    await clock.run(60_000)
    expect(found()).toBe(5)
  })

  test('is nobody’s business after the end', async () => {
    const { clock, history, gaps, found, bobs } = await scene()
    gaps.heard(await history.add([bobs[2]]))
    gaps.stop()
    await clock.run(60_000)
    expect(found()).toBe(0)
  })
})
