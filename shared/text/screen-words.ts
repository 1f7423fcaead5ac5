import type { Connection } from '../connection.ts'
import type { Failure } from '../failure.ts'
import type { Path } from '../network.ts'
import type { ArchiveRefusal } from '../relay-word.ts'
import type { Language } from './languages.ts'

/** What a page says without having been asked: it has these words before it has the commands. */
export interface ScreenWords {
  readonly locale: Language
  failure(failure: Failure): string
  /** So many messages on this device did not verify any more. */
  damaged(count: number): string
  /** Older messages are on this device, and it does not give them. */
  unread(failure: Failure): string
  connection(connection: Connection): string
  path(path: Path | 'none'): string
  /** Why an archive keeps nothing new: to stand in a sentence. */
  refusal(why: ArchiveRefusal): string
  /** Why none will be shown, in one sentence. */
  notices(state: 'blocked' | 'unasked' | 'never'): string
  /** A message that was found is not shown on this device any more. */
  goneEntry(): string
  /** A message that was found is in a room that was left since. */
  entryInLeft(room: string): string
  /** A part of the page that is fetched when it is wanted, such as the commands. */
  notLoaded(): string
}
