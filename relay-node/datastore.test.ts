import { mkdir, readdir, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { utf8 } from '../shared/bytes.ts'
import { Datastore } from './datastore.ts'
import { temporaryFolder } from './test-relay.ts'

/** As libp2p makes them. */
const keyOf = (name: string): Parameters<Datastore['put']>[0] =>
  new Datastore('/', () => undefined)._decode(`/peers/${name}.data`)
const BOB = keyOf('bob')
const CAROL = keyOf('carol')
const DAVE = keyOf('dave')
/** Longer than a disk that has refused something is left alone. */
const LATER_MS = 11_000

async function storeIn(folder: string): Promise<{ store: Datastore; codes: string[] }> {
  const codes: string[] = []
  const store = new Datastore(folder, (code) => codes.push(code))
  await store.open()
  onTestFinished(() => store.close())
  return { store, codes }
}

/** The disk has no room for a record of this name, until the returned function is called. */
async function fullFor(folder: string, name: string): Promise<() => Promise<void>> {
  await mkdir(join(folder, 'peers'), { recursive: true })
  const draft = join(folder, 'peers', `.${name}.data.tmp`)
  await symlink('/dev/full', draft)
  return () => rm(draft)
}

async function names(store: Datastore): Promise<readonly string[]> {
  const found: string[] = []
  for await (const { key, value } of store.query({ prefix: '/peers' }))
    found.push(`${key.toString()} ${new TextDecoder().decode(value)}`)
  const keys: string[] = []
  for await (const key of store.queryKeys({ prefix: '/peers' })) keys.push(key.toString())
  expect(keys.sort()).toEqual(found.map((each) => each.split(' ')[0]).sort())
  return found.sort()
}

test('what a full disk refuses is in memory, and on the disk once there is room', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const folder = await temporaryFolder()
  const { store, codes } = await storeIn(folder)
  await store.put(BOB, utf8('1'))
  await store.put(CAROL, utf8('1'))
  const makeRoom = await fullFor(folder, 'bob')
  await store.put(BOB, utf8('2'))
  await store.put(DAVE, utf8('1'))
  expect(codes).toEqual(['ENOSPC'])
  expect(store.held).toBe(2)
  expect(await store.has(DAVE)).toBe(true)
  expect(await store.get(BOB)).toEqual(utf8('2'))
  expect(await names(store)).toEqual(['/peers/bob 2', '/peers/carol 1', '/peers/dave 1'])
  expect(await readdir(join(folder, 'peers'))).not.toContain('dave.data')
  await store.delete(DAVE)
  expect(await store.has(DAVE)).toBe(false)

  await makeRoom()
  vi.advanceTimersByTime(LATER_MS)
  await store.put(CAROL, utf8('2'))
  await store.close()
  expect(store.held).toBe(0)
  const { store: again } = await storeIn(folder)
  expect(await names(again)).toEqual(['/peers/bob 2', '/peers/carol 2'])
})

test('what is wrong with the folder itself is no full disk', async () => {
  const folder = await temporaryFolder()
  const { store, codes } = await storeIn(folder)
  await mkdir(join(folder, 'peers', 'bob.data'), { recursive: true })
  await expect(store.put(BOB, utf8('1'))).rejects.toThrow('EISDIR')
  expect([codes, store.held]).toEqual([[], 0])
})

test('memory holds no more than strangers may take of it', async () => {
  const folder = await temporaryFolder()
  const { store } = await storeIn(folder)
  await fullFor(folder, 'bob')
  const megabyte = new Uint8Array(1_024 * 1_024)
  await store.put(BOB, megabyte)
  for (let i = 0; i < 30; i++) await store.put(keyOf(String(i)), megabyte)
  expect(store.held).toBe(15)
  expect(await store.has(keyOf('29'))).toBe(true)
  expect(await store.has(BOB)).toBe(false)
})
