import type { Entry } from '../../shared/entry.ts'
import { END, type RoomId, START } from '../../shared/ids.ts'
import type { Proofs } from '../../shared/proofs.ts'
import { withSeq } from '../../shared/runs.ts'
import { isClock, restored } from '../../shared/stored-row.ts'
import { sumOf } from '../../shared/sums.ts'
import { hourOf } from '../../shared/tally.ts'
import { type EntryRow, type LogRow, type RoomRow, type Writing, notAwaited } from './database.ts'
import { changed, dropFromLogs } from './keeping.ts'
import { type PlaceKey, idOf, keysUnder } from './places.ts'
import { roomIn } from './room-row.ts'
import { hourKeys, positionsIn, sumRow } from './sum-rows.ts'

/** An id has so many characters. */
const ID_CHARACTERS = 43

/** The entry, if the row is sound. */
export function restoredRow(row: EntryRow, proofs?: Proofs): Promise<Entry | undefined> {
  const { room, clock, id, form, bytes, log, seq } = row
  return restored({ room, clock, id: idOf(id), form, bytes, log, seq }, proofs)
}

/**
 * Drops rows of one room that were read and found damaged, unless something else stands there now. What is
 * told of them is reckoned anew from what is left, since they cannot be believed. How many went.
 */
export async function dropDamaged(
  tx: Writing,
  room: RoomId,
  rows: readonly EntryRow[],
): Promise<number> {
  const entries = tx.objectStore('entries')
  const [row, ...standing] = await Promise.all([
    roomIn(tx, room),
    ...rows.map((each) => entries.get(keyOfRow(each))),
  ])
  const gone = rows.filter((each, i) => sameBytes(each.bytes, standing[i]?.bytes))
  if (gone.length === 0) return 0
  notAwaited(gone.map((each) => entries.delete(keyOfRow(each))))
  notAwaited(gone.map((each) => tx.objectStore('stubs').delete(keyOfRow(each))))
  await dropFromLogs(tx, gone.filter(isInLog))
  const hours = new Set(gone.flatMap(({ clock }) => (isClock(clock) ? hourOf(clock) : [])))
  await Promise.all([...hours].map((hour) => sumAnew(tx, room, hour)))
  const next: RoomRow = changed(row)
  notAwaited([tx.objectStore('rooms').put(next)])
  return gone.length
}

async function sumAnew(tx: Writing, room: RoomId, hour: number): Promise<void> {
  const [entries, stubs] = [tx.objectStore('entries'), tx.objectStore('stubs')]
  const held = await positionsIn(entries, stubs, room, hourKeys(hour))
  const sum = sumOf(held.flatMap(({ id }) => (id.length === ID_CHARACTERS ? id : [])))
  const sums = tx.objectStore('sums')
  notAwaited([sum.count === 0 ? sums.delete([room, hour]) : sums.put(sumRow(room, hour, sum))])
}

/** What is told of a room, from what is there. */
export async function tallyAnew(tx: Writing, room: RoomId): Promise<void> {
  const [entries, stubs] = [tx.objectStore('entries'), tx.objectStore('stubs')]
  const all = keysUnder(room)
  const [row, held] = await Promise.all([
    roomIn(tx, room),
    positionsIn(entries, stubs, room, { from: START, to: END }),
  ])
  const logs = new Map<string, LogRow>()
  let cursor = await entries.index('by-log').openKeyCursor(all)
  while (cursor !== null) {
    const [, author, log, seq] = cursor.key
    const key = `${author} ${log}`
    logs.set(key, { room, author, log, runs: withSeq(logs.get(key)?.runs ?? [], seq) })
    cursor = await cursor.continue()
  }
  const sound = held.filter(({ clock, id }) => isClock(clock) && id.length === ID_CHARACTERS)
  const hours = [...Map.groupBy(sound, ({ clock }) => hourOf(clock))]
  const sums = hours.map(([hour, ofHour]) => sumRow(room, hour, sumOf(ofHour.map(({ id }) => id))))
  notAwaited([tx.objectStore('sums').delete(all), tx.objectStore('logs').delete(all)])
  notAwaited(sums.map((sum) => tx.objectStore('sums').put(sum)))
  notAwaited([...logs.values()].map((log) => tx.objectStore('logs').put(log)))
  notAwaited([tx.objectStore('rooms').put(changed(row))])
}

function keyOfRow({ room, clock, id }: EntryRow): PlaceKey {
  return [room, clock, id]
}

function isInLog({ author, log, seq }: EntryRow): boolean {
  return typeof author === 'string' && typeof log === 'string' && Number.isSafeInteger(seq)
}

function sameBytes(a: unknown, b: unknown): boolean {
  if (!(a instanceof Uint8Array) || !(b instanceof Uint8Array))
    return !(a instanceof Uint8Array) && !(b instanceof Uint8Array) && typeof a === typeof b
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
