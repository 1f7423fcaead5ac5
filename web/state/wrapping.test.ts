import { expect, test } from 'vitest'
import { type Wrap, wrapped } from './wrapping.ts'

/** `[` and `]` stand around what is selected. */
function press(wrap: Wrap, drawn: string): string {
  const start = drawn.indexOf('[')
  const end = drawn.indexOf(']') - 1
  const text = drawn.replace(/[[\]]/g, '')
  const { from, to, by, ...then } = wrapped({ text, start, end }, wrap)
  const now = text.slice(0, from) + by + text.slice(to)
  return `${now.slice(0, then.start)}[${now.slice(then.start, then.end)}]${now.slice(then.end)}`
}

test.each<[Wrap, string, string]>([
  ['bold', 'a [word] here', 'a **[word]** here'],
  ['italic', 'a [word] here', 'a _[word]_ here'],
  ['code', 'a [word] here', 'a `[word]` here'],
  ['bold', 'a [word ]here', 'a **[word]** here'],
  ['bold', '[]', '**[]**'],
  ['bold', 'a[  ]b', 'a**[]**  b'],
  ['bold', 'a **[word]** here', 'a [word] here'],
  ['bold', 'a [**word**] here', 'a [word] here'],
  ['bold', '**[]**', '[]'],
  ['italic', 'a **[word]** here', 'a **_[word]_** here'],
  ['bold', 'a _[word]_ here', 'a _**[word]**_ here'],
  ['bold', '[**]', '**[**]**'],
  ['bold', '[ไทย] ไทย', '**[ไทย]** ไทย'],
  ['code', '[a\nb]', '```\n[a\nb]\n```'],
  ['code', 'so: [a\nb] then', 'so: \n```\n[a\nb]\n```\n then'],
])('%s: %j becomes %j', (wrap, before, after) => {
  expect(press(wrap, before)).toBe(after)
})
