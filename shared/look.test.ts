import { expect, test } from 'vitest'
import { LOOK_WORDS, PLAIN, TEXT_SIZES, changedLook, lookFrom } from './look.ts'

test('each word changes one thing', () => {
  expect(changedLook(PLAIN, 'dark')).toEqual({ ...PLAIN, theme: 'dark' })
  expect(changedLook(PLAIN, 'Compact')).toEqual({ ...PLAIN, density: 'compact' })
  expect(changedLook({ ...PLAIN, theme: 'dark' }, 'larger')).toEqual({
    theme: 'dark',
    density: 'cosy',
    size: 112.5,
  })
  for (const word of LOOK_WORDS) expect(changedLook(PLAIN, word)).toBeDefined()
})

test.each(['', 'blue', '__proto__', 'constructor', 'toString', 'x'.repeat(5_000)])(
  '“%s” is no look',
  (word) => {
    expect(changedLook(PLAIN, word)).toBeUndefined()
  },
)

test('text grows and shrinks to an end, and back to normal', () => {
  let look = PLAIN
  for (let i = 0; i < 20; i++) look = changedLook(look, 'larger') ?? look
  expect(look.size).toBe(TEXT_SIZES.at(-1))
  for (let i = 0; i < 20; i++) look = changedLook(look, 'smaller') ?? look
  expect(look.size).toBe(TEXT_SIZES[0])
  expect(changedLook(look, 'normal')).toEqual(PLAIN)
})

test('what was stored is read part by part', () => {
  const look = { theme: 'dark', density: 'compact', size: 125 } as const
  expect(lookFrom(look)).toEqual(look)
  expect(lookFrom({ ...look, theme: 'sepia', size: 1e9, more: true })).toEqual({
    ...PLAIN,
    density: 'compact',
  })
  for (const stored of [undefined, null, 7, 'dark', [], { size: '125' }])
    expect(lookFrom(stored)).toEqual(PLAIN)
})
