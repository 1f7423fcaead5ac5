import { encode } from 'uqr'
import { utf8 } from '../../shared/bytes.ts'

/** A QR code as one path: each module that is dark is a square of 1. */
export interface QrCode {
  /** Modules along each side. */
  readonly size: number
  readonly path: string
}

/** ISO/IEC 18004: version 40 with the least correction; bytes. */
const CODE_MAX_BYTES = 2_953

/**
 * Nothing if it is longer than a code can be.
 * @param text what a camera reads out of it
 */
export function qrCodeOf(text: string): QrCode | undefined {
  if (utf8(text).length > CODE_MAX_BYTES) return undefined
  const { data, size } = encode(text, { border: 0 })
  const runs = data.flatMap((row, y) =>
    [...darkRuns(row)].map(([x, n]) => `M${x} ${y}h${n}v1h-${n}z`),
  )
  return { size, path: runs.join('') }
}

/** Where dark modules begin in a row, and how many stand there side by side. */
function* darkRuns(row: readonly boolean[]): Generator<readonly [start: number, length: number]> {
  for (let x = 0; x < row.length; x++) {
    const start = x
    while (row[x] === true) x++
    if (x > start) yield [start, x - start]
  }
}
