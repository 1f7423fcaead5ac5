import {
  END,
  type EntryId,
  type Position,
  type Range,
  type RoomId,
  START,
  comparePositions,
} from '../../shared/ids.ts'
import { HOUR_US } from '../../shared/limits.ts'
import { type Sum, digestsOf, emptySum, sumBytes } from '../../shared/sums.ts'
import { storedHour, storedSum } from '../../shared/stored-tally.ts'
import { type HourSum, type Tally, hourOf } from '../../shared/tally.ts'
import type { Reading, SumRow, Writing } from './database.ts'
import { type PlaceKey, keyOf, keysIn, positionOf } from './places.ts'

/** What each id adds to a sum: worked out before a transaction opens, so that it is short. */
export type Terms = ReadonlyMap<EntryId, Sum>

export function termsOf(places: readonly Pick<Position, 'id'>[]): Terms {
  return new Map(places.map(({ id }) => [id, digestsOf(id)]))
}

export function sumRow(room: RoomId, hour: number, sum: Sum): SumRow {
  return { room, hour, count: sum.count, sum: sumBytes(sum) }
}

export function sumOfRow(row: SumRow | undefined): Sum {
  return row === undefined ? emptySum() : storedSum(row.count, row.sum)
}

type HeldSums = ReadonlyMap<number, Sum>

export function hourSumOf(row: SumRow): HourSum {
  return { hour: storedHour(row.hour), sum: sumOfRow(row) }
}

/** One read for each hour that `places` touch; made sense of before anything is written. */
export async function readSums(
  tx: Writing,
  room: RoomId,
  places: readonly Position[],
): Promise<HeldSums> {
  const hours = [...new Set(places.map(({ clock }) => hourOf(clock)))]
  const sums = tx.objectStore('sums')
  return new Map(
    await Promise.all(
      hours.map(async (hour) => [hour, sumOfRow(await sums.get([room, hour]))] as const),
    ),
  )
}

/** One write for each. */
export function changeSums(
  tx: Writing,
  room: RoomId,
  places: readonly Position[],
  terms: Terms,
  held: HeldSums,
  change: (sum: Sum, term: Sum) => void,
): readonly Promise<unknown>[] {
  const sums = tx.objectStore('sums')
  return [...Map.groupBy(places, ({ clock }) => hourOf(clock))].map(([hour, ofHour]) => {
    const sum = held.get(hour) ?? emptySum()
    for (const { id } of ofHour) change(sum, terms.get(id) ?? digestsOf(id))
    return sum.count === 0 ? sums.delete([room, hour]) : sums.put(sumRow(room, hour, sum))
  })
}

/** From the first of `places` to the last, both included; there is at least one. */
export function rangeAround(room: RoomId, places: readonly Position[]): IDBKeyRange {
  const [first, ...others] = places
  if (first === undefined) throw new Error('around nothing')
  let [low, high] = [first, first]
  for (const place of others) {
    if (comparePositions(place, low) < 0) low = place
    if (comparePositions(place, high) > 0) high = place
  }
  return IDBKeyRange.bound(keyOf(room, low), keyOf(room, high))
}

export function hourKeys(hour: number): Range {
  return {
    from: { ...START, clock: hour * HOUR_US },
    to: { ...START, clock: (hour + 1) * HOUR_US },
  }
}

export const TALLYING = ['entries', 'stubs', 'sums'] as const

/** All of it is read in the one transaction. */
export function tallyOf(tx: Reading, room: RoomId): Tally {
  return {
    async hours(first, last): Promise<readonly HourSum[]> {
      const rows = await tx
        .objectStore('sums')
        .getAll(IDBKeyRange.bound([room, first], [room, last]))
      return rows.map(hourSumOf)
    },
    positions: (range) =>
      positionsIn(tx.objectStore('entries'), tx.objectStore('stubs'), room, range),
  }
}

interface Keys {
  getAllKeys(range: IDBKeyRange, count?: number): Promise<PlaceKey[]>
  openKeyCursor(range: IDBKeyRange, direction: 'prev'): Promise<KeyCursor | null>
}

interface KeyCursor {
  readonly key: PlaceKey
  advance(count: number): Promise<KeyCursor | null>
}

/** What is kept and stubbed, in order. */
export async function positionsIn(
  entries: Keys,
  stubs: Keys,
  room: RoomId,
  range: Range,
  limit?: number,
): Promise<readonly Position[]> {
  const keys = keysIn(room, range)
  if (keys === undefined) return []
  const [kept, stubbed] = await Promise.all(
    [entries, stubs].map((store) => store.getAllKeys(keys, limit)),
  )
  const positions = (kept ?? []).map(positionOf)
  if (stubbed === undefined || stubbed.length === 0) return positions
  return [...positions, ...stubbed.map(positionOf)].sort(comparePositions).slice(0, limit)
}

/** What `windowOf` wants to know, without reading more keys than it must. */
export async function newestClocks(
  entries: Keys,
  stubs: Keys,
  room: RoomId,
  { before = END, entries: count }: { readonly before?: Position; readonly entries: number },
): Promise<Newest> {
  const below = IDBKeyRange.bound([room], keyOf(room, before), false, true)
  const [kept, stubbed] = await Promise.all([
    backwards(entries, below, count),
    backwards(stubs, below, count),
  ])
  if (stubbed.newest === undefined) return kept
  // Merged, the so-manieth is no older than in either alone.
  const clock = Math.max(kept.last ?? 0, stubbed.last ?? 0)
  const range = { from: { ...START, clock }, to: before }
  const positions = await positionsIn(entries, stubs, room, range)
  return { newest: positions.at(-1)?.clock, last: positions.at(-count)?.clock }
}

/** Clocks of the newest one, and of the last of so many; undefined where there are not so many. */
interface Newest {
  readonly newest: number | undefined
  readonly last: number | undefined
}

async function backwards(store: Keys, below: IDBKeyRange, count: number): Promise<Newest> {
  const cursor = await store.openKeyCursor(below, 'prev')
  // The cursor moves: its key is read before.
  const newest = clockAt(cursor)
  const last = count > 1 ? await cursor?.advance(count - 1) : cursor
  return { newest, last: clockAt(last) }
}

/** @throws DamagedTally */
export function clockAt(cursor: Pick<KeyCursor, 'key'> | null | undefined): number | undefined {
  return cursor ? positionOf(cursor.key).clock : undefined
}
