import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Block, type Inline, parse as parseOn } from './markdown.ts'
import { openly } from './openly.ts'
import { hashOnPage, roomAt } from './own-links.ts'

const PAGE = 'https://chat.example/'
const parse = (text: string): readonly Block[] => parseOn(text, PAGE)

/** As a tag language, so that the cases can be read. */
function drawn(blocks: readonly Block[]): string {
  return blocks
    .map((block) =>
      block.kind === 'fence'
        ? `<pre ${block.language}>${block.code}</pre>`
        : `<${block.kind}>${line(block.inlines)}</${block.kind}>`,
    )
    .join('')
}

function line(inlines: readonly Inline[]): string {
  return inlines
    .map((inline) => {
      if (inline.kind === 'text') return inline.text
      if (inline.kind === 'code') return `<code>${inline.text}</code>`
      if (inline.kind === 'link')
        return `<a ${inline.hash ?? inline.href}>${inline.text}</a>${inline.host === undefined ? '' : `(${inline.host})`}`
      return `<${inline.kind}>${line(inline.inlines)}</${inline.kind}>`
    })
    .join('')
}

const one = (text: string): string => drawn(parse(text)).replace(/^<lines>([^]*)<\/lines>$/, '$1')

describe('what is marked', () => {
  test.each([
    ['plain', 'plain'],
    ['', ''],
    [
      '**bold** and *italic* and _italic_',
      '<strong>bold</strong> and <em>italic</em> and <em>italic</em>',
    ],
    ['~~gone~~', '<strike>gone</strike>'],
    ['**bold _and italic_**', '<strong>bold <em>and italic</em></strong>'],
    ['`code *is* code`', '<code>code *is* code</code>'],
    ['``a ` in it``', '<code>a ` in it</code>'],
    ['two\nlines', 'two\nlines'],
    ['snake_case_name and 2*3*4', 'snake_case_name and 2*3*4'],
    ['a * b * c', 'a * b * c'],
    ['**never ended', '**never ended'],
    ['**bold *crossed** over*', '<strong>bold *crossed</strong> over*'],
    ['`never ended', '`never ended'],
    ['ไทย **หนา** ไทย', 'ไทย <strong>หนา</strong> ไทย'],
    // No blanks between words: the marks stand amid the line.
    ['นี่คือ**สำคัญ**มาก', 'นี่คือ<strong>สำคัญ</strong>มาก'],
    ['这是**重要**的', '这是<strong>重要</strong>的'],
    ['<b>&amp;', '<b>&amp;'],
    ['who _knows_ ¯\\_(ツ)_/¯', 'who <em>knows</em> ¯\\_(ツ)_/¯'],
  ])('%j', (text, expected) => {
    expect(one(text)).toBe(expected)
  })

  test.each([
    [
      'see https://example.org/a_b_c.',
      'see <a https://example.org/a_b_c>https://example.org/a_b_c</a>.',
    ],
    ['(https://example.org/x)', '(<a https://example.org/x>https://example.org/x</a>)'],
    ['https://example.org/x_(y)', '<a https://example.org/x_(y)>https://example.org/x_(y)</a>'],
    ['[a bank](https://evil.example/)', '<a https://evil.example/>a bank</a>(evil.example)'],
    [
      '[https://bank.example](https://evil.example/)',
      '<a https://evil.example/>https://bank.example</a>(evil.example)',
    ],
    [
      'https://bank.example@evil.example/',
      '<a https://bank.example@evil.example/>https://bank.example@evil.example/</a>(evil.example)',
    ],
    [
      'http://аpple.example',
      '<a http://xn--pple-43d.example/>http://аpple.example</a>(xn--pple-43d.example)',
    ],
    ['HTTPS://EXAMPLE.org', '<a https://example.org/>HTTPS://EXAMPLE.org</a>'],
    [
      'javascript:alert(1) [x](javascript:alert(1))',
      'javascript:alert(1) [x](javascript:alert(1))',
    ],
    ['[x](data:text/html,x)', '[x](data:text/html,x)'],
    ['https://', 'https://'],
    ['xhttps://example.org', 'xhttps://example.org'],
    [
      '**https://example.org/**',
      '<strong><a https://example.org/>https://example.org/</a></strong>',
    ],
  ])('%j', (text, expected) => {
    expect(one(text)).toBe(expected)
  })

  test.each([
    ['> quoted\n> twice\nnot', '<quote>quoted\ntwice</quote><lines>not</lines>'],
    [
      '```ts\nlet a = `b`\n\n*c*\n```\nafter',
      '<pre ts>let a = `b`\n\n*c*</pre><lines>after</lines>',
    ],
    ['```\nnever ended', '<lines>```\nnever ended</lines>'],
    ['```\nx\n```\n\nafter\n\n', '<pre >x</pre><lines>after</lines>'],
    ['before\n```\nx\n```', '<lines>before</lines><pre >x</pre>'],
  ])('%j', (text, expected) => {
    expect(drawn(parse(text))).toBe(expected)
  })
})

// Without the names of links, which stand instead of their addresses.
const pieces = fc.constantFrom(
  ...'* ** _ ~~ ` `` ``` [ ) https:// https://a.b/ > a ก < & \\'.split(' '),
  '\n',
  ' ',
)
const hostile = fc.array(pieces, { maxLength: 400 }).map((all) => all.join(''))

test('no letter is lost or made up: what is left out is markup alone', () => {
  const letters = (of: string): string => of.replace(/[^aก<&\\]/g, '')
  fc.assert(
    fc.property(hostile, (text) => {
      const drawn = parse(text).map((block) =>
        block.kind === 'fence' ? block.language + block.code : textOf(block.inlines),
      )
      expect(letters(drawn.join(''))).toBe(letters(text))
    }),
  )
})

function textOf(inlines: readonly Inline[]): string {
  return inlines.map((each) => ('inlines' in each ? textOf(each.inlines) : each.text)).join('')
}

test.each(['> ', '**_', '*a **b _c ~~d ', '[', '(', '`', '~~*_**', '- ', '#', '![[a](', '<b>'])(
  '%j two thousand deep is no deeper than each emphasis once',
  (piece) => {
    const depths = parse(piece.repeat(2_000)).map((block) =>
      block.kind === 'fence' ? 0 : deepest(block.inlines),
    )
    expect(Math.max(...depths)).toBeLessThanOrEqual(4)
  },
)

function deepest(inlines: readonly Inline[]): number {
  return Math.max(0, ...inlines.map((each) => ('inlines' in each ? 1 + deepest(each.inlines) : 0)))
}

test('what would show code in another order is named in it', () => {
  expect(openly('if (is\u202Enot\u2066) // ไทย')).toBe('if (is‹U+202E›not‹U+2066›) // ไทย')
})

describe('a room of this chat', () => {
  test.each([
    ['https://chat.example/#/r/garden', '<a #/r/garden>https://chat.example/#/r/garden</a>'],
    ['https://chat.example/', '<a #/>https://chat.example/</a>'],
    ['[roses](https://chat.example/#/r/garden)', '<a #/r/garden>roses</a>(chat.example)'],
    ['meet in #garden.', 'meet in <a #/r/garden>#garden</a>.'],
    ['**#my_room_1**', '<strong><a #/r/my_room_1>#my_room_1</a></strong>'],
    ['_#garden_', '<em><a #/r/garden>#garden</a></em>'],
    ['ไปที่#gardenกัน', 'ไปที่#gardenกัน'],
    ['ไปที่#garden กัน', 'ไปที่<a #/r/garden>#garden</a> กัน'],
    ['(#a) #b,#c', '(<a #/r/a>#a</a>) <a #/r/b>#b</a>,<a #/r/c>#c</a>'],
    ['#1 #42 # #- ##x a#b /#b &#x27; #x/y #é #constructor', undefined],
    [`#${'x'.repeat(65)}`, undefined],
    ['`#garden`', '<code>#garden</code>'],
  ])('%j', (text, expected) => {
    expect(one(text)).toBe(expected ?? text)
  })

  test.each([
    'https://chat.example/?guest#/r/garden',
    'https://chat.example/health',
    'https://chat.example:8443/#/r/garden',
    'http://chat.example/#/r/garden',
    'https://chat.example.evil/#/r/garden',
    'https://chat.example/#composer',
  ])('not at %s', (href) => {
    expect(hashOnPage(href, PAGE)).toBe(undefined)
  })

  test('an invite keeps the relay-nodes that it names', () => {
    const hash = '#/r/garden?relay=/dns4/r.example/tcp/443/wss/p2p/12D3KooW'
    expect(hashOnPage(PAGE + hash, PAGE)).toBe(hash)
  })

  test('is named by what leads there, wherever it is found', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'#aZ0._-/ก é') }),
        fc.nat(40),
        (text, at) => {
          const found = roomAt(text, at)
          if (found === undefined) return
          expect(text.slice(at, found.end)).toBe(`#${found.name}`)
          expect(found.name).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
        },
      ),
    )
  })
})
