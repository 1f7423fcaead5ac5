import 'fake-indexeddb/auto'
import { openDB } from 'idb'
import { describe, expect, test } from 'vitest'
import { identityOf } from '../../shared/identity.ts'
import { utf8 } from '../../shared/bytes.ts'
import { must } from '../../shared/testing/people.ts'
import { verify } from '../../shared/identity.ts'
import { loadKeys } from './keys.ts'
import { MemoryPageSettings, type PageSettings, type StoredKeys, openSettings } from './settings.ts'

let count = 0
const latest = async (): Promise<PageSettings> => must(await openSettings(`settings-${count}`))
const fresh = (): Promise<PageSettings> => {
  count++
  return latest()
}
const memory = (): Promise<PageSettings> => Promise.resolve(new MemoryPageSettings())

describe.each([
  ['on disk', fresh],
  ['of a guest', memory],
])('settings %s', (_, open) => {
  test('give back what was set, and nothing before', async () => {
    const settings = await open()
    expect(await settings.get('name')).toBeUndefined()
    await settings.set('name', 'swift-falcon')
    await settings.set('rooms', ['lobby', 'garden'])
    await settings.set('drafts', { lobby: 'half a sen' })
    await settings.set('joinedAt', { lobby: 1_735_689_600_000 })
    await settings.set('relayMode', 'only')
    expect(await settings.get('name')).toBe('swift-falcon')
    expect(await settings.get('rooms')).toEqual(['lobby', 'garden'])
    expect(await settings.get('drafts')).toEqual({ lobby: 'half a sen' })
    expect(await settings.get('joinedAt')).toEqual({ lobby: 1_735_689_600_000 })
    expect(await settings.get('relayMode')).toBe('only')
    expect(await settings.keep('relayMode', 'auto')).toBe('only')
    expect(await settings.keep('verbose', true)).toBe(true)
    settings.close()
  })

  test('hold one identity, whose private half cannot be read out', async () => {
    const settings = await open()
    const keys = await loadKeys(settings)
    const me = await identityOf(keys)
    expect((await identityOf(await loadKeys(settings))).peerId).toBe(me.peerId)
    await expect(crypto.subtle.exportKey('pkcs8', keys.privateKey)).rejects.toThrow()
    expect(await verify(me.peerId, await me.sign(utf8('hello')), utf8('hello'))).toBe(true)
    settings.close()
  })
})

describe('settings on disk', () => {
  test('survive a reopen, with the identity', async () => {
    const settings = await fresh()
    const me = await identityOf(await loadKeys(settings))
    await settings.set('verbose', true)
    settings.close()
    const again = await latest()
    expect(await again.get('verbose')).toBe(true)
    expect((await identityOf(await loadKeys(again))).peerId).toBe(me.peerId)
    again.close()
  })

  test('two tabs that start at once become one person', async () => {
    const settings = await fresh()
    const other = await latest()
    const [mine, theirs] = await Promise.all([loadKeys(settings), loadKeys(other)])
    expect((await identityOf(mine)).peerId).toBe((await identityOf(theirs)).peerId)
    settings.close()
    other.close()
  })

  test('fall back to bytes where the engine cannot clone a key', async () => {
    const settings = await fresh()
    const keep = settings.keep.bind(settings)
    settings.keep = async (key, value) => {
      if ('privateKey' in (value as object)) throw new DOMException('CryptoKey', 'DataCloneError')
      return keep(key, value)
    }
    const keys = await loadKeys(settings)
    const me = await identityOf(keys)
    await expect(crypto.subtle.exportKey('pkcs8', keys.privateKey)).rejects.toThrow()
    const stored = (await settings.get('keys')) as StoredKeys
    expect('pkcs8' in stored).toBe(true)
    expect((await identityOf(await loadKeys(settings))).peerId).toBe(me.peerId)
    settings.close()
  })

  test('leave keys of a newer version alone, and do not believe values of another shape', async () => {
    const settings = await fresh()
    await settings.set('name', 'x')
    const raw = await openDB(`settings-${count}`)
    await raw.put('values', { any: 'thing' }, 'from-the-future')
    await raw.put('values', 42, 'name')
    expect(await settings.get('name')).toBeUndefined()
    await settings.set('name', 'y')
    expect(await raw.get('values', 'from-the-future')).toEqual({ any: 'thing' })
    expect(await settings.keep('name', 'z')).toBe('y')
    raw.close()
    settings.close()
  })
})
