import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { openDB } from 'idb'
import { beforeEach, expect, test } from 'vitest'
import { systemRuntime } from '../shared/runtime.ts'
import { openWorld } from './world.ts'

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory()
})

test.each(['p2p-chat-history', 'p2p-chat-settings'])(
  'what a newer version has written into %s is left alone, and nobody else is made up',
  async (name) => {
    const newer = await openDB(name, 99, {
      upgrade: (database) => {
        database.createObjectStore('more')
      },
    })
    newer.close()
    expect(await openWorld(false, systemRuntime())).toBe('newer')
    // It still opens as what it was: nothing was written, nothing holds it.
    const again = await openDB(name, 99)
    expect([...again.objectStoreNames]).toEqual(['more'])
    again.close()
  },
)
