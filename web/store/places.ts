import { type Bytes, concat, toBase64url } from '../../shared/bytes.ts'
import { idBytes } from '../../shared/id-bytes.ts'
import {
  type EntryId,
  type Position,
  type Range,
  type RoomId,
  type ShortId,
} from '../../shared/ids.ts'
import { storedPlace } from '../../shared/stored-tally.ts'

export type PlaceKey = [RoomId, number, Bytes]

/** The key of an entry, a stub or a border: the empty id has a key without one. */
export function keyOf(room: RoomId, { clock, id }: Position): PlaceKey {
  const bytes = idBytes(id)
  return (bytes.length === 0 ? [room, clock] : [room, clock, bytes]) as PlaceKey
}

/**
 * Keys come back with buffers, whatever they went in as.
 * @throws DamagedTally where the disk has made something else of it
 */
export function positionOf(key: PlaceKey): Position {
  const [, clock, id] = key
  return storedPlace(clock, idOf(id))
}

/** Of what are no bytes, the empty id. */
export function idOf(id: unknown): EntryId {
  const bytes = id instanceof ArrayBuffer || id instanceof Uint8Array ? id : []
  return toBase64url(new Uint8Array(bytes)) as EntryId
}

/** Whole ids that begin so. */
export function idsUnder(id: ShortId): IDBKeyRange {
  const start = idBytes(id)
  return IDBKeyRange.bound(start, concat(start, new Uint8Array(start.length).fill(0xff)))
}

/** Nothing, where the range can hold nothing: an engine throws at a range that ends where it begins. */
export function keysIn(room: RoomId, { from, to }: Range): IDBKeyRange | undefined {
  const [lower, upper] = [keyOf(room, from), keyOf(room, to)]
  return indexedDB.cmp(lower, upper) < 0 ? IDBKeyRange.bound(lower, upper, false, true) : undefined
}

/** All keys that begin with `start`. */
export function keysUnder(...start: readonly IDBValidKey[]): IDBKeyRange {
  // An array stands after every number, string and buffer.
  return IDBKeyRange.bound(start, [...start, []])
}
