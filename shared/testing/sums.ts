import { type Bytes, concat, sha256, toBase64url } from '../bytes.ts'
import type { HistoryStore } from '../history.ts'
import { idBytes } from '../id-bytes.ts'
import { END, type Position, type Range, type RoomId, START, comparePositions } from '../ids.ts'
import { HOUR_US } from '../limits.ts'
import { type Fingerprint, SUM_BYTES } from '../sums.ts'
import { hourOf } from '../tally.ts'
import { check, same } from './history.cases.ts'

export const WHOLE: Range = { from: START, to: END }
const ALL = 10_000_000

/**
 * A fingerprint by the words of PROTOCOL.md, with none of the code that stores use: what theirs is
 * held against.
 */
export async function recomputed(positions: readonly Pick<Position, 'id'>[]): Promise<Fingerprint> {
  let sum = 0n
  for (const { id } of positions) {
    const digests = [0, 1, 2, 3].map((k) => sha256(Uint8Array.of(k), idBytes(id)))
    sum += numberOf(concat(...(await Promise.all(digests))))
  }
  const count = positions.length
  const input = concat(bytesOf(sum, SUM_BYTES), bytesOf(BigInt(count), 8))
  return { count, digest: (await sha256(input)).slice(0, 16) }
}

/** Two fingerprints of one set. */
export function sameFingerprint(actual: Fingerprint, expected: Fingerprint, what: string): void {
  const told = ({ count, digest }: Fingerprint): string => `${count} ${toBase64url(digest)}`
  same(told(actual), told(expected), what)
}

/**
 * Whether a room's sums say what its positions come to: of the whole, of each hour, of ranges that
 * end inside hours, and of what `split` makes of it.
 * @returns how many positions there are
 */
export async function checkSums(store: HistoryStore, room: RoomId): Promise<number> {
  const positions = await store.positions(room, WHOLE, ALL)
  check(
    positions.every((position, i) => i === 0 || inOrder(positions[i - 1], position)),
    'positions in order, each once',
  )
  const kept = await store.page(room, { limit: ALL })
  const ids = new Set(positions.map(({ id }) => id))
  check(
    kept.every(({ id }) => ids.has(id)),
    'whatever is kept has a position',
  )
  const hours = new Set(positions.map(({ clock }) => hourOf(clock)))
  const whole = [...hours].map((hour) => ({ from: startOf(hour), to: startOf(hour + 1) }))
  const inner = [1, 2].map((part): Range => {
    const [third, last] = [positions[Math.floor((positions.length * part) / 3)], positions.at(-1)]
    return { from: third ?? START, to: last ?? END }
  })
  for (const range of [WHOLE, ...whole, ...inner]) await checkRange(store, room, range, positions)
  for (const { range, fingerprint } of await store.split(room, WHOLE, 16))
    sameFingerprint(fingerprint, await recomputed(within(positions, range)), 'a part of the whole')
  return positions.length
}

export async function checkRange(
  store: HistoryStore,
  room: RoomId,
  range: Range,
  positions: readonly Position[],
): Promise<void> {
  const expected = await recomputed(within(positions, range))
  sameFingerprint(await store.fingerprint(room, range), expected, JSON.stringify(range))
}

export function within(positions: readonly Position[], { from, to }: Range): readonly Position[] {
  return positions.filter(
    (position) => comparePositions(position, from) >= 0 && comparePositions(position, to) < 0,
  )
}

function inOrder(a: Position | undefined, b: Position): boolean {
  return a !== undefined && comparePositions(a, b) < 0
}

export function startOf(hour: number): Position {
  return { clock: hour * HOUR_US, id: START.id }
}

/** Big-endian. */
function numberOf(bytes: Uint8Array): bigint {
  return bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n)
}

/** The lowest `length` bytes, big-endian. */
function bytesOf(number: bigint, length: number): Bytes {
  const bytes = new Uint8Array(length)
  let rest = number
  for (let i = length - 1; i >= 0; i--) {
    bytes[i] = Number(rest & 255n)
    rest >>= 8n
  }
  return bytes
}
