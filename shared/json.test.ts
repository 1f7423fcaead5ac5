import fc from 'fast-check'
import { expect, test } from 'vitest'
import { spellings } from './json.ts'

test('values are told as they are spelled, those within values are not', () => {
  const text = '{"a":1e9 , "b":[{"c":1.0},"}"],"\\u0061":-0,"d":"\\"e\\":1","f":{},"g":null}'
  expect(spellings(text)).toEqual([
    ['a', '1e9'],
    ['b', '['],
    ['a', '-0'],
    ['d', '"\\"e\\":1"'],
    ['f', '{'],
    ['g', 'null'],
  ])
  expect(spellings('{}')).toEqual([])
})

test('of whatever JSON.stringify writes, each field is found', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(3), (fields, space) => {
      const found = spellings(JSON.stringify(fields, null, space))
      expect(found.map(([key]) => key)).toEqual(Object.keys(fields))
      for (const [key, spelling] of found) {
        const value = fields[key]
        if (typeof value !== 'object' || value === null)
          expect(spelling).toBe(JSON.stringify(value))
      }
    }),
  )
})
