import { expect, test } from 'vitest'
import { Times } from './times.ts'

const now = new Date(2026, 10, 24, 9, 30).getTime()
const times = new Times('en-GB')

test.each([
  [new Date(2026, 10, 24, 9, 5), '9:05'],
  // Ten hours ago, and yesterday all the same.
  [new Date(2026, 10, 23, 23, 50), '23 Nov, 23:50'],
  [new Date(2026, 2, 3, 14, 5), '3 Mar, 14:05'],
  [new Date(2025, 11, 31, 14, 5), '31 Dec 2025, 14:05'],
])('%s', (at, says) => {
  expect(times.whenOf(at.getTime(), now)).toBe(says)
})

test('each language has its own way', () => {
  const yesterday = new Date(2026, 10, 23, 23, 50).getTime()
  expect(new Times('th').whenOf(yesterday, now)).toMatch(/23 พ\.ย\..*23:50/)
})
