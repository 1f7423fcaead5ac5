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
  // `swift-falcon` is somebody other than `swift`, and `falcon` than both.
  if (after === '-' && IN_WORD.test(before))
    return !/^-+[\p{L}\p{N}_]/u.test(text.slice(at, at + DASHES))
  if (before === '-' && IN_WORD.test(after))
    return !/[\p{L}\p{N}_]-+$/u.test(text.slice(Math.max(0, at - DASHES), at))
  if (!IN_WORD.test(before) || !IN_WORD.test(after)) return true
  return (UNSPACED.test(before) || UNSPACED.test(after)) && isEnd(at)
}

function letterBefore(text: string, at: number): string {
  return /.$/su.exec(text.slice(Math.max(0, at - 2), at))?.[0] ?? ''
}

function wordEnds(text: string): ReadonlySet<number> {
  return new Set([...SEGMENTER.segment(text)].map(({ index }) => index))
}
