import { expect, test } from 'vitest'
import { languageNamed, languageOf, localeOf } from './languages.ts'

test.each([
  [['th-TH', 'en'], 'th'],
  [['de-DE', 'th', 'en'], 'th'],
  [['en-GB', 'th'], 'en'],
  [['th_TH.UTF-8'], 'th'],
  [['TH'], 'th'],
  [['C.UTF-8', 'POSIX', ''], undefined],
  [['tha', 'thx', 'english'], undefined],
  [['__proto__', 'constructor'], undefined],
  [[], undefined],
])('whoever wants %j reads %s', (wanted, language) => {
  expect(languageOf(wanted)).toBe(language)
})

test.each([
  ['th', 'th'],
  ['TH', 'th'],
  ['th-TH', 'th'],
  ['Thai', 'th'],
  ['ไทย', 'th'],
  ['ภาษาไทย', 'th'],
  ['english', 'en'],
  ['en_US.UTF-8', 'en'],
  ['klingon', undefined],
  ['thailand', undefined],
  ['', undefined],
  ['x'.repeat(5_000), undefined],
])('%s is %s', (typed, language) => {
  expect(languageNamed(typed)).toBe(language)
})

test.each([
  ['en', ['en-GB', 'en-US'], 'en-GB'],
  ['en', ['en', 'en-US'], 'en-US'],
  ['en', ['de-DE', 'en'], 'en-DE'],
  ['th', ['en-US', 'th-TH'], 'th-TH'],
  ['th', ['en'], 'th'],
  ['th', [], 'th'],
  ['en', ['not a tag', '-', 'fr-CH'], 'en-CH'],
] as const)('dates in %s for %j are of %s', (language, wanted, locale) => {
  expect(localeOf(language, wanted)).toBe(locale)
})
