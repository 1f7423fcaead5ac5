import { BASE64URL, type Bytes } from './bytes.ts'

/**
 * An id, or any prefix of one, as bytes that stand in the order of `compareIds`. Bits that fill no
 * byte are spare in what bytes were written as, and else followed by zeros.
 */
export function idBytes(id: string): Bytes {
  const bytes = new Uint8Array(Math.ceil((id.length * 6) / 8))
  let held = 0
  let bits = 0
  let length = 0
  for (let i = 0; i < id.length; i++) {
    held = ((held << 6) | (BASE64URL.indexOf(id.charAt(i)) & 63)) & 0xfff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    bytes[length++] = (held >> bits) & 0xff
  }
  const rest = (held << (8 - bits)) & 0xff
  if (rest !== 0) bytes[length++] = rest
  return bytes.slice(0, length)
}
