import { BASE64URL } from './bytes.ts'
import { END, type EntryId, type Position, type Range, comparePositions } from './ids.ts'
import { HOUR_US, SHORT_ID_BYTES } from './limits.ts'
import { type Fingerprint, type Sum, addTo, digestsOf, emptySum, fingerprintOf } from './sums.ts'

/** A piece of a range, and what it holds. */
export interface Part {
  readonly range: Range
  readonly fingerprint: Fingerprint
}

/** The sum of all that one hour of a room holds; `hour` counts from 1970. */
export interface HourSum {
  readonly hour: number
  readonly sum: Sum
}

/** What a store reads of one room, all of it in one transaction. */
export interface Tally {
  /** Of the hours `first` to `last` (both included) those that hold something, in order. */
  hours(first: number, last: number): Promise<readonly HourSum[]>
  /** All positions in the range, in order. */
  positions(range: Range): Promise<readonly Position[]>
}

/** Cut evenly up to so many, by reading their ids: 5 ms. More are cut at hours. */
const READ_MAX = 1_024

export function hourOf(clock: number): number {
  return Math.floor(clock / HOUR_US)
}

export async function fingerprintIn(tally: Tally, range: Range): Promise<Fingerprint> {
  const sum = emptySum()
  for (const piece of await piecesOf(tally, range)) addTo(sum, piece.sum)
  return fingerprintOf(sum)
}

/** As HistoryStore.split: adjacent parts that cover the range, none empty unless all of it is. */
export async function splitIn(tally: Tally, range: Range, parts: number): Promise<readonly Part[]> {
  const pieces = await piecesOf(tally, range)
  const total = pieces.reduce((count, { sum }) => count + sum.count, 0)
  return total <= READ_MAX || pieces.length === 1
    ? cutEvenly(range, await tally.positions(range), parts)
    : cutAtHours(range, pieces, total, parts)
}

/**
 * As HistoryStore.window.
 * @param held `newest`: the clock of the newest one held below `before`; `last`: that of the last
 *   of the so many newest ones, undefined if there are not so many
 */
export function windowOf(
  held: { readonly newest: number | undefined; readonly last: number | undefined },
  options: { readonly before?: Position; readonly spanUs: number },
  floor: Position,
): Range {
  const to = bound(options.before ?? END)
  const anchor = options.before?.clock ?? held.newest ?? 0
  const clock = held.last === undefined ? 0 : Math.min(held.last, anchor - options.spanUs)
  const from: Position = { clock: Math.max(0, clock), id: '' as EntryId }
  const lowest = bound(floor)
  const higher = comparePositions(from, lowest) < 0 ? lowest : from
  return { from: comparePositions(higher, to) > 0 ? to : higher, to }
}

/** Ranges begin and end with at most 16 bytes of an id, which is what fits on the wire. */
function bound({ clock, id }: Position): Position {
  const SHORT_ID_CHARACTERS = 22
  return { clock, id: id.length > SHORT_ID_CHARACTERS ? prefixOf(id, SHORT_ID_BYTES) : id }
}

interface Piece {
  readonly from: Position
  readonly sum: Sum
}

/** The first hour as far as it lies in the range, the whole ones, the last: those that hold something. */
async function piecesOf(tally: Tally, { from, to }: Range): Promise<readonly Piece[]> {
  if (comparePositions(from, to) >= 0) return []
  const first =
    comparePositions(from, startOf(hourOf(from.clock))) > 0
      ? hourOf(from.clock) + 1
      : hourOf(from.clock)
  const end = hourOf(to.clock)
  if (first > end) return [await pieceOf(tally, { from, to })].filter(holds)
  const edges = [
    await pieceOf(tally, { from, to: startOf(first) }),
    await pieceOf(tally, { from: startOf(end), to }),
  ] as const
  const whole = first < end ? await tally.hours(first, end - 1) : []
  const inner = whole.map(({ hour, sum }) => ({ from: startOf(hour), sum }))
  return [edges[0], ...inner, edges[1]].filter(holds)
}

async function pieceOf(tally: Tally, range: Range): Promise<Piece> {
  const sum = emptySum()
  if (comparePositions(range.from, range.to) < 0)
    for (const { id } of await tally.positions(range)) addTo(sum, digestsOf(id))
  return { from: range.from, sum }
}

function holds({ sum }: Piece): boolean {
  return sum.count > 0
}

function startOf(hour: number): Position {
  return { clock: hour * HOUR_US, id: '' as EntryId }
}

function cutEvenly(range: Range, positions: readonly Position[], parts: number): readonly Part[] {
  const cuts: { readonly from: Position; readonly sum: Sum }[] = [
    { from: range.from, sum: emptySum() },
  ]
  let due = 1
  positions.forEach((position, i) => {
    const before = positions[i - 1]
    if (before !== undefined && i * parts >= due * positions.length) {
      const from = between(before, position)
      // Two that share 16 bytes of id stay together.
      if (from !== undefined) {
        cuts.push({ from, sum: emptySum() })
        due = Math.floor((i * parts) / positions.length) + 1
      }
    }
    const last = cuts.at(-1)
    if (last !== undefined) addTo(last.sum, digestsOf(position.id))
  })
  return partsOf(cuts, range.to, range.from)
}

function cutAtHours(
  range: Range,
  pieces: readonly Piece[],
  total: number,
  parts: number,
): readonly Part[] {
  const cuts: { from: Position; sum: Sum }[] = []
  let left = total
  let current: { from: Position; sum: Sum } | undefined
  for (const piece of pieces) {
    const target = (left + (current?.sum.count ?? 0)) / (parts - cuts.length)
    const full = current !== undefined && current.sum.count + piece.sum.count / 2 > target
    if (current !== undefined && full && cuts.length + 1 < parts) {
      cuts.push(current)
      current = undefined
    }
    current ??= { from: piece.from, sum: emptySum() }
    addTo(current.sum, piece.sum)
    left -= piece.sum.count
  }
  if (current !== undefined) cuts.push(current)
  return partsOf(cuts, range.to, range.from)
}

/** Each part reaches to where the next begins. */
function partsOf(
  cuts: readonly { readonly from: Position; readonly sum: Sum }[],
  to: Position,
  from: Position,
): readonly Part[] {
  return cuts.map((cut, i) => ({
    range: { from: i === 0 ? from : cut.from, to: cuts[i + 1]?.from ?? to },
    fingerprint: fingerprintOf(cut.sum),
  }))
}

/** The shortest bound after `a` and not after `b`; undefined if it would take more than 16 bytes of id. */
export function between(a: Position, b: Position): Position | undefined {
  if (a.clock < b.clock) return { clock: b.clock, id: '' as EntryId }
  for (let bytes = 1; bytes <= SHORT_ID_BYTES; bytes++) {
    const id = prefixOf(b.id, bytes)
    if (comparePositions(a, { clock: b.clock, id }) < 0) return { clock: b.clock, id }
  }
  return undefined
}

/** The first bytes of an id, base64url. */
function prefixOf(id: EntryId, bytes: number): EntryId {
  const spare = (6 - ((bytes * 8) % 6)) % 6
  const length = Math.ceil((bytes * 8) / 6)
  const last = (BASE64URL.indexOf(id.charAt(length - 1)) >> spare) << spare
  return (id.slice(0, length - 1) + BASE64URL.charAt(last)) as EntryId
}
