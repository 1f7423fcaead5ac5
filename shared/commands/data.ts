import type { EntryId } from '../ids.ts'
import { shownName, shortPeerId } from '../names.ts'
import type { Command } from './command.ts'

const HISTORY_DEFAULT = 10
const HISTORY_MAX = 500
const DAY_US = 86_400_000_000
const DAYS_MAX = 36_500

export const history: Command = {
  name: 'history',
  aliases: [],
  group: 'data',
  arguments: [{ name: 'n', kind: 'number', optional: true }],
  example: '/history 50',
  async run([n], { chat, room, words, screen }) {
    const limit = n === undefined ? HISTORY_DEFAULT : wholeNumber(n, HISTORY_MAX)
    if (limit === undefined || limit === 0) return refused('history', `a number from 1 to ${HISTORY_MAX}`, n)
    const entries = await room.page({ limit })
    if (entries.length === 0) return { tone: 'plain', text: words.noHistory() }
    screen.showOlder(limit)
    const now = chat.time.now()
    const lines = entries.map((entry) => {
      const name = shownName(entry.username, shortPeerId(entry.author))
      return `[${name}] ${entry.content} (${words.ago(now - entry.clock / 1_000)})`
    })
    return { tone: 'plain', text: words.recent(lines) }

    function refused(command: string, argument: string, value = ''): { tone: 'bad'; text: string } {
      return { tone: 'bad', text: words.failure({ kind: 'bad-argument', command, argument, value }) }
    }
  },
}

export const clear: Command = {
  name: 'clear',
  aliases: [],
  group: 'data',
  arguments: [{ name: 'days', kind: 'number', optional: true }],
  example: '/clear 30',
  async run([text], { chat, room, words }) {
    const days = text === undefined ? 0 : wholeNumber(text, DAYS_MAX)
    if (days === undefined) {
      const argument = `a number of days from 0 to ${DAYS_MAX}`
      return { tone: 'bad', text: words.failure({ kind: 'bad-argument', command: 'clear', argument, value: text ?? '' }) }
    }
    const now = Math.floor(chat.time.now() * 1_000)
    const newest = (await room.page({ limit: 1 })).at(-1)
    // Everything ends with the newest, not with now: what people with slow clocks say next must not be lost.
    const clock = days === 0 ? (newest?.clock ?? now) + 1 : Math.max(0, now - days * DAY_US)
    const count = await room.clear({ clock, id: '' as EntryId })
    return { tone: 'good', text: words.cleared(count, days) }
  },
}

function wholeNumber(text: string, max: number): number | undefined {
  const n = /^\d{1,6}$/.test(text) ? Number(text) : NaN
  return n <= max ? n : undefined
}
