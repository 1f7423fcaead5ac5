import { expect, test } from 'vitest'
import {
  NEW_YEAR,
  type Said as Words,
  alice,
  bob,
  entry,
  eve,
  logId,
} from '../../shared/testing/people.ts'
import { type Item, type Passing, place, said } from './items.ts'
import { type Row, rowsOf } from './rows.ts'

const MINUTE = 60_000_000
const present = [{ id: alice.peerId, name: 'alice' }]

async function says(who: typeof alice, words: Words): Promise<Item> {
  return said(await entry(who, words), false)
}

function passing(name: string, came: boolean, clock: number): Passing {
  return { kind: 'passing', key: `${name} ${clock}`, clock, author: bob.peerId, name, came }
}

function firsts(rows: readonly Row[]): readonly boolean[] {
  return rows.flatMap((row) => (row.kind === 'message' ? [row.first] : []))
}

test('one author within two minutes stands under one name', async () => {
  const items = [
    await says(alice, { content: 'one', clock: NEW_YEAR }),
    await says(alice, { content: 'two', clock: NEW_YEAR + MINUTE, seq: 2 }),
    await says(bob, { content: 'three', clock: NEW_YEAR + MINUTE + 1 }),
    await says(bob, { content: 'four', clock: NEW_YEAR + 4 * MINUTE, seq: 2 }),
  ]
  expect(firsts(rowsOf(items, { present }))).toEqual([true, false, true, true])
})

test('what somebody does, and what a new name says, does not run on', async () => {
  const items = [
    await says(alice, { content: 'one' }),
    await says(alice, { content: 'waves', clock: NEW_YEAR + 1, kind: 'action', seq: 2 }),
    await says(alice, { content: 'two', clock: NEW_YEAR + 2, seq: 3 }),
    await says(alice, { content: 'three', clock: NEW_YEAR + 3, seq: 4, username: 'queen' }),
  ]
  expect(firsts(rowsOf(items, { present }))).toEqual([true, true, true, true])
})

test('a name that two keys go by shows part of both, and no other', async () => {
  const items = [
    await says(alice, { content: 'I am alice' }),
    await says(eve, { content: 'no, I am', clock: NEW_YEAR + 1, username: 'alice' }),
    await says(bob, { content: 'hm', clock: NEW_YEAR + 2 }),
  ]
  const clashes = rowsOf(items, { present }).flatMap((row) =>
    row.kind === 'message' ? [row.clash] : [],
  )
  expect(clashes).toEqual([true, true, false])
})

test('a name that looks like another key’s shows part of both; one’s own two names are no clash', async () => {
  const items = [
    await says(alice, { content: 'I am alice' }),
    // The first letter is Cyrillic.
    await says(eve, { content: 'so am I', clock: NEW_YEAR + 1, username: '\u0430lice' }),
    await says(bob, { content: 'hm', clock: NEW_YEAR + 2 }),
    await says(bob, { content: 'hm!', clock: NEW_YEAR + 3, username: 'Bob', seq: 2 }),
  ]
  const clashes = rowsOf(items, { present }).flatMap((row) =>
    row.kind === 'message' ? [row.clash] : [],
  )
  expect(clashes).toEqual([true, true, false, false])
})

test('each day begins with its date', async () => {
  const items = [
    await says(alice, { content: 'one' }),
    await says(alice, { content: 'two', clock: NEW_YEAR + 36 * 60 * MINUTE, seq: 2 }),
    await says(alice, { content: 'three', clock: NEW_YEAR + 36 * 60 * MINUTE + 1, seq: 3 }),
  ]
  const kinds = rowsOf(items, { present }).map(({ kind }) => kind)
  expect(kinds).toEqual(['day', 'message', 'day', 'message', 'message'])
})

test('comings and goings between two messages are one line of what is true now', async () => {
  const items = [
    passing('bob', true, NEW_YEAR),
    passing('carol', true, NEW_YEAR + 1),
    passing('bob', false, NEW_YEAR + 2),
    await says(alice, { content: 'quiet here', clock: NEW_YEAR + 3 }),
    passing('bob', true, NEW_YEAR + 4),
  ]
  const lines = rowsOf(items, { present }).flatMap((row) =>
    row.kind === 'passing' ? [[row.came, row.went]] : [],
  )
  expect(lines).toEqual([
    [['carol'], ['bob']],
    [['bob'], []],
  ])
})

test('things stand in the order of clock and id, however they come', async () => {
  const items = await Promise.all(
    [3, 1, 2, 2].map((minute, i) =>
      says(i % 2 === 0 ? alice : bob, { content: `${i}`, clock: NEW_YEAR + minute * MINUTE }),
    ),
  )
  const forwards = place([], items).map(({ key }) => key)
  const backwards = place([], [...items].reverse()).map(({ key }) => key)
  expect(forwards).toEqual(backwards)
})

test('two messages of one author under one number are both marked', async () => {
  const items = [
    await says(alice, { content: 'yes', clock: NEW_YEAR }),
    await says(alice, { content: 'no', clock: NEW_YEAR + 1 }),
    await says(alice, { content: 'next', clock: NEW_YEAR + 2, seq: 2 }),
    // The same number in somebody else's log of the same name.
    await says(eve, { content: 'not hers', clock: NEW_YEAR + 3, log: logId('alice') }),
  ]
  const twins = rowsOf(items, { present }).flatMap((row) =>
    row.kind === 'message' ? [row.twin] : [],
  )
  expect(twins).toEqual([true, true, false, false])
})
