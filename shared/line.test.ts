import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { utf8 } from './bytes.ts'
import { CONTENT_MAX_POINTS, LINE_MAX_BYTES } from './limits.ts'
import {
  appendSignature,
  checkContent,
  countPoints,
  encodePassing,
  encodeUnsigned,
  parseLine,
  splitSignature,
} from './line.ts'
import { NEW_YEAR, alice, goLine, lineOf, must } from './testing/people.ts'

const goFields = {
  type: 'message',
  content: 'Hello',
  username: 'user_8532',
  timestamp: 1_642_345_678,
  from: alice.peerId,
}
/** Go's line with its timestamp written like this, and under this spelling of the key. */
const spelled = (timestamp: string, key = 'timestamp'): string =>
  JSON.stringify(goFields).replace('"timestamp":1642345678', `"${key}":${timestamp}`)
const parsed = (value: unknown): string => {
  const line = parseLine(utf8(typeof value === 'string' ? value : JSON.stringify(value)))
  return line.ok ? 'taken' : line.failure.kind
}

describe('parseLine', () => {
  test("takes the Go system's lines as they are", () => {
    expect(must(parseLine(goLine(alice, { content: 'Hello' })))).toEqual({
      ...goFields,
      username: 'alice',
      timestamp: NEW_YEAR / 1_000_000,
    })
    expect(parsed(goFields)).toBe('taken')
    expect(parsed(spelled(' 1642345678 ', '\\u0074imestamp'))).toBe('taken')
    expect(parsed({ ...goFields, content: '"timestamp":1.5', extra: { timestamp: 1.5 } })).toBe(
      'taken',
    )
    expect(parsed({ ...goFields, type: 'join' })).toBe('taken')
    expect(parsed({ ...goFields, extra: { deep: [1] } })).toBe('taken')
  })

  test.each([
    ['no type', { ...goFields, type: undefined }],
    ['another type', { ...goFields, type: 'ping' }],
    ['no username', { ...goFields, username: undefined }],
    ['an empty username', { ...goFields, username: '' }],
    ['a username that is a number', { ...goFields, username: 7 }],
    ['no timestamp', { ...goFields, timestamp: undefined }],
    ['timestamp 0', { ...goFields, timestamp: 0 }],
    ['a timestamp with a fraction', { ...goFields, timestamp: 1.5 }],
    ['a timestamp in quotes', { ...goFields, timestamp: '1642345678' }],
    ['a timestamp with a point', spelled('1642345678.0')],
    ['a timestamp with an exponent', spelled('1e9')],
    ['a timestamp with an exponent, under an escaped key', spelled('1E9', '\\u0074imestamp')],
    ['a timestamp that is no integer the first time', spelled('1.5,"timestamp":1642345678')],
    ['not JSON', 'Hello'],
    ['half of it', '{"type":"message"'],
    ['a number', '7'],
    ['null', 'null'],
    ['a list', '[]'],
  ])('blames for what Go surely refuses: %s', (_, value) => {
    expect(parsed(value)).toBe('refused-by-all')
  })

  test.each([
    [
      'keys that Go reads without regard to case',
      { ...goFields, username: undefined, UserName: 'x' },
    ],
    ['a long s, which Go takes for s', { ...goFields, timestamp: undefined, 'time\u017Ftamp': 5 }],
    [
      'a null over an earlier value',
      `{"username":"x",${JSON.stringify({ ...goFields, username: null }).slice(1)}`,
    ],
    ['a timestamp beyond 64 bits', { ...goFields, timestamp: 2 ** 64 }],
    ['a negative timestamp, which Go takes', { ...goFields, timestamp: -1 }],
    ['a timestamp beyond ours', { ...goFields, timestamp: 9_000_000_001 }],
    ['no content', { ...goFields, content: undefined }],
    ['no from', { ...goFields, from: undefined }],
    ['a name of 2 KiB', { ...goFields, username: 'x'.repeat(2_048) }],
  ])('only ignores what Go may forward: %s', (_, value) => {
    expect(parsed(value)).toBe('malformed')
  })

  test('ignores broken UTF-8, which Go reads as U+FFFD and forwards', () => {
    const bytes = utf8(JSON.stringify(goFields))
    bytes[bytes.indexOf('H'.charCodeAt(0))] = 0xff
    expect(parseLine(bytes)).toEqual({ ok: false, failure: { kind: 'malformed', what: 'utf-8' } })
  })

  test('looks at the size before anything else', () => {
    expect(parseLine(new Uint8Array(LINE_MAX_BYTES + 1))).toMatchObject({
      ok: false,
      failure: { kind: 'too-large' },
    })
  })

  test('never throws, whatever comes, and leaves Object.prototype alone', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.json().map(utf8)), (bytes) => {
        parseLine(bytes)
      }),
      { numRuns: 2_000 },
    )
    parseLine(utf8(`{"__proto__":{"polluted":1},${JSON.stringify(goFields).slice(1)}`))
    parseLine(utf8('['.repeat(LINE_MAX_BYTES)))
    expect('polluted' in {}).toBe(false)
  })
})

describe('a signed line', () => {
  test('splits into what was signed and the signature, and only in the canonical spelling', () => {
    const unsigned = must(encodeUnsigned(lineOf(alice, { content: 'Hello' })))
    const signature = `${'_'.repeat(85)}w`
    const split = must(splitSignature(appendSignature(unsigned, signature)))
    expect(split.unsigned).toEqual(unsigned)
    expect(split.signature).toEqual(new Uint8Array(64).fill(255))
    expect(splitSignature(appendSignature(unsigned, `${'_'.repeat(85)}x`)).ok).toBe(false)
    expect(splitSignature(unsigned).ok).toBe(false)
    expect(splitSignature(new Uint8Array()).ok).toBe(false)
  })

  test("has the Go system's five keys first, and the second of its clock", () => {
    const unsigned = must(
      encodeUnsigned(lineOf(alice, { content: 'Hello', clock: NEW_YEAR + 1_999_999 })),
    )
    const value = JSON.parse(new TextDecoder().decode(unsigned)) as Record<string, unknown>
    expect(Object.keys(value).slice(0, 6)).toEqual([
      'type',
      'content',
      'username',
      'timestamp',
      'from',
      'v',
    ])
    expect(value['timestamp']).toBe(NEW_YEAR / 1_000_000 + 1)
  })
})

describe('content', () => {
  test('is measured in code points', () => {
    expect(countPoints('𝄞👋é')).toBe(3)
    expect(checkContent('𝄞'.repeat(CONTENT_MAX_POINTS)).ok).toBe(true)
    const longer = checkContent('𝄞'.repeat(CONTENT_MAX_POINTS + 1))
    expect(longer).toEqual({
      ok: false,
      failure: {
        kind: 'too-large',
        limit: CONTENT_MAX_POINTS,
        actual: CONTENT_MAX_POINTS + 1,
        unit: 'characters',
      },
    })
    expect(checkContent('x'.repeat(5_000_000))).toMatchObject({
      ok: false,
      failure: { kind: 'too-large' },
    })
  })

  test('of blanks alone is nothing to say', () => {
    expect(checkContent(' \n\t\u00A0')).toEqual({ ok: false, failure: { kind: 'nothing-to-say' } })
  })
})

test("join and leave read as the Go system's", () => {
  const join = must(parseLine(encodePassing('join', 'swift-falcon', 1_642_345_678, alice.peerId)))
  expect(join).toEqual({
    type: 'join',
    content: 'swift-falcon joined the chat',
    username: 'swift-falcon',
    timestamp: 1_642_345_678,
    from: alice.peerId,
  })
  expect(must(parseLine(encodePassing('leave', 'x', 1, alice.peerId))).content).toBe(
    'x left the chat',
  )
})
