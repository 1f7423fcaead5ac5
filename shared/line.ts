import { fromBase64url, fromUtf8, fromUtf8Leniently, utf8 } from './bytes.ts'
import { type Failure, type Result, fail, ok } from './failure.ts'
import type { EntryId, LogId, PeerId, RoomId } from './ids.ts'
import { isRecord, spellings } from './json.ts'
import {
  CLOCK_MAX_US,
  CONTENT_MAX_POINTS,
  LINE_MAX_BYTES,
  TIMESTAMP_MAX_S,
  USERNAME_MAX_BYTES,
} from './limits.ts'

/** What people say: one line of JSON. The first five keys are the Go system's; the rest it ignores. */
export interface Line {
  readonly type: 'message' | 'join' | 'leave'
  readonly content: string
  /** As it came; `shownName` makes it fit for a screen. */
  readonly username: string
  /** Unix seconds. */
  readonly timestamp: number
  /** The peer id that the line claims; only proved once it equals the signer. */
  readonly from: string
  /** What form 1 adds; without it the line is a Go peer's. */
  readonly head?: LineHead
}

/** The signed part that only our own lines carry. */
export interface LineHead {
  readonly room: RoomId
  /** µs since 1970; orders the room. */
  readonly clock: number
  readonly log: LogId
  /** Counts from 1 in its log and room. */
  readonly seq: number
  /** First 16 bytes of the id of `seq − 1`, base64url; absent for 1. */
  readonly prev?: string
  /** `text`, `action`, …; unknown ones are kept and relayed. */
  readonly kind: string
  readonly target?: EntryId
  readonly body?: Readonly<Record<string, unknown>>
}

/** A line of ours before it is signed. */
export type Unsigned = Omit<Line, 'type' | 'head' | 'timestamp'> & { readonly head: LineHead }

const ID_BYTES = 32
const PREV_BYTES = 16
const LOG_BYTES = 8
const KIND = /^[a-z][a-z0-9-]{0,31}$/
/** `,"sig":"` + 86 characters + `"}` */
const TAIL_BYTES = 8 + 86 + 2
const TAIL = /,"sig":"([A-Za-z0-9_-]{86})"\}$/
const SIGNATURE_BYTES = 64
const INTEGER_SPELLING = /^-?\d+$/

/** Code points, without building an array of them. */
export function countPoints(text: string): number {
  let points = 0
  for (const _ of text) points++
  return points
}

/** Measured before anything is stored, so that the composer can say which limit was exceeded. */
export function checkContent(content: string): Result<string> {
  if (content.trim() === '') return fail({ kind: 'nothing-to-say' })
  // 4,000 points are at most 8,000 units: no need to walk a pasted megabyte.
  const points = content.length > 4 * CONTENT_MAX_POINTS ? content.length : countPoints(content)
  return points > CONTENT_MAX_POINTS
    ? fail({ kind: 'too-large', limit: CONTENT_MAX_POINTS, actual: points, unit: 'characters' })
    : ok(content)
}

/** The line without its `sig`: what is signed (behind "p2p-chat/line/1\n"). */
export function encodeUnsigned(line: Unsigned): Result<Uint8Array<ArrayBuffer>> {
  const { head } = line
  const text = JSON.stringify({
    type: 'message',
    content: line.content,
    username: line.username,
    timestamp: Math.floor(head.clock / 1_000_000),
    from: line.from,
    v: 1,
    room: head.room,
    clock: head.clock,
    log: head.log,
    seq: head.seq,
    prev: head.prev,
    kind: head.kind,
    target: head.target,
    body: head.body,
  })
  const bytes = utf8(text)
  const size = bytes.length + TAIL_BYTES - 1
  return size > LINE_MAX_BYTES
    ? fail({ kind: 'too-large', limit: LINE_MAX_BYTES, actual: size, unit: 'bytes' })
    : ok(bytes)
}

/** The whole line: the unsigned one with its signature as the last key. */
export function appendSignature(unsigned: Uint8Array, signature: string): Uint8Array<ArrayBuffer> {
  const tail = utf8(`,"sig":"${signature}"}`)
  const whole = new Uint8Array(unsigned.length - 1 + tail.length)
  whole.set(unsigned.subarray(0, -1))
  whole.set(tail, unsigned.length - 1)
  return whole
}

/** Splits a form-1 line into what was signed and the signature; only the canonical spelling passes. */
export function splitSignature(bytes: Uint8Array): Result<{
  readonly unsigned: Uint8Array<ArrayBuffer>
  readonly signature: Uint8Array<ArrayBuffer>
}> {
  if (bytes.length <= TAIL_BYTES) return malformed('signature')
  const text = fromUtf8Leniently(bytes.subarray(-TAIL_BYTES))
  const signature = fromBase64url(TAIL.exec(text)?.[1] ?? '', SIGNATURE_BYTES)
  if (!signature.ok) return malformed('signature')
  const unsigned = new Uint8Array(bytes.length - TAIL_BYTES + 1)
  unsigned.set(bytes.subarray(0, -TAIL_BYTES))
  unsigned[unsigned.length - 1] = '}'.charCodeAt(0)
  return ok({ unsigned, signature: signature.value })
}

/** A join or leave as the Go system writes them. They are no entries: no `v`, `log`, `seq` or `sig`. */
export function encodePassing(
  type: 'join' | 'leave',
  username: string,
  timestamp: number,
  from: PeerId,
): Uint8Array<ArrayBuffer> {
  const content = type === 'join' ? `${username} joined the chat` : `${username} left the chat`
  return utf8(JSON.stringify({ type, content, username, timestamp, from }))
}

/**
 * Size, then JSON, then shape. `refused-by-all` only for what the Go system's validator surely
 * refuses as well, since it is what a forwarder is punished for.
 */
export function parseLine(bytes: Uint8Array): Result<Line> {
  if (bytes.length > LINE_MAX_BYTES) {
    return fail({ kind: 'too-large', limit: LINE_MAX_BYTES, actual: bytes.length, unit: 'bytes' })
  }
  const json = fromUtf8Leniently(bytes)
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return fail({ kind: 'refused-by-all', what: 'not JSON' })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return fail({ kind: 'refused-by-all', what: 'not an object' })
  }
  const fields = new Map(Object.entries(value))
  if (hasOtherSpellings(fields)) return malformed('keys')
  // Of a key given twice, Go takes the last that is not null: it may read what we do not see.
  if (['type', 'username', 'timestamp'].some((key) => fields.get(key) === null))
    return malformed('null')
  const refused = refusedByGo(fields, json)
  if (refused !== undefined) return fail(refused)
  // Go reads broken UTF-8 as U+FFFD and forwards it, so this is no reason to punish anyone.
  const text = fromUtf8(bytes)
  return text.ok ? readLine(fields) : text
}

type Fields = ReadonlyMap<string, unknown>

/** Go matches keys without regard to case, so it may read another value than we do: never a `reject`. */
function hasOtherSpellings(fields: Fields): boolean {
  const known = ['type', 'content', 'username', 'timestamp', 'from']
  // Up, then down: Go's folding takes U+017F for s and U+212A for k as well.
  return [...fields.keys()].some(
    (key) => !known.includes(key) && known.includes(key.toUpperCase().toLowerCase()),
  )
}

function refusedByGo(fields: Fields, json: string): Failure | undefined {
  const refuse = (what: string): Failure => ({ kind: 'refused-by-all', what })
  const type = fields.get('type')
  if (type !== 'message' && type !== 'join' && type !== 'leave') return refuse('type')
  const username = fields.get('username')
  if (typeof username !== 'string' || username === '') return refuse('username')
  const timestamp = fields.get('timestamp')
  if (!Number.isInteger(timestamp) || timestamp === 0 || misspellsTimestamp(json))
    return refuse('timestamp')
  return undefined
}

/** Go's parser takes an integer for one only if it is written as one, each time that the key is given. */
function misspellsTimestamp(json: string): boolean {
  return spellings(json).some(
    ([key, spelling]) =>
      key === 'timestamp' && spelling !== 'null' && !INTEGER_SPELLING.test(spelling),
  )
}

function readLine(fields: Fields): Result<Line> {
  const type = fields.get('type') as Line['type']
  const username = fields.get('username') as string
  const timestamp = fields.get('timestamp') as number
  const content = fields.get('content')
  const from = fields.get('from')
  if (typeof content !== 'string' || countPoints(content) > CONTENT_MAX_POINTS)
    return malformed('content')
  if (username.length > USERNAME_MAX_BYTES) return malformed('username')
  if (typeof from !== 'string') return malformed('from')
  if (timestamp < 1 || timestamp > TIMESTAMP_MAX_S) return malformed('timestamp')
  const line = { type, content, username, timestamp, from }
  if (!fields.has('v')) return ok(line)
  if (fields.get('v') !== 1) return fail({ kind: 'newer-version' })
  if (type !== 'message') return malformed('type')
  const head = readHead(fields)
  if (!head.ok) return head
  if (Math.floor(head.value.clock / 1_000_000) !== timestamp) return malformed('clock')
  return ok({ ...line, head: head.value })
}

function readHead(fields: Fields): Result<LineHead> {
  const room = fields.get('room')
  const clock = fields.get('clock')
  const log = fields.get('log')
  const seq = fields.get('seq')
  const prev = fields.get('prev')
  const kind = fields.get('kind')
  const target = fields.get('target')
  const body = fields.get('body')
  if (!isBase64url(room, ID_BYTES)) return malformed('room')
  if (!isCount(clock) || clock > CLOCK_MAX_US) return malformed('clock')
  if (!isBase64url(log, LOG_BYTES)) return malformed('log')
  if (!isCount(seq)) return malformed('seq')
  if (seq === 1 ? prev !== undefined : !isBase64url(prev, PREV_BYTES)) return malformed('prev')
  if (typeof kind !== 'string' || !KIND.test(kind)) return malformed('kind')
  if (target !== undefined && !isBase64url(target, ID_BYTES)) return malformed('target')
  if (body !== undefined && !isRecord(body)) return malformed('body')
  return ok({
    room: room as RoomId,
    clock,
    log: log as LogId,
    seq,
    kind,
    ...(prev === undefined ? {} : { prev: prev as string }),
    ...(target === undefined ? {} : { target: target as EntryId }),
    ...(body === undefined ? {} : { body }),
  })
}

function isBase64url(value: unknown, length: number): value is string {
  return typeof value === 'string' && fromBase64url(value, length).ok
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1
}

function malformed(what: string): { readonly ok: false; readonly failure: Failure } {
  return fail({ kind: 'malformed', what })
}
