import { describe, expect, test } from 'vitest'
import { Chat } from './chat.ts'
import type { Entry } from './entry.ts'
import type { EntryId } from './ids.ts'
import { StorageError } from './history.ts'
import { MemoryHistory } from './memory-history.ts'
import type { Room } from './room.ts'
import { systemRuntime } from './runtime.ts'
import { type Findings, Search, fold, holds, termsOf } from './search.ts'
import { MemorySettings } from './settings.ts'
import { NEW_YEAR, alice, bob, carol, entry, lobby, logId, must } from './testing/people.ts'

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

async function roomWith(
  entries: readonly Entry[],
): Promise<{ chat: Chat; room: Room; history: MemoryHistory }> {
  const runtime = systemRuntime()
  const history = new MemoryHistory(logId('alice'))
  await history.add(entries)
  const settings = new MemorySettings()
  const chat = new Chat({ identity: alice.identity, history, settings, runtime })
  await chat.start()
  return { chat, room: must(await chat.open('lobby')), history }
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
  expect(await search.find('needle hay', 3, signal)).toMatchObject({ entries: [], total: 0 })
  must(await room.say('a new needle'))
  const after = await search.find('needle', 1, signal)
  expect([after.total, after.entries[0]?.content]).toEqual([14, 'a new needle'])
  await room.clear({ clock: NEW_YEAR + 1_000 * 1_000_000, id: '' as EntryId })
  expect((await search.find('needle', 9, signal)).total).toBe(4)
  await chat.stop()
})

test('of a very long room the newest come first, and each further answer holds more, until it is whole', async () => {
  const count = 11_000
  const ids = [3, 2_500, 9_050, 9_900, 10_990]
  const entries = await Promise.all(
    Array.from({ length: count }, (_, n) => said(ids.includes(n) ? `needle ${n}` : `hay ${n}`, n)),
  )
  const { chat, room } = await roomWith(entries)
  const search = new Search(room)
  const answers: Findings[] = []
  for (
    let next: Findings['more'] = () => search.find('needle', 9, signal);
    next !== undefined;
    next = answers.at(-1)?.more
  ) {
    answers.push(await next())
    // Said in between: in each answer that follows, once.
    if (answers.length === 1) must(await room.say('needle now'))
  }
  const shown = answers.map((each) => each.entries.map(({ content }) => content))
  expect(shown[0]).toEqual(['needle 10990', 'needle 9900', 'needle 9050'])
  for (const [i, each] of shown.entries())
    if (i > 0) expect(each.filter((text) => shown[i - 1]?.includes(text))).toEqual(shown[i - 1])
  const all = ['needle now', ...[...ids].reverse().map((n) => `needle ${n}`)]
  expect(shown.at(-1)).toEqual(all)
  expect(answers.at(-1)).toMatchObject({ total: 6, read: count + 1 })
  expect(answers.map(({ read }) => read)).toEqual(
    answers.map(({ read }) => read).toSorted((a, b) => a - b),
  )
  // Read once: the next answer is whole at once.
  const again = await search.find('needle', 9, signal)
  expect([again.more, again.total]).toEqual([undefined, 6])
  // A full list waits for nothing but the count.
  const brief = new Search(room)
  const first = await brief.find('needle', 2, signal)
  const second = await first.more?.()
  expect([second?.entries, second?.total, second?.more]).toEqual([first.entries, 6, undefined])
  await chat.stop()
})

test('what comes, goes or is dated anew while a page is read is neither lost nor found twice', async () => {
  const entries = await Promise.all(Array.from({ length: 600 }, (_, n) => said(`needle ${n}`, n)))
  const { chat, room, history } = await roomWith(entries)
  let meanwhile: (() => Promise<unknown>) | undefined
  const page = history.page.bind(history)
  // The page is read, and on its way.
  history.page = async (...asked) => {
    const read = await page(...asked)
    await meanwhile?.()
    meanwhile = undefined
    return read
  }
  const heard = async (content: string, n: number): Promise<void> => {
    const clock = NEW_YEAR + n * 1_000_000 + 500_000
    const late = await entry(carol, { content, room: lobby.id, seq: n, clock })
    await history.add([late])
    room.changes.emit({ kind: 'entries', entries: [late], late: new Set() })
  }
  const search = new Search(room)
  meanwhile = async () => {
    // Within the page that is on its way; and in one that is still to be read.
    await heard('needle within', 400)
    await heard('needle below', 50)
  }
  expect((await search.find('needle', 1, signal)).total).toBe(602)
  const other = new Search(room)
  meanwhile = () => room.clear({ clock: NEW_YEAR + 500 * 1_000_000, id: '' as EntryId })
  expect((await other.find('needle', 1, signal)).total).toBe(100)
  expect((await search.find('needle', 1, signal)).total).toBe(100)
  await chat.stop()
})

test('a reading that fails or is given up goes on where it was', async () => {
  const entries = await Promise.all(Array.from({ length: 1_200 }, (_, n) => said(`needle ${n}`, n)))
  const { chat, room, history } = await roomWith(entries)
  const search = new Search(room)
  const page = history.page.bind(history)
  let pages = 0
  history.page = (...asked) => {
    pages++
    return pages === 2
      ? Promise.reject(new StorageError({ kind: 'storage-failed', what: 'fire' }))
      : page(...asked)
  }
  await expect(search.find('needle', 1, signal)).rejects.toThrow(StorageError)
  await expect(search.find('needle', 1, AbortSignal.abort())).rejects.toThrow('abort')
  // Two who ask at the same time wait for the same pages.
  const both = await Promise.all([
    search.find('needle', 1, signal),
    search.find('"needle 7"', 1, signal),
  ])
  expect(both.map(({ total }) => total)).toEqual([1_200, 111])
  expect(pages).toBe(4)
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
