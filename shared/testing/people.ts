import { type Bytes, concat, fromBase64url, utf8 } from '../bytes.ts'
import { Entry, shortId } from '../entry.ts'
import type { Result } from '../failure.ts'
import type { Head } from '../history.ts'
import { type Identity, identityOf, peerIdBytesOf } from '../identity.ts'
import type { EntryId, LogId, PeerId, RoomId } from '../ids.ts'
import { type Unsigned, encodePassing } from '../line.ts'
import { type PubsubProof, encodeProof, seqnoBytes, signedFields } from '../pubsub-proof.ts'
import { type RoomKey, roomKeyOf } from '../room-key.ts'

/** Somebody in a test: the same key in every run, so ids and signatures can be written down. */
export interface Person {
  readonly name: string
  readonly peerId: PeerId
  readonly publicKey: Bytes
  readonly identity: Identity
  readonly keys: CryptoKeyPair
}

const SEED_BYTES = 32
/** An Ed25519 private key in PKCS #8 (RFC 8410) is this and the 32-byte seed. */
const PKCS8_HEAD = Uint8Array.of(
  0x30,
  0x2e,
  2,
  1,
  0,
  0x30,
  5,
  6,
  3,
  0x2b,
  0x65,
  0x70,
  4,
  0x22,
  4,
  0x20,
)

/** @param fill every byte of the seed */
export async function person(name: string, fill: number): Promise<Person> {
  const seed = new Uint8Array(SEED_BYTES).fill(fill)
  const privateKey = await crypto.subtle.importKey(
    'pkcs8',
    concat(PKCS8_HEAD, seed),
    'Ed25519',
    true,
    ['sign'],
  )
  const { x = '' } = await crypto.subtle.exportKey('jwk', privateKey)
  const publicBytes = must(fromBase64url(x, SEED_BYTES))
  const publicKey = await crypto.subtle.importKey('raw', publicBytes, 'Ed25519', true, ['verify'])
  const keys = { privateKey, publicKey }
  const identity = await identityOf(keys)
  return { name, peerId: identity.peerId, publicKey: publicBytes, identity, keys }
}

export const alice = await person('alice', 1)
export const bob = await person('bob', 2)
export const carol = await person('carol', 3)
/** Up to no good. */
export const eve = await person('eve', 5)

export const lobby = await roomNamed('lobby')
export const garden = await roomNamed('garden')

/** 2025-01-01, µs: where the clocks of tests start. */
export const NEW_YEAR = 1_735_689_600_000_000

export async function roomNamed(name: string): Promise<RoomKey> {
  return must(await roomKeyOf(name))
}

/** The value of what cannot fail in a test. */
export function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`failed: ${JSON.stringify(result.failure)}`)
  return result.value
}

export function logId(text: string): LogId {
  // 8 bytes are 10 characters and 4 bits of the eleventh: `A` has no spare bits set.
  return text.padEnd(10, '-').slice(0, 10).concat('A') as LogId
}

export interface Said {
  readonly content: string
  readonly room?: RoomId
  readonly clock?: number
  readonly log?: LogId
  readonly seq?: number
  readonly prev?: string
  readonly kind?: string
  readonly target?: EntryId
  readonly body?: Readonly<Record<string, unknown>>
  readonly username?: string
}

export function lineOf(who: Person, said: Said): Unsigned {
  const {
    content,
    room = lobby.id,
    clock = NEW_YEAR,
    log = logId(who.name),
    seq = 1,
    kind = 'text',
  } = said
  const prev = said.prev ?? (seq === 1 ? undefined : shortId('A'.repeat(43) as EntryId))
  return {
    content,
    username: said.username ?? who.name,
    from: who.peerId,
    head: {
      room,
      clock,
      log,
      seq,
      kind,
      ...(prev === undefined ? {} : { prev }),
      ...(said.target === undefined ? {} : { target: said.target }),
      ...(said.body === undefined ? {} : { body: said.body }),
    },
  }
}

/** A form-1 entry at any place one likes. */
export async function entry(who: Person, said: Said): Promise<Entry> {
  return must(await Entry.write(lineOf(who, said), who.identity))
}

/** What `HistoryStore.say` wants: the next line of one's log, a second after the last at the earliest. */
export function saying(
  who: Person,
  content: string,
  room = lobby.id,
): (head: Head) => Promise<Result<Entry>> {
  return ({ clock, ...head }) =>
    Entry.write(
      lineOf(who, { content, room, clock: Math.max(NEW_YEAR, clock + 1_000_000), ...head }),
      who.identity,
    )
}

export interface GoSaid {
  readonly content: string
  readonly topic?: string
  /** Unix seconds */
  readonly timestamp?: number
  readonly seqno?: bigint
  /** What the JSON claims; the Go system lets anyone claim anything. */
  readonly from?: PeerId
  readonly username?: string
}

/** A Go peer's line, as the Go system writes it. */
export function goLine(who: Person, said: GoSaid): Bytes {
  const { content, username = who.name, timestamp = NEW_YEAR / 1_000_000, from = who.peerId } = said
  return utf8(JSON.stringify({ type: 'message', content, username, timestamp, from }))
}

export function goJoin(who: Person, timestamp = NEW_YEAR / 1_000_000): Bytes {
  return encodePassing('join', who.name, timestamp, who.peerId)
}

/** Any payload under a person's pubsub signature, as StrictSign makes it. */
export async function pubsub(
  who: Person,
  data: Bytes,
  topic = 'lobby',
  seqno = 1n,
): Promise<PubsubProof> {
  const unsigned = {
    from: peerIdBytesOf(who.publicKey),
    data,
    seqno: seqnoBytes(seqno),
    topic,
    signature: new Uint8Array(),
  }
  const signature = await who.identity.sign(concat(utf8('libp2p-pubsub:'), signedFields(unsigned)))
  return { ...unsigned, signature }
}

export async function goProof(who: Person, said: GoSaid): Promise<PubsubProof> {
  return pubsub(who, goLine(who, said), said.topic, said.seqno)
}

/** A form-2 entry: a Go peer's line and the pubsub message that proves it. */
export async function goEntry(who: Person, said: GoSaid): Promise<Entry> {
  return must(await Entry.open(2, encodeProof(await goProof(who, said))))
}
