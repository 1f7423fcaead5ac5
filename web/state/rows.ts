import { type EntryId, type PeerId, type Position, comparePositions } from '../../shared/ids.ts'
import { shortPeerId } from '../../shared/names.ts'
import { clashesAmong } from './clashes.ts'
import type { Item, Notice, Passing, Pending, Said } from './items.ts'

/** One line of the log as it is drawn. */
export type Row =
  | { readonly kind: 'day'; readonly key: string; readonly at: number }
  /** From here on it is new. */
  | { readonly kind: 'new'; readonly key: string }
  | {
      readonly kind: 'message'
      readonly key: string
      readonly item: Said | Pending
      /** Of a run of one author: it carries the name. */
      readonly first: boolean
      /** Another key goes by the same name, or one that looks like it: show part of this one. */
      readonly clash: boolean
      /** Its author has said something else under the same number. */
      readonly twin: boolean
    }
  | { readonly kind: 'notice'; readonly key: string; readonly item: Notice }
  | {
      readonly kind: 'passing'
      readonly key: string
      readonly came: readonly string[]
      readonly went: readonly string[]
      readonly renamed: readonly Renamed[]
    }

/** One key's name before, and now. */
export interface Renamed {
  readonly was: string
  readonly name: string
}

/** Messages of one author within so long stand under one name. */
const RUN_US = 2 * 60 * 1_000_000

export interface Setting {
  /** Who goes by a name: in the room now, and me. */
  readonly present: readonly { readonly id: PeerId; readonly name: string }[]
  /** Where "New messages" stands: before what was said here or later. */
  readonly divider?: Position | undefined
}

export function rowsOf(items: readonly Item[], setting: Setting): readonly Row[] {
  const clashes = clashesAmong([...setting.present, ...items.flatMap(namesIn)])
  const twins = twinsIn(items)
  let { divider } = setting
  const rows: Draft[] = []
  let before: Item | undefined
  let today: string | undefined
  for (const item of items) {
    const day = dayOf(item.clock)
    if (today !== day) {
      rows.push({ kind: 'day', key: `day ${day}`, at: item.clock / 1_000 })
      before = undefined
      today = day
    }
    if (divider !== undefined && isFrom(item, divider)) {
      rows.push({ kind: 'new', key: 'new' })
      before = undefined
      divider = undefined
    }
    addRow(rows, item, before, clashes, twins)
    before = item
  }
  return rows.flatMap((row) => (row.kind === 'passing' ? told(row, clashes) : [row]))
}

/** Who came and went in one stretch is told together, once all of it is known. */
type Draft =
  | Exclude<Row, { kind: 'passing' }>
  | { readonly kind: 'passing'; readonly key: string; readonly items: Passing[] }

/** Which key goes by which names. */
function namesIn(item: Item): readonly { readonly id: PeerId; readonly name: string }[] {
  if (item.kind === 'said') return [{ id: item.entry.author, name: item.name }]
  if (item.kind !== 'passing') return []
  const { author, name, was = name } = item
  return [
    { id: author, name: was },
    { id: author, name },
  ]
}

function isFrom(item: Item, position: Position): boolean {
  return item.kind === 'said' && comparePositions(item.entry.position, position) >= 0
}

function addRow(
  rows: Draft[],
  item: Item,
  before: Item | undefined,
  clashes: ReadonlySet<string>,
  twins: ReadonlySet<EntryId>,
): void {
  switch (item.kind) {
    case 'said':
    case 'pending':
      rows.push(
        messageRow(
          item,
          !continues(before, item),
          clashes.has(item.name),
          item.kind === 'said' && twins.has(item.entry.id),
        ),
      )
      return
    case 'notice':
      rows.push({ kind: 'notice', key: item.key, item })
      return
    case 'passing': {
      const last = rows.at(-1)
      if (last?.kind === 'passing') last.items.push(item)
      else rows.push({ kind: 'passing', key: item.key, items: [item] })
    }
  }
}

type MessageRow = Extract<Row, { kind: 'message' }>

/** As it was drawn last: what is the same row is drawn no second time when another page comes. */
const drawn = new WeakMap<Said | Pending, MessageRow>()

function messageRow(
  item: Said | Pending,
  first: boolean,
  clash: boolean,
  twin: boolean,
): MessageRow {
  const last = drawn.get(item)
  if (last?.first === first && last.clash === clash && last.twin === twin) return last
  const row: MessageRow = { kind: 'message', key: item.key, item, first, clash, twin }
  drawn.set(item, row)
  return row
}

/** Each key once, by what is true now: a name alone may be somebody else's. Nothing if all is as it was. */
function told(
  { key, items }: Extract<Draft, { kind: 'passing' }>,
  clashes: ReadonlySet<string>,
): readonly Row[] {
  const all = [...Map.groupBy(items, ({ author }) => author)].map(([author, own]) => {
    const shown = (name: string): string =>
      clashes.has(name) ? `${name} ${shortPeerId(author)}` : name
    const { was, name, passed } = standing(own)
    return { was: shown(was), name: shown(name), passed }
  })
  const namesOf = (how: Passing['how']): readonly string[] =>
    all.filter(({ passed }) => passed === how).map(({ name }) => name)
  const [came, went] = [namesOf('came'), namesOf('went')]
  const renamed = all.filter(({ was, name }) => was !== name)
  return came.length + went.length + renamed.length === 0
    ? []
    : [{ kind: 'passing', key, came, went, renamed }]
}

/** What one key did in a stretch; of whoever has only come, nobody knows the name before. */
function standing(own: readonly Passing[]): Renamed & { readonly passed?: Passing['how'] } {
  const [first, last] = [own[0], own.at(-1)]
  if (first === undefined || last === undefined) throw new Error('nobody passed')
  const { name } = last
  const was = first.how === 'came' ? name : (first.was ?? first.name)
  const passed = own.findLast(({ how }) => how !== 'renamed')?.how
  return { was, name, ...(passed === undefined ? {} : { passed }) }
}

function continues(before: Item | undefined, item: Said | Pending): boolean {
  if (before?.kind !== 'said' && before?.kind !== 'pending') return false
  const sameAuthor = authorOf(before) === authorOf(item) && before.name === item.name
  const action = isAction(before) || isAction(item)
  return sameAuthor && !action && item.clock - before.clock < RUN_US
}

export function authorOf(item: Said | Pending): PeerId | undefined {
  return item.kind === 'said' ? item.entry.author : item.author
}

function isAction(item: Said | Pending): boolean {
  return item.kind === 'said' && (item.entry.kind === 'action' || item.entry.kind === 'topic')
}

/** Each place in an author's log is for one entry: of two, one was not meant for everybody. */
function twinsIn(items: readonly Item[]): ReadonlySet<EntryId> {
  const first = new Map<string, EntryId>()
  const twins = new Set<EntryId>()
  for (const item of items) {
    if (item.kind !== 'said' || item.entry.head === undefined) continue
    const { id, author, head } = item.entry
    const place = `${author} ${head.log} ${head.seq}`
    const other = first.get(place)
    if (other === undefined) first.set(place, id)
    else if (other !== id) twins.add(other).add(id)
  }
  return twins
}

/** Midnight of the reader, not of the writer. */
function dayOf(clock: number): string {
  const date = new Date(clock / 1_000)
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`
}
