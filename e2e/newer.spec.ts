import type { Page } from '@playwright/test'
import { expect, test } from './test.ts'

const STORES = ['p2p-chat-history', 'p2p-chat-settings']

/** All that a database holds, and its version. */
function contentsOf(page: Page, name: string): Promise<string> {
  return page.evaluate(async (name) => {
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => {
          resolve(request.result)
        }
        request.onerror = () => {
          reject(request.error ?? new Error('no reason'))
        }
      })
    const database = await done(indexedDB.open(name))
    const stores = [...database.objectStoreNames]
    const all = await Promise.all(
      stores.map((store) => done(database.transaction(store).objectStore(store).getAll())),
    )
    const { version } = database
    database.close()
    return JSON.stringify([version, stores, all])
  }, name)
}

for (const name of STORES)
  test(`a newer version has written into ${name}: the page opens, says so, and leaves all as it is`, async ({
    someone,
    relay,
  }) => {
    const alice = await someone({ path: '/#/r/garden' })
    await alice.isLive(0)
    await alice.say('said before')
    await expect(alice.message('said before')).toHaveAttribute('data-delivery', /./)
    await alice.composer.fill('half a thought')
    // A page of the same origin that is not the program.
    await alice.page.goto(`${relay.url}/icon.svg`)
    await alice.page.evaluate(
      (name) =>
        new Promise<void>((resolve, reject) => {
          const opening = indexedDB.open(name, 99)
          opening.onupgradeneeded = () => opening.result.createObjectStore('of-the-future')
          opening.onsuccess = () => {
            opening.result.close()
            resolve()
          }
          opening.onerror = reject
        }),
      name,
    )
    const kept = (): Promise<readonly string[]> =>
      Promise.all(STORES.map((store) => contentsOf(alice.page, store)))
    const before = await kept()

    await alice.page.goto(`${relay.url}/#/r/garden`)
    const told = alice.page.getByText('A newer version of this program has written on this device')
    await expect(told).toBeVisible()
    await expect(told).toContainText('reload the page to get the newer one. Nothing is lost')
    await expect(alice.composer).toHaveValue('half a thought')
    await alice.say('said meanwhile')
    await expect(alice.composer).toHaveValue('said meanwhile')
    await alice.page.reload()
    await expect(told).toBeVisible()
    await expect(alice.composer).toHaveValue('said meanwhile')
    await alice.page.goto(`${relay.url}/icon.svg`)
    expect(await kept()).toEqual(before)
  })
