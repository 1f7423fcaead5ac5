import 'fake-indexeddb/auto'
import { IDBObjectStore as FakeStore } from 'fake-indexeddb'
import { deleteDB, openDB } from 'idb'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Lost, StorageError } from '../../shared/history.ts'
import { type Runtime, systemRuntime } from '../../shared/runtime.ts'
import { at, contents, everything, run } from '../../shared/testing/history.cases.ts'
import { historyContract } from '../../shared/testing/history.contract.ts'
import { alice, lobby, must, saying } from '../../shared/testing/people.ts'
import { checkSums } from '../../shared/testing/sums.ts'
import { dump, restore } from './dump.ts'
import { IdbHistory } from './history-idb.ts'
import { keyOf } from './places.ts'
import { tamperWith } from './test-tamper.ts'

let count = 0
const latest = async (runtime: Runtime = systemRuntime()): Promise<IdbHistory> =>
  must(await IdbHistory.open({ name: `history-${count}`, runtime }))
const fresh = (runtime?: Runtime): Promise<IdbHistory> => {
  count++
  return latest(runtime)
}

historyContract(
  'IdbHistory',
  () => fresh(),
  () => latest(),
  tamperWith(() => `history-${count}`),
)

describe('IdbHistory', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  test('drops corrupt rows, reports them, and still fills the page', async () => {
    const reported: string[] = []
    const history = await fresh({ ...systemRuntime(), log: (event) => reported.push(event) })
    const entries = await run(12)
    await history.add(entries)
    const raw = await openDB(`history-${count}`)
    for (const i of [9, 11]) {
      const key = keyOf(lobby.id, at(entries, i).position)
      const row = (await raw.get('entries', key)) as { bytes: Uint8Array }
      row.bytes[20] = 0x21
      await raw.put('entries', row)
    }
    raw.close()
    expect(contents(await history.page(lobby.id, { limit: 5 }))).toEqual(['6', '7', '8', '9', '11'])
    expect(await everything(history)).toHaveLength(10)
    expect(new Set(reported)).toEqual(new Set(['history: damaged rows']))
    await history.close()
  })

  test.each([['sums'], ['logs'], ['rooms'], ['sums', 'logs', 'rooms', 'stubs', 'holders']])(
    'a database without its store %s is made whole from the others',
    async (...missing) => {
      const history = await fresh()
      await history.add(await run(12))
      const said = must(await history.say(lobby.id, saying(alice, 'mine')))
      await history.close()
      const name = `history-${count}`
      const { version, stores } = await dump(name)
      await deleteDB(name)
      await restore(name, {
        version,
        stores: stores.filter((each) => !missing.includes(each.name)),
      })
      const again = await latest()
      expect(await everything(again)).toHaveLength(13)
      expect(await checkSums(again, lobby.id)).toBe(13)
      expect(await again.logs(lobby.id)).toHaveLength(2)
      expect(contents(await again.queued(lobby.id, 9))).toEqual(['mine'])
      const next = must(await again.say(lobby.id, saying(alice, 'next')))
      expect([next.log, next.head?.seq]).toEqual([said.log, 2])
      await again.close()
    },
  )

  test('reads the newest page with three requests, however many entries there are', async () => {
    const history = await fresh()
    await history.add(await run(300))
    const requests: string[] = []
    for (const method of ['get', 'getAll', 'openCursor', 'openKeyCursor'] as const) {
      const original = FakeStore.prototype[method] as (...args: unknown[]) => unknown
      vi.spyOn(FakeStore.prototype, method).mockImplementation(function (
        this: unknown,
        ...args: unknown[]
      ) {
        requests.push(method)
        return original.apply(this, args) as never
      })
    }
    expect(await history.page(lobby.id, { limit: 50 })).toHaveLength(50)
    // And one `advance` of the cursor.
    expect(requests).toEqual(['openKeyCursor', 'getAll'])
    await history.close()
  })

  test('a full disk is a failure of say, a recognisable rejection of add, and keeps nothing by halves', async () => {
    const history = await fresh()
    must(await history.say(lobby.id, saying(alice, 'one')))
    const full = (): never => {
      throw new DOMException('no room', 'QuotaExceededError')
    }
    vi.spyOn(FakeStore.prototype, 'add').mockImplementation(full)
    expect(await history.say(lobby.id, saying(alice, 'two'))).toEqual({
      ok: false,
      failure: { kind: 'storage-full' },
    })
    const refused = await history.add(await run(2)).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(StorageError)
    expect((refused as StorageError).failure).toEqual({ kind: 'storage-full' })
    vi.restoreAllMocks()
    const two = must(await history.say(lobby.id, saying(alice, 'two')))
    expect(two.head?.seq).toBe(2)
    expect(contents(await history.queued(lobby.id, 9))).toEqual(['one', 'two'])
    await history.close()
  })

  test('a store of a newer version is left alone, with a clear failure', async () => {
    count++
    const newer = await openDB(`history-${count}`, 2)
    newer.close()
    const opened = await IdbHistory.open({ name: `history-${count}`, runtime: systemRuntime() })
    expect(opened).toEqual({
      ok: false,
      failure: { kind: 'storage-failed', what: 'written by a newer version', cause: 'newer' },
    })
  })

  test('makes way for a newer version in another tab, and says so', async () => {
    count++
    const lost: Lost[] = []
    const history = await latest()
    history.lost.subscribe((loss) => lost.push(loss))
    const newer = await openDB(`history-${count}`, 2)
    expect(lost).toEqual([{ kind: 'newer-version' }])
    await expect(history.page(lobby.id, { limit: 1 })).rejects.toBeInstanceOf(StorageError)
    await expect(history.add(await run(1))).rejects.toBeInstanceOf(StorageError)
    expect((await history.say(lobby.id, saying(alice, 'x'))).ok).toBe(false)
    newer.close()
  })

  test('draws its log once, also when two tabs open at once', async () => {
    count++
    const [a, b] = await Promise.all([latest(), latest()])
    const [one, two] = [
      must(await a.say(lobby.id, saying(alice, '1'))),
      must(await b.say(lobby.id, saying(alice, '2'))),
    ]
    expect(one.log).toBe(two.log)
    await a.close()
    await b.close()
  })
})
