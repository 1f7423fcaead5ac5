import { type Bytes, concat, equal, toBase64url, utf8 } from '../bytes.ts'
import { Entry, shortId } from '../entry.ts'
import { CONTENT_MAX_POINTS, LINE_MAX_BYTES } from '../limits.ts'
import { appendSignature } from '../line.ts'
import { encodeProof } from '../pubsub-proof.ts'
import {
  NEW_YEAR,
  type Person,
  alice,
  bob,
  entry,
  eve,
  garden,
  goLine,
  goProof,
  lobby,
  lineOf,
  logId,
  must,
  pubsub,
} from './people.ts'

/** Named bytes: what every version accepts or refuses. */
export type Specimens = readonly (readonly [name: string, bytes: Bytes])[]

export async function goodLines(): Promise<Specimens> {
  const one = await entry(alice, { content: 'Hello' })
  const two = await entry(alice, {
    content: 'Hello again',
    seq: 2,
    prev: shortId(one.id),
    clock: NEW_YEAR + 1,
  })
  const written = must(await Entry.open(1, two.bytes))
  const three = await entry(alice, {
    content: '👍 to: Hello',
    seq: 3,
    prev: shortId(written.id),
    clock: NEW_YEAR + 2_500_000,
    kind: 'reaction',
    target: one.id,
    body: { emoji: '👍' },
  })
  const four = await entry(bob, { content: 'สวัสดี «שלום» 👩‍👩‍👧 \u2028"\\/\u0007', room: garden.id })
  return [
    ['the first of a log', one.bytes],
    ['the second names the first', two.bytes],
    ['a kind, a target and a body', three.bytes],
    ['text of many scripts', four.bytes],
    [
      'an action',
      (await entry(bob, { content: '* bob waves', kind: 'action', seq: 2, clock: NEW_YEAR + 1 }))
        .bytes,
    ],
    [
      'a kind that nobody knows yet',
      (await entry(bob, { content: 'from tomorrow', kind: 'hologram-2' })).bytes,
    ],
    ['keys that nobody knows yet', await signed(bob, { ...fields(bob), later: { a: [null] } })],
    ['keys in another order, spaces between', await signedText(bob, spaced(bob))],
    [
      'content of the greatest length',
      (await entry(bob, { content: '𝄞'.repeat(CONTENT_MAX_POINTS - 400) })).bytes,
    ],
    ['no content', (await entry(bob, { content: '' })).bytes],
  ]
}

export async function refusedLines(): Promise<Specimens> {
  const good = await entry(alice, { content: 'Hello' })
  const base = fields(alice)
  const forged = await signed(eve, { ...base })
  return [
    ['a signature in a spelling that is not canonical', respelled(good.bytes)],
    ['content changed after signing', replaced(good.bytes, 'Hello', 'Hallo')],
    ['a key changed after signing', replaced(good.bytes, '"seq":1', '"seq":1 ')],
    ["another's name on it: `from` is alice's, the signature eve's", forged],
    ['the signature is not the last key', replaced(good.bytes, '"sig":"', '"gis":"')],
    ['something after the signature', concat(good.bytes, utf8('\n'))],
    ['padding in the signature', replaced(good.bytes, '"}', '=="}')],
    [
      'base64 of the other alphabet in the room',
      await signed(alice, { ...base, room: `+${base.room.slice(1)}` }),
    ],
    ['spare bits in the log', await signed(alice, { ...base, log: `${base.log.slice(0, 10)}B` })],
    ['a room that is too short', await signed(alice, { ...base, room: base.room.slice(1) })],
    ['seq 1 with a prev', await signed(alice, { ...base, prev: shortId(good.id) })],
    ['seq 2 without a prev', await signed(alice, { ...base, seq: 2 })],
    ['seq 0', await signed(alice, { ...base, seq: 0 })],
    ['seq no integer', await signed(alice, { ...base, seq: 1.5 })],
    ['clock and timestamp disagree', await signed(alice, { ...base, clock: NEW_YEAR + 1_000_000 })],
    [
      'clock beyond the greatest',
      await signed(alice, { ...base, clock: 9_007_199_254_740_991, timestamp: 9_007_199_254 }),
    ],
    ['a kind out of shape', await signed(alice, { ...base, kind: 'Text' })],
    ['a target out of shape', await signed(alice, { ...base, target: 'x' })],
    ['a body that is a list', await signed(alice, { ...base, body: [] })],
    ['a version to come', await signed(alice, { ...base, v: 2 })],
    ['a join with v', await signed(alice, { ...base, type: 'join' })],
    ['no v: a line of the Go system is no form 1', goLine(alice, { content: 'Hello' })],
    ['`from` is no peer id', await signed(alice, { ...base, from: 'alice' })],
    ['a key in other letters', await signed(alice, { ...base, Username: 'eve' })],
    ['a key with a long s', await signed(alice, { ...base, 'u\u017Fername': 'eve' })],
    [
      'a null where Go would keep an earlier value',
      await signed(alice, { ...base, username: null }),
    ],
    ['no username', await signed(alice, { ...base, username: '' })],
    ['timestamp 0', await signed(alice, { ...base, timestamp: 0 })],
    ['timestamp with a point', await signedText(alice, respelledTimestamp(base, '.0'))],
    ['a type that nobody knows', await signed(alice, { ...base, type: 'shout' })],
    ['not JSON', utf8('Hello')],
    ['a list', utf8('[1]')],
    ['nothing', new Uint8Array()],
    ['broken UTF-8', brokenText(good.bytes)],
    ['a byte order mark', concat(utf8('\uFEFF'), good.bytes)],
    [
      'content too long',
      await signed(alice, { ...base, content: 'x'.repeat(CONTENT_MAX_POINTS + 1) }),
    ],
    ['line too long', await signed(alice, { ...base, body: { x: 'x'.repeat(LINE_MAX_BYTES) } })],
  ]
}

export async function goodProofs(): Promise<Specimens> {
  return [
    [
      'a message of the Go system',
      encodeProof(
        await goProof(bob, { content: 'Hello from Go', seqno: 1_735_689_600_123_456_789n }),
      ),
    ],
    [
      'in the default room',
      encodeProof(await goProof(bob, { content: 'Hello', topic: 'p2p-chat-default', seqno: 2n })),
    ],
    [
      'a later second',
      encodeProof(await goProof(bob, { content: 'x', timestamp: 1_735_689_601, seqno: 999_999n })),
    ],
    [
      'unknown keys',
      encodeProof(await pubsub(bob, utf8(JSON.stringify({ ...goFields(bob), extra: 1 })))),
    ],
    ['timestamp 1', encodeProof(await goProof(bob, { content: 'early', timestamp: 1 }))],
  ]
}

export async function refusedProofs(): Promise<Specimens> {
  const proof = await goProof(bob, { content: 'Hello from Go', seqno: 7n })
  const bytes = encodeProof(proof)
  const ours = await entry(alice, { content: 'Hello' })
  const of = async (value: object): Promise<Bytes> =>
    encodeProof(await pubsub(bob, utf8(JSON.stringify(value))))
  return [
    ['content changed after signing', replaced(bytes, 'Hello', 'Hallo')],
    ['said in another room', replaced(bytes, 'lobby', 'lobbi')],
    ['another seqno', encodeProof({ ...proof, seqno: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 8) })],
    [
      "`from` in the line is another's",
      encodeProof(await goProof(eve, { content: 'I am bob', from: bob.peerId })),
    ],
    [
      "another's signature",
      encodeProof({ ...proof, signature: (await pubsub(eve, proof.data, 'lobby', 7n)).signature }),
    ],
    ['a form-1 line inside', encodeProof(await pubsub(alice, ours.bytes))],
    ['a join', await of({ ...goFields(bob), type: 'join' })],
    ['a seqno of four bytes', encodeProof({ ...proof, seqno: new Uint8Array(4) })],
    ['a signature too short', encodeProof({ ...proof, signature: new Uint8Array(63) })],
    ['a signer that is no Ed25519 key', encodeProof({ ...proof, from: new Uint8Array(34) })],
    ['bytes after the end', concat(bytes, Uint8Array.of(0))],
    ['cut short', bytes.slice(0, -1)],
    ['a field in two spellings of its length', longSpelling(bytes)],
    ['a topic that is no room', encodeProof(await pubsub(bob, proof.data, '__proto__'))],
    ['timestamp too great', await of({ ...goFields(bob), timestamp: 9_000_000_001 })],
    ['timestamp below 1', await of({ ...goFields(bob), timestamp: -5 })],
    ['timestamp no integer', await of({ ...goFields(bob), timestamp: 1.5 })],
    [
      'timestamp with a point',
      encodeProof(await pubsub(bob, utf8(respelledTimestamp(goFields(bob), '.0')))),
    ],
    [
      'timestamp with an exponent',
      encodeProof(await pubsub(bob, utf8(respelledTimestamp(goFields(bob), 'e0')))),
    ],
    ['not JSON', encodeProof(await pubsub(bob, utf8('Hello')))],
    ['nothing', new Uint8Array()],
    ['too large', encodeProof({ ...proof, data: new Uint8Array(2 * LINE_MAX_BYTES) })],
  ]
}

/** A line of `who` as an object, to be spoiled. */
function fields(
  who: Person,
): Readonly<Record<string, unknown>> & { readonly room: string; readonly log: string } {
  const { head, ...line } = lineOf(who, { content: 'Hello' })
  const { clock, seq, kind } = head
  return {
    type: 'message',
    ...line,
    timestamp: Math.floor(clock / 1_000_000),
    v: 1,
    room: lobby.id,
    clock,
    log: logId(who.name),
    seq,
    kind,
  }
}

function goFields(who: Person): object {
  return {
    type: 'message',
    content: 'Hello',
    username: who.name,
    timestamp: NEW_YEAR / 1_000_000,
    from: who.peerId,
  }
}

/** The same number to JavaScript, no integer to Go. */
function respelledTimestamp(line: object, ending: string): string {
  return JSON.stringify(line).replace(/("timestamp":\d+)/, `$1${ending}`)
}

function spaced(who: Person): string {
  return JSON.stringify(Object.fromEntries(Object.entries(fields(who)).reverse())).replaceAll(
    ',"',
    ' ,\t"',
  )
}

async function signed(who: Person, value: object): Promise<Bytes> {
  return signedText(who, JSON.stringify(value))
}

async function signedText(who: Person, text: string): Promise<Bytes> {
  const signature = await who.identity.sign(concat(utf8('p2p-chat/line/1\n'), utf8(text)))
  return appendSignature(utf8(text), toBase64url(signature))
}

/** Sets the spare bits of the last character: the same 64 bytes to a careless reader. */
function respelled(line: Bytes): Bytes {
  const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const copy = line.slice()
  const at = copy.length - 3
  const digit = ALPHABET.indexOf(String.fromCharCode(copy[at] ?? 0))
  copy[at] = ALPHABET.charCodeAt(digit | 1)
  if (equal(copy, line)) throw new Error('no spare bits')
  return copy
}

function replaced(bytes: Bytes, from: string, to: string): Bytes {
  const [a, b] = [utf8(from), utf8(to)]
  for (let i = bytes.length - a.length; i >= 0; i--) {
    if (equal(bytes.subarray(i, i + a.length), a))
      return concat(bytes.subarray(0, i), b, bytes.subarray(i + a.length))
  }
  throw new Error(`no ${from}`)
}

function brokenText(line: Bytes): Bytes {
  const copy = line.slice()
  copy[copy.length - 200] = 0xff
  return copy
}

/** 38, the length of the first field, in two bytes instead of one. */
function longSpelling(bytes: Bytes): Bytes {
  return concat(bytes.subarray(0, 1), Uint8Array.of(0x80 | 38, 0), bytes.subarray(2))
}
