import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { groupsOf } from './fairness.ts'

/** Where a packet came from. */
export interface Source {
  readonly family: 'IPv4' | 'IPv6'
  readonly address: string
  readonly port: number
}

/** RFC 8489 §5. */
const BINDING_REQUEST = 0x0001
const BINDING_SUCCESS = 0x0101
const BINDING_ERROR = 0x0111
const MAGIC_COOKIE = 0x2112_a442
const COOKIE_AT = 4
const HEADER_BYTES = 20
const TRANSACTION_BYTES = 12
/** A request has to fit into the smallest IPv4 packet that everybody passes on (RFC 8489 §6.1). */
export const REQUEST_MAX_BYTES = 548

const ATTRIBUTE_HEADER_BYTES = 4
const ERROR_CODE = 0x0009
const UNKNOWN_ATTRIBUTES = 0x000a
const XOR_MAPPED_ADDRESS = 0x0020
const FINGERPRINT = 0x8028
const FINGERPRINT_XOR = 0x5354_554e
/** Below it are the attributes without which the request means something else. */
const OPTIONAL_FROM = 0x8000
/** USERNAME, MESSAGE-INTEGRITY, REALM, NONCE, …: of no use here, where everybody is answered. */
const OF_AUTHENTICATION = new Set([0x0006, 0x0008, 0x0014, 0x0015, 0x001c, 0x001d, 0x001e])

/**
 * The answer to a STUN binding request, which tells its sender how others see them; nothing to
 * whatever else comes. It carries that one address alone: 32 bytes, or 44 over IPv6, to a request of at least 20.
 */
export function answerBinding(request: Buffer, source: Source): Buffer | undefined {
  if (!isBindingRequest(request)) return undefined
  const attributes = attributesOf(request)
  if (attributes === undefined) return undefined
  const transaction = request.subarray(COOKIE_AT, HEADER_BYTES)
  const unknown = attributes.filter((type) => type < OPTIONAL_FROM && !OF_AUTHENTICATION.has(type))
  if (unknown.length > 0) return message(BINDING_ERROR, transaction, refusal(unknown))
  const mapped = xorMapped(source, transaction)
  return mapped === undefined ? undefined : message(BINDING_SUCCESS, transaction, mapped)
}

/** A question of one's own: its answer has the same 16 bytes after the first four. */
export function bindingRequest(): Buffer {
  const transaction = Buffer.concat([Buffer.alloc(4), randomBytes(TRANSACTION_BYTES)])
  transaction.writeUInt32BE(MAGIC_COOKIE, 0)
  return message(BINDING_REQUEST, transaction, Buffer.alloc(0))
}

/** How the server saw who asked it, `192.0.2.7:40000`; nothing if this is no answer to that request, or of IPv6. */
export function mappedIn(answer: Buffer, request: Buffer): string | undefined {
  if (answer.length < HEADER_BYTES || answer.readUInt16BE(0) !== BINDING_SUCCESS) return undefined
  const transaction = request.subarray(COOKIE_AT, HEADER_BYTES)
  if (!answer.subarray(COOKIE_AT, HEADER_BYTES).equals(transaction)) return undefined
  let at = HEADER_BYTES
  while (at + ATTRIBUTE_HEADER_BYTES + 8 <= answer.length) {
    const length = answer.readUInt16BE(at + 2)
    const value = answer.subarray(at + ATTRIBUTE_HEADER_BYTES)
    if (answer.readUInt16BE(at) === XOR_MAPPED_ADDRESS && length === 8 && value[1] === 1) {
      const address = [4, 5, 6, 7].map((i) => (value[i] ?? 0) ^ transaction.readUInt8(i - 4))
      return `${address.join('.')}:${value.readUInt16BE(2) ^ (MAGIC_COOKIE >>> 16)}`
    }
    at += ATTRIBUTE_HEADER_BYTES + padded(length)
  }
  return undefined
}

function isBindingRequest(packet: Buffer): boolean {
  return (
    packet.length >= HEADER_BYTES &&
    packet.length <= REQUEST_MAX_BYTES &&
    packet.readUInt16BE(0) === BINDING_REQUEST &&
    packet.readUInt16BE(2) === packet.length - HEADER_BYTES &&
    packet.readUInt32BE(COOKIE_AT) === MAGIC_COOKIE
  )
}

/** The types of all attributes, or nothing if they do not fill the message or its checksum is wrong. */
function attributesOf(packet: Buffer): readonly number[] | undefined {
  const types: number[] = []
  let at = HEADER_BYTES
  while (at < packet.length) {
    if (packet.length - at < ATTRIBUTE_HEADER_BYTES) return undefined
    const type = packet.readUInt16BE(at)
    const length = packet.readUInt16BE(at + 2)
    const end = at + ATTRIBUTE_HEADER_BYTES + padded(length)
    if (end > packet.length) return undefined
    if (type === FINGERPRINT && !hasTrueFingerprint(packet, at, end, length)) return undefined
    types.push(type)
    at = end
  }
  return types
}

/** It stands last, and covers what is before it (RFC 8489 §14.7). */
function hasTrueFingerprint(packet: Buffer, at: number, end: number, length: number): boolean {
  if (length !== 4 || end !== packet.length) return false
  const expected = (crc32(packet.subarray(0, at)) ^ FINGERPRINT_XOR) >>> 0
  return packet.readUInt32BE(at + ATTRIBUTE_HEADER_BYTES) === expected
}

function message(type: number, transaction: Buffer, attributes: Buffer): Buffer {
  const header = Buffer.alloc(COOKIE_AT)
  header.writeUInt16BE(type, 0)
  header.writeUInt16BE(attributes.length, 2)
  return Buffer.concat([header, transaction, attributes])
}

function attribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(ATTRIBUTE_HEADER_BYTES + padded(value.length))
  bytes.writeUInt16BE(type, 0)
  bytes.writeUInt16BE(value.length, 2)
  value.copy(bytes, ATTRIBUTE_HEADER_BYTES)
  return bytes
}

/** 420; each unknown attribute costs its sender four bytes and us two. */
function refusal(unknown: readonly number[]): Buffer {
  const types = Buffer.alloc(2 * unknown.length)
  unknown.forEach((type, i) => types.writeUInt16BE(type, 2 * i))
  return Buffer.concat([
    attribute(ERROR_CODE, Buffer.from([0, 0, 4, 20])),
    attribute(UNKNOWN_ATTRIBUTES, types),
  ])
}

/** Masked, since some NATs rewrite every address that they find in a packet (RFC 8489 §14.2). */
function xorMapped(source: Source, transaction: Buffer): Buffer | undefined {
  const address = addressBytes(source)
  if (address === undefined) return undefined
  const value = Buffer.alloc(4 + address.length)
  value.writeUInt8(source.family === 'IPv4' ? 1 : 2, 1)
  value.writeUInt16BE(source.port ^ (MAGIC_COOKIE >>> 16), 2)
  address.forEach((byte, i) => {
    value.writeUInt8(byte ^ transaction.readUInt8(i), 4 + i)
  })
  return attribute(XOR_MAPPED_ADDRESS, value)
}

function addressBytes({ family, address }: Source): readonly number[] | undefined {
  const [ip = ''] = address.split('%', 1)
  const bytes =
    family === 'IPv4'
      ? ip.split('.').map(Number)
      : groupsOf(ip).flatMap((group) => [group >> 8, group & 0xff])
  const whole = bytes.length === (family === 'IPv4' ? 4 : 16)
  return whole && bytes.every((byte) => byte >= 0 && byte <= 0xff) ? bytes : undefined
}

function padded(length: number): number {
  return Math.ceil(length / 4) * 4
}
