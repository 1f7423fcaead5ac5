import type { CommandName } from '../text/words.ts'
import { type Command, findCommand, signature } from './command.ts'

export const help: Command = {
  name: 'help',
  aliases: [],
  group: 'app',
  arguments: [{ name: 'command', kind: 'command', optional: true }],
  example: '/help join',
  run([name], { words, commands }) {
    const one = name === undefined ? undefined : findCommand(commands, name.replace(/^\//, ''))
    const shown = one === undefined ? commands : [one]
    const lines = shown.map((command) => {
      const also = command.aliases.map((alias) => `/${alias}`).join(', ')
      const summary = words.summaries[command.name as CommandName]
      return `${signature(command)} — ${summary}${also === '' ? '' : ` (${words.aliases(also)})`}`
    })
    return Promise.resolve({ tone: 'plain', text: [words.commandsTitle(), ...lines].join('\n') })
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
