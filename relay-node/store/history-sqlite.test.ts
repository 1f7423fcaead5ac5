import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { type Entry, shortId } from '../../shared/entry.ts'
import { StorageError } from '../../shared/history.ts'
import { idBytes } from '../../shared/id-bytes.ts'
import { END, START } from '../../shared/ids.ts'
import { Reconciliation, type Span } from '../../shared/reconcile.ts'
import { systemRuntime } from '../../shared/runtime.ts'
import { SECOND, at, contents, everything, run } from '../../shared/testing/history.cases.ts'
import type { Tamper } from '../../shared/testing/history.damage.cases.ts'
import { historyContract } from '../../shared/testing/history.contract.ts'
import {
  NEW_YEAR,
  alice,
  bob,
  carol,
  entry,
  garden,
  lobby,
  must,
  saying,
} from '../../shared/testing/people.ts'
import { WHOLE, checkSums } from '../../shared/testing/sums.ts'
import { SqliteHistory } from './history-sqlite.ts'
import { ROW_BYTES } from './room-rows.ts'
import type { Usage } from './usage.ts'

const folder = mkdtempSync(join(tmpdir(), 'p2p-chat-history-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const pathOf = (n: number): string => join(folder, `${n}.sqlite`)
let count = 0
const latest = async (): Promise<SqliteHistory> =>
  must(await SqliteHistory.open(pathOf(count), systemRuntime()))

const fresh = (): Promise<SqliteHistory> => {
  count++
  return latest()
}

/** Past the store, in the same file. */
function inFile(work: (db: DatabaseSync) => void): Promise<void> {
  const db = new DatabaseSync(pathOf(count))
  work(db)
  db.close()
  return Promise.resolve()
}

const tamper: Tamper = {
  bytes: (id, change) =>
    inFile((db) => {
      const row = db.prepare('SELECT bytes FROM entries WHERE id = ?').get(idBytes(id))
      const changed = change(new Uint8Array(row?.['bytes'] as Uint8Array)) as Uint8Array | string
      db.prepare('UPDATE entries SET bytes = ? WHERE id = ?').run(changed, idBytes(id))
    }),
  place: (id, to) =>
    inFile((db) => {
      for (const [column, value] of Object.entries(to))
        db.prepare(`UPDATE entries SET ${column} = ? WHERE id = ?`).run(value, idBytes(id))
    }),
  tally: (room, of) =>
    inFile((db) => {
      const rubbish = of === 'sums' ? "sum = x'000000'" : "runs = '[[7'"
      db.prepare(
        `UPDATE ${of} SET ${rubbish} WHERE room = (SELECT ref FROM rooms WHERE id = ?)`,
      ).run(room)
    }),
  room: (room, damage) =>
    inFile((db) => {
      const change = {
        'no-row': 'DELETE FROM rooms',
        rubbish: "UPDATE rooms SET author = 7, seq = 'x', prev = NULL, floor_clock = 'y'",
        'no-prev': "UPDATE rooms SET prev = 'rubbish'",
      }[damage]
      db.prepare(`${change} WHERE id = ?`).run(room)
    }),
  ownLog: () =>
    inFile((db) => {
      db.exec("UPDATE meta SET value = 'rubbish' WHERE key = 'log'")
    }),
}

historyContract('SqliteHistory', fresh, latest, tamper)

describe('SqliteHistory', () => {
  test('tells what each room and each author takes, and that it is right after a trim', async () => {
    const history = await fresh()
    expect(history.rooms()).toEqual([])
    expect(history.usage(lobby.id)).toEqual({ entries: 0, bytes: 0 })
    const [bobs, carols] = [await run(30), await run(10, carol, garden.id)]
    await history.add([...bobs, ...carols])
    must(await history.say(lobby.id, saying(alice, 'mine')))
    const takes = (entries: readonly Entry[]): Usage => ({
      entries: entries.length,
      bytes: entries.reduce((sum, { bytes }) => sum + bytes.length + ROW_BYTES, 0),
    })
    expect(history.usageByAuthor(lobby.id).get(bob.peerId)).toEqual(takes(bobs))
    expect(history.usageByAuthor(lobby.id).get(alice.peerId)?.entries).toBe(1)
    expect(history.usage(garden.id)).toEqual(takes(carols))
    expect(history.rooms().map(({ room }) => room)).toEqual([lobby.id, garden.id])
    expect(history.rooms()[1]).toEqual({
      room: garden.id,
      ...takes(carols),
      oldest: at(carols, 0).position,
    })
    await history.trim(lobby.id, at(bobs, 20).position)
    expect(history.usageByAuthor(lobby.id).get(bob.peerId)).toEqual(takes(bobs.slice(20)))
    await history.trim(garden.id, END)
    expect(history.rooms().map(({ room }) => room)).toEqual([lobby.id])
    await history.close()
  })

  test('trims by age in every room, and by size from the oldest', async () => {
    const history = await fresh()
    const all = await run(1_200)
    await history.add([...all, ...(await run(20, carol, garden.id))])
    expect(await history.trimToAge(NEW_YEAR + 10 * SECOND)).toBe(20)
    expect(history.rooms().map(({ oldest }) => oldest.clock)).toEqual([
      NEW_YEAR + 10 * SECOND,
      NEW_YEAR + 10 * SECOND,
    ])
    const limit = 40_000
    expect(await history.trimToSize(lobby.id, limit)).toBeGreaterThan(1_000)
    const { bytes, entries } = history.usage(lobby.id)
    expect(bytes).toBeLessThanOrEqual(limit)
    expect(bytes).toBeGreaterThan(limit - 1_000)
    expect(await checkSums(history, lobby.id)).toBe(entries)
    expect(await history.trimToSize(lobby.id, limit)).toBe(0)
    expect(await history.trimToSize(lobby.id, 0)).toBe(entries)
    expect(history.rooms().map(({ room }) => room)).toEqual([garden.id])
    await history.close()
  })

  test('says and sums rightly while a long trim goes on', async () => {
    const history = await fresh()
    const all = await run(3_000)
    await history.add(all)
    const floor = at(all, 2_500).position
    const trimmed = history.trim(lobby.id, floor)
    const positions = async (): Promise<number> =>
      (await history.positions(lobby.id, WHOLE, Infinity)).length
    while ((await positions()) === 3_000) await setImmediate()
    expect(await positions()).toBe(500)
    expect(await checkSums(history, lobby.id)).toBe(500)
    must(await history.say(lobby.id, saying(alice, 'meanwhile')))
    expect(await history.get(lobby.id, [at(all, 2_499).id])).toEqual([])
    expect(await history.find(lobby.id, [shortId(at(all, 2_499).id)])).toEqual([])
    expect(await trimmed).toBe(2_500)
    expect(await checkSums(history, lobby.id)).toBe(501)
    await history.close()
  })

  test('a room whose row is gone and that has begun anew is one room again', async () => {
    const history = await fresh()
    const before = await run(3)
    await history.add(before)
    await history.close()
    await tamper.room(lobby.id, 'no-row')
    const later = await entry(bob, { content: 'later', seq: 4, clock: NEW_YEAR + 60 * SECOND })
    await inFile((db) => {
      // As a version that did not look for orphans has left it.
      db.exec('UPDATE entries SET room = 77; UPDATE sums SET room = 77; UPDATE logs SET room = 77')
      const { clock, id } = later
      db.prepare("INSERT INTO rooms VALUES (3, ?, 0, '', NULL, NULL, NULL)").run(lobby.id)
      db.prepare(
        'INSERT INTO entries (room, clock, id, form, author, log, seq, bytes) VALUES (3, ?, ?, 1, 1, ?, 4, ?)',
      ).run(clock, idBytes(id), later.log ?? null, later.bytes)
    })
    const again = await latest()
    expect(await everything(again)).toEqual(['1', '2', '3', 'later'])
    expect(await checkSums(again, lobby.id)).toBe(4)
    expect(await again.logs(lobby.id)).toMatchObject([{ lo: 1, hi: 4, holes: [] }])
    expect(again.usage(lobby.id).entries).toBe(4)
    await again.close()
  })

  test('drops corrupt rows, reports them, and still fills the page', async () => {
    const reported: string[] = []
    const history = await fresh()
    const entries = await run(12)
    await history.add(entries)
    await history.close()
    const raw = new DatabaseSync(pathOf(count))
    for (const i of [9, 11]) {
      const { id, bytes } = at(entries, i)
      const spoiled = bytes.slice()
      spoiled[20] = 0x21
      raw.prepare('UPDATE entries SET bytes = ? WHERE id = ?').run(spoiled, idBytes(id))
    }
    raw.close()
    const log = (event: string): void => void reported.push(event)
    const again = must(await SqliteHistory.open(pathOf(count), { ...systemRuntime(), log }))
    expect(contents(await again.page(lobby.id, { limit: 5 }))).toEqual(['6', '7', '8', '9', '11'])
    expect(new Set(reported)).toEqual(new Set(['history: damaged rows']))
    await again.close()
  })

  test('a full disk is a failure of say, a recognisable rejection of add, and keeps nothing by halves', async () => {
    const history = await fresh()
    must(await history.say(lobby.id, saying(alice, 'one')))
    await history.close()
    const small = must(await SqliteHistory.open(pathOf(count), systemRuntime(), { maxPages: 40 }))
    const long = (i: number): Promise<Entry> =>
      entry(bob, { content: 'x'.repeat(3_000), seq: i + 1, clock: NEW_YEAR + i })
    const many = await Promise.all(Array.from({ length: 100 }, (_, i) => long(i)))
    const refused = await small.add(many).catch((error: unknown) => error)
    expect((refused as StorageError).failure).toEqual({ kind: 'storage-full' })
    expect(await everything(small)).toEqual(['one'])
    expect(await checkSums(small, lobby.id)).toBe(1)
    let said = await small.say(lobby.id, saying(alice, 'y'.repeat(3_000)))
    while (said.ok) said = await small.say(lobby.id, saying(alice, 'y'.repeat(3_000)))
    expect(said.failure).toEqual({ kind: 'storage-full' })
    await checkSums(small, lobby.id)
    expect((await small.logs(lobby.id))[0]?.holes).toEqual([])
    await small.close()
  })

  test('a file that is damaged, of a newer version or of something else is left alone, with a clear sentence', async () => {
    const path = join(folder, 'other.sqlite')
    const told = async (): Promise<unknown> => {
      const opened = await SqliteHistory.open(path, systemRuntime())
      return opened.ok ? 'opened' : opened.failure
    }
    writeFileSync(path, 'This is no database. '.repeat(1_000))
    expect(await told()).toEqual({
      kind: 'storage-failed',
      what: `${path} is damaged: move it away to start an empty one`,
    })
    rmSync(path)
    const history = must(await SqliteHistory.open(path, systemRuntime()))
    await history.add(await run(200))
    await history.close()
    const newer = new DatabaseSync(path)
    newer.exec('PRAGMA user_version = 2')
    newer.close()
    const what = `${path} was written by a newer version`
    expect(await told()).toEqual({ kind: 'storage-failed', what })
    rmSync(path)
    const foreign = new DatabaseSync(path)
    foreign.exec('CREATE TABLE cats (name TEXT)')
    foreign.close()
    expect(await told()).toEqual({
      kind: 'storage-failed',
      what: `${path} is a database of something else`,
    })
    expect(await SqliteHistory.open(join(folder, 'no', 'such'), systemRuntime())).toMatchObject({
      ok: false,
      failure: { kind: 'storage-failed' },
    })
  })

  test('damage inside the file is told when it is met, and nothing crashes', async () => {
    const history = await fresh()
    for (let i = 0; i < 4; i++) await history.add((await run(2_000)).slice(i * 500, (i + 1) * 500))
    await history.close()
    const bytes = readFileSync(pathOf(count))
    // All but the first pages, where it says what it is.
    bytes.fill(0x5a, 4 * 4_096)
    writeFileSync(pathOf(count), bytes)
    const opened = await SqliteHistory.open(pathOf(count), systemRuntime())
    const failure = opened.ok
      ? await opened.value.page(lobby.id, { limit: 50 }).then(
          () => undefined,
          (error: unknown) => (error as StorageError).failure,
        )
      : opened.failure
    expect(failure).toEqual({
      kind: 'storage-failed',
      what: `${pathOf(count)} is damaged: move it away to start an empty one`,
    })
    if (opened.ok) await opened.value.close()
  })

  test('a closed store fails as a disk does', async () => {
    const history = await fresh()
    await history.close()
    await expect(history.page(lobby.id, { limit: 1 })).rejects.toBeInstanceOf(StorageError)
    await expect(history.add(await run(1))).rejects.toBeInstanceOf(StorageError)
    expect((await history.say(lobby.id, saying(alice, 'x'))).ok).toBe(false)
  })
})

test('a stranger who asks about very many ranges at once keeps nobody else waiting', async () => {
  const history = await fresh()
  await history.add(await run(20))
  const spans = Array.from({ length: 10_000 }, (_, i): Span => {
    const to = i === 9_999 ? END : { ...START, clock: NEW_YEAR + i * 1_000 }
    return i % 2 === 0
      ? { mode: 'ids', to, ids: [] }
      : { mode: 'fp', to, digest: new Uint8Array(16) }
  })
  const reconciliation = new Reconciliation({
    holdings: {
      fingerprint: (range) => history.fingerprint(lobby.id, range),
      split: (range, parts) => history.split(lobby.id, range, parts),
      positions: (range, limit) => history.positions(lobby.id, range, limit),
    },
    window: { from: START, to: END },
    limit: 2_000,
  })
  let [turns, answered] = [0, false]
  const answering = reconciliation.answer(spans).then(() => (answered = true))
  for (; !answered; turns++) await setImmediate()
  await answering
  expect(turns).toBeGreaterThan(5)
  await history.close()
})
