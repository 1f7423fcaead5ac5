import type { Entry } from './entry.ts'
import { type EntryId, type Position, comparePositions } from './ids.ts'
import type { Room } from './room.ts'

/** What of a room was found, the newest first. */
export interface Findings {
  readonly entries: readonly Entry[]
  /** With those beyond the limit. */
  readonly total: number
}

interface Row {
  readonly position: Position
  readonly folded: string
}

const PAGE = 500
/** Accents of the scripts that mostly go without when one searches; vowels of others are such marks, too. */
const ACCENTS = /[\u0300-\u036f]/g
/** Scripts that put blanks between words: there, a word is found from its beginning. */
const SPACED =
  /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Armenian}\p{N}]/u
const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' })

/** As it is compared: without case, accents, and the many forms of one letter. */
export function fold(text: string): string {
  return text.normalize('NFKD').replace(ACCENTS, '').toLowerCase()
}

/**
 * What must all be in a message, folded: the words of a query, and as they stand those “in quotes”.
 * Languages without blanks between words are cut by `Intl.Segmenter`.
 */
export function termsOf(query: string): readonly string[] {
  const quoted = /["“”„«»]([^"“”„«»]+)["“”„«»]/g
  const phrases = [...query.matchAll(quoted)].map(([, phrase = '']) => fold(phrase).trim())
  const rest = fold(query.replace(quoted, ' ')).trim()
  const segments = [...segmenter.segment(rest)]
  const words = segments.filter(({ isWordLike }) => isWordLike).map(({ segment }) => segment)
  // Signs and emoji are no words.
  const others = words.length === 0 ? rest.split(/\s+/) : words
  return [...new Set([...phrases, ...others])].filter((term) => term !== '')
}

/** Whether `term` stands in `folded`, at the beginning of a word where words have one. */
export function holds(folded: string, term: string): boolean {
  const spaced = SPACED.test(term.charAt(0))
  for (let at = folded.indexOf(term); at >= 0; at = folded.indexOf(term, at + 1))
    if (!spaced || !SPACED.test(folded.charAt(at - 1))) return true
  return false
}

/** Searches what this device holds of one room: read once, and kept up to date in memory. */
export class Search {
  readonly #room: Room
  /** In order. */
  #rows: Row[] = []
  #read: Promise<void> | undefined

  constructor(room: Room) {
    this.#room = room
  }

  /** @throws StorageError; AbortError */
  async find(query: string, limit: number, signal: AbortSignal): Promise<Findings> {
    const terms = termsOf(query)
    if (terms.length === 0) return { entries: [], total: 0 }
    this.#read ??= this.#start(signal).catch((error: unknown) => {
      this.#read = undefined
      throw error
    })
    await this.#read
    const found: EntryId[] = []
    let total = 0
    for (let i = this.#rows.length - 1; i >= 0; i--) {
      const row = this.#rows[i]
      if (row === undefined || !terms.every((term) => holds(row.folded, term))) continue
      total++
      if (found.length < limit) found.push(row.position.id)
    }
    return { entries: await this.#room.get(found), total }
  }

  async #start(signal: AbortSignal): Promise<void> {
    const fresh: Row[] = []
    const stop = this.#room.changes.subscribe((change) => {
      if (change.kind === 'entries') fresh.push(...rowsOf(change.entries))
    })
    const rows: Row[] = []
    let before: Position | undefined
    try {
      for (;;) {
        signal.throwIfAborted()
        const page = await this.#room.page({
          limit: PAGE,
          ...(before === undefined ? {} : { before }),
        })
        rows.push(...rowsOf(page))
        before = page[0]?.position
        if (page.length < PAGE) break
      }
    } finally {
      stop()
    }
    this.#rows = []
    this.#add([...rows, ...fresh])
    this.#room.changes.subscribe((change) => {
      if (change.kind === 'entries') this.#add(rowsOf(change.entries))
      else if (change.kind === 'trimmed')
        this.#rows = this.#rows.filter(
          ({ position }) => comparePositions(position, change.floor) >= 0,
        )
      else if (change.kind === 'redated') {
        this.#rows = this.#rows.filter(({ position }) => position.id !== change.old)
        this.#add(rowsOf([change.entry]))
      }
    })
  }

  /** Most come at the end, in order. */
  #add(rows: readonly Row[]): void {
    const [last, [first]] = [this.#rows.at(-1), rows]
    const inOrder =
      last === undefined ||
      first === undefined ||
      comparePositions(last.position, first.position) < 0
    this.#rows.push(...rows)
    if (inOrder && rows.length <= 1) return
    this.#rows.sort((a, b) => comparePositions(a.position, b.position))
    this.#rows = this.#rows.filter(
      ({ position }, i) => i === 0 || this.#rows[i - 1]?.position.id !== position.id,
    )
  }
}

function rowsOf(entries: readonly Entry[]): readonly Row[] {
  return entries.map(({ position, content }) => ({ position, folded: fold(content) }))
}
