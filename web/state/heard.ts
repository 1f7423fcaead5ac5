import type { Entry } from '../../shared/entry.ts'
import type { PeerId } from '../../shared/ids.ts'
import { type Said, said } from './items.ts'

/** Read aloud one after the other; of more at once the newest. */
const HEARD_MAX = 8
/** Messages travel in seconds, and clocks are not all the same: what is older was said to others, and comes as history. */
export const LIVE_MS = 20_000
/** What this version can read aloud; the rest may be no message at all. */
export const SPOKEN: ReadonlySet<string> = new Set(['text', 'action'])

/**
 * What others have said since the reader turned to something else: the newest of it, in order.
 * @param entries the log, in order
 * @param known what stood there by then
 * @param at when that was, ms since 1970: what is older and comes in now is history
 */
export function heardSince(
  entries: readonly Entry[],
  known: ReadonlySet<string>,
  at: number,
  me: PeerId | undefined,
): readonly Said[] {
  const since = (at - LIVE_MS) * 1_000
  return entries
    .filter(
      ({ id, kind, author, clock }) =>
        !known.has(id) && SPOKEN.has(kind) && author !== me && clock >= since,
    )
    .slice(-HEARD_MAX)
    .map((entry) => said(entry, false))
}
