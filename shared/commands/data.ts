import type { Chat } from '../chat.ts'
import type { Entry } from '../entry.ts'
import { END, type EntryId, type Position, type RoomId, START } from '../ids.ts'
import { shortPeerId, shownName } from '../names.ts'
import type { Room } from '../room.ts'
import type { Words } from '../text/words.ts'
import { type Answer, type Command, repeating } from './command.ts'
import { exported } from './exported.ts'

const HISTORY_DEFAULT = 10
const HISTORY_MAX = 500
const DAY_US = 86_400_000_000
const DAYS_MAX = 36_500
const ALL = 'all'
/** What nobody else has goes only if it is meant. */
const UNSENT = 'unsent'
/** Not offered by completion: it must be meant. */
const EVERYTHING = 'everything'

export const history: Command = {
  name: 'history',
  aliases: [],
  group: 'data',
  arguments: [{ name: 'n', kind: 'number', optional: true }],
  example: '/history 50',
  async run([n], { chat, room, words, screen }) {
    const limit = n === undefined ? HISTORY_DEFAULT : wholeNumber(n, HISTORY_MAX)
    if (limit === undefined || limit === 0)
      return refused(words, 'history', words.numberUpTo(HISTORY_MAX), n)
    const entries = await shownPage(limit, chat, room)
    if (entries.length === 0) return { tone: 'plain', text: nothing(room, words) }
    screen.showOlder(limit)
    const now = chat.time.now()
    const lines = entries.map((entry) => {
      const name = shownName(entry.username, shortPeerId(entry.author))
      return `[${name}] ${entry.content} (${words.ago(now - entry.clock / 1_000)})`
    })
    return { tone: 'plain', text: words.recent(lines), ...repeating(entries[0]) }
  },
}

export const exporting: Command = {
  name: 'export',
  aliases: [],
  group: 'data',
  arguments: [{ name: ALL, kind: 'text', optional: true }],
  example: '/export',
  async run([scope], { chat, room, words, screen, signal }) {
    if (scope !== undefined && scope.toLowerCase() !== ALL)
      return refused(words, 'export', words.exportScope(ALL), scope)
    const rooms = scope === undefined ? [room] : chat.rooms
    const parts = []
    for (const each of rooms) parts.push(...(await exported(each, signal)))
    if (parts.length === 0) return { tone: 'plain', text: nothing(room, words) }
    const day = new Date(chat.time.now()).toISOString().slice(0, 10)
    const name = `p2p-chat-${scope === undefined ? room.name : ALL}-${day}.jsonl`
    await screen.save(name, parts)
    return { tone: 'good', text: words.exported(parts.length, name) }
  },
}

export const clear: Command = {
  name: 'clear',
  aliases: [],
  group: 'data',
  arguments: [
    { name: 'days', kind: 'number', optional: true },
    { name: UNSENT, kind: 'text', optional: true },
  ],
  example: '/clear 30',
  async run(args, { chat, room, words }) {
    const unsentToo = args.at(-1) === UNSENT
    const [text, word] = unsentToo ? args.slice(0, -1) : args
    const days = text === undefined ? 0 : wholeNumber(text, DAYS_MAX)
    if (days === undefined) return refused(words, 'clear', words.daysUpTo(DAYS_MAX), text)
    if (word !== undefined)
      return { tone: 'bad', text: words.notThatWord(word, `/clear ${days} ${UNSENT}`) }
    const now = Math.floor(chat.time.now() * 1_000)
    const newest = (await room.page({ limit: 1 })).at(-1)
    // Everything ends with the newest, not with now: what people with slow clocks say next must not be lost.
    const clock = days === 0 ? (newest?.clock ?? now) + 1 : Math.max(0, now - days * DAY_US)
    const before = { clock, id: '' as EntryId }
    const unsent = await room.unsent(before)
    const [first] = unsent
    if (first === undefined || unsentToo) {
      const count = await room.clear(before)
      return { tone: 'good', text: words.cleared(count, days, unsent.length) }
    }
    // They are nowhere else: they stay, with what was said after them.
    const count = await room.clear(first.position)
    const command = `/clear ${text === undefined ? '' : `${days} `}${UNSENT}`
    return { tone: 'plain', text: words.clearedUpTo(count, unsent.length, command) }
  },
}

export const storage: Command = {
  name: 'storage',
  aliases: [],
  group: 'data',
  arguments: [],
  example: '/storage',
  async run(_, { chat, words, screen }) {
    const [holding, left, ...rooms] = await Promise.all([
      screen.storage(),
      heldInLeft(chat),
      ...chat.rooms.map(async (room) =>
        words.heldRoom(room.name, await countIn(room.key.id, chat)),
      ),
    ])
    const { keeps, usedBytes, quotaBytes } = holding
    const size = usedBytes === undefined ? [] : [words.heldBytes(usedBytes, quotaBytes)]
    const more = left > 0 ? [words.heldInLeft(left)] : []
    const text = [words.held([...rooms, ...more]), ...size, words.keeps(keeps)].join('\n')
    return { tone: 'plain', text }
  },
}

export const wipe: Command = {
  name: 'wipe',
  aliases: [],
  group: 'data',
  arguments: [{ name: EVERYTHING, kind: 'text', optional: true }],
  example: `/wipe ${EVERYTHING}`,
  async run([word], { words, screen }) {
    if (word === undefined) return { tone: 'bad', text: words.wipe(`/wipe ${EVERYTHING}`) }
    if (word !== EVERYTHING)
      return { tone: 'bad', text: words.notThatWord(word, `/wipe ${EVERYTHING}`) }
    await screen.wipe()
    return { tone: 'good', text: words.wiped() }
  },
}

/** From the hourly sums: a million entries are not read to be counted. */
async function countIn(room: RoomId, { history: kept }: Chat): Promise<number> {
  return (await kept.fingerprint(room, { from: START, to: END })).count
}

/** How much is held of rooms that are not open: their names are not kept, nor told by their ids. */
async function heldInLeft(chat: Chat): Promise<number> {
  const open = new Set(chat.rooms.map(({ key }) => key.id))
  const left = (await chat.history.held()).filter((room) => !open.has(room))
  const counts = await Promise.all(left.map((room) => countIn(room, chat)))
  return counts.reduce((sum, count) => sum + count, 0)
}

/** The last ones, without those of people whom I block. */
async function shownPage(limit: number, { company }: Chat, room: Room): Promise<readonly Entry[]> {
  let shown: readonly Entry[] = []
  let before: Position | undefined
  for (;;) {
    const page = await room.page({ limit, ...(before === undefined ? {} : { before }) })
    shown = [...page.filter(({ author }) => !company.regard.isBlocked(author)), ...shown]
    before = page[0]?.position
    if (shown.length >= limit || page.length < limit) return shown.slice(-limit)
  }
}

function nothing(room: Room, words: Words): string {
  return room.cleared ? words.noHistoryLeft() : words.noHistory()
}

function refused(words: Words, command: string, argument: string, value = ''): Answer {
  return { tone: 'bad', text: words.failure({ kind: 'bad-argument', command, argument, value }) }
}

function wholeNumber(text: string, max: number): number | undefined {
  const n = /^\d{1,6}$/.test(text) ? Number(text) : NaN
  return n <= max ? n : undefined
}
