import { TOPIC_MAX_GRAPHEMES } from '../limits.ts'
import { shownLine } from '../names.ts'
import { TOPIC, topicContent } from '../topics.ts'
import type { Command } from './command.ts'

const SHRUG = '¯\\_(ツ)_/¯'
/** Takes a room's topic away. */
const NO_TOPIC = '-'

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

export const shrug: Command = {
  name: 'shrug',
  aliases: [],
  group: 'talk',
  arguments: [{ name: 'text', kind: 'text', optional: true, rest: true }],
  example: '/shrug who knows',
  async run([text], { room, words }) {
    const said = await room.say(text === undefined ? SHRUG : `${text} ${SHRUG}`)
    return said.ok ? undefined : { tone: 'bad', text: words.failure(said.failure) }
  },
}

export const topic: Command = {
  name: 'topic',
  aliases: [],
  group: 'talk',
  arguments: [{ name: 'topic', kind: 'text', optional: true, rest: true }],
  example: '/topic roses, and what eats them',
  async run([typed], { chat, room, words }) {
    const now = chat.company.topic(room.name)
    if (typed === undefined) {
      const text =
        now === undefined
          ? words.noTopic(room.name)
          : words.topicIs(now.text, now.by, words.ago(chat.time.now() - now.clock / 1_000))
      const repeats = now === undefined ? {} : { repeats: { clock: now.clock, id: now.entry } }
      return { tone: 'plain', text, ...repeats }
    }
    const text = typed === NO_TOPIC ? '' : shownLine(typed, TOPIC_MAX_GRAPHEMES)
    const isWhole = typed === NO_TOPIC || text === shownLine(typed, TOPIC_MAX_GRAPHEMES + 1)
    if (!isWhole || (text === '' && typed !== NO_TOPIC)) {
      const argument = words.topicUpTo(TOPIC_MAX_GRAPHEMES)
      const failure = { kind: 'bad-argument', command: 'topic', argument, value: typed } as const
      return { tone: 'bad', text: words.failure(failure) }
    }
    const said = await room.say(topicContent(text), TOPIC, { topic: text })
    return said.ok ? undefined : { tone: 'bad', text: words.failure(said.failure) }
  },
}
