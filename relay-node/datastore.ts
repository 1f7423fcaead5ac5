import { stat } from 'node:fs/promises'
import { FsDatastore } from 'datastore-fs'

type Put = FsDatastore['put']

/** Whoever writes a file tries for a second, and a start notes its own addresses a dozen times. */
const REFUSED_FOR_MS = 10_000

/**
 * One file a record. Once closed nothing is written any more: libp2p notes its own addresses a
 * second after its listeners have closed, when the folder may be somebody else's.
 */
export class Datastore extends FsDatastore {
  #closed = false
  /** The last record that could not be written, and when, ms. */
  #refused: { readonly key: string; readonly at: number; readonly error: unknown } | undefined

  override async open(): Promise<void> {
    await super.open()
    if (!(await stat(this.path)).isDirectory()) throw new Error('it is no folder')
    this.#closed = false
  }

  override async close(): Promise<void> {
    this.#closed = true
    await super.close()
  }

  override async put(...args: Parameters<Put>): Promise<Awaited<ReturnType<Put>>> {
    const [key] = args
    if (this.#closed) return key
    const now = performance.now()
    const refused = this.#refused
    if (refused?.key === key.toString() && now - refused.at < REFUSED_FOR_MS) throw refused.error
    try {
      return await super.put(...args)
    } catch (error) {
      this.#refused = { key: key.toString(), at: now, error }
      throw error
    }
  }
}
