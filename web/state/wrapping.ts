/** A text in a box, and what of it is selected: UTF-16 offsets, as boxes count. */
export interface Selected {
  readonly text: string
  readonly start: number
  readonly end: number
}

/** A piece of the text that is another one now; then this is selected. */
export interface Edit {
  readonly from: number
  readonly to: number
  readonly by: string
  readonly start: number
  readonly end: number
}

export type Wrap = 'bold' | 'italic' | 'code'

/** Italics by `_`: what stands between `*` could be half of something bold. */
const MARKS: Readonly<Record<Wrap, string>> = { bold: '**', italic: '_', code: '`' }

/**
 * Puts the selection between marks, or takes them away where they stand; several lines of code become a
 * fence. Without a selection, the caret stands between the marks.
 */
export function wrapped(selected: Selected, wrap: Wrap): Edit {
  const { text } = selected
  const [start, end] = withoutBlanks(selected)
  const inner = text.slice(start, end)
  const mark = MARKS[wrap]
  const { length } = mark
  if (wrap === 'code' && inner.includes('\n')) return fenced(text, start, end)
  const around = text.slice(start - length, start) + text.slice(end, end + length)
  if (start >= length && around === mark + mark)
    return {
      from: start - length,
      to: end + length,
      by: inner,
      start: start - length,
      end: end - length,
    }
  if (inner.length > 2 * length && inner.startsWith(mark) && inner.endsWith(mark)) {
    const bare = inner.slice(length, -length)
    return { from: start, to: end, by: bare, start, end: start + bare.length }
  }
  return { from: start, to: end, by: mark + inner + mark, start: start + length, end: end + length }
}

/** A fence has lines of its own. */
function fenced(text: string, start: number, end: number): Edit {
  const before = start === 0 || text[start - 1] === '\n' ? '```\n' : '\n```\n'
  const after = end === text.length || text[end] === '\n' ? '\n```' : '\n```\n'
  const by = before + text.slice(start, end) + after
  return { from: start, to: end, by, start: start + before.length, end: end + before.length }
}

/** A double click selects the blank behind a word too, and marks beside blanks mark nothing. */
function withoutBlanks({ text, start, end }: Selected): readonly [start: number, end: number] {
  const inner = text.slice(start, end)
  if (inner.trim() === '') return [start, start]
  return [end - inner.trimStart().length, start + inner.trimEnd().length]
}
