import { expect, test } from 'vitest'
import {
  NEW_YEAR,
  type Person,
  type Said as Words,
  alice,
  bob,
  carol,
  entry,
  eve,
  logId,
} from '../../shared/testing/people.ts'
import { shortPeerId } from '../../shared/names.ts'
import { type Item, type Passing, place, said } from './items.ts'
import { type Row, rowsOf } from './rows.ts'

const MINUTE = 60_000_000
const present = [{ id: alice.peerId, name: 'alice' }]

async function says(who: typeof alice, words: Words): Promise<Item> {
  return said(await entry(who, words), false)
}

function passing(
  who: Person,
  how: Passing['how'],
  clock: number,
  name: string = who.name,
): Passing {
  return { kind: 'passing', key: `${name} ${clock}`, clock, author: who.peerId, name, how }
}

/** Who came, who went, and who is who now, line by line. */
function passings(items: readonly Item[]): readonly (readonly string[])[] {
  return rowsOf(items, { present }).flatMap((row) =>
    row.kind === 'passing'
      ? [
          [
            row.came.join(),
            row.went.join(),
            row.renamed.map(({ was, name }) => `${was} → ${name}`).join(),
          ],
        ]
      : [],
  )
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
    passing(bob, 'came', NEW_YEAR),
    passing(carol, 'came', NEW_YEAR + 1),
    passing(bob, 'went', NEW_YEAR + 2),
    await says(alice, { content: 'quiet here', clock: NEW_YEAR + 3 }),
    passing(bob, 'came', NEW_YEAR + 4),
  ]
  expect(passings(items)).toEqual([
    ['carol', 'bob', ''],
    ['bob', '', ''],
  ])
})

test('another name is told with comings and goings, from the first one to the last, by the key', () => {
  const renamed = (who: Person, was: string, name: string, at: number): Passing => ({
    ...passing(who, 'renamed', NEW_YEAR + at, name),
    was,
  })
  const twice = [renamed(bob, 'bob', 'robert', 0), renamed(bob, 'robert', 'bobby', 1)]
  expect(passings(twice)).toEqual([['', '', 'bob → bobby']])
  expect(passings([...twice, renamed(bob, 'bobby', 'bob', 2)])).toEqual([])
  // Whoever only came is told by the name that they have; whoever went, by the one that was known, too.
  expect(passings([passing(carol, 'came', NEW_YEAR), renamed(carol, 'carol', 'zebra', 1)])).toEqual(
    [['zebra', '', '']],
  )
  expect(passings([...twice, passing(bob, 'went', NEW_YEAR + 2, 'bobby')])).toEqual([
    ['', 'bobby', 'bob → bobby'],
  ])
  expect(
    passings([passing(bob, 'went', NEW_YEAR), passing(bob, 'came', NEW_YEAR + 1, 'robert')]),
  ).toEqual([['robert', '', 'bob → robert']])
})

test('two keys of one name come and go apart, each with a part of its key', () => {
  const items = [
    passing(bob, 'came', NEW_YEAR),
    passing(eve, 'came', NEW_YEAR + 1, 'bob'),
    passing(eve, 'went', NEW_YEAR + 2, 'bob'),
    { ...passing(carol, 'renamed', NEW_YEAR + 3, 'alice'), was: 'carol' },
  ]
  const [bobs, eves, carols] = [bob, eve, carol].map(({ peerId }) => shortPeerId(peerId))
  expect(passings(items)).toEqual([[`bob ${bobs}`, `bob ${eves}`, `carol → alice ${carols}`]])
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
