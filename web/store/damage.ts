import type { Entry } from '../../shared/entry.ts'
import { idBytes } from '../../shared/id-bytes.ts'
import type { EntryId, Position, RoomId } from '../../shared/ids.ts'
import type { Proofs } from '../../shared/proofs.ts'
import { withSeq } from '../../shared/runs.ts'
import { restored } from '../../shared/stored-row.ts'
import { isPlace } from '../../shared/stored-tally.ts'
import { addTo, digestsOf, sameSum, sumOf } from '../../shared/sums.ts'
import { hourOf } from '../../shared/tally.ts'
import { type EntryRow, type LogRow, type Writing, notAwaited } from './database.ts'
import { changed, dropFromLogs, isInLog } from './keeping.ts'
import { type PlaceKey, idOf, keyOf, keysUnder, positionOf } from './places.ts'
import { roomIn } from './room-row.ts'
import { hourKeys, positionsIn, sumOfRow, sumRow } from './sum-rows.ts'

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
  await dropFromLogs(tx, gone)
  const places = gone.map(({ clock, id }) => ({ clock, id: idOf(id) }))
  const sound = places.filter(({ clock, id }) => isPlace(clock, id))
  const hours = [...Map.groupBy(sound, ({ clock }) => hourOf(clock))]
  const right = await Promise.all(hours.map(([hour, ofHour]) => sumAnew(tx, room, hour, ofHour)))
  // What stood in a wrong place is told of in another.
  if (sound.length < gone.length || right.includes(false)) await tallyAnew(tx, room)
  else notAwaited([tx.objectStore('rooms').put(changed(row))])
  return gone.length
}

/** Whether what stood there was what the sum told of: what is left, and what is `gone`. */
async function sumAnew(
  tx: Writing,
  room: RoomId,
  hour: number,
  gone: readonly Position[],
): Promise<boolean> {
  const [entries, stubs] = [tx.objectStore('entries'), tx.objectStore('stubs')]
  const sums = tx.objectStore('sums')
  const [held, told] = await Promise.all([
    positionsIn(entries, stubs, room, hourKeys(hour)),
    sums.get([room, hour]),
  ])
  const sum = sumOf(held.map(({ id }) => id))
  notAwaited([sum.count === 0 ? sums.delete([room, hour]) : sums.put(sumRow(room, hour, sum))])
  for (const { id } of gone) addTo(sum, digestsOf(id))
  return sameSum(sum, sumOfRow(told))
}

/** What is told of a room, from what is there. How many entries stood in no place, and went. */
export async function tallyAnew(tx: Writing, room: RoomId): Promise<number> {
  const entries = tx.objectStore('entries')
  const all = keysUnder(room)
  const [row, kept, stubbed] = await Promise.all([
    roomIn(tx, room),
    entries.getAllKeys(all),
    tx.objectStore('stubs').getAllKeys(all),
  ])
  const lost = kept.filter(isNowhere)
  notAwaited(lost.map((key) => entries.delete(key)))
  notAwaited(stubbed.filter(isNowhere).map((key) => tx.objectStore('stubs').delete(key)))
  const logs = await logsAnew(tx, room)
  const held = [...kept, ...stubbed].filter((key) => !isNowhere(key)).map(positionOf)
  const hours = [...Map.groupBy(held, ({ clock }) => hourOf(clock))]
  const sums = hours.map(([hour, ofHour]) => sumRow(room, hour, sumOf(ofHour.map(({ id }) => id))))
  notAwaited([tx.objectStore('sums').delete(all), tx.objectStore('logs').delete(all)])
  notAwaited(sums.map((sum) => tx.objectStore('sums').put(sum)))
  notAwaited(logs.map((log) => tx.objectStore('logs').put(log)))
  notAwaited([tx.objectStore('rooms').put(changed(row))])
  return lost.length
}

async function logsAnew(tx: Writing, room: RoomId): Promise<readonly LogRow[]> {
  const logs = new Map<string, LogRow>()
  let cursor = await tx.objectStore('entries').index('by-log').openKeyCursor(keysUnder(room))
  while (cursor !== null) {
    const [, author, log, seq] = cursor.key
    const key = `${author} ${log}`
    if (isInLog({ author, log, seq }))
      logs.set(key, { room, author, log, runs: withSeq(logs.get(key)?.runs ?? [], seq) })
    cursor = await cursor.continue()
  }
  return [...logs.values()]
}

/**
 * Entries that are to come stand in wrong places, where nobody finds them: they go. The rooms' tallies
 * are reckoned anew, since they tell of them.
 */
export async function dropMisplaced(
  tx: Writing,
  entries: readonly { readonly room: RoomId; readonly id: EntryId; readonly position: Position }[],
): Promise<void> {
  const store = tx.objectStore('entries')
  const byId = store.index('by-id')
  const keys = await Promise.all(entries.map(({ id }) => byId.getKey(idBytes(id))))
  const wrong = entries.flatMap(({ room, position }, i) => {
    const key = keys[i]
    return key === undefined || indexedDB.cmp(key, keyOf(room, position)) === 0
      ? []
      : [{ room, key }]
  })
  notAwaited(wrong.map(({ key }) => store.delete(key)))
  for (const room of new Set(wrong.map(({ room }) => room))) await tallyAnew(tx, room)
}

function isNowhere([, clock, id]: PlaceKey): boolean {
  return !isPlace(clock, idOf(id))
}

function keyOfRow({ room, clock, id }: EntryRow): PlaceKey {
  return [room, clock, id]
}

function sameBytes(a: unknown, b: unknown): boolean {
  if (!(a instanceof Uint8Array) || !(b instanceof Uint8Array))
    return !(a instanceof Uint8Array) && !(b instanceof Uint8Array) && typeof a === typeof b
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
