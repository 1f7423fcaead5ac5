import { shortId } from '../entry.ts'
import { type Position, type Range, START, type ShortId, comparePositions } from '../ids.ts'
import { varint } from '../protobuf.ts'
import { type Holdings, Reconciliation, type Span, type Turn } from '../reconcile.ts'
import type { Fingerprint } from '../sums.ts'
import {
  type Hello,
  type Item,
  type SyncFrame,
  decodeFrame,
  encodeFrame,
  idsFrames,
  itemsFrames,
  rangesFrames,
} from '../sync-frames.ts'
import { between } from '../tally.ts'
import { toBase64url } from '../bytes.ts'
import { must } from './people.ts'

/** What a whole reconciliation took. */
export interface Reconciled {
  /** Of all frames with their lengths, without the bytes of the entries themselves. */
  readonly bytes: number
  readonly bytesOf: Readonly<Record<string, number>>
  /** Messages, of any number of frames, that went one way before the other side spoke. */
  readonly messages: number
  readonly frames: number
  /** Short ids of what the first side got, and the second. */
  readonly toFirst: readonly ShortId[]
  readonly toSecond: readonly ShortId[]
  readonly more: boolean
}

/** A line of this length stands for each entry: what 40 words of chat take. */
const LINE_BYTES = 450
const PREFIX_BYTES = 16

/** Both sides of a session, as bytes: Hello, ranges in turns, Want, Items, Done. */
export async function reconcileBoth(
  first: Holdings,
  second: Holdings,
  window: Range,
  limit = Infinity,
): Promise<Reconciled> {
  const wire = new CountedWire()
  const sides = [first, second].map(
    (holdings) => new Reconciliation({ holdings, window, limit }),
  ) as [Reconciliation, Reconciliation]
  const got: [ShortId[], ShortId[]] = [[], []]
  const [mine, theirs] = [await first.fingerprint(window), await second.fingerprint(window)]
  wire.carry([hello(window, mine)])
  const differ = toBase64url(mine.digest) !== toBase64url(theirs.digest)
  let spans = differ ? await sides[1].open() : []
  let arrived = wire.carry([hello(window, theirs), ...(differ ? rangesFrames(spans) : [])])
  for (let turn: 0 | 1 = 0; spans.length > 0; turn = turn === 0 ? 1 : 0) {
    const answer: Turn = must(await sides[turn].answer(spansIn(arrived)))
    got[turn].push(...answer.lacking)
    got[1 - turn]?.push(...answer.surplus.map(({ id }) => shortId(id)))
    spans = answer.spans
    arrived = wire.carry([...(spans.length > 0 ? rangesFrames(spans) : []), ...moved(answer)])
    // What is asked for comes with the next message, which the last one does not have.
    wire.owe(answer.lacking.length)
  }
  wire.settle()
  return {
    ...wire.counts,
    toFirst: got[0],
    toSecond: got[1],
    more: sides.some((side) => side.more),
  }
}

class CountedWire {
  counts = { bytes: 0, messages: 0, frames: 0, bytesOf: {} as Record<string, number> }
  #owed = 0

  /** Encodes, counts and decodes. */
  carry(frames: readonly SyncFrame[]): readonly SyncFrame[] {
    const all = [...frames, ...itemsFrames(lines(this.#owed))]
    this.#owed = 0
    if (all.length > 0) this.counts.messages++
    return all.map((frame) => {
      const bytes = encodeFrame(frame)
      const payload = frame.kind === 'items' ? frame.items.length * LINE_BYTES : 0
      const counted = varint(bytes.length).length + bytes.length - payload
      this.counts.bytes += counted
      this.counts.bytesOf[frame.kind] = (this.counts.bytesOf[frame.kind] ?? 0) + counted
      this.counts.frames++
      return must(decodeFrame(bytes))
    })
  }

  owe(entries: number): void {
    this.#owed = entries
  }

  /** The last items that were asked for, and Done of both sides, which no one waits for. */
  settle(): void {
    if (this.#owed > 0) this.carry([])
    const { messages } = this.counts
    this.carry([{ kind: 'done', more: false }])
    this.carry([{ kind: 'done', more: false }])
    this.counts.messages = messages
  }
}

function hello(window: Range, { count, digest }: Fingerprint): Hello {
  const tag = new Uint8Array(16)
  const nowMs = 1_700_000_000_000
  return {
    kind: 'hello',
    version: 1,
    tag,
    lo: window.from,
    hi: window.to,
    floor: START,
    count,
    digest,
    nowMs,
    flags: 0,
  }
}

function moved({ lacking, surplus }: Turn): readonly SyncFrame[] {
  return [...idsFrames('want', lacking), ...itemsFrames(lines(surplus.length))]
}

function lines(count: number): readonly Item[] {
  const bytes = new Uint8Array(LINE_BYTES)
  return Array.from({ length: count }, () => ({ form: 1, bytes }))
}

function spansIn(frames: readonly SyncFrame[]): readonly Span[] {
  return frames.flatMap((frame) => (frame.kind === 'ranges' ? frame.spans : []))
}

/**
 * Positions in an array, for thousands of runs: its fingerprints are two sums of doubles, good
 * against chance and against nobody else.
 */
export class SortedHoldings implements Holdings {
  readonly #held: readonly Position[]

  constructor(positions: readonly Position[]) {
    this.#held = positions.toSorted(comparePositions)
  }

  fingerprint(range: Range): Promise<Fingerprint> {
    return Promise.resolve(cheapFingerprint(this.#in(range)))
  }

  split(
    range: Range,
    parts: number,
  ): Promise<readonly { readonly range: Range; readonly fingerprint: Fingerprint }[]> {
    const held = this.#in(range)
    const size = Math.ceil(held.length / parts)
    const made: { range: Range; fingerprint: Fingerprint }[] = []
    let { from } = range
    for (let start = 0; start < held.length || start === 0; start += size) {
      const [last, next] = [held[start + size - 1], held[start + size]]
      const cut = last !== undefined && next !== undefined ? between(last, next) : undefined
      const to = cut ?? range.to
      made.push({
        range: { from, to },
        fingerprint: cheapFingerprint(held.slice(start, start + size)),
      })
      from = to
      if (size === 0) break
    }
    return Promise.resolve(made)
  }

  positions(range: Range, limit: number): Promise<readonly Position[]> {
    return Promise.resolve(this.#in(range).slice(0, limit))
  }

  #in({ from, to }: Range): readonly Position[] {
    return this.#held.slice(this.#firstFrom(from), this.#firstFrom(to))
  }

  #firstFrom(position: Position): number {
    let low = 0
    let high = this.#held.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const held = this.#held[middle]
      if (held !== undefined && comparePositions(held, position) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

function cheapFingerprint(positions: readonly Position[]): Fingerprint {
  const digest = new Uint8Array(16)
  const view = new DataView(digest.buffer)
  let [a, b] = [0, positions.length]
  for (const { id } of positions) {
    let hash = 0x811c9dc5
    for (let i = 0; i < PREFIX_BYTES; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193)
    a += hash >>> 0
    b += Math.imul(hash, 0x9e3779b1) >>> 0
  }
  view.setFloat64(0, a)
  view.setFloat64(8, b)
  return { count: positions.length, digest }
}
