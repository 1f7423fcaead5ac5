import { stat } from 'node:fs/promises'
import { FsDatastore } from 'datastore-fs'

type Put = FsDatastore['put']
type Key = Parameters<Put>[0]
type Query = Parameters<FsDatastore['_all']>[0]
type KeyQuery = Parameters<FsDatastore['_allKeys']>[0]

interface Pair {
  readonly key: Key
  readonly value: Uint8Array
}

/** Whoever writes a file tries for a second, and a start notes its own addresses a dozen times. */
const REFUSED_FOR_MS = 10_000
/** The disk's own troubles, which pass; anything else is wrong with the folder, and has to be mended. */
const DISK_CODES = ['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO', 'EROFS', 'EMFILE', 'ENFILE']
/** Somebody's addresses take a kilobyte. What is let go of is learnt again when they come. */
const HELD_MAX_BYTES = 16 * 1_024 * 1_024

/**
 * One file a record. What a full disk refuses is held in memory, and written once there is room: libp2p
 * takes no stream of a peer whose addresses it cannot note. Once closed nothing is written any more:
 * libp2p notes its own addresses a second after its listeners have closed, when the folder may be
 * somebody else's.
 */
export class Datastore extends FsDatastore {
  readonly #refusedWith: (code: string) => void
  #closed = false
  /** The last record that could not be written, and when, ms. */
  #refused: { readonly key: string; readonly at: number; readonly error: unknown } | undefined
  /** What the disk has refused, the longest untouched first. */
  readonly #held = new Map<string, Pair>()
  #heldBytes = 0
  /** Until then the disk is not tried again, ms. */
  #restUntil = 0
  #writing: Promise<void> | undefined

  /** @param refusedWith is told each time the disk refuses something: its code, such as ENOSPC */
  constructor(path: string, refusedWith: (code: string) => void) {
    super(path)
    this.#refusedWith = refusedWith
  }

  /** How many records are in memory only. */
  get held(): number {
    return this.#held.size
  }

  override async open(): Promise<void> {
    this.#closed = false
    try {
      await super.open()
      if (!(await stat(this.path)).isDirectory()) throw new Error('it is no folder')
    } catch (error) {
      // A read-only folder is no passing trouble at the start.
      if (diskCodeOf(error) !== 'ENOSPC') throw error
      this.#rest('ENOSPC')
    }
  }

  override async close(): Promise<void> {
    await this.#catchUp()
    this.#closed = true
    await super.close()
  }

  override async put(...args: Parameters<Put>): Promise<Key> {
    const [key, value] = args
    if (this.#closed) return key
    const name = key.toString()
    const now = performance.now()
    if (now < this.#restUntil) return this.#hold({ key, value })
    const refused = this.#refused
    if (refused?.key === name && now - refused.at < REFUSED_FOR_MS) throw refused.error
    try {
      await super.put(...args)
    } catch (error) {
      const code = diskCodeOf(error)
      if (code !== undefined) {
        this.#rest(code)
        return this.#hold({ key, value })
      }
      this.#refused = { key: name, at: now, error }
      throw error
    }
    this.#letGo(name)
    void this.#catchUp()
    return key
  }

  override async get(...args: Parameters<FsDatastore['get']>): Promise<Uint8Array> {
    return this.#held.get(args[0].toString())?.value ?? super.get(...args)
  }

  override async has(...args: Parameters<FsDatastore['has']>): Promise<boolean> {
    return this.#held.has(args[0].toString()) || super.has(...args)
  }

  override async delete(...args: Parameters<FsDatastore['delete']>): Promise<void> {
    this.#letGo(args[0].toString())
    await super.delete(...args)
  }

  override async *_all(query: Query): AsyncGenerator<Pair> {
    const held = new Map(this.#held)
    yield* held.values()
    for await (const pair of super._all(query)) if (!held.has(pair.key.toString())) yield pair
  }

  override async *_allKeys(query: KeyQuery): AsyncGenerator<Key> {
    const held = new Map(this.#held)
    for (const { key } of held.values()) yield key
    for await (const key of super._allKeys(query)) if (!held.has(key.toString())) yield key
  }

  #rest(code: string): void {
    this.#restUntil = performance.now() + REFUSED_FOR_MS
    this.#refusedWith(code)
  }

  #hold(pair: Pair): Key {
    const name = pair.key.toString()
    this.#letGo(name)
    this.#held.set(name, pair)
    this.#heldBytes += takes(pair)
    for (const oldest of this.#held.keys()) {
      if (this.#heldBytes <= HELD_MAX_BYTES) break
      this.#letGo(oldest)
    }
    return pair.key
  }

  #letGo(name: string): void {
    const pair = this.#held.get(name)
    if (pair === undefined) return
    this.#held.delete(name)
    this.#heldBytes -= takes(pair)
  }

  #catchUp(): Promise<void> {
    this.#writing ??= this.#writeHeld().finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }

  /** The disk has taken something: what it has refused goes after it, as long as it does. */
  async #writeHeld(): Promise<void> {
    for (const [name, pair] of this.#held) {
      if (performance.now() < this.#restUntil) return
      try {
        await super.put(pair.key, pair.value)
      } catch (error) {
        this.#rest(diskCodeOf(error) ?? String(error))
        return
      }
      // Something newer may have come meanwhile.
      if (this.#held.get(name) === pair) this.#letGo(name)
    }
  }
}

function takes({ key, value }: Pair): number {
  return key.toString().length + value.length
}

/** datastore-fs leaves nothing of the operating system's error but its text: `Error: ENOSPC: no space left …`. */
function diskCodeOf(error: unknown): string | undefined {
  const code = /\b(E[A-Z]{2,}):/.exec((error as Error).message)?.[1]
  return code !== undefined && DISK_CODES.includes(code) ? code : undefined
}
