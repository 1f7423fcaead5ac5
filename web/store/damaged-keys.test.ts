import 'fake-indexeddb/auto'
import { openDB } from 'idb'
import { expect, test } from 'vitest'
import { idBytes } from '../../shared/id-bytes.ts'
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

test.each<Readonly<Record<string, unknown>>>([
  { room: 7 },
  { id: 4_000_000_000_000 },
  { id: [1, 2] },
  { author: { some: 'body' } },
  { seq: new Date(0) },
])('a row with %o keeps nothing else from coming, nor from going', async (key) => {
  count++
  const history = await open()
  const entries = await run(12)
  await history.add(entries)
  await tamper('entries', key)
  expect(await history.add([...entries, ...(await run(13))])).not.toEqual([])
  await history.page(lobby.id, { limit: 50 })
  await history.add(entries)
  expect(await everything(history)).toEqual(contents(await run(13)))
  expect(await checkSums(history, lobby.id)).toBe(13)
  await tamper('entries', key)
  await history.trim(lobby.id, at(entries, 9).position)
  await history.add(entries)
  expect(await everything(history)).toEqual(['10', '11', '12', '13'])
  expect(await checkSums(history, lobby.id)).toBe(4)
  await history.close()
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
