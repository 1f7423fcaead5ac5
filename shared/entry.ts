import { BASE64URL, type Bytes, concat, sha256, toBase64url, utf8 } from './bytes.ts'
import { type Result, fail, ok } from './failure.ts'
import {
  type Identity,
  SIGNATURE_BYTES,
  peerIdOf,
  publicKeyIn,
  publicKeyOf,
  verify,
} from './identity.ts'
import type { EntryId, LogId, PeerId, Position, RoomId, ShortId } from './ids.ts'
import {
  type Line,
  type LineHead,
  type Unsigned,
  appendSignature,
  encodeUnsigned,
  parseLine,
  splitSignature,
} from './line.ts'
import { decodeProof, seqnoOf, signedFields } from './pubsub-proof.ts'
import { roomKeyOf } from './room-key.ts'

/** 1: a line that proves itself. 2: a Go peer's line inside the pubsub message that proves it. */
export type Form = 1 | 2

const LINE_DOMAIN = utf8('p2p-chat/line/1\n')
const ENTRY_DOMAIN = utf8('p2p-chat/entry/1\n')
const PUBSUB_DOMAIN = utf8('libp2p-pubsub:')
const SEQNO_CLOCK_US = 1_000_000n

interface Checked {
  readonly id: EntryId
  readonly room: RoomId
  readonly clock: number
  readonly author: PeerId
  readonly line: Line
  readonly form: Form
  readonly bytes: Bytes
}

/**
 * Something said, and the proof of who said it. An instance exists only if its bytes were
 * checked: the constructor is private in effect (it wants what only this module makes), and a
 * spread copy lacks the `#private` field, so it is not an Entry.
 */
export class Entry {
  readonly #checked: Checked

  constructor(checked: Checked, key: typeof MINT) {
    if (key !== MINT)
      throw new Error('entries are made by Entry.open, Entry.write and Entry.restore')
    this.#checked = checked
  }

  get id(): EntryId {
    return this.#checked.id
  }
  get room(): RoomId {
    return this.#checked.room
  }
  /** µs since 1970 */
  get clock(): number {
    return this.#checked.clock
  }
  get position(): Position {
    return { clock: this.clock, id: this.id }
  }
  get author(): PeerId {
    return this.#checked.author
  }
  /** What the author called themselves, as it came. */
  get username(): string {
    return this.#checked.line.username
  }
  get content(): string {
    return this.#checked.line.content
  }
  get kind(): string {
    return this.head?.kind ?? 'text'
  }
  /** Only form 1 has a place in a log. */
  get head(): LineHead | undefined {
    return this.#checked.line.head
  }
  get log(): LogId | undefined {
    return this.head?.log
  }
  get form(): Form {
    return this.#checked.form
  }
  /** As they came; kept and served so, never encoded again. */
  get bytes(): Bytes {
    return this.#checked.bytes
  }

  /** Whether the signature is its author's: of what was only restored nobody has asked yet. */
  isProved(): Promise<boolean> {
    return proved(this)
  }

  /** Signs a line of one's own. */
  static async write(line: Unsigned, identity: Identity): Promise<Result<Entry>> {
    const unsigned = encodeUnsigned(line)
    if (!unsigned.ok) return unsigned
    const signature = await identity.sign(concat(LINE_DOMAIN, unsigned.value))
    return inspect(1, appendSignature(unsigned.value, toBase64url(signature)))
  }

  /** Checks bytes from anywhere: size, shape, proof. The room is the caller's to compare. */
  static async open(form: Form, bytes: Uint8Array): Promise<Result<Entry>> {
    const entry = await inspect(form, bytes)
    if (!entry.ok) return entry
    return (await proved(entry.value)) ? entry : fail({ kind: 'bad-signature' })
  }

  /**
   * Reads back what this device checked and stored. The id covers every signed byte, so equal
   * ids prove that nothing was changed since; a corrupt row fails.
   */
  static async restore(form: Form, bytes: Uint8Array, id: EntryId): Promise<Result<Entry>> {
    const entry = await inspect(form, bytes)
    if (!entry.ok) return entry
    return entry.value.id === id ? entry : fail({ kind: 'malformed', what: 'stored entry' })
  }
}

const MINT = Symbol('mint')

/** The first 16 bytes of an id, base64url: how a line names the one before it. */
export function shortId(id: EntryId): ShortId {
  // 16 bytes end inside character 22, of which only the two high bits count.
  const last = BASE64URL.charAt(BASE64URL.indexOf(id.charAt(21)) & 0b110000)
  return (id.slice(0, 21) + last) as ShortId
}

async function inspect(form: Form, bytes: Uint8Array): Promise<Result<Entry>> {
  const own = new Uint8Array(bytes)
  return form === 1 ? inspectLine(own) : inspectProof(own)
}

async function inspectLine(bytes: Bytes): Promise<Result<Entry>> {
  const line = parseLine(bytes)
  if (!line.ok) return line
  const { head, from } = line.value
  if (head === undefined) return fail({ kind: 'malformed', what: 'form' })
  if (!publicKeyOf(from).ok) return fail({ kind: 'malformed', what: 'from' })
  const split = splitSignature(bytes)
  if (!split.ok) return split
  const id = await idOf(split.value.unsigned)
  const author = from as PeerId
  return ok(
    new Entry(
      { id, room: head.room, clock: head.clock, author, line: line.value, form: 1, bytes },
      MINT,
    ),
  )
}

async function inspectProof(bytes: Bytes): Promise<Result<Entry>> {
  const proof = decodeProof(bytes)
  if (!proof.ok) return proof
  const line = parseLine(proof.value.data)
  if (!line.ok) return line
  if (line.value.head !== undefined || line.value.type !== 'message')
    return fail({ kind: 'malformed', what: 'form' })
  const key = publicKeyIn(proof.value.from)
  if (!key.ok || proof.value.signature.length !== SIGNATURE_BYTES)
    return fail({ kind: 'malformed', what: 'pubsub proof' })
  const author = peerIdOf(key.value)
  if (line.value.from !== author) return fail({ kind: 'not-the-signer' })
  const room = await roomKeyOf(proof.value.topic)
  if (!room.ok) return room
  const id = await idOf(signedFields(proof.value))
  // A function of the proof alone, so every device gives a Go peer's line the same place.
  const clock = line.value.timestamp * 1_000_000 + Number(seqnoOf(proof.value) % SEQNO_CLOCK_US)
  return ok(
    new Entry({ id, room: room.value.id, clock, author, line: line.value, form: 2, bytes }, MINT),
  )
}

async function proved(entry: Entry): Promise<boolean> {
  if (entry.form === 1) {
    const split = splitSignature(entry.bytes)
    return (
      split.ok &&
      verify(entry.author, split.value.signature, concat(LINE_DOMAIN, split.value.unsigned))
    )
  }
  const proof = decodeProof(entry.bytes)
  return (
    proof.ok &&
    verify(entry.author, proof.value.signature, concat(PUBSUB_DOMAIN, signedFields(proof.value)))
  )
}

async function idOf(signed: Uint8Array): Promise<EntryId> {
  return toBase64url(await sha256(ENTRY_DOMAIN, signed)) as EntryId
}
