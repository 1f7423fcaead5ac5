import { describe, expect, test } from 'vitest'
import { bytesField, readFields, readVarint, varint, varintField } from './protobuf.ts'

describe('varints', () => {
  test('are read back, up to the greatest safe integer', () => {
    const some = [
      0,
      1,
      127,
      128,
      300,
      2 ** 31,
      2 ** 32 + 5,
      1_642_345_678_123_000,
      Number.MAX_SAFE_INTEGER,
    ]
    for (const value of some) {
      const bytes = varint(value)
      expect(readVarint(bytes, 0)).toEqual({ value, end: bytes.length })
    }
  })

  test('that end early or are too great are none', () => {
    expect(readVarint(Uint8Array.of(0x80), 0)).toBeUndefined()
    expect(readVarint(new Uint8Array(12).fill(0xff), 0)).toBeUndefined()
    // 2^53
    expect(
      readVarint(Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10), 0),
    ).toBeUndefined()
    expect(() => varint(-1)).toThrow()
    expect(() => varint(2 ** 53)).toThrow()
  })
})

describe('fields', () => {
  test('come back as they were written; others of any wire type are passed over', () => {
    const written = Uint8Array.of(
      ...varintField(1, 300),
      ...[0x11, 1, 2, 3, 4, 5, 6, 7, 8],
      ...[0x1d, 1, 2, 3, 4],
      ...bytesField(500, Uint8Array.of(7, 8)),
    )
    const fields = readFields(written)
    expect(fields?.map(({ number, value }) => [number, value])).toEqual([
      [1, 300],
      [2, 0],
      [3, 0],
      [500, 0],
    ])
    expect(fields?.[3]?.bytes).toEqual(Uint8Array.of(7, 8))
    expect(varintField(1, 0)).toHaveLength(0)
  })

  test.each([
    ['a length beyond the end', [0x0a, 5, 1]],
    ['a length of 2^52', [0x0a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x08]],
    ['half a fixed64', [0x09, 1, 2]],
    ['half a fixed32', [0x0d, 1, 2]],
    ['a group', [0x0b]],
    ['field number 0', [0x02, 0]],
    ['a tag and no value', [0x08]],
  ])('%s is no message', (_, bytes) => {
    expect(readFields(Uint8Array.from(bytes))).toBeUndefined()
  })
})
