/** A letter, a digit, or what belongs to one: a name does not end before it. */
const IN_WORD = /[\p{L}\p{M}\p{N}_]/u
/** Written without spaces between words: only a dictionary knows where one ends. */
const UNSPACED = /[\p{sc=Thai}\p{sc=Lao}\p{sc=Khmr}\p{sc=Mymr}\p{sc=Hani}\p{sc=Hira}\p{sc=Kana}]/u
/** More of them join no words; and looking at all of them at each turn would take long. */
const DASHES = 8
const SEGMENTER = new Intl.Segmenter(undefined, { granularity: 'word' })

/**
 * Whether a text calls somebody: `@name`, or the name as a whole word, in any case. A name of one
 * letter is also a word that is not meant, so it needs the `@`.
 * @param content at most one message's
 * @param name as it is shown; may have blanks in it
 */
export function mentions(content: string, name: string): boolean {
  const [text, wanted] = [folded(content), folded(name)]
  if (wanted === '') return false
  const isWord = [...wanted].length > 1
  let ends: ReadonlySet<number> | undefined
  const isEnd = (at: number): boolean => (ends ??= wordEnds(text)).has(at)
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1)) {
    const called = text[at - 1] === '@'
    if (!called && !isWord) continue
    const begins = called ? isCall(text, at - 1) : isEdge(text, at, isEnd)
    if (begins && isEdge(text, at + wanted.length, isEnd)) return true
  }
  return false
}

function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

/** Not the `@` of an e-mail address. */
function isCall(text: string, at: number): boolean {
  const before = letterBefore(text, at)
  return !IN_WORD.test(before) || UNSPACED.test(before)
}

/** Whether a word may begin or end between two letters. */
function isEdge(text: string, at: number, isEnd: (at: number) => boolean): boolean {
  const before = letterBefore(text, at)
  const after = /^./su.exec(text.slice(at, at + 2))?.[0] ?? ''
  if (isJoined(text, at, before, after)) return false
  if (!IN_WORD.test(before) || !IN_WORD.test(after)) return true
  return (UNSPACED.test(before) || UNSPACED.test(after)) && isEnd(at)
}

/** `swift-falcon` is somebody other than `swift`, and `falcon` than both. */
function isJoined(text: string, at: number, before: string, after: string): boolean {
  const [from, to] = [Math.max(0, at - DASHES), at + DASHES]
  if (after === '-' && IN_WORD.test(before)) return /^-+[\p{L}\p{N}_]/u.test(text.slice(at, to))
  if (before === '-' && IN_WORD.test(after)) return /[\p{L}\p{N}_]-+$/u.test(text.slice(from, at))
  return false
}

function letterBefore(text: string, at: number): string {
  return /.$/su.exec(text.slice(Math.max(0, at - 2), at))?.[0] ?? ''
}

function wordEnds(text: string): ReadonlySet<number> {
  return new Set([...SEGMENTER.segment(text)].map(({ index }) => index))
}
