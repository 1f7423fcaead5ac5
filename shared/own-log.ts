import { fromBase64url } from './bytes.ts'
import { type Entry, shortId } from './entry.ts'
import type { LogId, PeerId, ShortId } from './ids.ts'
import { SHORT_ID_BYTES } from './limits.ts'

/** Where one's own log goes on in a room. `author` tells one's own entries from a forger's. */
export interface OwnHead {
  readonly author: PeerId
  /** The seq that the next entry gets. */
  readonly seq: number
  readonly prev: ShortId
}

/** The name of a log is so many random bytes. */
export const LOG_BYTES = 8

/** What a disk gives back may be anything: under a name that is none, nothing could be said ever again. */
export function isLogId(value: unknown): value is LogId {
  return typeof value === 'string' && fromBase64url(value, LOG_BYTES).ok
}

/** What a disk gives back may be anything. */
export function isOwnHead(value: unknown): value is OwnHead {
  if (typeof value !== 'object' || value === null) return false
  const { author, seq, prev } = value as Partial<Record<keyof OwnHead, unknown>>
  return (
    typeof author === 'string' &&
    typeof prev === 'string' &&
    fromBase64url(prev, SHORT_ID_BYTES).ok &&
    Number.isSafeInteger(seq) &&
    // The first entry has none before it.
    Number(seq) > 1
  )
}

/** Where the log goes on after `entry`, which has `seq` in it. */
export function headAfter({ author, id }: Entry, seq: number): OwnHead {
  return { author, seq: seq + 1, prev: shortId(id) }
}

/**
 * One's own entries among what came in that this disk lost, or that were never on it, and where the
 * head then stands. Without a head nothing was said here yet: a log's name alone proves no author.
 */
export function takenBack(
  head: OwnHead | undefined,
  own: LogId,
  entries: readonly Entry[],
): { readonly returned: ReadonlySet<Entry>; readonly head: OwnHead | undefined } {
  if (head === undefined) return { returned: new Set(), head }
  const returned = entries.filter(({ author, log }) => author === head.author && log === own)
  const next = returned.reduce((latest, entry) => {
    const seq = entry.head?.seq ?? 0
    return seq >= latest.seq ? headAfter(entry, seq) : latest
  }, head)
  return { returned: new Set(returned), head: next }
}
