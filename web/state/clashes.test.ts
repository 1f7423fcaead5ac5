import { expect, test } from 'vitest'
import { looksOfficial } from '../../shared/names.ts'
import { alice, bob } from '../../shared/testing/people.ts'
import { en } from '../text/en.ts'
import { th } from '../text/th.ts'
import { clashesAmong, signedName } from './clashes.ts'

test('what answers commands is official, in each language', () => {
  expect([en.system, th.system].filter((name) => !looksOfficial(name))).toEqual([])
})

test('a name like that of the program is shown with its key, though nobody else has it', () => {
  const people = [
    { id: alice.peerId, name: 'Ѕystern' },
    { id: bob.peerId, name: 'bob' },
  ]
  expect([...clashesAmong(people)]).toEqual(['Ѕystern'])
})

test('names that differ only where a narrow column cuts them off are shown with their keys', () => {
  const called = (...names: readonly string[]): readonly string[] => [
    ...clashesAmong(names.map((name, i) => ({ id: i === 0 ? alice.peerId : bob.peerId, name }))),
  ]
  const pair = ['a very long name, the first', 'a very long name, the second']
  expect(called(...pair)).toEqual(pair)
  expect(called('swift-falcon', 'swift-fox')).toEqual([])
  expect(called('a very', 'a very long name')).toEqual([])
})

test.each(['System', 'SYSTEM', 'Sуstem', 'System: notice', '*System', 'ระบบ'])(
  '%s says nothing that begins as an answer does',
  (name) => {
    expect(en.articleName(signedName(name, alice.peerId), 'x')).toMatch(/^…\w{6} /)
    expect(signedName(name, undefined)).toBe(name)
  },
)

test.each(['bob', 'Systematic', 'my-system', 'ระบบนิเวศ'])('%s is just a name', (name) => {
  expect(signedName(name, bob.peerId)).toBe(name)
})
