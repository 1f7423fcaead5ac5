import { describe, expect, test } from 'vitest'
import { concat, toBase64url } from './bytes.ts'
import { END, type EntryId, type Position, START, type ShortId } from './ids.ts'
import { CLOCK_MAX_US, HOUR_US, SYNC_FRAME_MAX_BYTES } from './limits.ts'
import { bytesField, varintField } from './protobuf.ts'
import type { Span } from './reconcile.ts'
import {
  type SyncFrame,
  decodeFrame,
  encodeFrame,
  idsFrames,
  itemsFrames,
  rangesFrames,
} from './sync-frames.ts'
import { must } from './testing/people.ts'

function random(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length))
}

function below(limit: number): number {
  return (new Uint32Array(random(4).buffer)[0] ?? 0) % limit
}

const short = (): ShortId => toBase64url(random(16)) as ShortId
const at = (clock: number, bytes = 0): Position => ({
  clock,
  id: toBase64url(random(bytes)) as EntryId,
})

const HELLO: SyncFrame = {
  kind: 'hello',
  version: 1,
  tag: random(16),
  lo: at(1_700_000_000_000_001, 16),
  hi: END,
  floor: at(1_600_000_000_000_000, 4),
  count: 1_000_000,
  digest: random(16),
  nowMs: 1_700_000_000_000,
  flags: 5,
}
const SPANS: readonly Span[] = [
  { mode: 'skip', to: at(1_000 * HOUR_US) },
  { mode: 'fp', to: at(1_000 * HOUR_US + 1), digest: random(16) },
  { mode: 'fp', to: at(1_001 * HOUR_US), digest: random(16) },
  { mode: 'ids', to: at(1_001 * HOUR_US, 1), ids: [] },
  { mode: 'ids', to: at(1_001 * HOUR_US + 7, 16), ids: [short(), short()] },
  { mode: 'fp', to: at(CLOCK_MAX_US, 3), digest: random(16) },
  { mode: 'ids', to: END, ids: [short()] },
]
const FRAMES: readonly SyncFrame[] = [
  HELLO,
  { ...HELLO, lo: START, hi: at(5), floor: START, count: 0, nowMs: 0, flags: 0 },
  { kind: 'ranges', spans: SPANS, more: false },
  { kind: 'ranges', spans: [], more: true },
  { kind: 'want', ids: [short(), short()] },
  { kind: 'nack', ids: [] },
  {
    kind: 'items',
    items: [
      { form: 1, bytes: random(400) },
      { form: 2, bytes: random(0) },
    ],
  },
  { kind: 'done', more: true },
  { kind: 'done', more: false },
  { kind: 'done', more: false, left: true },
  { kind: 'err', code: 3 },
]

describe('sync frames', () => {
  test.each(FRAMES)('come back as they were written: $kind', (frame) => {
    expect(must(decodeFrame(encodeFrame(frame)))).toEqual(frame)
  })

  test('fields of later versions are passed over', () => {
    const done = bytesField(
      6,
      concat(varintField(1, 1), varintField(90, 5), bytesField(91, random(9))),
    )
    expect(must(decodeFrame(done))).toEqual({ kind: 'done', more: true })
  })

  test('a turn of any length becomes frames that fit and stand alone', () => {
    const spans = Array.from({ length: 9_000 }, (_, i): Span => ({
      mode: 'fp',
      to: at(1_700_000_000_000_000 + i * 977_000_000),
      digest: random(16),
    }))
    const frames = rangesFrames(spans)
    expect(frames.length).toBeGreaterThan(3)
    const back = frames.map((frame) => must(decodeFrame(encodeFrame(frame))))
    expect(back).toEqual(frames)
    const told = back.flatMap((frame) => (frame.kind === 'ranges' ? frame.spans : []))
    expect(told.filter(({ mode }) => mode === 'fp')).toEqual(spans)
    expect(back.map((frame) => frame.kind === 'ranges' && frame.more)).toEqual([
      ...frames.slice(1).map(() => true),
      false,
    ])
  })

  test('ids and items of any number become frames that fit', () => {
    const ids = Array.from({ length: 9_000 }, short)
    const wants = idsFrames('want', ids).map((frame) => must(decodeFrame(encodeFrame(frame))))
    expect(wants.flatMap((frame) => (frame.kind === 'want' ? frame.ids : []))).toEqual(ids)
    const items = [16_900, 40, 16_384, 16_384, 16_384, 900, 65_000].map((length) => ({
      form: 1 as const,
      bytes: new Uint8Array(length),
    }))
    const frames = itemsFrames(items).map((frame) => must(decodeFrame(encodeFrame(frame))))
    expect(frames.flatMap((frame) => (frame.kind === 'items' ? frame.items : []))).toEqual(items)
    expect(idsFrames('want', [])).toEqual([])
    expect(itemsFrames([])).toEqual([])
  })

  const ranges = (...spans: readonly Uint8Array[]): Uint8Array =>
    bytesField(2, concat(...spans.map((span) => bytesField(1, span))))
  test.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['two frames in one', concat(encodeFrame(HELLO), encodeFrame(HELLO))],
    ['a frame of an unknown kind', bytesField(9, new Uint8Array())],
    ['a varint for a frame', varintField(1, 7)],
    ['a Hello without a tag', bytesField(1, bytesField(8, random(16)))],
    ['a Hello whose window ends before it begins', encodeFrame({ ...HELLO, hi: START })],
    ['ids of odd length', bytesField(3, bytesField(1, random(17)))],
    [
      'an item of a form that there is not',
      bytesField(4, bytesField(1, concat(varintField(1, 3), bytesField(2, random(9))))),
    ],
    ['an item without bytes', bytesField(4, bytesField(1, varintField(1, 1)))],
    [
      'a span with fingerprint and ids',
      ranges(concat(varintField(2, 9), bytesField(4, random(16)), bytesField(5, random(16)))),
    ],
    ['a fingerprint of 15 bytes', ranges(concat(varintField(2, 9), bytesField(4, random(15))))],
    ['a bound of 17 bytes', ranges(concat(varintField(2, 9), bytesField(3, random(17))))],
    ['a span in hours and µs', ranges(concat(varintField(1, 9), varintField(2, 9)))],
    ['a span after the end', ranges(new Uint8Array(), new Uint8Array())],
    ['a span that does not rise', ranges(varintField(2, 9), bytesField(3, new Uint8Array()))],
    ['a span beyond all clocks', ranges(varintField(2, CLOCK_MAX_US + 2))],
    ['hours beyond all clocks', ranges(varintField(1, 2 ** 50))],
  ])('%s: a failure', (_, bytes) => {
    expect(decodeFrame(bytes)).toMatchObject({ ok: false, failure: { kind: 'malformed' } })
  })

  test('a frame over its limit is not parsed', () => {
    const frame = new Uint8Array(SYNC_FRAME_MAX_BYTES + 1)
    expect(decodeFrame(frame)).toMatchObject({ ok: false, failure: { kind: 'too-large' } })
  })

  test('10,000 malformed frames: no throw, and what is read can be written again', () => {
    let [read, refused] = [0, 0]
    for (let i = 0; i < 10_000; i++) {
      const frame = FRAMES[i % FRAMES.length] ?? HELLO
      const result = decodeFrame(broken(encodeFrame(frame), i))
      if (!result.ok) refused++
      else {
        read++
        const again = decodeFrame(encodeFrame(result.value))
        expect(again).toEqual(result)
      }
    }
    expect(refused).toBeGreaterThan(4_000)
    expect(read).toBeGreaterThan(100)
  })

  test('a frame of the smallest fields takes little memory to read', () => {
    const spans = Array.from({ length: 9_000 }, () => bytesField(1, varintField(2, 1)))
    const smallest = [
      bytesField(2, concat(...spans)),
      bytesField(
        4,
        concat(
          ...Array.from({ length: 16_000 }, () => bytesField(1, bytesField(2, new Uint8Array()))),
        ),
      ).slice(0, SYNC_FRAME_MAX_BYTES),
      bytesField(
        6,
        new Uint8Array(65_000).map((_, i) => (i % 2 === 0 ? 8 : 1)),
      ),
    ]
    const before = process.memoryUsage().heapUsed
    const held = smallest.map(decodeFrame)
    const grown = process.memoryUsage().heapUsed - before
    expect(held.some(({ ok }) => ok)).toBe(true)
    expect(grown).toBeLessThan(64 * 1024 * 1024)
  })
})

/** Bytes turned, cut, put in, or drawn altogether. */
function broken(bytes: Uint8Array, i: number): Uint8Array {
  switch (i % 4) {
    case 0:
      return random(below(200))
    case 1:
      return bytes.slice(0, below(bytes.length + 1))
    case 2:
      return concat(bytes.subarray(0, below(bytes.length)), random(1 + below(8)), bytes)
    default: {
      const turned = bytes.slice()
      for (let n = 0; n <= below(4); n++) turned[below(turned.length)] = below(256)
      return turned
    }
  }
}
