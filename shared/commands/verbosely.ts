import type { Chat, ChatChange } from '../chat.ts'
import { nameOf } from './network.ts'
import type { Words } from '../text/words.ts'

/** What `/verbose` shows as it happens. */
export type Verbose = Extract<ChatChange, { kind: 'link' | 'path' | 'trace' }>

const EXCERPT_CHARACTERS = 40

export function verbosely(change: Verbose, chat: Chat, words: Words): string {
  switch (change.kind) {
    case 'link': {
      const name = nameOf(change.link, chat, words)
      return change.came ? words.linkCame(change.link, name) : words.linkWent(change.link, name)
    }
    case 'path': {
      const { person, direct, link } = change
      return words.pathChanged(person.name, direct, link.transport, link.rttMs)
    }
    case 'trace': {
      const { content, afterMs, step, peers } = change
      return words.trace(excerpt(content), { step, peers }, afterMs)
    }
  }
}

function excerpt(content: string): string {
  const line = content.replaceAll('\n', ' ')
  return line.length > EXCERPT_CHARACTERS ? `${line.slice(0, EXCERPT_CHARACTERS)}…` : line
}
