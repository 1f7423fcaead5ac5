import { describe, expect, test } from 'vitest'
import type { PeerId } from '../ids.ts'
import type { Runtime } from '../runtime.ts'
import { VirtualClock } from '../testing/virtual-time.ts'
import { Quarantine } from './quarantine.ts'

const EVE = 'eve' as PeerId
const BOB = 'bob' as PeerId

function setUp() {
  const clock = new VirtualClock(0)
  const runtime: Runtime = {
    clock,
    random: { bytes: (length) => new Uint8Array(length), fraction: () => 0 },
    log: () => undefined,
  }
  const scores = new Map<string, number>()
  const closed: string[] = []
  const quarantine = new Quarantine(runtime)
  const peers = new Map([EVE, BOB].map((peer) => [peer, { toString: () => peer } as never]))
  const stop = quarantine.watch({ peers, getScore: (peer) => scores.get(peer) ?? 0 }, (peer) => {
    closed.push(peer)
    return Promise.resolve()
  })
  return { clock, quarantine, scores, closed, stop }
}

describe('a peer is shut out', () => {
  test('after five seconds below the graylist line, for ten minutes', async () => {
    const { clock, quarantine, scores, closed } = setUp()
    scores.set(EVE, -90)
    await clock.run(4_500)
    expect(closed).toEqual([])
    await clock.run(1_000)
    expect(closed).toEqual([EVE])
    expect([quarantine.denies(EVE), quarantine.denies(BOB)]).toEqual([true, false])
    scores.set(EVE, 0)
    await clock.run(10 * 60_000)
    expect(quarantine.denies(EVE)).toBe(false)
  })

  test('after five seconds above its bucket, but not after a burst', async () => {
    const { clock, quarantine, closed } = setUp()
    for (let second = 0; second < 10; second++) {
      quarantine.noteTooFast(EVE)
      if (second % 4 !== 3) quarantine.noteTooFast(BOB)
      await clock.run(1_000)
    }
    expect(new Set(closed)).toEqual(new Set([EVE]))
  })

  test('never once the watch is stopped', async () => {
    const { clock, scores, closed, stop } = setUp()
    scores.set(EVE, -90)
    stop()
    await clock.run(60_000)
    expect(closed).toEqual([])
  })
})
