import type { Reached } from '../chat.ts'
import type { Words } from '../text/words.ts'
import type { Command } from './command.ts'

export const who: Command = {
  name: 'who',
  aliases: [],
  group: 'people',
  arguments: [],
  example: '/who',
  run(_, { chat, room, words }) {
    const people = chat.people(room)
    if (people.length === 0) return Promise.resolve({ tone: 'plain', text: words.alone(room.name) })
    const now = chat.runtime.clock.now()
    const lines = people.map((person) => describe(person, now, words))
    return Promise.resolve({ tone: 'plain', text: words.inRoom(room.name, lines) })
  },
}

export const nick: Command = {
  name: 'nick',
  aliases: ['name'],
  group: 'people',
  arguments: [{ name: 'name', kind: 'name', optional: true, rest: true }],
  example: '/nick swift-falcon',
  async run([name], { chat, words }) {
    if (name === undefined) return { tone: 'plain', text: words.yourName(chat.name) }
    const renamed = await chat.rename(name)
    return renamed.ok
      ? { tone: 'good', text: words.renamed(renamed.value) }
      : { tone: 'bad', text: words.failure(renamed.failure) }
  },
}

function describe(person: Reached, now: number, words: Words): string {
  const rtt = person.rttMs === undefined ? [] : [`${Math.round(person.rttMs)} ms`]
  const away = person.away === undefined ? [] : [words.isAway(person.away)]
  const how = [words.path(person.path), ...rtt, words.ago(now - person.since), ...away].join(', ')
  return `- ${person.name} (${how})`
}
