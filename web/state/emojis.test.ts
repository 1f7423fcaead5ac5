import { beforeEach, expect, test } from 'vitest'
import { emojis } from './emoji.ts'
import { Emojis } from './emojis.svelte.ts'

let all: Emojis
let kept: unknown

beforeEach(() => {
  kept = undefined
  all = open()
})

function open(): Emojis {
  return new Emojis({ read: () => kept, write: (used) => (kept = used) })
}

/** What is offered at the end of a text, or at a bar in it. */
async function offered(text: string): Promise<readonly string[]> {
  const caret = text.includes('|') ? text.indexOf('|') : text.length
  const whole = text.replace('|', '')
  await all.heed(whole, caret)
  return all.offer(whole, caret).map(({ value, name }) => `${value} ${name}`)
}

test('each sign stands once, and no name is two signs’', () => {
  const signs = emojis.map(({ sign }) => sign)
  const names = emojis.flatMap((each) => each.names)
  expect(new Set(signs).size).toBe(signs.length)
  expect(new Set(names).size).toBe(names.length)
  expect(
    emojis.filter(({ sign }) => !/^\p{RGI_Emoji}$/v.test(sign)).map(({ sign }) => sign),
  ).toEqual([])
  expect(names.filter((name) => !/^[a-z0-9+-][a-z0-9_+-]*$/.test(name))).toEqual([])
  expect(emojis.filter((each) => each.names.length === 0)).toEqual([])
})

test('a name is completed at the beginning, behind a blank and behind a bracket', async () => {
  const smiles = ['😄 :smile:', '😃 :smiley:', '🥰 :smiling_face_with_three_hearts:']
  for (const text of [':smi', 'well :smi', '(:SMI', 'two\n:smi', ':smi| and more'])
    expect((await offered(text)).slice(0, 3)).toEqual(smiles)
  expect(await offered(':+1')).toEqual(['👍 :+1:'])
  expect(await offered(':-1')).toEqual(['👎 :-1:'])
})

test.each([
  ...['12:30', 'at 12:smi', 'https://smile', 'note:smi', ':30', ':', ':s', ':D', ':-)', ':-D'],
  ...['::smi', ': smi', ':smi le', 'C:\\smile', ':nothingiscalledso', ':smi|le', '|:smile'],
])('nothing is offered for %s', async (text) => {
  expect(await offered(text)).toEqual([])
})

test('the second colon says that the name is whole', async () => {
  expect(await offered(':smile:')).toEqual(['😄 :smile:'])
  expect(await offered(':smi:')).toEqual([])
  expect(await offered('so :smile:)')).toEqual([])
})

test('an exact name comes first, then what begins so, then a part of a name', async () => {
  const hearts = await offered(':heart')
  expect(hearts.slice(0, 3)).toEqual(['❤️ :heart:', '😍 :heart_eyes:', '🫶 :heart_hands:'])
  expect(hearts).toContain('🖤 :black_heart:')
  expect(await offered(':th')).toContain('🇹🇭 :th:')
})

test('it takes the place of what was typed, and the caret stands behind it and a blank', async () => {
  await all.heed('so :tad', 7)
  expect(all.offer('so :tad', 7)[0]).toMatchObject({ text: 'so 🎉 ', caret: 6 })
  expect(all.offer('so :tad and', 7)[0]).toMatchObject({ text: 'so 🎉 and', caret: 6 })
})

test('those that were said last come first, also after a reload', async () => {
  expect((await offered(':heart'))[0]).toBe('❤️ :heart:')
  await all.said('with 🖤 and more')
  expect((await offered(':heart'))[0]).toBe('🖤 :black_heart:')
  await all.said('💔')
  all = open()
  expect((await offered(':heart')).slice(0, 3)).toEqual([
    '💔 :broken_heart:',
    '🖤 :black_heart:',
    '❤️ :heart:',
  ])
})

test('what somebody else has put in its place on the disk is no list of emojis', async () => {
  for (const rubbish of ['🖤', { 0: '🖤' }, [1, null], null]) {
    kept = rubbish
    all = open()
    expect((await offered(':heart'))[0]).toBe('❤️ :heart:')
  }
})
