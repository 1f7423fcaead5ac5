import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Bucket, Buckets, type TimeChange, TrueTime } from './guard.ts'
import type { PeerId } from './ids.ts'
import { STRANGERS_MAX } from './limits.ts'
import type { Clock } from './runtime.ts'
import { VirtualClock } from './testing/virtual-time.ts'

const MINUTE_MS = 60_000

/** A wall clock that somebody sets. */
function wallClock(start = 0): Clock & { at: number } {
  return {
    at: start,
    now: function () {
      return this.at
    },
    after: () => () => undefined,
  }
}

describe('a bucket', () => {
  test('gives its burst, then so many a second', () => {
    const clock = wallClock()
    const bucket = new Bucket({ burst: 3, perSecond: 2 }, clock)
    expect([1, 2, 3, 4].map(() => bucket.take())).toEqual([true, true, true, false])
    expect(bucket.wait()).toBe(500)
    clock.at += 499
    expect(bucket.take()).toBe(false)
    clock.at += 1
    expect(bucket.take()).toBe(true)
  })

  test('never holds more than its burst, nor loses anything when the clock is set back', () => {
    const clock = wallClock(1_000_000)
    const bucket = new Bucket({ burst: 2, perSecond: 1 }, clock)
    clock.at += 3_600_000
    expect([1, 2, 3].map(() => bucket.take())).toEqual([true, true, false])
    clock.at -= 7_200_000
    expect(bucket.take()).toBe(false)
    clock.at += 1_000
    expect(bucket.take()).toBe(true)
  })

  test('what it says to wait is enough, and never gives more than its rate', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 30 }),
        fc.array(fc.nat(400), { maxLength: 60 }),
        (burst, perSecond, waits) => {
          const clock = wallClock()
          const bucket = new Bucket({ burst, perSecond }, clock)
          let taken = 0
          for (const wait of waits) {
            clock.at += wait
            while (bucket.take()) taken++
          }
          clock.at += bucket.wait()
          expect(taken).toBeLessThanOrEqual(burst + (clock.at / 1_000) * perSecond + 1e-6)
          expect(bucket.take()).toBe(true)
        },
      ),
    )
  })
})

describe('buckets of strangers', () => {
  test('take from all or from none', () => {
    const buckets = new Buckets(
      [
        { burst: 10, perSecond: 1 },
        { burst: 100, perSecond: 1 },
      ],
      wallClock(),
    )
    expect(buckets.take('eve', 1, 101)).toBe(false)
    for (let i = 0; i < 10; i++) expect(buckets.take('eve', 1, 10)).toBe(true)
    expect(buckets.take('eve', 1, 0)).toBe(false)
    expect(buckets.take('bob', 1, 0)).toBe(true)
  })

  test('are forgotten when they are full, and at the latest when there are too many', () => {
    const clock = wallClock()
    const buckets = new Buckets([{ burst: 1, perSecond: 1 }], clock)
    expect(buckets.take('patient')).toBe(true)
    for (let i = 0; i < STRANGERS_MAX - 1; i++) buckets.take(`stranger ${i}`)
    expect(buckets.take('patient')).toBe(false)
    // One more than fits, and all of them empty: the oldest goes.
    buckets.take('one more')
    expect(buckets.take('patient')).toBe(true)
  })
})

describe('true time', () => {
  test('leaves a clock alone that is off by less than a minute, and corrects one by more', () => {
    const time = new TrueTime(wallClock(NOON))
    time.learn(NOON + MINUTE_MS)
    expect(time.offset).toBe(0)
    for (let i = 0; i < 3; i++) time.learn(NOON + 60 * MINUTE_MS)
    expect(time.offset).toBe(60 * MINUTE_MS)
    expect(time.now()).toBe(NOON + 60 * MINUTE_MS)
  })

  test('believes the middle one, so a few liars do not matter', () => {
    const time = new TrueTime(new VirtualClock(NOON))
    for (const liar of [1e15, 0, 1e14]) time.learn(liar)
    for (let i = 0; i < 4; i++) time.learn(NOON + 1_000)
    time.learn(NaN)
    time.learn(Infinity)
    expect(time.offset).toBe(0)
  })

  describe('where the clock of whoever served the page agrees with the device’s', () => {
    const surrounded = (origin: number, sameClock = false): TrueTime => {
      const time = new TrueTime(wallClock(NOON))
      time.originIs(RELAY, { sameClock })
      time.learn(NOON + origin)
      // One machine has as many peer ids as it likes.
      for (let i = 0; i < 40; i++) time.learn(NOON + HOUR_MS, `eve ${i}`)
      return time
    }

    test('nobody outvotes the two, even long after it has gone', () => {
      for (const origin of [0, -20_000, MINUTE_MS])
        expect(surrounded(origin)).toMatchObject({ known: true, offset: 0 })
    })

    test('but where it is the same clock twice, or another one, the middle one is believed', () => {
      expect(surrounded(0, true).offset).toBe(HOUR_MS)
      expect(surrounded(MINUTE_MS + 1).offset).toBe(HOUR_MS)
    })

    test('until the device’s clock is set: what was said of the other one is void', () => {
      const clock = { ...wallClock(NOON), steady: () => 0 }
      const time = new TrueTime(clock)
      time.learn(NOON)
      clock.at += 10 * MINUTE_MS
      for (const each of ['one', 'two', 'three']) time.learn(NOON, each)
      expect(time.offset).toBe(-10 * MINUTE_MS)
      time.learn(clock.at)
      expect(time.offset).toBe(0)
    })
  })

  test('lets in what is dated by the clock of whoever served the page, however many have spoken since', () => {
    const time = new TrueTime(wallClock(NOON))
    time.learn(NOON + 5 * MINUTE_MS)
    for (let i = 0; i < 20; i++) time.learn(NOON, `stranger ${i}`)
    expect(time.now()).toBe(NOON)
    expect(time.latest).toBe(NOON + 5 * MINUTE_MS)
    time.learn(NOON + 25 * HOUR_MS)
    expect(time.latest).toBe(NOON)
  })

  describe('with a single voice that is far off', () => {
    const told = (offset: number, source?: string, now = NOON): TrueTime => {
      const time = new TrueTime(wallClock(now))
      if (source === undefined) time.learn(now + offset)
      else time.learn(now + offset, source)
      return time
    }
    const view = ({ known, offset, disputed, horizon }: TrueTime): object => ({
      known,
      offset,
      disputed,
      open: horizon === Infinity,
    })

    test('believes anybody within a day', () => {
      const believed = { known: true, offset: 23 * HOUR_MS, disputed: 0, open: false }
      expect(view(told(23 * HOUR_MS))).toEqual(believed)
      expect(view(told(23 * HOUR_MS, 'stranger'))).toEqual(believed)
    })

    test('believes whoever served the page that it is earlier, and a stranger not', () => {
      const at = NOON + YEAR_MS
      expect(view(told(-YEAR_MS, undefined, at))).toMatchObject({ known: true, offset: -YEAR_MS })
      expect(view(told(-YEAR_MS, 'stranger', at))).toMatchObject({ known: false, offset: 0 })
    })

    test('does not believe whoever served the page that it is later: that is in dispute', () => {
      const time = told(2 * YEAR_MS)
      const dispute = { known: false, offset: 0, disputed: 2 * YEAR_MS, open: true }
      expect(view(time)).toEqual(dispute)
      expect(time.now()).toBe(NOON)
      // What the later of the two clocks would let in may be right.
      expect(time.latest).toBe(NOON + 2 * YEAR_MS)
      expect(view(told(2 * YEAR_MS, 'stranger'))).toMatchObject({ disputed: 0 })
    })

    test('the node of whoever served the page is the same clock, said before or after', () => {
      const [before, after] = [told(2 * YEAR_MS), told(2 * YEAR_MS, RELAY)]
      before.originIs(RELAY)
      before.learn(NOON + 2 * YEAR_MS, RELAY)
      after.originIs(RELAY)
      after.learn(NOON + 2 * YEAR_MS)
      for (const time of [before, after]) {
        expect(view(time)).toMatchObject({ known: false, offset: 0, disputed: 2 * YEAR_MS })
        // A third clock decides.
        time.learn(NOON + 1_000, 'somebody')
        expect(view(time)).toEqual({ known: true, offset: 0, disputed: 0, open: false })
        expect(time.latest).toBe(NOON)
      }
    })

    test('a device that has lost its time believes whoever served the page', () => {
      const time = told(NOON, undefined, 0)
      expect(view(time)).toEqual({ known: true, offset: NOON, disputed: 0, open: false })
    })

    test('a clock from before this program was written is not heard', () => {
      const time = told(-NOON, undefined, NOON)
      expect(view(time)).toEqual({ known: false, offset: 0, disputed: 0, open: true })
    })

    test('a dispute is told, and so is its end', () => {
      const time = new TrueTime(wallClock(NOON))
      const changes: TimeChange[] = []
      time.changes.subscribe((change) => changes.push(change))
      time.learn(NOON + 2 * YEAR_MS)
      time.learn(NOON + 2 * YEAR_MS)
      expect(changes).toEqual([{ kind: 'learnt', moved: true }])
      time.learn(NOON, 'somebody')
      expect(changes).toHaveLength(2)
    })
  })
})

const HOUR_MS = 60 * MINUTE_MS
const YEAR_MS = 365 * 24 * HOUR_MS
const RELAY = 'relay' as PeerId
const NOON = 1_735_689_600_000
