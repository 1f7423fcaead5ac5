import { type Inline, parse } from './markdown.ts'

/** How a text reads as it is drawn: what copying it gives, without the signs that it is written with. */
export function plainText(text: string): string {
  // No address is asked for: a link reads the same wherever the page is.
  return parse(text, '')
    .map((block) => (block.kind === 'fence' ? block.code : lettersOf(block.inlines)))
    .join('\n')
}

function lettersOf(inlines: readonly Inline[]): string {
  return inlines
    .map((inline) => {
      if (inline.kind === 'text' || inline.kind === 'code') return inline.text
      if (inline.kind !== 'link') return lettersOf(inline.inlines)
      return inline.host === undefined ? inline.text : `${inline.text} (${inline.host})`
    })
    .join('')
}
