import { openly } from './openly.ts'

export interface Piece {
  readonly text: string
  /** Written from right to left: it is drawn apart, so that it moves nothing beside it. */
  readonly turned: boolean
}

/** Hebrew, Arabic and the other scripts of the bidi classes R, AL and AN, with the marks of those classes. */
const TURNED =
  '\\u0590-\\u08FF\\u200F\\uFB1D-\\uFDFF\\uFE70-\\uFEFC\\u{10800}-\\u{10FFF}\\u{1E800}-\\u{1EFFF}'
/** Words of theirs, with what stands between them; no bracket and no quotation mark: those are a sentence's own. */
const RUN = new RegExp(`[${TURNED}]+(?:[\\d ,.!?%+-]+[${TURNED}]+)*`, 'gu')

/**
 * A sentence of ours that names or quotes what somebody has written, or typed: none of it turns the sentence
 * about. What would is shown openly, and all that is left to be turned stands in pieces of its own; the
 * letters outside of them all run one way, ours.
 */
export function sentence(text: string): readonly Piece[] {
  const shown = openly(text)
  const pieces: Piece[] = []
  let from = 0
  const put = (to: number, turned: boolean): void => {
    if (to > from) pieces.push({ text: shown.slice(from, to), turned })
    from = to
  }
  for (const { 0: run, index } of shown.matchAll(RUN)) {
    put(index, false)
    put(index + run.length, true)
  }
  put(shown.length, false)
  return pieces
}
