import { type Bytes, toBase64url, utf8 } from '../bytes.ts'
import type { Entry } from '../entry.ts'
import type { Position } from '../ids.ts'
import type { Room } from '../room.ts'

const PAGE = 500
const LF = 0x0a
const CR = 0x0d

/**
 * All that this device holds of a room as JSON lines, oldest first (PROTOCOL.md, "The export"):
 * what anybody needs to verify each of them, and nothing else. One part is one line.
 */
export async function exported(room: Room, signal: AbortSignal): Promise<readonly Bytes[]> {
  const lines: Bytes[] = []
  let before: Position | undefined
  for (;;) {
    signal.throwIfAborted()
    const page = await room.page({ limit: PAGE, ...(before === undefined ? {} : { before }) })
    before = page[0]?.position
    // From the newest to the oldest, as a history is read; turned at the end.
    lines.push(...page.map(lineOf).reverse())
    if (before === undefined || page.length < PAGE) return lines.reverse()
  }
}

/** A signed line as it came. What is not one line by itself stands in a line as base64url. */
function lineOf(entry: Entry): Bytes {
  const { form, bytes } = entry
  if (form === 2) return wrapped({ form, proof: toBase64url(bytes) })
  // JSON may be broken over lines between its tokens, and the signature is over just those bytes.
  if (bytes.includes(LF) || bytes.includes(CR)) return wrapped({ form, line: toBase64url(bytes) })
  const line = new Uint8Array(bytes.length + 1)
  line.set(bytes)
  line[bytes.length] = LF
  return line
}

function wrapped(value: object): Bytes {
  return utf8(`${JSON.stringify(value)}\n`)
}
