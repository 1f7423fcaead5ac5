import 'fake-indexeddb/auto'
import { deleteDB, openDB } from 'idb'
import { afterEach, expect, test, vi } from 'vitest'
import type { Lost } from '../../shared/history.ts'
import { systemRuntime } from '../../shared/runtime.ts'
import { contents, everything, run } from '../../shared/testing/history.cases.ts'
import { alice, lobby, must, saying } from '../../shared/testing/people.ts'
import { checkSums } from '../../shared/testing/sums.ts'
import { dump, restore } from './dump.ts'
import { IdbHistory } from './history-idb.ts'
import { dieAt } from './test-dying.ts'

const METHODS = ['put', 'get', 'getAll', 'getAllKeys', 'openKeyCursor', 'delete', 'clear'] as const

let count = 0
const open = async (name: string): Promise<IdbHistory> =>
  must(await IdbHistory.open({ name, runtime: systemRuntime() }))

async function without(...missing: readonly string[]): Promise<string> {
  const name = `mend-${++count}`
  const history = await open(name)
  await history.add(await run(12))
  must(await history.say(lobby.id, saying(alice, 'mine')))
  await history.close()
  const { version, stores } = await dump(name)
  await deleteDB(name)
  await restore(name, { version, stores: stores.filter((each) => !missing.includes(each.name)) })
  return name
}

afterEach(() => {
  vi.restoreAllMocks()
})

test('whoever is killed amid the mending has lost nothing', async () => {
  for (let nth = 1; ; nth++) {
    const name = await without('sums', 'logs')
    const { dead, revive } = dieAt(nth, METHODS)
    const opened = await IdbHistory.open({ name, runtime: systemRuntime() })
    revive()
    if (opened.ok) await opened.value.close()
    const again = await open(name)
    expect(await everything(again), `request ${nth}`).toHaveLength(13)
    expect(await checkSums(again, lobby.id)).toBe(13)
    expect(contents(await again.queued(lobby.id, 9))).toEqual(['mine'])
    await again.close()
    if (!dead()) break
  }
}, 60_000)

test('a tab that has the database open sees it mended, and is not told of a newer version', async () => {
  const name = await without('sums', 'logs')
  const [one, two] = await Promise.all([open(name), open(name)])
  const lost: Lost[] = []
  for (const history of [one, two]) history.lost.subscribe((loss) => lost.push(loss))
  const raw = await openDB(name)
  const { version } = raw
  raw.close()
  // Another tab mends what has been lost once more.
  const other = await openDB(name, version + 1)
  other.close()
  for (const history of [one, two]) {
    expect(await everything(history)).toHaveLength(13)
    expect(await checkSums(history, lobby.id)).toBe(13)
  }
  expect(lost).toEqual([])
  await Promise.all([one.close(), two.close()])
})

test('what was mended is mended again, and makes way for a newer schema', async () => {
  const name = await without('sums')
  await (await open(name)).close()
  const { version, stores } = await dump(name)
  await deleteDB(name)
  await restore(name, { version, stores: stores.filter((each) => each.name !== 'logs') })
  const history = await open(name)
  const lost: Lost[] = []
  history.lost.subscribe((loss) => lost.push(loss))
  expect(await history.logs(lobby.id)).toHaveLength(2)
  const newer = await openDB(name, 2_000)
  expect(lost).toEqual([{ kind: 'newer-version' }])
  newer.close()
  expect(await IdbHistory.open({ name, runtime: systemRuntime() })).toEqual({
    ok: false,
    failure: { kind: 'storage-failed', what: 'written by a newer version', cause: 'newer' },
  })
})
