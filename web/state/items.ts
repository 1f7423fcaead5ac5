import type { Answer } from '../../shared/commands/command.ts'
import type { Entry } from '../../shared/entry.ts'
import type { Failure } from '../../shared/failure.ts'
import { type EntryId, type PeerId, compareIds } from '../../shared/ids.ts'
import { shortPeerId, shownName } from '../../shared/names.ts'

/** What can stand in the log. `clock` is in µs since 1970 and orders it. */
export type Item = Said | Pending | Notice | Passing

interface Placed {
  /** Stays the same while the thing is on the screen, also when a pending message is stored. */
  readonly key: string
  readonly clock: number
}

export interface Said extends Placed {
  readonly kind: 'said'
  readonly entry: Entry
  readonly name: string
  readonly late: boolean
}

/** Mine, written and not yet stored: the only thing shown that no store has. */
export interface Pending extends Placed {
  readonly kind: 'pending'
  readonly content: string
  readonly author: PeerId | undefined
  readonly name: string
  readonly failure?: Failure
}

/** For me alone: what a command answered, or a connection that came or went. */
export interface Notice extends Placed {
  readonly kind: 'notice'
  readonly answer: Answer
  /** What I had typed, if it answers something. */
  readonly asked?: string
}

/** Somebody came, went or goes by another name; never stored. */
export interface Passing extends Placed {
  readonly kind: 'passing'
  readonly author: PeerId
  readonly name: string
  readonly how: 'came' | 'went' | 'renamed'
  /** What they went by until then, if they are renamed. */
  readonly was?: string
}

export function said(entry: Entry, late: boolean): Said {
  const name = shownName(entry.username, shortPeerId(entry.author))
  return { kind: 'said', key: entry.id, clock: entry.clock, entry, name, late }
}

function idOf(item: Item): EntryId | '' {
  return item.kind === 'said' ? item.entry.id : ''
}

/** Order `(clock, id)`, as in the history; what is no entry stands before those of the same µs. */
function isBefore(a: Item, b: Item): boolean {
  return a.clock !== b.clock ? a.clock < b.clock : compareIds(idOf(a), idOf(b)) < 0
}

/** Puts things where they belong; most belong at the end. */
export function place(items: readonly Item[], added: readonly Item[]): readonly Item[] {
  const placed = [...items]
  for (const item of added) {
    let at = placed.length
    for (
      let before = placed[at - 1];
      before !== undefined && isBefore(item, before);
      before = placed[at - 1]
    )
      at--
    placed.splice(at, 0, item)
  }
  return placed
}
