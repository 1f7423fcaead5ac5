import { type Bytes, equal } from './bytes.ts'
import { shortId } from './entry.ts'
import { type Result, fail, ok } from './failure.ts'
import { END, type Position, type Range, type ShortId, comparePositions } from './ids.ts'
import {
  SYNC_FRAME_MAX_BYTES,
  SYNC_LEAF_IDS,
  SYNC_PARTS,
  SYNC_ROUNDS_MAX,
  SYNC_TURN_FRAMES,
} from './limits.ts'
import type { Fingerprint } from './sums.ts'
import type { Part } from './tally.ts'

/** What one side holds of the room: a HistoryStore's, bound to it. */
export interface Holdings {
  fingerprint(range: Range): Promise<Fingerprint>
  split(range: Range, parts: number): Promise<readonly Part[]>
  positions(range: Range, limit: number): Promise<readonly Position[]>
}

/**
 * What its sender says of the range from the end of the span before (first: the window's start)
 * to `to`: nothing more to say, a fingerprint, or every id. END means the window's end.
 */
export type Span =
  | { readonly mode: 'skip'; readonly to: Position }
  | { readonly mode: 'fp'; readonly to: Position; readonly digest: Bytes }
  | { readonly mode: 'ids'; readonly to: Position; readonly ids: readonly ShortId[] }

/** What one turn of the other side leads to. */
export interface Turn {
  /** To be answered by the other side; none: all is compared. */
  readonly spans: readonly Span[]
  /** What the other side lists and this side does not hold. */
  readonly lacking: readonly ShortId[]
  /** What this side holds and the other side did not list. */
  readonly surplus: readonly Position[]
}

/** Both ends of what a turn may answer; past it ranges are compared more coarsely, and again. */
const TURN_BYTES = (SYNC_TURN_FRAMES - 1) * SYNC_FRAME_MAX_BYTES
/** Spans that so many frames can hold, at 4 bytes and more each. */
const SPANS_MAX = (SYNC_TURN_FRAMES * SYNC_FRAME_MAX_BYTES) / 4
/** Bytes of a span besides fingerprint and ids, at most about. */
const SPAN_BYTES = 12

/**
 * One side of a range-based set reconciliation (Meyer, arXiv 2212.13567): the sides take turns,
 * each answering the ranges whose fingerprints differ by finer ones, until they are short enough
 * to be listed. Who receives a list knows both differences in it.
 */
export class Reconciliation {
  readonly #holdings: Holdings
  readonly #window: Range
  readonly #limit: number
  readonly #inTime: () => boolean
  readonly #lacking = new Set<ShortId>()
  readonly #surplus = new Set<ShortId>()
  #rounds = 0
  #more = false

  /**
   * @param options `limit`: differences that this side looks for; `inTime`: whether it goes on
   *   comparing what one turn of the other side claims, which may be thousands of ranges
   */
  constructor(options: {
    holdings: Holdings
    window: Range
    limit: number
    inTime?: () => boolean
  }) {
    this.#holdings = options.holdings
    this.#window = options.window
    this.#limit = options.limit
    this.#inTime = options.inTime ?? (() => true)
  }

  /** Differences are left over for another time. */
  get more(): boolean {
    return this.#more
  }

  /** The first turn, where the fingerprints of the whole window are known to differ. */
  async open(): Promise<readonly Span[]> {
    this.#rounds++
    const said = new Said(this.#window)
    await this.#refine(said, this.#window)
    return said.spans
  }

  /**
   * A failure is the other side's: it broke the rules (`malformed`), or asks for too much.
   * @param denied what the other side lists and has said that it cannot hand over
   */
  async answer(
    spans: readonly Span[],
    denied: ReadonlySet<ShortId> = new Set(),
  ): Promise<Result<Turn>> {
    if (++this.#rounds > SYNC_ROUNDS_MAX)
      return fail({ kind: 'malformed', what: 'sync: too many rounds' })
    const ranges = this.#ranges(spans)
    if (ranges === undefined) return fail({ kind: 'malformed', what: 'sync: ranges' })
    const said = new Said(this.#window)
    const lacking: ShortId[] = []
    const surplus: Position[] = []
    const differing: Range[] = []
    for (const [i, span] of spans.entries()) {
      const range = ranges[i]
      if (range === undefined || span.mode === 'skip') continue
      if (!this.#inTime()) return fail({ kind: 'unreachable', what: 'sync: takes too long' })
      if (span.mode === 'fp') {
        if (!equal((await this.#holdings.fingerprint(range)).digest, span.digest))
          differing.push(range)
        continue
      }
      const found = await this.#compare(range, span.ids, denied)
      lacking.push(...found.lacking)
      surplus.push(...found.surplus)
    }
    await this.#refineAll(said, differing)
    return ok({ spans: said.spans, lacking, surplus })
  }

  /** As finely as one turn takes; what does not fit is compared as a whole again. */
  async #refineAll(said: Said, differing: readonly Range[]): Promise<void> {
    if (differing.length > 0 && this.#left() <= 0) {
      this.#more = true
      return
    }
    let rest: Range | undefined
    for (const range of differing) {
      if (said.bytes < TURN_BYTES) await this.#refine(said, range)
      else rest = { from: rest?.from ?? range.from, to: range.to }
    }
    if (rest !== undefined) said.digest(rest, await this.#holdings.fingerprint(rest))
  }

  #left(): number {
    return this.#limit - this.#lacking.size - this.#surplus.size
  }

  /** The ranges of the spans; undefined unless they rise, stay in the window, and list no more than a leaf. */
  #ranges(spans: readonly Span[]): readonly Range[] | undefined {
    if (spans.length > SPANS_MAX) return undefined
    const ranges: Range[] = []
    let { from } = this.#window
    for (const span of spans) {
      const to = comparePositions(span.to, END) === 0 ? this.#window.to : span.to
      const step = comparePositions(to, from)
      // A frame that continues a turn may begin with a skip to where the last one ended.
      if (step < 0 || (step === 0 && span.mode !== 'skip')) return undefined
      if (comparePositions(to, this.#window.to) > 0) return undefined
      if (span.mode === 'ids' && span.ids.length > SYNC_LEAF_IDS) return undefined
      ranges.push({ from, to })
      from = to
    }
    return ranges
  }

  /** Says more about a range than that it differs. */
  async #refine(said: Said, range: Range): Promise<void> {
    const first = await this.#holdings.positions(range, SYNC_LEAF_IDS + 1)
    if (first.length <= SYNC_LEAF_IDS) {
      said.ids(range, first)
      return
    }
    for (const part of await this.#holdings.split(range, SYNC_PARTS)) {
      // One id is as short as a fingerprint, and says more.
      if (part.fingerprint.count <= 1)
        said.ids(part.range, await this.#holdings.positions(part.range, 1))
      else said.digest(part.range, part.fingerprint)
    }
  }

  /** Both differences between a list and what is held. */
  async #compare(
    range: Range,
    ids: readonly ShortId[],
    denied: ReadonlySet<ShortId>,
  ): Promise<{ readonly lacking: readonly ShortId[]; readonly surplus: readonly Position[] }> {
    const room = Math.max(0, this.#left())
    const mine = await this.#holdings.positions(range, room + ids.length + 1)
    const whole = mine.length <= room + ids.length
    const theirs = new Set(ids)
    const held = new Set(mine.map(({ id }) => shortId(id)))
    // Not knowing all that is held, nothing is known to be lacking.
    const lacking = whole
      ? [...theirs].filter(
          (id) => !held.has(id) && !denied.has(id) && this.#take(this.#lacking, id),
        )
      : []
    const surplus = mine.filter(({ id }) => {
      const short = shortId(id)
      return !theirs.has(short) && this.#take(this.#surplus, short)
    })
    if (!whole) this.#more = true
    return { lacking, surplus }
  }

  /** False if it was found before, or if enough was. */
  #take(found: Set<ShortId>, id: ShortId): boolean {
    if (found.has(id)) return false
    if (this.#left() <= 0) {
      this.#more = true
      return false
    }
    found.add(id)
    return true
  }
}

/** A turn as it grows; what lies between its spans is skipped. */
class Said {
  readonly spans: Span[] = []
  bytes = 0
  readonly #window: Range
  #at: Position

  constructor(window: Range) {
    this.#window = window
    this.#at = window.from
  }

  digest(range: Range, { digest }: Fingerprint): void {
    this.#reach(range)
    this.spans.push({ mode: 'fp', to: this.#end(range), digest })
    this.bytes += digest.length
  }

  ids(range: Range, positions: readonly Position[]): void {
    this.#reach(range)
    const ids = positions.map(({ id }) => shortId(id))
    this.spans.push({ mode: 'ids', to: this.#end(range), ids })
    this.bytes += ids.length * 16
  }

  #reach({ from, to }: Range): void {
    if (comparePositions(from, this.#at) > 0) this.spans.push({ mode: 'skip', to: from })
    this.#at = to
    this.bytes += 2 * SPAN_BYTES
  }

  /** The window's end needs no spelling. */
  #end({ to }: Range): Position {
    return comparePositions(to, this.#window.to) === 0 ? END : to
  }
}
