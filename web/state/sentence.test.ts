import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sentence } from './sentence.ts'
import { openly } from './openly.ts'

const drawn = (text: string): string =>
  sentence(text)
    .map((piece) => (piece.turned ? `<${piece.text}>` : piece.text))
    .join('')

test.each([
  ['“hello” cannot be a room', undefined],
  ['“\u202Eevil” cannot be', '“‹U+202E›evil” cannot be'],
  ['“שלום”: 3', '“<שלום>”: 3'],
  ['[שרה] שלום, עולם 12 שלום (2m ago)', '[<שרה>] <שלום, עולם 12 שלום> (2m ago)'],
  ['[מ\u2067x] ok', '[<מ>‹U+2067›x] ok'],
  ['สวัสดี “مرحبا” 5', 'สวัสดี “<مرحبا>” 5'],
  ['1 ٣ 2', '1 <٣> 2'],
  ['', undefined],
])('%j', (text, expected) => {
  expect(drawn(text)).toBe(expected ?? text)
})

/** Of the bidi algorithm, what turns letters about: R, AL, AN and the controls. */
const TURNS =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}\p{Script=Hanifi_Rohingya}\u0660-\u0669\u061C\u200F]/u
const CONTROLS = /[\u202A-\u202E\u2066-\u2069]/

const letter = fc.oneof(
  fc.constantFrom(...'abc กข12 “”()[],.!'),
  fc.constantFrom(
    ...'שלוםאب\u0663\u061C\u200F\u200E\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069',
  ),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
)

test('nothing is left that turns a sentence about, and nothing is lost of it', () => {
  fc.assert(
    fc.property(fc.array(letter), (letters) => {
      const text = letters.join('')
      const pieces = sentence(text)
      expect(pieces.map((piece) => piece.text).join('')).toBe(openly(text))
      for (const piece of pieces) {
        expect(piece.text).not.toMatch(CONTROLS)
        if (!piece.turned) expect(piece.text).not.toMatch(TURNS)
        // A bracket of the sentence's own stays where it stands.
        if (piece.turned) expect(piece.text).not.toMatch(/[a-zกข“”()[\]]/)
      }
    }),
    { numRuns: 2_000 },
  )
})

test('however long it is, its time grows with its length alone', () => {
  const long = 'א '.repeat(50_000) + ' '.repeat(100_000) + '1,'.repeat(50_000)
  expect(sentence(long).map(({ turned }) => turned)).toEqual([true, false])
})
