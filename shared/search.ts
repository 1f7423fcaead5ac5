import type { Entry } from './entry.ts'
import { type EntryId, type PeerId, type Position, START, comparePositions } from './ids.ts'
import type { Room, RoomChange } from './room.ts'

/** What of a room was found, the newest first. */
export interface Findings {
  readonly entries: readonly Entry[]
  /** With those beyond the limit. */
  readonly total: number
  /** Among so many messages, the newest of the room. */
  readonly read: number
  /** Searches further back; absent once all that this device holds was searched. */
  readonly more?: () => Promise<Findings>
}

interface Asked {
  /** Folded; all of them. */
  readonly terms: readonly string[]
  readonly limit: number
  readonly signal: AbortSignal
  /** Nothing of theirs is found. */
  readonly isBlocked: (author: PeerId) => boolean
}

interface Row {
  readonly position: Position
  readonly author: PeerId
  readonly folded: string
}

const PAGE = 500
/** So much is read before the first answer: a device reads some fifteen thousand messages a second. */
const FIRST_ROWS = 2_000
/** Each further answer is about so many times as many messages, so that few of them tell of a long room. */
const STEP = 4
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

/**
 * Searches what this device holds of one room: read once, from the end, as far back as somebody wants
 * to know; and kept up to date in memory.
 */
export class Search {
  readonly #room: Room
  /** The newest first, if they are in order. */
  #rows: Row[] = []
  #inOrder = true
  /** From here on all is among the rows. */
  #oldest: Position | undefined
  /** There is nothing older. */
  #whole = false
  #reading: Promise<void> | undefined
  /** What came and went while a page is read, which may have been read before that, or after. */
  #came: Row[] = []
  readonly #gone = new Set<EntryId>()
  #floor: Position = START
  #listens = false

  constructor(room: Room) {
    this.#room = room
  }

  /** @throws StorageError; AbortError */
  async find(
    query: string,
    limit: number,
    signal: AbortSignal,
    isBlocked: (author: PeerId) => boolean = () => false,
  ): Promise<Findings> {
    const terms = termsOf(query)
    if (terms.length === 0) return { entries: [], total: 0, read: 0 }
    if (!this.#listens)
      this.#room.changes.subscribe((change) => {
        this.#heed(change)
      })
    this.#listens = true
    return this.#findAmong(FIRST_ROWS, { terms, limit, signal, isBlocked })
  }

  async #findAmong(rows: number, asked: Asked): Promise<Findings> {
    while (!this.#whole && this.#rows.length < rows) {
      asked.signal.throwIfAborted()
      await this.#readPage()
    }
    const { ids, total } = this.#matching(asked)
    const read = this.#rows.length
    // With a full list, all that is left to be told is how many there are.
    const next = total < asked.limit ? STEP * Math.max(rows, read) : Infinity
    const more = (): Promise<Findings> => this.#findAmong(next, asked)
    const isWhole = this.#whole
    const entries = await this.#room.get(ids)
    return { entries, total, read, ...(isWhole ? {} : { more }) }
  }

  #matching({ terms, limit, isBlocked }: Asked): {
    readonly ids: readonly EntryId[]
    readonly total: number
  } {
    this.#order()
    const ids: EntryId[] = []
    let total = 0
    for (const { position, author, folded } of this.#rows) {
      if (!terms.every((term) => holds(folded, term)) || isBlocked(author)) continue
      total++
      if (ids.length < limit) ids.push(position.id)
    }
    return { ids, total }
  }

  /** Whoever else wants the next page meanwhile waits for the same one. */
  #readPage(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
      this.#came = []
      this.#forget()
    })
    return this.#reading
  }

  async #read(): Promise<void> {
    const before = this.#oldest
    const page = await this.#room.page({
      limit: PAGE,
      ...(before === undefined ? {} : { before }),
    })
    this.#oldest = page[0]?.position ?? before
    this.#whole = page.length < PAGE
    const rows = rowsOf(page).filter((row) => this.#stands(row))
    this.#rows.push(...rows.reverse())
    this.#add(this.#came.filter((row) => this.#stands(row) && this.#covers(row)))
  }

  #heed(change: RoomChange): void {
    switch (change.kind) {
      case 'entries':
        this.#take(rowsOf(change.entries))
        break
      case 'trimmed':
        this.#floor = change.floor
        this.#drop()
        break
      case 'redated':
        this.#gone.add(change.old)
        this.#drop()
        this.#take(rowsOf([change.entry]))
        break
      case 'passing':
      case 'delivery':
      case 'syncing':
      case 'not-kept':
      case 'damaged':
        break
    }
  }

  #drop(): void {
    this.#rows = this.#rows.filter((row) => this.#stands(row))
    if (this.#reading === undefined) this.#forget()
  }

  #forget(): void {
    this.#gone.clear()
    this.#floor = START
  }

  /** What is older than what was read comes with its page. */
  #take(rows: readonly Row[]): void {
    this.#add(rows.filter((row) => this.#covers(row)))
    if (this.#reading !== undefined) this.#came.push(...rows.filter((row) => !this.#covers(row)))
  }

  #covers({ position }: Row): boolean {
    const oldest = this.#oldest
    return this.#whole || (oldest !== undefined && comparePositions(position, oldest) >= 0)
  }

  #stands({ position }: Row): boolean {
    return comparePositions(position, this.#floor) >= 0 && !this.#gone.has(position.id)
  }

  /** Most are the newest, and come alone. */
  #add(rows: readonly Row[]): void {
    const [first] = rows
    if (first === undefined) return
    const newest = this.#rows[0]
    const isNewest = newest === undefined || comparePositions(first.position, newest.position) > 0
    if (rows.length === 1 && this.#inOrder && isNewest) this.#rows.unshift(first)
    else {
      this.#rows.push(...rows)
      this.#inOrder = false
    }
  }

  /** And each of them once. */
  #order(): void {
    if (this.#inOrder) return
    this.#rows.sort((a, b) => comparePositions(b.position, a.position))
    this.#rows = this.#rows.filter(
      ({ position }, i) => i === 0 || this.#rows[i - 1]?.position.id !== position.id,
    )
    this.#inOrder = true
  }
}

function rowsOf(entries: readonly Entry[]): readonly Row[] {
  return entries.map(({ position, author, content }) => ({
    position,
    author,
    folded: fold(content),
  }))
}
