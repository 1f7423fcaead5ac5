import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { openDB } from 'idb'
import { beforeEach, expect, test } from 'vitest'
import { systemRuntime } from '../shared/runtime.ts'
import { alice, lobby, must, saying } from '../shared/testing/people.ts'
import { type World, openWorld } from './world.ts'

async function opened(): Promise<World> {
  const world = await openWorld(false, systemRuntime())
  if (world === 'newer') throw new Error('a newer version was here')
  return world
}

async function close({ history, settings }: World): Promise<void> {
  await history.close()
  settings.close()
}

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

test('whoever has lost their key over a history that is still there is told so', async () => {
  const first = await opened()
  must(await first.history.say(lobby.id, saying(alice, 'hello')))
  expect(first.keyless).toBe(false)
  await close(first)
  const second = await opened()
  expect([second.keyless, second.identity.peerId]).toEqual([false, first.identity.peerId])
  await close(second)
  const settings = await openDB('p2p-chat-settings')
  await settings.put('values', 'rubbish', 'keys')
  settings.close()
  const third = await opened()
  expect(third.keyless).toBe(true)
  expect(third.identity.peerId).not.toBe(first.identity.peerId)
  expect(await third.history.page(lobby.id, { limit: 9 })).toHaveLength(1)
  await close(third)
})
