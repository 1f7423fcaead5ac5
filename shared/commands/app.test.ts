import { expect, test } from 'vitest'
import { type Look, PLAIN } from '../look.ts'
import { en } from '../text/en.ts'
import type { Language } from '../text/languages.ts'
import { th } from '../text/th.ts'
import type { Words } from '../text/words.ts'
import { keys, lang, theme } from './app.ts'
import type { Answer, Context, Screen, Speech } from './command.ts'

/** Somebody before a page that can be dressed, and speaks Thai if its words can be fetched. */
class Reader {
  look: Look = PLAIN
  language: Language = 'en'
  words: Words = en
  #reachable = true

  unplug(): void {
    this.#reachable = false
  }

  async ask(line: string, screen: Partial<Screen> = this.#page()): Promise<Answer | undefined> {
    const [name, ...args] = line.split(' ')
    const command = [keys, theme, lang].find((each) => each.name === name)
    return command?.run(args, { words: this.words, screen } as unknown as Context)
  }

  #page(): Pick<Screen, 'wardrobe' | 'speech'> {
    const speech: Speech = {
      language: this.language,
      speak: (language) => {
        if (!this.#reachable) return Promise.resolve(undefined)
        this.language = language
        this.words = language === 'th' ? th : en
        return Promise.resolve(this.words)
      },
    }
    const wear = (look: Look): void => {
      this.look = look
    }
    return { wardrobe: { look: this.look, wear }, speech }
  }
}

test('alice dresses the page, and is told how it looks now', async () => {
  const alice = new Reader()
  expect((await alice.ask('theme dark'))?.tone).toBe('good')
  await alice.ask('theme COMPACT')
  const larger = await alice.ask('theme larger')
  expect(larger?.picks?.map(({ text }) => text)).toContain('/theme larger')
  expect(alice.look).toEqual({ theme: 'dark', density: 'compact', size: 112.5 })
  const { text, picks } = (await alice.ask('theme')) ?? {}
  // Whoever would rather press than type has each of them as a command.
  expect(picks?.[1]).toEqual({ label: 'Dark colours', text: '/theme dark' })
  expect(text).toMatch(/dark · lines: compact · text: 112.5 %\n.*\/theme.*light, dark, system/)
})

test('a theme that does not exist changes nothing, and what exists is listed', async () => {
  const alice = new Reader()
  expect(await alice.ask('theme blue')).toEqual({
    tone: 'bad',
    text: 'There is no theme “blue”. There are light, dark, system, cosy, compact, larger, smaller, and normal.',
  })
  expect((await alice.ask(`theme ${'x'.repeat(9_999)}`))?.text.length).toBeLessThan(200)
  expect(alice.look).toBe(PLAIN)
})

test('text that is as large as it gets says so', async () => {
  const alice = new Reader()
  for (let i = 0; i < 9; i++) await alice.ask('theme larger')
  expect((await alice.ask('theme larger'))?.text).toBe(
    'Text is at 150 % already, and that is the end of it.',
  )
})

test('in a terminal there is nothing to dress', async () => {
  expect((await new Reader().ask('theme dark', {}))?.tone).toBe('bad')
})

test('somchai switches to Thai and back, by code or by name', async () => {
  const somchai = new Reader()
  expect(await somchai.ask('lang ไทย')).toEqual({
    tone: 'good',
    text: 'ตอนนี้ทุกอย่างที่นี่เป็นภาษาไทยแล้ว',
  })
  expect((await somchai.ask('theme blue'))?.text).toBe(
    'ไม่มีธีมชื่อ “blue” เลือกได้จาก light, dark, system, cosy, compact, larger, smaller หรือ normal',
  )
  expect((await somchai.ask('keys'))?.text).toContain('Shift+Enter: ขึ้นบรรทัดใหม่')
  expect((await somchai.ask('lang en'))?.text).toBe('Everything here is in English now.')
  expect((await somchai.ask('lang'))?.text).toBe(
    'This is English. Change it by /lang and en (English) or th (ไทย).',
  )
})

test('a language that does not exist says so, and what exists is listed', async () => {
  const somchai = new Reader()
  expect(await somchai.ask('lang klingon')).toEqual({
    tone: 'bad',
    text: '“klingon” is not a language of this program. There are en (English) and th (ไทย).',
  })
})

test('a language whose words cannot be fetched leaves the one that is there', async () => {
  const somchai = new Reader()
  somchai.unplug()
  expect((await somchai.ask('lang th'))?.text).toContain('could not be fetched')
  expect(somchai.language).toBe('en')
})
