import { expect, test } from 'vitest'
import type { Entry } from '../../shared/entry.ts'
import { END, START } from '../../shared/ids.ts'
import { NEW_YEAR, alice, lobby } from '../../shared/testing/people.ts'
import { ROW_BYTES } from '../store/room-rows.ts'
import { archive, lines } from './test-archive.ts'

const STUB_BYTES = 96
const HOUR_US = 3_600_000_000

type Kept = Awaited<ReturnType<typeof archive>>

const takes = (entries: readonly Entry[]): number =>
  entries.reduce((sum, { bytes }) => sum + bytes.length + ROW_BYTES, 0)

/** What the disk itself says. */
async function onDisk({ disk }: Kept): Promise<{ entries: number; bytes: number }> {
  const { entries, bytes } = disk.usage(lobby.id)
  const { count } = await disk.fingerprint(lobby.id, { from: START, to: END })
  return { entries, bytes: bytes + (count - entries) * STUB_BYTES }
}

/** More of one author's than fits: added one by one, and the rest stubbed. */
async function overFull(roomLines: number): Promise<Kept & { readonly said: readonly Entry[] }> {
  const said = await lines(40, { by: [alice] })
  const kept = await archive({ roomBytes: roomLines * (takes(said) / said.length) })
  kept.history.open(lobby)
  return { ...kept, said }
}

test('what a room takes is told right after lines came while older ones went', async () => {
  const kept = await overFull(125)
  const { history, said } = kept
  await history.add(said.slice(0, 10))
  const floor = { ...START, clock: NEW_YEAR + 5 * 60_000_000 }
  for (let turns = 0; turns < 60; turns += 3) {
    const adding = history.add(said.slice(10 + turns / 3, 30))
    for (let i = 0; i < turns; i++) await Promise.resolve()
    const trimming = history.trim(lobby.id, { ...floor, clock: floor.clock + turns * 1_000_000 })
    await Promise.all([adding, trimming])
    expect(history.usage(lobby.id), `after ${turns} turns`).toEqual(await onDisk(kept))
  }
})

test('a room of which nothing but stubs was left is forgotten when they are too old', async () => {
  const kept = await overFull(50)
  const { history, names, said } = kept
  await history.add(said)
  await history.trim(lobby.id, { ...START, clock: (said[20]?.clock ?? 0) + 1 })
  expect(history.usage(lobby.id)).toEqual({ entries: 0, bytes: 19 * STUB_BYTES })
  await history.trim(lobby.id, { ...START, clock: NEW_YEAR + HOUR_US })
  expect(history.usage(lobby.id)).toEqual({ entries: 0, bytes: 0 })
  await history.forgetNames()
  expect(names.has(lobby.id)).toBe(false)
})
