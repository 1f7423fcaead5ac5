import { stat } from 'node:fs/promises'
import { FsDatastore } from 'datastore-fs'

/**
 * One file a record. Once closed nothing is written any more: libp2p notes its own addresses a
 * second after its listeners have closed, when the folder may be somebody else's.
 */
export class Datastore extends FsDatastore {
  #closed = false

  override async open(): Promise<void> {
    await super.open()
    if (!(await stat(this.path)).isDirectory()) throw new Error('it is no folder')
    this.#closed = false
  }

  override async close(): Promise<void> {
    this.#closed = true
    await super.close()
  }

  override put(...args: Parameters<FsDatastore['put']>): ReturnType<FsDatastore['put']> {
    return this.#closed ? Promise.resolve(args[0]) : super.put(...args)
  }
}
