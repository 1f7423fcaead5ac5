import { LOOK_WORDS, changedLook } from '../look.ts'
import { ALL_LANGUAGES, LANGUAGES, languageNamed } from '../text/languages.ts'
import type { CommandName, Words } from '../text/words.ts'
import { type Command, type Pick, findCommand, signature } from './command.ts'

export const help: Command = {
  name: 'help',
  aliases: [],
  group: 'app',
  arguments: [{ name: 'command', kind: 'command', optional: true }],
  example: '/help join',
  run([name], { words, commands }) {
    const wanted = name?.replace(/^\//, '')
    const one = wanted === undefined ? undefined : findCommand(commands, wanted)
    if (wanted !== undefined && one === undefined) {
      const text = words.failure({ kind: 'unknown-command', name: wanted })
      return Promise.resolve({ tone: 'bad', text })
    }
    const line = (command: Command): string => {
      const also = command.aliases.map((alias) => `/${alias}`).join(', ')
      const summary = words.summaries[command.name as CommandName]
      return `${signature(command)} — ${summary}${also === '' ? '' : ` (${words.aliases(also)})`}`
    }
    if (one !== undefined) return Promise.resolve({ tone: 'plain', text: line(one) })
    const groups = [...Map.groupBy(commands, ({ group }) => group)]
    const lines = groups.flatMap(([group, all]) => [
      words.groups[group],
      ...all.map((each) => `  ${line(each)}`),
    ])
    return Promise.resolve({ tone: 'plain', text: [words.commandsTitle(), ...lines].join('\n') })
  },
}

export const keys: Command = {
  name: 'keys',
  aliases: [],
  group: 'app',
  arguments: [],
  example: '/keys',
  run: (_, { words }) => Promise.resolve({ tone: 'plain', text: words.keys().join('\n') }),
}

/** Each change one press away: whoever reads what can be had need not type it. */
function looksOf(words: Words, all = LOOK_WORDS): readonly Pick[] {
  return all.map((word) => ({ label: words.lookWords[word], text: `/theme ${word}` }))
}

export const theme: Command = {
  name: 'theme',
  aliases: [],
  group: 'app',
  arguments: [{ name: 'look', kind: 'text', optional: true, choices: LOOK_WORDS }],
  example: '/theme dark',
  run([word], { words, screen: { wardrobe } }) {
    if (wardrobe === undefined) return Promise.resolve({ tone: 'bad', text: words.noLook() })
    const { look } = wardrobe
    if (word === undefined) {
      const text = [words.look(look), words.looks(LOOK_WORDS)].join('\n')
      return Promise.resolve({ tone: 'plain', text, picks: looksOf(words) })
    }
    const changed = changedLook(look, word)
    if (changed === undefined)
      return Promise.resolve({ tone: 'bad', text: words.noSuchLook(word, LOOK_WORDS) })
    const stuck = /^(larger|smaller)$/i.test(word) && changed.size === look.size
    if (stuck) return Promise.resolve({ tone: 'plain', text: words.textAtEnd(look.size) })
    wardrobe.wear(changed)
    const answer = { tone: 'good', text: words.look(changed) } as const
    // Who makes text larger may want it larger still.
    const picks = looksOf(words, ['larger', 'smaller', 'normal'])
    return Promise.resolve(changed.size === look.size ? answer : { ...answer, picks })
  },
}

/** `th (ไทย)` */
const SPOKEN_HERE = ALL_LANGUAGES.map((language) => `${language} (${LANGUAGES[language]})`)

export const lang: Command = {
  name: 'lang',
  aliases: ['language'],
  group: 'app',
  arguments: [{ name: 'language', kind: 'text', optional: true, choices: ALL_LANGUAGES }],
  example: '/lang th',
  async run([typed], { words, screen: { speech } }) {
    const language = typed === undefined ? undefined : languageNamed(typed)
    if (typed !== undefined && language === undefined)
      return { tone: 'bad', text: words.noSuchLanguage(typed, SPOKEN_HERE) }
    if (language === undefined || speech === undefined || speech.language === language) {
      const now = speech?.language ?? words.locale
      const picks = ALL_LANGUAGES.map((each) => ({ label: LANGUAGES[each], text: `/lang ${each}` }))
      return { tone: 'plain', text: words.language(LANGUAGES[now], SPOKEN_HERE), picks }
    }
    const spoken = await speech.speak(language)
    return spoken === undefined
      ? { tone: 'bad', text: words.notSpoken(LANGUAGES[language]) }
      : { tone: 'good', text: spoken.spoken() }
  },
}

export const version: Command = {
  name: 'version',
  aliases: [],
  group: 'app',
  arguments: [],
  example: '/version',
  run: (_, context) =>
    Promise.resolve({ tone: 'plain', text: context.words.version(context.version) }),
}

export const quit: Command = {
  name: 'quit',
  aliases: ['exit'],
  group: 'app',
  arguments: [],
  example: '/quit',
  async run(_, { screen, words }) {
    await screen.quit()
    return { tone: 'plain', text: words.goodbye() }
  },
}
