import { describe, expect, test } from 'vitest'
import { toBase64url } from './bytes.ts'
import { HeldPositions } from './held-positions.ts'
import { END, type EntryId, type Position, type Range, START, comparePositions } from './ids.ts'
import { HOUR_US } from './limits.ts'
import { fingerprintOf, sumOf } from './sums.ts'
import { between, fingerprintIn, hourOf, splitIn, windowOf } from './tally.ts'

const ALL: Range = { from: START, to: END }
const T0 = 400_000 * HOUR_US

function idOf(...first: readonly number[]): EntryId {
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  bytes.set(first)
  return toBase64url(bytes) as EntryId
}

function holding(clocks: readonly number[]): { held: HeldPositions; sorted: readonly Position[] } {
  const held = new HeldPositions()
  const sorted = clocks.map((clock) => ({ clock, id: idOf() }))
  for (const position of sorted) held.add(position)
  return { held, sorted: sorted.toSorted(comparePositions) }
}

/** Clocks over so many hours, some of them empty, many on the borders. */
function clocksOver(hours: number, count: number): readonly number[] {
  return Array.from({ length: count }, () => {
    const hour = T0 + Math.floor(Math.random() * hours) * HOUR_US
    return hour + (Math.random() < 0.2 ? 0 : Math.floor(Math.random() * HOUR_US))
  })
}

function inside(sorted: readonly Position[], { from, to }: Range): readonly Position[] {
  return sorted.filter((p) => comparePositions(p, from) >= 0 && comparePositions(p, to) < 0)
}

describe('ranges over hours', () => {
  test('a fingerprint is that of the positions inside, wherever the range ends', async () => {
    const { held, sorted } = holding(clocksOver(9, 400))
    const ends = [
      START,
      END,
      ...sorted.slice(0, 40),
      ...clocksOver(9, 40).map((clock) => ({ clock, id: START.id })),
    ]
    for (let i = 0; i < 300; i++) {
      const [a = START, b = END] = [ends[(i * 7) % ends.length], ends[(i * 13 + 5) % ends.length]]
      const range = comparePositions(a, b) <= 0 ? { from: a, to: b } : { from: b, to: a }
      const ids = inside(sorted, range).map(({ id }) => id)
      expect(await fingerprintIn(held, range)).toEqual(fingerprintOf(sumOf(ids)))
    }
  })

  test.each<[string, readonly number[]]>([
    ['a few over days', clocksOver(40, 90)],
    ['thousands over days', clocksOver(40, 3_000)],
    ['thousands within an hour', clocksOver(1, 2_500)],
    ['thousands at one clock', Array.from({ length: 1_500 }, () => T0 + 5)],
    ['a crowded hour among quiet ones', [...clocksOver(60, 200), ...clocksOver(1, 2_000)]],
  ])('parts cover the range, tell what is in them, and are about equal: %s', async (_, clocks) => {
    const { held, sorted } = holding(clocks)
    const parts = await splitIn(held, ALL, 16)
    expect(parts.length).toBeGreaterThan(1)
    expect(parts.length).toBeLessThanOrEqual(16)
    expect([parts[0]?.range.from, parts.at(-1)?.range.to]).toEqual([START, END])
    let most = 0
    parts.forEach(({ range, fingerprint }, i) => {
      if (i > 0) expect(range.from).toEqual(parts[i - 1]?.range.to)
      const ids = inside(sorted, range).map(({ id }) => id)
      expect(fingerprint).toEqual(fingerprintOf(sumOf(ids)))
      expect(ids.length).toBeGreaterThan(0)
      // One hour may be more than its share; the next split cuts it.
      const hours = new Set(inside(sorted, range).map(({ clock }) => hourOf(clock)))
      if (hours.size > 1) most = Math.max(most, ids.length)
    })
    expect(most).toBeLessThanOrEqual(Math.ceil((clocks.length / parts.length) * 2.5))
  })

  test('within an hour the parts are equal', async () => {
    const { held } = holding(clocksOver(1, 1_600))
    const parts = await splitIn(
      held,
      { from: { clock: T0, id: START.id }, to: { clock: T0 + HOUR_US, id: START.id } },
      16,
    )
    expect(parts.map(({ fingerprint }) => fingerprint.count)).toEqual(new Array(16).fill(100))
  })

  test('an empty range is one part, and what is alone is not cut', async () => {
    const { held } = holding([T0])
    expect(await splitIn(new HeldPositions(), ALL, 16)).toEqual([
      { range: ALL, fingerprint: fingerprintOf(sumOf([])) },
    ])
    expect(await splitIn(held, ALL, 16)).toHaveLength(1)
  })

  test('sums follow what is trimmed, within hours and at their borders', async () => {
    for (let i = 0; i < 20; i++) {
      const { held, sorted } = holding(clocksOver(4, 100))
      const floor =
        i % 2 === 0 ? (sorted[i * 5] ?? START) : { clock: T0 + (i % 4) * HOUR_US, id: START.id }
      const gone = held.trim(floor)
      const left = inside(sorted, { from: floor, to: END })
      expect(gone).toHaveLength(100 - left.length)
      expect(await fingerprintIn(held, ALL)).toEqual(fingerprintOf(sumOf(left.map(({ id }) => id))))
      expect(await held.positions(ALL)).toEqual(left)
    }
  })
})

describe('between', () => {
  test('is the shortest bound that separates, of at most 16 bytes', () => {
    const at = (clock: number, id: EntryId): Position => ({ clock, id })
    expect(between(at(1, idOf()), at(2, idOf()))).toEqual({ clock: 2, id: '' })
    expect(between(at(1, idOf(5)), at(1, idOf(6)))?.id).toBe(toBase64url(Uint8Array.of(6)))
    const alike = new Array<number>(15).fill(9)
    const cut = between(at(1, idOf(...alike, 1)), at(1, idOf(...alike, 2)))
    expect(cut?.id).toBe(toBase64url(Uint8Array.of(...alike, 2)))
    expect(between(at(1, idOf(...alike, 9, 1)), at(1, idOf(...alike, 9, 2)))).toBeUndefined()
  })
})

describe('windowOf', () => {
  const DAY = 24 * HOUR_US
  const window = (last: number | undefined, floor = START, before?: Position): Range =>
    windowOf(
      { newest: T0, last },
      { spanUs: 2 * DAY, ...(before === undefined ? {} : { before }) },
      floor,
    )

  test('reaches as far back as the span or the entries, whichever is further', () => {
    expect(window(T0 - 5).from.clock).toBe(T0 - 2 * DAY)
    expect(window(T0 - 9 * DAY).from.clock).toBe(T0 - 9 * DAY)
    expect(window(undefined)).toEqual(ALL)
  })

  test('ends at what was given, in at most 16 bytes of its id, and begins no lower than the floor', () => {
    const before = { clock: T0 - DAY, id: idOf() }
    expect(window(T0 - DAY - 1, START, before).from.clock).toBe(T0 - 3 * DAY)
    expect(window(T0 - DAY - 1, START, before).to.id).toHaveLength(22)
    expect(comparePositions(window(undefined, START, before).to, before)).toBeLessThan(0)
    const floor = { clock: T0 - 7, id: START.id }
    expect(window(T0 - 5, floor).from).toEqual(floor)
    expect(window(undefined, floor).from).toEqual(floor)
    const above = { clock: T0, id: START.id }
    expect(window(undefined, above, before)).toEqual({
      from: window(undefined, above, before).to,
      to: window(undefined, above, before).to,
    })
  })
})
