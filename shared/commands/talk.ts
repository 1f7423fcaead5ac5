import type { Command } from './command.ts'

export const me: Command = {
  name: 'me',
  aliases: [],
  group: 'talk',
  arguments: [{ name: 'action', kind: 'text', rest: true }],
  example: '/me waves',
  async run([action = ''], { room, words }) {
    const said = await room.say(action, 'action')
    return said.ok ? undefined : { tone: 'bad', text: words.failure(said.failure) }
  },
}
