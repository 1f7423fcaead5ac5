import { describe, expect, test } from 'vitest'
import { fromBase64url, toBase64url } from './bytes.ts'
import { END, type EntryId, START, compareIds, comparePositions } from './ids.ts'
import { CLOCK_MAX_US } from './limits.ts'

function byBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++)
    if (a[i] !== b[i]) return (a[i] ?? 0) - (b[i] ?? 0)
  return a.length - b.length
}

describe('compareIds', () => {
  test('orders by bytes where the strings stand the other way round', () => {
    // 0xf8… is "-…", 0x00… is "A…": as strings "-" stands before "A".
    const high = toBase64url(new Uint8Array(32).fill(0xf8))
    const low = toBase64url(new Uint8Array(32))
    expect(high < low).toBe(true)
    expect(compareIds(high, low)).toBeGreaterThan(0)
    expect(compareIds(low, high)).toBeLessThan(0)
    const at = (id: string): Parameters<typeof comparePositions>[0] => ({
      clock: 1,
      id: id as EntryId,
    })
    expect(comparePositions(at(high), at(low))).toBeGreaterThan(0)
  })

  test('is the order of the bytes, for ids and for prefixes of any length', () => {
    const some = Array.from({ length: 2_000 }, (_, i) => {
      const bytes = crypto.getRandomValues(new Uint8Array(i % 5 === 0 ? 32 : i % 17))
      // Alike in front, so that later characters decide as well.
      return bytes.fill(0xa5, 0, Math.min(bytes.length, i % 7))
    })
    const sorted = some.map(toBase64url).sort(compareIds)
    expect(sorted).toEqual([...some].sort(byBytes).map(toBase64url))
    const [first = ''] = sorted.slice(-1)
    expect(fromBase64url(first, Math.floor((first.length * 3) / 4)).ok).toBe(true)
  })

  test('everything lies between START and END', () => {
    const id = toBase64url(new Uint8Array(32).fill(0xff)) as EntryId
    expect(comparePositions({ clock: CLOCK_MAX_US, id }, END)).toBeLessThan(0)
    expect(
      comparePositions({ clock: 0, id: toBase64url(new Uint8Array(32)) as EntryId }, START),
    ).toBeGreaterThan(0)
  })
})
