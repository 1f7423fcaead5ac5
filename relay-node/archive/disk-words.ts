import type { Failure } from '../../shared/failure.ts'
import type { Clock } from '../../shared/runtime.ts'

/** A disk that is full refuses every line; told once, and again if it still is so long after. */
const AGAIN_MS = 24 * 3_600_000

/** What the disk that holds DATA_DIR did, in a sentence, once. */
export class DiskWords {
  readonly #clock: Clock
  readonly #tell: (sentence: string) => void
  readonly #toldAt = new Map<string, number>()

  constructor(clock: Clock, tell: (sentence: string) => void) {
    this.#clock = clock
    this.#tell = tell
  }

  tell(failure: Failure): void {
    const words = `${wordDisk(failure)} Until then rooms are carried, and nothing new is kept.`
    this.#tellOnce(failure.kind, words)
  }

  /** The archive could not even be opened. */
  tellOff(failure: Failure): void {
    const words = `${wordDisk(failure)} Until then rooms are carried, and nothing new is kept; the archive comes back with the next start.`
    this.#tellOnce(failure.kind, words)
  }

  /** @param code of the operating system, such as EIO, or what else is known */
  tellDatastore(folder: string, code: string): void {
    if (code === 'ENOSPC' || code === 'EDQUOT') this.tell({ kind: 'storage-full' })
    else
      this.#tellOnce(
        code,
        `The datastore in ${folder} cannot be written to (${code}): until it can, what others' addresses are is kept in memory.`,
      )
  }

  tellDamaged(): void {
    this.#tellOnce(
      'damaged',
      'Messages in the archive are damaged: they are dropped, and fetched again from others. /health counts them; look at the disk that holds DATA_DIR.',
    )
  }

  #tellOnce(kind: string, sentence: string): void {
    const now = this.#clock.now()
    if (now - (this.#toldAt.get(kind) ?? -Infinity) < AGAIN_MS) return
    this.#toldAt.set(kind, now)
    this.#tell(sentence)
  }
}

/** What has to be done about it. */
export function wordDisk(failure: Failure): string {
  if (failure.kind === 'storage-full')
    return 'The disk that holds DATA_DIR is full: make room there.'
  const what = failure.kind === 'storage-failed' ? failure.what : failure.kind
  return `The archive cannot be used: ${what}.`
}
