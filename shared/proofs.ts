import type { Entry } from './entry.ts'
import type { EntryId } from './ids.ts'

/** So many are remembered: 2 MB. A row that is read more seldom is asked again, 0.2 ms. */
const REMEMBERED_MAX = 16_384
const FNV_OFFSET = 0x811c_9dc5
const FNV_PRIME = 0x0100_0193

/**
 * Whose signatures held. An id covers what is signed and not the signature, and a partner that is given
 * a broken one takes it for a forgery: whatever is handed out is asked, once for the same bytes.
 */
export class Proofs {
  /** A checksum of the bytes that held, against what happens to a disk, by id. */
  readonly #held = new Map<EntryId, number>()

  async hold(entry: Entry): Promise<boolean> {
    const sum = checksum(entry.bytes)
    if (this.#held.get(entry.id) === sum) return true
    if (!(await entry.isProved())) return false
    const [oldest] = this.#held.keys()
    if (this.#held.size >= REMEMBERED_MAX && oldest !== undefined) this.#held.delete(oldest)
    this.#held.set(entry.id, sum)
    return true
  }
}

function checksum(bytes: Uint8Array): number {
  let sum = FNV_OFFSET
  for (const byte of bytes) sum = Math.imul(sum ^ byte, FNV_PRIME)
  return sum
}
