import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  concat,
  equal,
  fromBase58,
  fromBase64url,
  fromUtf8,
  fromUtf8Leniently,
  sha256,
  toBase58,
  toBase64url,
  utf8,
} from './bytes.ts'
import { must } from './testing/people.ts'

const bytes = fc.uint8Array({ maxLength: 70 })

describe('base64url', () => {
  test("is RFC 4648's, without padding", () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(toBase64url(value)).toBe(Buffer.from(value).toString('base64url'))
      }),
    )
  })

  test('comes back as it went', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(must(fromBase64url(toBase64url(value), value.length))).toEqual(value)
      }),
    )
  })

  test('takes one spelling only: what it takes, it writes', () => {
    const character = fc.constantFrom(
      ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/= 💥',
    )
    fc.assert(
      fc.property(fc.string({ unit: character, maxLength: 12 }), fc.nat(8), (text, length) => {
        const read = fromBase64url(text, length)
        if (read.ok) expect(toBase64url(read.value)).toBe(text)
      }),
      { numRuns: 2_000 },
    )
    const all = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const taken = [...all].filter((last) => fromBase64url(`${'A'.repeat(85)}${last}`, 64).ok)
    expect(taken).toEqual(['A', 'Q', 'g', 'w'])
  })

  test.each(['AAA=', 'AA+A', 'AA/A', 'AAA', 'AAAAA', 'AA A', ''])(
    'refuses %j as three bytes',
    (text) => {
      expect(fromBase64url(text, 3).ok).toBe(false)
    },
  )
})

test('base58 comes back as it went, and refuses what is none', () => {
  fc.assert(
    fc.property(bytes, (value) => {
      expect(must(fromBase58(toBase58(value)))).toEqual(value)
    }),
  )
  expect(fromBase58('0OIl').ok).toBe(false)
})

test('utf-8 is read strictly, or leniently as Go does', () => {
  expect(must(fromUtf8(utf8('\uFEFFสวัสดี 👋')))).toBe('\uFEFFสวัสดี 👋')
  expect(fromUtf8(Uint8Array.of(0x61, 0xff)).ok).toBe(false)
  expect(fromUtf8Leniently(Uint8Array.of(0x61, 0xff))).toBe('a\uFFFD')
})

test('concat and equal', async () => {
  expect(concat(utf8('ab'), new Uint8Array(), utf8('c'))).toEqual(utf8('abc'))
  expect(equal(utf8('abc'), utf8('abc'))).toBe(true)
  expect(equal(utf8('abc'), utf8('abd'))).toBe(false)
  expect(equal(utf8('abc'), utf8('ab'))).toBe(false)
  expect(await sha256(utf8('a'), utf8('bc'))).toEqual(await sha256(utf8('abc')))
})
