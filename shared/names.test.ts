import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NAME_MAX_GRAPHEMES } from './limits.ts'
import { chosenName, lookOf, randomName, shownLine, shownName } from './names.ts'
import { must } from './testing/people.ts'

const graphemes = (text: string): number => [...new Intl.Segmenter().segment(text)].length
const anyText = fc.string({ unit: 'binary', maxLength: 400 })
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|\p{M}{5}|^\p{M}/u

describe('a random name', () => {
  test('is two words at both ends of chance', () => {
    const at = (fraction: number): string =>
      randomName({ fraction: () => fraction, bytes: () => new Uint8Array() })
    expect(at(0)).toBe('amber-albatross')
    expect(at(0.999_999)).toBe('young-zebra')
    expect(must(chosenName(at(0.5)))).toBe(at(0.5))
  })
})

describe('a shown name', () => {
  test('is never empty, never long, hides nothing, whatever came', () => {
    fc.assert(
      fc.property(anyText, (name) => {
        const shown = shownName(name, 'somebody')
        expect(shown).not.toBe('')
        expect(graphemes(shown)).toBeLessThanOrEqual(NAME_MAX_GRAPHEMES)
        expect(shown).not.toMatch(HIDDEN)
        expect(shown).toBe(shown.trim())
      }),
      { numRuns: 1_000 },
    )
  })

  test.each([
    ['swift-falcon', 'swift-falcon'],
    ['\u202Eecila', 'ecila'],
    ['al\u200Bice', 'alice'],
    ['al\u00ADice', 'alice'],
    ['ａｌｉｃｅ', 'alice'],
    ['  a \n\t b  ', 'a b'],
    ['\u001B[31mred', '[31mred'],
    ['\u3164', 'somebody'],
    ['\uFE0F\u180B\u{E0100}', 'somebody'],
    ['\u2800\u2800', 'somebody'],
    ['\u0301\u0302', 'somebody'],
    ['\u200B\u0301 \u0301bob', 'bob'],
    ['alice\uFE0F', 'alice'],
    ['e\u200B\u0301ve', 'éve'],
    ['', 'somebody'],
    ['สวัสดี', 'สวัสดี'.normalize('NFKC')],
  ])('%j is shown as %j', (name, shown) => {
    expect(shownName(name, 'somebody')).toBe(shown)
  })

  test('is the same whether there was something to clean or not', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...' aZ0-~!'), maxLength: 40 }), (name) => {
        expect(shownName(name, 'somebody')).toBe(shownName(`${name}\u200B`, 'somebody'))
      }),
      { numRuns: 1_000 },
    )
  })

  test('a stack of marks is cut', () => {
    const stack = '\u0316'.repeat(5_000)
    expect(shownName(`a${stack}b`, 'x')).toBe('a' + '\u0316'.repeat(4))
    expect(shownName(`z${stack.slice(0, 50)}b`, 'x')).toBe(`z${stack.slice(0, 4)}b`)
    expect(shownLine(`z${stack.slice(0, 50)}b`, 80)).toBe(`z${stack.slice(0, 4)}b`)
    for (const name of ['ที่นี่', 'Việt Hồng', 'שָׁלוֹם', 'हिन्दी'])
      expect(shownName(name, 'x')).toBe(name.normalize('NFKC'))
  })
})

describe('a chosen name', () => {
  test('is cleaned, or refused with the reason', () => {
    expect(must(chosenName(' \u202Eswift falcon '))).toBe('swift falcon')
    expect(chosenName('\u200B\u202E ')).toEqual({
      ok: false,
      failure: { kind: 'bad-name', why: 'empty' },
    })
    expect(chosenName('x'.repeat(33))).toEqual({
      ok: false,
      failure: { kind: 'bad-name', why: 'too-long' },
    })
    expect(chosenName('x'.repeat(300)).ok).toBe(false)
    expect(chosenName('👍🏽'.repeat(NAME_MAX_GRAPHEMES)).ok).toBe(true)
  })

  test('is shown as it was chosen', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const name = chosenName(text)
        if (name.ok) expect(shownName(name.value, 'x')).toBe(name.value)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('names look the same', () => {
  test.each([
    ['alice', 'аlісе'],
    ['alice', 'Alice'],
    ['alice', 'AIice'],
    ['alice', 'a1ice'],
    ['alice', 'al\u0131ce'],
    ['alice', 'alíce'],
    ['modern', 'rnodem'],
    ['swift-falcon', 'swift\u2013falcon'],
    ['Νίκος', 'Nίκoς'],
    ['bob', 'b0b'],
  ])('%s and %s', (one, other) => {
    expect(lookOf(one)).toBe(lookOf(other))
  })

  test.each([
    ['alice', 'alec'],
    ['swift-falcon', 'swift-fox'],
    ['สมชาย', 'สมหญิง'],
    ['иван', 'ирина'],
    ['小明', '小红'],
  ])('%s and %s do not', (one, other) => {
    expect(lookOf(one)).not.toBe(lookOf(other))
  })
})

test.each(['System', ' system ', 'Sуstem', 'SYSTERN', 'System: news', 'ระบบ'])(
  'nobody takes the name %s, by which commands are answered',
  (name) => {
    expect(chosenName(name)).toEqual({ ok: false, failure: { kind: 'bad-name', why: 'official' } })
  },
)
