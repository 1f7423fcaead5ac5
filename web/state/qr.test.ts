import { encode } from 'uqr'
import { expect, test } from 'vitest'
import { qrCodeOf } from './qr.ts'

/** The dark modules that a path covers, drawn into a square. */
function drawn(path: string, size: number): boolean[][] {
  const square = Array.from({ length: size }, () => Array.from({ length: size }, () => false))
  for (const [, x, y, n] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g))
    square[Number(y)]?.fill(true, Number(x), Number(x) + Number(n))
  return square
}

test.each(['x', 'http://localhost:8080/', `https://chat.example/#/r/${'garden'.repeat(40)}`])(
  'the path covers the dark modules and no others: %s',
  (text) => {
    const { size = 0, path = '' } = qrCodeOf(text) ?? {}
    expect(drawn(path, size)).toEqual(encode(text, { border: 0 }).data)
  },
)

test('what no code can hold has none', () => {
  expect(qrCodeOf('x'.repeat(2_953))?.size).toBe(177)
  expect(qrCodeOf('x'.repeat(2_954))).toBeUndefined()
})
