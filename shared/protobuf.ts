import { type Bytes, concat } from './bytes.ts'

/** Of a field of a protobuf message, its number and what it holds. */
export interface Field {
  readonly number: number
  /** Of a varint field; 0 of any other. */
  readonly value: number
  /** Of a length-delimited field, a view of the message; empty of any other. */
  readonly bytes: Uint8Array
}

const VARINT = 0
const FIXED64 = 1
const LENGTH_DELIMITED = 2
const FIXED32 = 5
const NOTHING = new Uint8Array()

/** @param value a safe integer ≥ 0 */
export function varint(value: number): Bytes {
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`no varint: ${value}`)
  const bytes: number[] = []
  // Not by shifts: clocks have more than 32 bits.
  while (value >= 0x80) {
    bytes.push((value % 0x80) | 0x80)
    value = Math.floor(value / 0x80)
  }
  bytes.push(value)
  return Uint8Array.from(bytes)
}

export function bytesField(number: number, value: Uint8Array): Bytes {
  return concat(varint(number * 8 + LENGTH_DELIMITED), varint(value.length), value)
}

/** Nothing for 0, which is what an absent field means. */
export function varintField(number: number, value: number): Bytes {
  return value === 0 ? new Uint8Array() : concat(varint(number * 8 + VARINT), varint(value))
}

/** A varint at `at`; undefined if it ends too early or is no safe integer. */
export function readVarint(
  bytes: Uint8Array,
  at: number,
): { readonly value: number; readonly end: number } | undefined {
  let value = 0
  let scale = 1
  for (;;) {
    const byte = bytes[at++]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * scale
    if (!Number.isSafeInteger(value)) return undefined
    if (byte < 0x80) return { value, end: at }
    scale *= 0x80
    // Eight groups of seven bits hold every safe integer.
    if (scale > 2 ** 49) return undefined
  }
}

/** The fields of a message in the order they came; undefined if it is none. */
export function readFields(bytes: Uint8Array): readonly Field[] | undefined {
  const fields: Field[] = []
  let at = 0
  while (at < bytes.length) {
    const tag = readVarint(bytes, at)
    if (tag === undefined || tag.value < 8) return undefined
    const read = readField(bytes, tag.end, tag.value % 8)
    if (read === undefined || read.end > bytes.length) return undefined
    fields.push({ number: Math.floor(tag.value / 8), value: read.value, bytes: read.bytes })
    at = read.end
  }
  return fields
}

/** Of a field that comes twice the last counts, as protobuf has it. */
export function lastOf(fields: readonly Field[], number: number): Field | undefined {
  return fields.findLast((field) => field.number === number)
}

function readField(
  bytes: Uint8Array,
  at: number,
  type: number,
): { readonly value: number; readonly bytes: Uint8Array; readonly end: number } | undefined {
  switch (type) {
    case VARINT: {
      const read = readVarint(bytes, at)
      return read && { ...read, bytes: NOTHING }
    }
    case FIXED64:
      return { value: 0, bytes: NOTHING, end: at + 8 }
    case LENGTH_DELIMITED: {
      const length = readVarint(bytes, at)
      if (length === undefined) return undefined
      const end = length.end + length.value
      return { value: 0, bytes: bytes.subarray(length.end, end), end }
    }
    case FIXED32:
      return { value: 0, bytes: NOTHING, end: at + 4 }
    default:
      return undefined
  }
}
