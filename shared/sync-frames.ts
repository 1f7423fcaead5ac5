import { type Bytes, concat } from './bytes.ts'
import type { Form } from './entry.ts'
import { type Result, fail, ok } from './failure.ts'
import { type Position, START, type ShortId, comparePositions } from './ids.ts'
import { SHORT_ID_BYTES, SYNC_FRAME_MAX_BYTES } from './limits.ts'
import { type Field, bytesField, lastOf, readFields, varintField } from './protobuf.ts'
import type { Span } from './reconcile.ts'
import { decodeBound, decodeIds, decodeSpans, encodeSpan, idField, idsBytes } from './span-codec.ts'
import { DIGEST_BYTES } from './sums.ts'

/** How a session begins, from both ends. */
export interface Hello {
  readonly kind: 'hello'
  readonly version: number
  /** 16 bytes; names the room to those who know its key. */
  readonly tag: Bytes
  /** The window that is to be reconciled: `lo` included, `hi` excluded. */
  readonly lo: Position
  readonly hi: Position
  /** Below it the sender keeps and takes nothing. */
  readonly floor: Position
  /** What the sender holds in the window. */
  readonly count: number
  /** 16 bytes */
  readonly digest: Bytes
  /** The sender's clock, ms since 1970. */
  readonly nowMs: number
  /** Bits; unknown ones are ignored. */
  readonly flags: number
}

/** An entry as it is kept. */
export interface Item {
  readonly form: Form
  readonly bytes: Bytes
}

export type SyncFrame =
  | Hello
  /** `more`: the turn goes on in the next frame. */
  | { readonly kind: 'ranges'; readonly spans: readonly Span[]; readonly more: boolean }
  | { readonly kind: 'want'; readonly ids: readonly ShortId[] }
  | { readonly kind: 'items'; readonly items: readonly Item[] }
  | { readonly kind: 'nack'; readonly ids: readonly ShortId[] }
  /**
   * `more`: there is more to reconcile than one session takes. `left`: some of what was handed over
   * was not taken, and may be offered again later.
   */
  | { readonly kind: 'done'; readonly more: boolean; readonly left?: true }
  | { readonly kind: 'err'; readonly code: number }

/** Field numbers of the one field that a frame is. */
const KINDS = { hello: 1, ranges: 2, want: 3, items: 4, nack: 5, done: 6, err: 7 } as const
const TAG_BYTES = 16
/** A frame's own tag and length, and `more`. */
const RANGES_OVERHEAD = 8
const ITEMS_OVERHEAD = 8
const IDS_PER_FRAME = SYNC_FRAME_MAX_BYTES / SHORT_ID_BYTES - 1

/** Without the length that goes before it on the stream. */
export function encodeFrame(frame: SyncFrame): Bytes {
  return bytesField(KINDS[frame.kind], encodeBody(frame))
}

function encodeBody(frame: SyncFrame): Bytes {
  switch (frame.kind) {
    case 'hello':
      return encodeHello(frame)
    case 'ranges': {
      let after = START
      const spans = frame.spans.map((span) => {
        const bytes = bytesField(1, encodeSpan(span, after))
        after = span.to
        return bytes
      })
      return concat(...spans, varintField(2, Number(frame.more)))
    }
    case 'want':
    case 'nack':
      return bytesField(1, idsBytes(frame.ids))
    case 'items':
      return concat(...frame.items.map((item) => bytesField(1, encodeItem(item))))
    case 'done':
      return concat(varintField(1, Number(frame.more)), varintField(2, Number(frame.left === true)))
    case 'err':
      return varintField(1, frame.code)
  }
}

function encodeHello(hello: Hello): Bytes {
  return concat(
    varintField(1, hello.version),
    bytesField(2, hello.tag),
    varintField(3, hello.lo.clock),
    idField(4, hello.lo),
    varintField(5, hello.hi.clock),
    idField(6, hello.hi),
    varintField(7, hello.count),
    bytesField(8, hello.digest),
    varintField(9, hello.nowMs),
    varintField(10, hello.flags),
    varintField(11, hello.floor.clock),
    idField(12, hello.floor),
  )
}

/** One turn's spans as the fewest frames. */
export function rangesFrames(spans: readonly Span[]): readonly SyncFrame[] {
  const frames: Span[][] = [[]]
  let size = RANGES_OVERHEAD
  let after = START
  for (const span of spans) {
    let length = bytesField(1, encodeSpan(span, after)).length
    if (size + length > SYNC_FRAME_MAX_BYTES) {
      // Each frame stands alone: it begins with a span that leads up to where it goes on.
      const lead: Span = { mode: 'skip', to: after }
      frames.push([lead])
      size = RANGES_OVERHEAD + bytesField(1, encodeSpan(lead, START)).length
      length = bytesField(1, encodeSpan(span, after)).length
    }
    frames.at(-1)?.push(span)
    size += length
    after = span.to
  }
  return frames.map((held, i) => ({ kind: 'ranges', spans: held, more: i < frames.length - 1 }))
}

/** As many frames as the ids take. */
export function idsFrames(kind: 'want' | 'nack', ids: readonly ShortId[]): readonly SyncFrame[] {
  const frames: SyncFrame[] = []
  for (let at = 0; at < ids.length; at += IDS_PER_FRAME)
    frames.push({ kind, ids: ids.slice(at, at + IDS_PER_FRAME) })
  return frames
}

/** As many frames as the items take; each item fits in one. */
export function itemsFrames(items: readonly Item[]): readonly SyncFrame[] {
  const frames: Item[][] = []
  let size = Infinity
  for (const item of items) {
    const length = bytesField(1, encodeItem(item)).length
    if (size + length > SYNC_FRAME_MAX_BYTES) {
      frames.push([])
      size = ITEMS_OVERHEAD
    }
    frames.at(-1)?.push(item)
    size += length
  }
  return frames.map((held) => ({ kind: 'items', items: held }))
}

function encodeItem(item: Item): Bytes {
  return concat(
    item.form === 1 ? new Uint8Array() : varintField(1, item.form),
    bytesField(2, item.bytes),
  )
}

/** Fields that are not known are skipped; of one that comes twice the last counts. */
export function decodeFrame(bytes: Uint8Array): Result<SyncFrame> {
  if (bytes.length > SYNC_FRAME_MAX_BYTES)
    return fail({
      kind: 'too-large',
      limit: SYNC_FRAME_MAX_BYTES,
      actual: bytes.length,
      unit: 'bytes',
    })
  const fields = readFields(bytes)
  const frame = fields?.length === 1 && fields[0] !== undefined ? decodeBody(fields[0]) : undefined
  return frame === undefined ? fail({ kind: 'malformed', what: 'sync frame' }) : ok(frame)
}

function decodeBody({ number, bytes }: Field): SyncFrame | undefined {
  const fields = readFields(bytes)
  if (fields === undefined) return undefined
  const first = lastOf(fields, 1)
  switch (number) {
    case KINDS.hello:
      return decodeHello(fields)
    case KINDS.ranges: {
      const spans = decodeSpans(fields.filter((field) => field.number === 1))
      return spans && { kind: 'ranges', spans, more: (lastOf(fields, 2)?.value ?? 0) !== 0 }
    }
    case KINDS.want:
    case KINDS.nack: {
      const ids = decodeIds(first?.bytes ?? new Uint8Array())
      return ids && { kind: number === KINDS.want ? 'want' : 'nack', ids }
    }
    case KINDS.items: {
      const items = fields.filter((field) => field.number === 1).map(decodeItem)
      return all(items) ? { kind: 'items', items } : undefined
    }
    case KINDS.done: {
      const left = (lastOf(fields, 2)?.value ?? 0) !== 0
      return { kind: 'done', more: (first?.value ?? 0) !== 0, ...(left ? { left } : {}) }
    }
    case KINDS.err:
      return { kind: 'err', code: first?.value ?? 0 }
    default:
      return undefined
  }
}

function decodeHello(fields: readonly Field[]): Hello | undefined {
  const number = (field: number): number => lastOf(fields, field)?.value ?? 0
  const tag = lastOf(fields, 2)?.bytes
  const digest = lastOf(fields, 8)?.bytes
  const lo = decodeBound(number(3), lastOf(fields, 4))
  const hi = decodeBound(number(5), lastOf(fields, 6))
  const floor = decodeBound(number(11), lastOf(fields, 12))
  if (tag?.length !== TAG_BYTES || digest?.length !== DIGEST_BYTES) return undefined
  if (lo === undefined || hi === undefined || floor === undefined) return undefined
  if (comparePositions(lo, hi) > 0) return undefined
  return {
    kind: 'hello',
    version: number(1),
    tag: new Uint8Array(tag),
    lo,
    hi,
    floor,
    count: number(7),
    digest: new Uint8Array(digest),
    nowMs: number(9),
    flags: number(10),
  }
}

function decodeItem({ bytes }: Field): Item | undefined {
  const fields = readFields(bytes)
  // Most are lines, so that is what saying nothing means.
  const form = fields && (lastOf(fields, 1)?.value ?? 1)
  const held = fields && lastOf(fields, 2)?.bytes
  if (held === undefined || (form !== 1 && form !== 2)) return undefined
  return { form, bytes: new Uint8Array(held) }
}

function all<T>(items: readonly (T | undefined)[]): items is readonly T[] {
  return !items.includes(undefined)
}
