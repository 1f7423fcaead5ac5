import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { StorageError } from '../../shared/history.ts'
import type { RoomId } from '../../shared/ids.ts'
import { type RoomKey, roomKeyOf } from '../../shared/room-key.ts'

/** Hashing is done elsewhere, some at a time. */
const KEYS_AT_ONCE = 64

/**
 * The rooms of which something is kept, by name, one a line: the history knows only hashes of them,
 * and a session names a room by a tag that only its key can tell.
 */
export class RoomNames {
  readonly #path: string
  readonly #keys = new Map<RoomId, RoomKey>()

  private constructor(path: string) {
    this.#path = path
  }

  /** Rejects if the file is there and cannot be read. */
  static async open(path: string): Promise<RoomNames> {
    const names = new RoomNames(path)
    // The last line may be torn by a kill: nothing was kept of its room then.
    const lines = read(path).split('\n').slice(0, -1)
    for (let i = 0; i < lines.length; i += KEYS_AT_ONCE) {
      for (const key of await Promise.all(lines.slice(i, i + KEYS_AT_ONCE).map(roomKeyOf)))
        if (key.ok) names.#keys.set(key.value.id, key.value)
    }
    return names
  }

  get size(): number {
    return this.#keys.size
  }

  get all(): Iterable<RoomKey> {
    return this.#keys.values()
  }

  has(room: RoomId): boolean {
    return this.#keys.has(room)
  }

  /** On the disk when it returns: to be called before anything of the room is kept. */
  add(key: RoomKey): void {
    if (this.#keys.has(key.id)) return
    write(this.#path, `${key.name}\n`, 'a')
    this.#keys.set(key.id, key)
  }

  /** Leaves only those of which something is left; also mends what a kill has torn. */
  keepOnly(kept: (room: RoomId) => boolean): void {
    for (const room of [...this.#keys.keys()]) if (!kept(room)) this.#keys.delete(room)
    const draft = `${this.#path}.new`
    write(draft, [...this.#keys.values()].map(({ name }) => `${name}\n`).join(''), 'w')
    renameSync(draft, this.#path)
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

/** Fails as the history does: it is the same disk. */
function write(path: string, text: string, flag: 'a' | 'w'): void {
  try {
    writeFileSync(path, text, { flag, mode: 0o600 })
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException
    const full = code === 'ENOSPC' || code === 'EDQUOT'
    throw new StorageError(
      full ? { kind: 'storage-full' } : { kind: 'storage-failed', what: `${path} (${code})` },
      { cause: error },
    )
  }
}
