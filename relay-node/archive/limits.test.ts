import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import type { Entry } from '../../shared/entry.ts'
import { StorageError } from '../../shared/history.ts'
import { END, type Position, START } from '../../shared/ids.ts'
import { NEW_YEAR, alice, garden, lobby, roomNamed } from '../../shared/testing/people.ts'
import { ROW_BYTES } from '../store/room-rows.ts'
import { RoomNames } from './room-names.ts'
import { archive, lines } from './test-archive.ts'

const HOUR_US = 3_600_000_000
const DAY_US = 24 * HOUR_US
const WHOLE = { from: START, to: END }

const takes = (entries: readonly Entry[]): number =>
  entries.reduce((sum, { bytes }) => sum + bytes.length + ROW_BYTES, 0)

const positions = (entries: readonly Entry[]): readonly Position[] =>
  entries.map(({ position }) => position)

test('what is damaged on the disk is dropped, told and counted, and taken again', async () => {
  const { at, history, failures } = await archive({})
  history.open(lobby)
  const said = await lines(6)
  await history.add(said)
  const raw = new DatabaseSync(join(at, 'history.sqlite'))
  raw.prepare("UPDATE entries SET bytes = replace(bytes, 'x', 'y') WHERE clock = ?").run(NEW_YEAR)
  raw.close()
  expect(await history.page(lobby.id, { limit: 10 })).toHaveLength(5)
  await history.forgetNames()
  expect(failures).toEqual(['damaged 1'])
  expect(history.total).toEqual({
    rooms: 1,
    entries: 5,
    bytes: takes(said.slice(1)),
    damaged: 1,
  })
  expect(await history.add(said)).toHaveLength(1)
  expect(history.total).toMatchObject({ entries: 6, bytes: takes(said) })
})

describe('what is over a limit goes', () => {
  test('by age, every hour, also where nothing is kept: nobody is to bring it back', async () => {
    const { history, raised, passHours } = await archive({ days: 2 })
    history.open(lobby)
    const before = (await history.floor(garden.id)).clock
    expect(before).toBe(NEW_YEAR - 2 * DAY_US)
    const said = await lines(5, { from: NEW_YEAR - 2 * DAY_US })
    await history.add(said)
    await passHours(1)
    expect(await history.page(lobby.id, { limit: 10 })).toEqual([])
    expect(history.total).toEqual({ rooms: 0, entries: 0, bytes: 0, damaged: 0 })
    for (const room of [lobby, garden]) {
      const floor = await history.floor(room.id)
      expect(floor).toEqual({ ...START, clock: before + HOUR_US })
    }
    expect(raised.at(-1)).toBeUndefined()
    expect(await history.add(said)).toEqual([])
  })

  test('of a room, the oldest first, when it takes too much', async () => {
    const said = await lines(40)
    const roomBytes = 20 * (takes(said) / said.length)
    const { history, retention, raised } = await archive({ roomBytes })
    history.open(lobby)
    for (const line of said) {
      await history.add([line])
      await retention.settled()
      expect(history.usage(lobby.id).bytes).toBeLessThanOrEqual(roomBytes)
    }
    const kept = await history.page(lobby.id, { limit: 100 })
    expect(kept.length).toBeGreaterThan(15)
    expect(positions(kept)).toEqual(positions(said.slice(-kept.length)))
    const floor = await history.floor(lobby.id)
    expect(floor.clock).toBeGreaterThan(said.at(-kept.length - 1)?.clock ?? Infinity)
    expect(raised).toContain(lobby.id)
    // Nor does it come back.
    expect(await history.add(said.slice(0, 5))).toEqual([])
  })

  test('of all rooms, the oldest first, wherever it was said', async () => {
    const early = await lines(10)
    const late = await lines(30, { room: garden, from: NEW_YEAR + 5 * 60_000_000 })
    const each = takes([...early, ...late]) / 40
    const totalBytes = 20 * each
    const { history, retention } = await archive({ totalBytes })
    for (const room of [lobby, garden]) history.open(room)
    await history.add([...early, ...late])
    await retention.settled()
    expect(history.total.bytes).toBeLessThanOrEqual(totalBytes)
    expect(history.total.entries).toBeGreaterThan(15)
    const [lobbys, gardens] = await Promise.all(
      [lobby, garden].map((room) => history.page(room.id, { limit: 100 })),
    )
    const oldest = Math.min(...[...(lobbys ?? []), ...(gardens ?? [])].map(({ clock }) => clock))
    const gone = [...early, ...late].filter(({ clock }) => clock < oldest)
    expect(history.total.entries).toBe(40 - gone.length)
  })

  test('rooms, the smallest that nobody is in', async () => {
    const rooms = await Promise.all(Array.from({ length: 12 }, (_, i) => roomNamed(`room-${i}`)))
    const { at, history, names, retention, close } = await archive({ rooms: 10 })
    for (const [i, room] of rooms.entries()) {
      const leave = history.open(room)
      await history.add(await lines(i === 0 ? 1 : 20 - i, { room, from: NEW_YEAR - DAY_US }))
      await retention.settled()
      // Only the first and smallest one has people in it.
      if (i > 0) leave()
    }
    expect(names.size).toBeLessThanOrEqual(10)
    const left = [...names.all].map(({ name }) => name)
    expect(left).toContain('room-0')
    expect(left).toContain('room-1')
    expect(left).not.toContain('room-9')
    expect(left).toContain('room-11')
    await close()
    const again = await RoomNames.open(join(at, 'rooms.txt'))
    expect([...again.all].map(({ name }) => name)).toEqual(left)
  })
})

describe('one author', () => {
  test('takes a fifth of a room at most; the rest is remembered, not kept', async () => {
    const mine = await lines(40, { by: [alice] })
    const each = takes(mine) / mine.length
    const { history } = await archive({ roomBytes: 50 * each })
    history.open(lobby)
    const others = await lines(20)
    await history.add(others)
    // In one burst, which holds what was there already as well.
    await history.add(mine.slice(0, 5))
    const added = await history.add(mine)
    expect(added.length + 5).toBe(10)
    expect(await history.page(lobby.id, { limit: 100 })).toHaveLength(30)
    // What is over does not come again, and is not asked for again.
    expect(await history.add(mine.slice(20))).toEqual([])
    expect((await history.fingerprint(lobby.id, WHOLE)).count).toBe(60)
    expect(
      await history.get(
        lobby.id,
        [mine[39]?.id ?? others[0]?.id].flatMap((id) => id ?? []),
      ),
    ).toEqual([])
  })

  test('that goes on and on fills the room with stubs, which count', async () => {
    const mine = await lines(400, { by: [alice] })
    const { history, retention } = await archive({ roomBytes: 20_000 })
    history.open(lobby)
    for (let i = 0; i < mine.length; i += 20) {
      await history.add(mine.slice(i, i + 20))
      await retention.settled()
      expect(history.usage(lobby.id).bytes).toBeLessThanOrEqual(20_000)
    }
    expect((await history.fingerprint(lobby.id, WHOLE)).count).toBeLessThan(220)
  })
})

test('of those of whom nothing is left no name is left either: names cost nothing to invent', async () => {
  const { at, history, passHours } = await archive({ days: 2 })
  history.open(lobby)
  await history.add(await lines(20, { from: NEW_YEAR - 2 * DAY_US }))
  await history.add(await lines(1, { by: [alice] }))
  const authors = (): unknown[] => {
    const raw = new DatabaseSync(join(at, 'history.sqlite'))
    const rows = raw.prepare('SELECT id FROM authors').all()
    raw.close()
    return rows.map(({ id }) => id)
  }
  expect(authors()).toHaveLength(11)
  await passHours(1)
  expect(authors()).toEqual([alice.peerId])
  // And whoever came last keeps their number, though they have gone: nobody else must seem to be here for so long.
  await passHours(49)
  expect(history.total.entries).toBe(0)
  expect(authors()).toEqual([alice.peerId])
})

test('what is on the disk counts, and its room keeps its name, though the disk refused the rest', async () => {
  const { disk, history, names } = await archive({ roomBytes: 20_000 })
  history.open(lobby)
  const said = await lines(3)
  const add = disk.add.bind(disk)
  let adds = 0
  disk.add = (entries) =>
    adds++ === 0 ? add(entries) : Promise.reject(new StorageError({ kind: 'storage-full' }))
  const flood = await lines(9, { by: [alice] })
  await expect(history.add([...said, ...flood])).rejects.toThrow(StorageError)
  await history.forgetNames()
  expect(names.has(lobby.id)).toBe(true)
  expect(history.usage(lobby.id)).toEqual({ entries: 3, bytes: takes(said) })
})

test('names that a kill has torn are no rooms, and the next start mends the file', async () => {
  const first = await archive({})
  first.history.open(lobby)
  await first.history.add(await lines(3))
  await first.close()
  const path = join(first.at, 'rooms.txt')
  await writeFile(path, 'not a room\nconstructor\ngard', { flag: 'a' })
  const second = await archive({}, first.at)
  expect([...second.names.all].map(({ name }) => name)).toEqual(['lobby'])
  expect(await readFile(path, 'utf8')).toBe('lobby\n')
  expect(second.history.total).toMatchObject({ rooms: 1, entries: 3 })
})
