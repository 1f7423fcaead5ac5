import type { Entry } from '../entry.ts'
import { StorageError } from '../history.ts'
import type { EntryId, PeerId } from '../ids.ts'
import { shortPeerId, shownName } from '../names.ts'
import type { Room } from '../room.ts'
import { type Findings, Search, fold, termsOf } from '../search.ts'
import type { Words } from '../text/words.ts'
import {
  type Answer,
  type Command,
  type Context,
  type Found,
  type Sought,
  repeating,
} from './command.ts'

const SHOWN_MAX = 20
const SNIPPET_CHARACTERS = 120
const BEFORE_CHARACTERS = 30

const searches = new WeakMap<Room, Search>()
/** What `/search` has shown last, for `/goto` and its number. */
const shown = new WeakMap<Room, { readonly by: Asked; readonly ids: readonly EntryId[] }>()

interface Asked extends Pick<Context, 'chat' | 'room' | 'words' | 'screen' | 'plainText'> {
  readonly query: string
}

export const search: Command = {
  name: 'search',
  aliases: [],
  group: 'data',
  arguments: [{ name: 'words', kind: 'text', rest: true }],
  example: '/search relay address',
  async run([query = ''], context) {
    const { chat, room, signal } = context
    const known = searches.get(room) ?? new Search(room)
    searches.set(room, known)
    const asked = { ...context, query }
    shown.set(room, { by: asked, ids: [] })
    const isBlocked = (author: PeerId): boolean => chat.company.regard.isBlocked(author)
    return answerTo(asked, await known.find(query, SHOWN_MAX, signal, isBlocked))
  },
}

function answerTo(asked: Asked, { entries, total, read, more }: Findings): Answer {
  const { chat, room, words, screen, plainText } = asked
  const now = chat.time.now()
  const terms = termsOf(asked.query)
  // An answer quotes it by itself.
  const query = asked.query.replaceAll('"', '').trim() || asked.query
  const found = entries.map((entry): Found => {
    const name = shownName(entry.username, shortPeerId(entry.author))
    const at = entry.clock / 1_000
    const when = screen.whenOf?.(at) ?? words.ago(now - at)
    const said = snippet(shownOf(entry, plainText), terms)
    return { room: room.name, id: entry.id, label: `[${name}] ${said} (${when})` }
  })
  // Another search may have been asked for while this one still reads.
  if (shown.get(room)?.by === asked) shown.set(room, { by: asked, ids: found.map(({ id }) => id) })
  const names = { found, ...repeating(entries.at(-1)) }
  if (more === undefined)
    return { tone: 'plain', text: words.found(room.name, total, found.length, query), ...names }
  const goOn = async (): Promise<Answer> => {
    try {
      return answerTo(asked, await more())
    } catch (error) {
      const text = endOf(error, words)
      return {
        tone: 'bad',
        text: `${words.foundUntil(room.name, total, query, read)} ${text}`.trim(),
        ...names,
      }
    }
  }
  return {
    tone: 'plain',
    text: words.foundSoFar(room.name, total, query, read),
    ...names,
    more: goOn,
  }
}

/** Why no more is searched; nothing more to say if the room was left. */
function endOf(error: unknown, words: Words): string {
  if (error instanceof StorageError) return words.failure(error.failure)
  if (error instanceof DOMException && error.name === 'AbortError') return ''
  throw error
}

export const goto: Command = {
  name: 'goto',
  aliases: [],
  group: 'data',
  arguments: [{ name: 'number|date', kind: 'text' }],
  example: '/goto 2026-11-24',
  async run([where = ''], { room, words, screen }) {
    const bad = {
      tone: 'bad',
      text: words.failure({
        kind: 'bad-argument',
        command: 'goto',
        argument: words.numberOrDate(),
        value: where,
      }),
    } as const
    let id: EntryId | undefined
    if (/^\d{1,2}$/.test(where)) {
      const last = shown.get(room)?.ids
      if (last === undefined || last.length === 0)
        return { tone: 'bad', text: words.noSearch(room.name) }
      id = last[Number(where) - 1]
      if (id === undefined) return bad
    } else {
      const midnight = midnightOf(where)
      if (midnight === undefined) return bad
      const after = { clock: midnight * 1_000 - 1, id: '' as EntryId }
      id = (await room.onward({ after, limit: 1 }))[0]?.id
      if (id === undefined) return { tone: 'plain', text: words.nothingSince(room.name, midnight) }
    }
    return answerOf(await screen.showEntry(room.name, id), room.name, words)
  },
}

/** What is shown, or told by the screen, needs no answer. */
function answerOf(sought: Sought, room: string, words: Words): Answer | undefined {
  switch (sought) {
    case 'shown':
    case 'unread':
      return undefined
    case 'gone':
      return { tone: 'bad', text: words.goneEntry() }
    case 'elsewhere':
      return { tone: 'bad', text: words.entryElsewhere(room) }
  }
}

/** Of the reader's day `2026-11-24`, ms since 1970; nothing for a day that there is not. */
function midnightOf(date: string): number | undefined {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date)?.map(Number) ?? []
  if (year === undefined || month === undefined || day === undefined) return undefined
  const midnight = new Date(year, month - 1, day)
  return midnight.getMonth() === month - 1 ? midnight.getTime() : undefined
}

/** As its message is drawn: only what is said is more than letters. */
function shownOf({ kind, content }: Entry, plainText: Context['plainText']): string {
  return kind === 'text' && plainText !== undefined ? plainText(content) : content
}

/** One line around the first of the words. */
function snippet(text: string, terms: readonly string[]): string {
  const line = text.replace(/\s+/g, ' ').trim()
  const folded = fold(line)
  // Folding may change the length; then the line is shown from its beginning.
  const at = folded.length === line.length ? folded.indexOf(terms[0] ?? '') : 0
  const from = at + SNIPPET_CHARACTERS / 2 < SNIPPET_CHARACTERS ? 0 : at - BEFORE_CHARACTERS
  const part = line.slice(from, from + SNIPPET_CHARACTERS)
  return `${from > 0 ? '…' : ''}${part.toWellFormed()}${from + part.length < line.length ? '…' : ''}`
}
