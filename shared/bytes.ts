import { base58btc } from 'multiformats/bases/base58'
import { type Result, fail, ok } from './failure.ts'

/** Bytes that WebCrypto takes (never over shared memory). */
export type Bytes = Uint8Array<ArrayBuffer>

const encoder = new TextEncoder()
// ignoreBOM: a byte order mark is content like any other; JSON.parse then refuses it, as Go does.
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const lenient = new TextDecoder('utf-8', { ignoreBOM: true })

export function utf8(text: string): Bytes {
  return encoder.encode(text)
}

/** Text of valid UTF-8. */
export function fromUtf8(bytes: Uint8Array): Result<string> {
  try {
    return ok(strict.decode(bytes))
  } catch {
    return fail({ kind: 'malformed', what: 'utf-8' })
  }
}

/** Text of any bytes, with U+FFFD for what is not UTF-8, as Go's JSON decoder reads them. */
export function fromUtf8Leniently(bytes: Uint8Array): string {
  return lenient.decode(bytes)
}

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

/** RFC 4648 §5; its digits are not in the order of their character codes. */
export const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** RFC 4648 §5, without padding. */
export function toBase64url(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(i, i + 3)
    const group = (a << 16) | (b << 8) | c
    const digits = Math.min(3, bytes.length - i) + 1
    for (let d = 0; d < digits; d++) text += BASE64URL.charAt((group >> (18 - 6 * d)) & 63)
  }
  return text
}

/**
 * Only the canonical spelling of exactly `length` bytes is taken: with spare bits set, one
 * signature would have 16 spellings, and one line 16 entries.
 */
export function fromBase64url(text: string, length: number): Result<Bytes> {
  const malformed = fail({ kind: 'malformed', what: 'base64url' })
  if (text.length !== Math.ceil((length * 4) / 3)) return malformed
  const bytes = new Uint8Array(length)
  let held = 0
  let bits = 0
  let at = 0
  for (const character of text) {
    const digit = BASE64URL.indexOf(character)
    if (digit < 0) return malformed
    held = ((held << 6) | digit) & 0xffff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes[at++] = (held >> bits) & 0xff
    }
  }
  return (held & ((1 << bits) - 1)) === 0 ? ok(bytes) : malformed
}

export function toBase58(bytes: Uint8Array): string {
  return base58btc.baseEncode(bytes)
}

export function fromBase58(text: string): Result<Bytes> {
  try {
    return ok(new Uint8Array(base58btc.baseDecode(text)))
  } catch {
    return fail({ kind: 'malformed', what: 'base58' })
  }
}

export async function sha256(...parts: readonly Uint8Array[]): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', concat(...parts)))
}
