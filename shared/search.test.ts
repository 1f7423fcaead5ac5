import { describe, expect, test } from 'vitest'
import { Chat } from './chat.ts'
import type { Entry } from './entry.ts'
import type { EntryId } from './ids.ts'
import { MemoryHistory } from './memory-history.ts'
import type { Room } from './room.ts'
import { systemRuntime } from './runtime.ts'
import { Search, fold, holds, termsOf } from './search.ts'
import { MemorySettings } from './settings.ts'
import { NEW_YEAR, alice, bob, entry, lobby, logId, must } from './testing/people.ts'

describe('what is looked for', () => {
  test.each([
    ['Hello World', ['hello', 'world']],
    ['  café  CAFÉ ', ['cafe']],
    ['“the relay” address', ['the relay', 'address']],
    ['"a b" c d', ['a b', 'c', 'd']],
    ['สวัสดีครับ', ['สวัสดี', 'ครับ']],
    ['你好世界', ['你好', '世界']],
    ['🎉', ['🎉']],
    ['->', ['->']],
    ['"', ['"']],
    ['   ', []],
  ])('%j', (query, terms) => {
    expect(termsOf(query)).toEqual(terms.map((term) => fold(term)))
  })

  test.each([
    ['start the party', 'art', false],
    ['start the party', 'par', true],
    ['state of the art', 'art', true],
    ['ผมชอบกินข้าว', 'กินข้าว', true],
    ['我们在世界', '世界', true],
    ['see x->y', '->', true],
    ['Straße ÉTÉ', 'ete', true],
    ['ﬁne print', 'fine', true],
  ])('%j holds %j: %j', (text, term, expected) => {
    expect(holds(fold(text), fold(term))).toBe(expected)
  })
})

async function roomWith(entries: readonly Entry[]): Promise<{ chat: Chat; room: Room }> {
  const runtime = systemRuntime()
  const history = new MemoryHistory(logId('alice'))
  await history.add(entries)
  const settings = new MemorySettings()
  const chat = new Chat({ identity: alice.identity, history, settings, runtime })
  await chat.start()
  return { chat, room: must(await chat.open('lobby')) }
}

const signal = new AbortController().signal

function said(content: string, n: number): Promise<Entry> {
  return entry(bob, { content, room: lobby.id, seq: n + 1, clock: NEW_YEAR + n * 1_000_000 })
}

test('finds all of a long room, the newest first, and what is said and forgotten meanwhile', async () => {
  const entries = await Promise.all(
    Array.from({ length: 1_300 }, (_, n) => said(n % 100 === 7 ? `needle ${n}` : `hay ${n}`, n)),
  )
  const { chat, room } = await roomWith(entries)
  const search = new Search(room)
  const found = await search.find('needle', 3, signal)
  expect(found.total).toBe(13)
  expect(found.entries.map(({ content }) => content)).toEqual([
    'needle 1207',
    'needle 1107',
    'needle 1007',
  ])
  expect(await search.find('needle hay', 3, signal)).toEqual({ entries: [], total: 0 })
  must(await room.say('a new needle'))
  const after = await search.find('needle', 1, signal)
  expect([after.total, after.entries[0]?.content]).toEqual([14, 'a new needle'])
  await room.clear({ clock: NEW_YEAR + 1_000 * 1_000_000, id: '' as EntryId })
  expect((await search.find('needle', 9, signal)).total).toBe(4)
  await chat.stop()
})

test('what is said while the history is read is found once', async () => {
  const { chat, room } = await roomWith(await Promise.all([said('needle 0', 0)]))
  const search = new Search(room)
  const [first] = await Promise.all([search.find('needle', 9, signal), room.say('needle 1')])
  expect(first.total).toBeGreaterThan(0)
  expect((await search.find('needle', 9, signal)).total).toBe(2)
  await chat.stop()
})
