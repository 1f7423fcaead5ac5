import { describe, expect, test } from 'vitest'
import { repeat, sleep, systemRuntime } from './runtime.ts'
import { SeededRandom, VirtualClock } from './testing/virtual-time.ts'

describe('sleep', () => {
  test('ends after so long', async () => {
    const clock = new VirtualClock(0)
    let slept = -1
    void sleep(clock, 500).then(() => (slept = clock.now()))
    await clock.run(499)
    expect(slept).toBe(-1)
    await clock.run(1)
    expect(slept).toBe(500)
  })

  test('is cancelled with the signal’s reason, before or during', async () => {
    const clock = new VirtualClock(0)
    const reason = new Error('enough')
    await expect(sleep(clock, 500, AbortSignal.abort(reason))).rejects.toBe(reason)
    const abort = new AbortController()
    const sleeping = sleep(clock, 500, abort.signal)
    abort.abort(reason)
    await expect(sleeping).rejects.toBe(reason)
  })
})

test('what repeats asks for its time anew, and stops, also from within', async () => {
  const clock = new VirtualClock(0)
  const times: number[] = []
  let pause = 100
  const stop = repeat(
    clock,
    () => pause,
    () => {
      times.push(clock.now())
      pause = 200
      if (times.length === 3) stop()
    },
  )
  await clock.run(10_000)
  // The second pause was asked for before the first run changed it.
  expect(times).toEqual([100, 200, 400])
})

test('the real world has a clock and dice', async () => {
  const { clock, random } = systemRuntime()
  const before = clock.now()
  await sleep(clock, 5)
  expect(clock.now()).toBeGreaterThanOrEqual(before + 4)
  let rang = false
  clock.after(1, () => (rang = true))()
  await sleep(clock, 10)
  expect(rang).toBe(false)
  expect(random.bytes(16)).toHaveLength(16)
  expect(random.bytes(16)).not.toEqual(random.bytes(16))
  expect(random.fraction()).toBeLessThan(1)
})

describe('virtual time', () => {
  test('runs timers in order of time, then of setting, whatever real work they do', async () => {
    const clock = new VirtualClock(0)
    const order: string[] = []
    const digest = async (name: string, size: number): Promise<void> => {
      await crypto.subtle.digest('SHA-256', new Uint8Array(size))
      order.push(`${name} at ${clock.now()}`)
    }
    clock.after(20, () => void digest('later', 10))
    // A megabyte takes a thread longer than ten bytes; the order is that of asking all the same.
    clock.after(10, () => void Promise.all([digest('big', 1_000_000), digest('small', 10)]))
    clock.after(10, () => void digest('second', 10))
    clock.after(5, () => order.push('stopped'))()
    await clock.run(100)
    expect(order).toEqual(['big at 10', 'small at 10', 'second at 10', 'later at 20'])
    expect(clock.now()).toBe(100)
  })

  test('a hundred timers in any order', async () => {
    const clock = new VirtualClock(0)
    const random = new SeededRandom(7)
    const set = Array.from({ length: 100 }, () => Math.floor(random.between(0, 50)))
    const rang: number[] = []
    for (const at of set) clock.after(at, () => rang.push(at))
    await clock.run(50)
    expect(rang).toEqual([...set].sort((a, b) => a - b))
  })

  test('says when a thing does not happen', async () => {
    const clock = new VirtualClock(0)
    let here = false
    clock.after(100, () => (here = true))
    await expect(clock.runUntil(() => here, 50)).rejects.toThrow('within 50 ms')
    expect(await clock.runUntil(() => here, 150)).toBe(100)
  })
})

test('seeded dice are fair enough, and the same again', () => {
  const draw = (seed: number): readonly number[] => {
    const random = new SeededRandom(seed)
    return Array.from({ length: 10_000 }, () => random.fraction())
  }
  const drawn = draw(3)
  expect(draw(3)).toEqual(drawn)
  expect(draw(4)).not.toEqual(drawn)
  const mean = drawn.reduce((sum, x) => sum + x, 0) / drawn.length
  expect(mean).toBeGreaterThan(0.48)
  expect(mean).toBeLessThan(0.52)
  expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0)
  expect(Math.max(...drawn)).toBeLessThan(1)
})
