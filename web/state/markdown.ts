import { type Link, WORD, linkAt, roomLinkAt } from './links.ts'

/** What stands in a line. */
export type Inline =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: Emphasis; readonly inlines: readonly Inline[] }
  | Link

export type Emphasis = 'strong' | 'em' | 'strike'

export type Block =
  | { readonly kind: 'lines' | 'quote'; readonly inlines: readonly Inline[] }
  | { readonly kind: 'fence'; readonly language: string; readonly code: string }

const FENCE = /^```([\w+#.-]{0,20})\s*$/
const FENCE_END = /^```\s*$/
const QUOTE = /^> ?/

/**
 * Light Markdown: fences, quotes, code, bold, italic, strike and links; all else is text, with its line
 * breaks. Nothing is nested but the emphases in one another, each once: so the time it takes grows with the
 * length of the text and with nothing else, whatever a stranger writes.
 * @param page the page's own address, without the hash
 */
export function parse(text: string, page: string): readonly Block[] {
  const lines = text.split('\n')
  const lastEnd = lines.findLastIndex((line) => FENCE_END.test(line))
  const blocks: Block[] = []
  let run: { kind: 'lines' | 'quote'; lines: string[] } | undefined
  const flush = (): void => {
    while (run?.lines[0]?.trim() === '') run.lines.shift()
    while (run?.lines.at(-1)?.trim() === '') run.lines.pop()
    if (run !== undefined && run.lines.length > 0)
      blocks.push({ kind: run.kind, inlines: inlinesOf(run.lines.join('\n'), page) })
    run = undefined
  }
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? ''
    const language = i < lastEnd ? FENCE.exec(line)?.[1] : undefined
    if (language !== undefined) {
      flush()
      const code: string[] = []
      for (i++; !FENCE_END.test(lines[i] ?? ''); i++) code.push(lines[i] ?? '')
      blocks.push({ kind: 'fence', language, code: code.join('\n') })
      continue
    }
    const kind = QUOTE.test(line) ? 'quote' : 'lines'
    if (run?.kind !== kind) flush()
    run ??= { kind, lines: [] }
    run.lines.push(kind === 'quote' ? line.replace(QUOTE, '') : line)
  }
  flush()
  return blocks
}

const MARKS: ReadonlyMap<string, Emphasis> = new Map([
  ['**', 'strong'],
  ['*', 'em'],
  ['_', 'em'],
  ['~~', 'strike'],
])
/** Where something may begin that is not plain. */
const SPECIAL = /\*\*|[*_[#]|~~|`+|https?:\/\//gi
interface Open {
  readonly mark: string
  readonly inlines: Inline[]
}

function inlinesOf(text: string, page: string): readonly Inline[] {
  const ticks = ticksIn(text)
  const stack: Open[] = [{ mark: '', inlines: [] }]
  let from = 0
  const put = (inline: Inline): void => {
    stack.at(-1)?.inlines.push(inline)
  }
  const putText = (to: number): void => {
    if (to > from) put({ kind: 'text', text: text.slice(from, to) })
    from = to
  }
  SPECIAL.lastIndex = 0
  for (;;) {
    const found = SPECIAL.exec(text)
    if (found === null) break
    const [mark] = found
    const at = found.index
    const whole = mark.startsWith('`')
      ? codeAt(text, at, mark.length, ticks)
      : mark.length > 2 || mark === '['
        ? linkAt(text, at, page)
        : mark === '#'
          ? roomLinkAt(text, at, page)
          : undefined
    if (whole !== undefined) {
      putText(at)
      put(whole.inline)
      from = whole.end
      SPECIAL.lastIndex = whole.end
    } else if (MARKS.has(mark)) emphasise(mark, at)
  }
  putText(text.length)
  while (stack.length > 1) giveUp()
  return joined(stack[0]?.inlines ?? [])

  function emphasise(mark: string, at: number): void {
    const [before, after] = [text[at - 1] ?? ' ', text[at + mark.length] ?? ' ']
    // Behind a backslash it is no mark; and the backslash stays, for it is the arm of ¯\_(ツ)_/¯.
    if (before === '\\') return
    const open = stack.findLastIndex((each) => each.mark === mark)
    if (open > 0 && /\S/.test(before) && !WORD.test(after)) {
      putText(at)
      while (stack.length > open + 1) giveUp()
      const { inlines } = stack.pop() ?? { inlines: [] }
      put({ kind: MARKS.get(mark) ?? 'em', inlines: joined(inlines) })
    } else if (open <= 0 && /\S/.test(after) && !WORD.test(before)) {
      putText(at)
      stack.push({ mark, inlines: [] })
    } else return
    from = at + mark.length
  }

  /** What was begun and never ended was no emphasis. */
  function giveUp(): void {
    const { mark, inlines } = stack.pop() ?? { mark: '', inlines: [] }
    const into = stack.at(-1)?.inlines
    into?.push({ kind: 'text', text: mark })
    for (const inline of inlines) into?.push(inline)
  }
}

/** Texts side by side are one. */
function joined(inlines: readonly Inline[]): readonly Inline[] {
  const all: Inline[] = []
  let texts: string[] = []
  const flush = (): void => {
    if (texts.length > 0) all.push({ kind: 'text', text: texts.join('') })
    texts = []
  }
  for (const inline of inlines) {
    if (inline.kind === 'text') texts.push(inline.text)
    else {
      flush()
      all.push(inline)
    }
  }
  flush()
  return all
}

type Whole = { readonly inline: Inline; readonly end: number } | undefined
/** Where runs of so many backticks begin, the last one first. */
type Ticks = ReadonlyMap<number, number[]>

function ticksIn(text: string): Ticks {
  const runs = [...text.matchAll(/`+/g)].toReversed()
  return new Map(
    [...Map.groupBy(runs, ([run]) => run.length)].map(([length, of]) => [
      length,
      of.map(({ index }) => index),
    ]),
  )
}

/** From one run of backticks to the next of as many. */
function codeAt(text: string, at: number, length: number, ticks: Ticks): Whole {
  const ends = ticks.get(length) ?? []
  while ((ends.at(-1) ?? Infinity) <= at) ends.pop()
  const end = ends.at(-1)
  if (end === undefined) return undefined
  return { inline: { kind: 'code', text: text.slice(at + length, end) }, end: end + length }
}
