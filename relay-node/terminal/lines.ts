import type { Entry } from '../../shared/entry.ts'
import { mentions } from '../../shared/mentions.ts'
import { shortPeerId, shownName } from '../../shared/names.ts'
import type { Answer } from '../../shared/commands/command.ts'
import { type Paint, hueOf } from './paint.ts'
import { printable } from './printable.ts'

/** Who reads, and how. */
export interface Reader {
  readonly id: string
  readonly name: string
  readonly paint: Paint
  /** ms since 1970 */
  readonly now: number
  /** IANA; absent: the machine's own. */
  readonly timeZone?: string
}

/** `[15:04:05] user: text`, with its further lines below; what was said on another day has that day before it. */
export function messageLines(entry: Entry, reader: Reader, room?: string): readonly string[] {
  const { paint } = reader
  const at = entry.clock / 1_000
  const time = `[${timeOf(at, reader)}]`
  const mine = entry.author === reader.id
  const name = shownName(entry.username, shortPeerId(entry.author))
  const who = paint(mine ? 'mine' : hueOf(entry.author), name)
  const [first = '', ...rest] = printable(entry.content).split('\n')
  const called = !mine && mentions(entry.content, reader.name)
  const said = (line: string): string => (called ? paint('strong', line) : line)
  const place = room === undefined ? '' : `${paint('soft', `#${room}`)} `
  const head = entry.kind === 'action' ? `* ${who} ${said(first)}` : `${who}: ${said(first)}`
  const indent = ' '.repeat(time.length + 1)
  return [`${place}${paint('soft', time)} ${head}`, ...rest.map((line) => indent + said(line))]
}

/** What a command answered: all that a page shows, in lines. */
export function answerLines(answer: Answer, paint: Paint): readonly string[] {
  const { tone, text, picks = [], found = [], details = [] } = answer
  const lines = printable(text).split('\n')
  return [
    ...(tone === 'plain' ? lines : lines.map((line) => paint(tone, line))),
    // `/goto` takes the number.
    ...found.map(({ label }, i) => `  ${i + 1}. ${printable(label)}`),
    ...picks.map((pick) => `  ${paint('strong', printable(pick.text))}  ${printable(pick.label)}`),
    ...details.flatMap(({ label, lines: under }) => [
      paint('soft', printable(label)),
      ...under.map((line) => `  ${printable(line)}`),
    ]),
  ]
}

/** `15:04:05`, or `28 Nov 15:04:05`; always the same digits, so that columns stand. */
export function timeOf(at: number, { now, timeZone }: Pick<Reader, 'now' | 'timeZone'>): string {
  const zone = timeZone === undefined ? {} : { timeZone }
  const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', ...zone }).format(at)
  const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', ...zone })
  const year = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', ...zone })
  if (year.format(at) === year.format(now)) return time
  const isLongAgo = Math.abs(now - at) > 180 * 86_400_000
  return `${(isLongAgo ? year : day).format(at)} ${time}`
}
