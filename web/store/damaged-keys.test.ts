import 'fake-indexeddb/auto'
import { openDB } from 'idb'
import { describe, expect, test } from 'vitest'
import { idBytes } from '../../shared/id-bytes.ts'
import type { Entry } from '../../shared/entry.ts'
import type { Lost } from '../../shared/history.ts'
import { systemRuntime } from '../../shared/runtime.ts'
import { at, contents, everything, run } from '../../shared/testing/history.cases.ts'
import { alice, lobby, must, saying } from '../../shared/testing/people.ts'
import { WHOLE, checkSums } from '../../shared/testing/sums.ts'
import { IdbHistory } from './history-idb.ts'

type Row = Readonly<Record<string, unknown>> & { readonly clock: number }

let count = 0
const open = async (): Promise<IdbHistory> =>
  must(await IdbHistory.open({ name: `keys-${count}`, runtime: systemRuntime() }))

/** One row more, or another instead, with these parts of its key. */
async function tamper(
  store: 'entries' | 'stubs' | 'sums',
  key: Readonly<Record<string, unknown>>,
): Promise<void> {
  const db = await openDB(`keys-${count}`)
  const rows = (await db.getAll(store)) as Row[]
  const keys = await db.getAllKeys(store)
  const i = Math.min(5, rows.length - 1)
  if (store === 'entries') await db.delete(store, at(keys, i))
  await db.put(store, { ...at(rows, i), ...key })
  db.close()
}

const KEYS: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ['a text for a clock', { clock: 'rubbish' }],
  ['half a microsecond', { clock: 1_767_225_600_000_000.5 }],
  ['a time before time', { clock: -7 }],
  ['a text for an id', { id: 'rubbish' }],
  ['a huge number for an id', { id: 4_000_000_000_000 }],
  ['too short an id', { id: new Uint8Array(5) }],
  ['a list for an id', { id: [1, 2] }],
  ['a number for a room', { room: 7 }],
  ['a date for a seq', { seq: new Date(0) }],
  ['no text for a log', { log: 7 }],
  ['no author at all', { author: { some: 'body' } }],
]

const FIRSTS: readonly (readonly [
  string,
  (history: IdbHistory, entries: readonly Entry[]) => Promise<unknown>,
])[] = [
  ['looks', (history) => history.page(lobby.id, { limit: 5 })],
  ['reads on', (history) => history.onward(lobby.id, { after: WHOLE.from, limit: 50 })],
  ['takes the same', (history, entries) => history.add(entries)],
  ['takes something', async (history) => history.add(await run(13))],
  ['says something', async (history) => must(await history.say(lobby.id, saying(alice, 'next')))],
  ['forgets', (history, entries) => history.trim(lobby.id, at(entries, 2).position)],
  ['sums up', (history) => history.fingerprint(lobby.id, WHOLE)],
  ['splits', (history) => history.split(lobby.id, WHOLE, 4)],
  ['lists', (history) => history.positions(lobby.id, WHOLE, 50)],
  ['opens a window', (history) => history.window(lobby.id, { entries: 6, spanUs: 1 })],
  ['stubs', async (history) => history.stub(lobby.id, [at(await run(15), 14).position])],
  ['names logs', (history) => history.logs(lobby.id)],
]

describe.each(KEYS)('a row with %s', (_, key) => {
  test.each(FIRSTS)('is in nobody’s way who %s, and goes', async (_, first) => {
    count++
    const history = await open()
    const entries = await run(12)
    await history.add(entries)
    await tamper('entries', key)
    await first(history, entries)
    // What is found damaged when it is read comes again, whoever brings it.
    await history.page(lobby.id, { limit: 50 })
    await history.add(entries)
    const floor = await history.floor(lobby.id)
    const kept = await history.page(lobby.id, { limit: 50 })
    const above = entries.filter(({ clock }) => clock >= floor.clock)
    expect(contents(kept)).toEqual(expect.arrayContaining([...contents(above)]))
    const all = await history.onward(lobby.id, { after: WHOLE.from, limit: 50 })
    expect(contents(all)).toEqual(contents(kept))
    expect(await checkSums(history, lobby.id)).toBeGreaterThanOrEqual(kept.length)
    must(await history.say(lobby.id, saying(alice, 'and on')))
    expect((await everything(history)).at(-1)).toBe('and on')
    await history.close()
  })
})

test.each<['stubs' | 'sums', Readonly<Record<string, unknown>>]>([
  ['stubs', { clock: 'rubbish' }],
  ['stubs', { id: 'rubbish' }],
  ['stubs', { id: 4_000_000_000_000 }],
  ['sums', { hour: 'rubbish' }],
  ['sums', { hour: 490_896.5 }],
])('%s with %o count for nothing', async (store, key) => {
  count++
  const history = await open()
  const entries = await run(12)
  await history.add(entries)
  await history.stub(lobby.id, [at(await run(15), 14).position])
  await tamper(store, key)
  must(await history.say(lobby.id, saying(alice, 'mine')))
  await history.add(entries)
  expect(await checkSums(history, lobby.id)).toBe(14)
  await history.close()
})

test('what was in no place is told of as lost', async () => {
  count++
  const history = await open()
  const lost: Lost[] = []
  history.lost.subscribe((loss) => lost.push(loss))
  const entries = await run(12)
  await history.add(entries)
  const { id } = at(entries, 5)
  await tamper('entries', { clock: 'rubbish' })
  await history.fingerprint(lobby.id, WHOLE)
  must(await history.say(lobby.id, saying(alice, 'mine')))
  expect(lost).toMatchObject([{ kind: 'damaged', room: lobby.id, count: 1 }])
  const db = await openDB(`keys-${count}`)
  expect(await db.getFromIndex('entries', 'by-id', idBytes(id))).toBeUndefined()
  db.close()
  await history.close()
})
