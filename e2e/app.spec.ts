import type { Page } from '@playwright/test'
import { Person } from './person.ts'
import { expect, test, took } from './test.ts'
import { type Version, VersionedRelay } from './versions.ts'

/** The page is kept on this device. */
async function isInstalled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready
  })
  await expect
    .poll(() => page.evaluate(() => navigator.serviceWorker.controller?.state))
    .toBe('activated')
}

function cachesOf(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => caches.keys())
}

test('the manifest is whole, and its icons are what they say', async ({ someone, relay }) => {
  const alice = await someone()
  const href = await alice.page.locator('link[rel=manifest]').getAttribute('href')
  const answer = await fetch(relay.url + (href ?? ''))
  expect(answer.headers.get('content-type')).toContain('application/manifest+json')
  const manifest = (await answer.json()) as {
    icons: readonly { src: string; sizes: string; type: string; purpose: string }[]
    start_url: string
  }
  expect(manifest.icons.map(({ purpose }) => purpose)).toContain('maskable')
  for (const { src, sizes, type } of manifest.icons) {
    const size = await alice.page.evaluate(async (url) => {
      const image = new Image()
      image.src = url
      await image.decode()
      return image.naturalWidth
    }, src)
    if (type === 'image/png') expect(`${size}x${size}`).toBe(sizes)
  }
  // What Chromium itself has against installing it.
  await isInstalled(alice.page)
  const session = await alice.context.newCDPSession(alice.page)
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors')
  // A test's browser window is a private one, where nothing is ever installed.
  expect(installabilityErrors.map(({ errorId }) => errorId)).toEqual(['in-incognito'])
})

test('opens offline with its history, and keeps nothing of what the relay-node says', async ({
  someone,
  relay,
}) => {
  const alice = await someone({ path: '/#/r/garden' })
  await alice.say('kept for later')
  await alice.sees('kept for later')
  await isInstalled(alice.page)
  const kept = await alice.page.evaluate(async () => {
    const names = await caches.keys()
    const all = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()))
    return all.flat().map(({ url }) => new URL(url).pathname)
  })
  expect(kept).toContain('/')
  expect(kept.filter((path) => path.startsWith('/assets/dht-'))).toHaveLength(1)
  expect(kept).not.toContain('/bootstrap.json')
  expect(kept).not.toContain('/health')

  await relay.kill()
  await alice.context.setOffline(true)
  await alice.page.goto('about:blank')
  const start = performance.now()
  await alice.page.goto(`${relay.url}/#/r/garden`)
  await expect(alice.message('kept for later')).toBeVisible()
  took(performance.now() - start)
  await expect(alice.pill).toHaveText(/^Offline/)
  await alice.say('written offline')
  await alice.sees('written offline')
  // An address that nobody knows leads to the page, too; what the relay-node says of itself does not.
  await alice.page.goto(`${relay.url}/somewhere/else`)
  await expect(alice.composer).toBeVisible()
  const live = ['/health', '/bootstrap.json']
  for (const path of live) await expect(alice.page.goto(relay.url + path)).rejects.toThrow(/ERR_/)
})

for (const version of ['old', 'ancient'] as const satisfies readonly Version[])
  test(`a newer version over an ${version} one: told quietly, and no draft is lost`, async ({
    browser,
    relay,
  }) => {
    const served = await VersionedRelay.start(relay.url, version)
    const alice = await Person.open(browser, served.url, { path: '/#/r/garden' })
    const root = alice.page.locator('html')
    try {
      await isInstalled(alice.page)
      await expect(root).toHaveAttribute('data-version', version)
      served.version = 'new'
      await alice.page.reload()
      // The older one is served once more, by the older worker.
      await expect(root).toHaveAttribute('data-version', version)
      await expect(alice.composer).toBeVisible()
      await alice.composer.fill('half a thought')
      const reload = alice.page.getByRole('button', { name: 'Reload' })
      await expect(reload).toBeVisible()
      await expect(alice.page.getByText('New version')).toBeVisible()
      // Nothing happens until the reader says so.
      await expect(root).toHaveAttribute('data-version', version)
      await reload.click()
      await expect(root).not.toHaveAttribute('data-version', version)
      await expect(alice.composer).toHaveValue('half a thought')
      await expect(reload).toHaveCount(0)
      await expect.poll(() => cachesOf(alice.page)).toHaveLength(1)
      expect((await cachesOf(alice.page))[0]).toMatch(/^p2p-chat-shell-(?!ancient|0000)/)
      expect(alice.errors).toEqual([])
    } finally {
      await alice.close()
      await served.stop()
    }
  })

test('two tabs change over together, and what was being written is in the one that goes on', async ({
  browser,
  relay,
}) => {
  const served = await VersionedRelay.start(relay.url, 'old')
  const alice = await Person.open(browser, served.url, { path: '/#/r/garden' })
  try {
    await isInstalled(alice.page)
    const second = await alice.context.newPage()
    await second.goto(`${served.url}/#/r/garden`)
    await expect(second.getByText('This chat is open in another tab')).toBeVisible()
    await alice.composer.fill('half a thought')
    served.version = 'new'
    await alice.page.evaluate(async () => {
      await (await navigator.serviceWorker.ready).update()
    })
    await alice.page.getByRole('button', { name: 'Reload' }).click()
    const tabs = [alice.page, second]
    for (const tab of tabs)
      await expect(tab.locator('html')).not.toHaveAttribute('data-version', 'old')
    const composers = tabs.map((tab) => tab.getByRole('textbox', { name: 'Message', exact: true }))
    await expect
      .poll(() =>
        Promise.all(
          composers.map(async (box) => ((await box.count()) === 1 ? box.inputValue() : '-')),
        ),
      )
      .toContain('half a thought')
    await expect
      .poll(async () => (await Promise.all(composers.map((box) => box.count()))).sort())
      .toEqual([0, 1])
    expect(alice.errors).toEqual([])
  } finally {
    await alice.close()
    await served.stop()
  }
})

test('a version that comes half is not taken: the old one goes on', async ({ browser, relay }) => {
  const served = await VersionedRelay.start(relay.url, 'old')
  const alice = await Person.open(browser, served.url)
  try {
    await isInstalled(alice.page)
    const before = await cachesOf(alice.page)
    served.version = 'half'
    const state = await alice.page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready
      return new Promise<string>((resolve) => {
        registration.addEventListener('updatefound', () => {
          const { installing } = registration
          installing?.addEventListener('statechange', () => {
            resolve(installing.state)
          })
        })
        registration.update().catch(() => undefined)
      })
    })
    expect(state).toBe('redundant')
    expect(await cachesOf(alice.page)).toEqual(before)
    await expect(alice.page.getByText('New version')).toHaveCount(0)
  } finally {
    await alice.close()
    await served.stop()
  }
})

test('what another app shares lands in the composer of the last room, and is not sent', async ({
  someone,
  relay,
}) => {
  const alice = await someone({ path: '/#/r/garden' })
  await alice.composer.fill('look at this:')
  const shared = new URLSearchParams({
    'share-title': 'A page',
    'share-url': 'https://example.org/?a=b',
  })
  await alice.page.goto(`${relay.url}/?${shared.toString()}`)
  await expect(alice.composer).toHaveValue('look at this:\nA page\nhttps://example.org/?a=b')
  await expect(alice.page.getByRole('heading', { name: 'garden', exact: true })).toBeVisible()
  expect(new URL(alice.page.url()).search).toBe('')
  await alice.page.reload()
  await expect(alice.composer).toHaveValue('look at this:\nA page\nhttps://example.org/?a=b')
  await expect(alice.log.locator('[data-entry]')).toHaveCount(0)
  // Whatever is shared is text, and no command.
  await alice.composer.fill('')
  await alice.page.goto(`${relay.url}/?share-text=${encodeURIComponent('/wipe everything')}`)
  await expect(alice.composer).toHaveValue('//wipe everything')
})

test('asks to keep what is here when somebody who came back says something, and not before', async ({
  someone,
}) => {
  const alice = await someone({
    script: () => {
      const { storage } = navigator
      storage.persist = () => {
        localStorage.setItem('asked', String(Number(localStorage.getItem('asked') ?? 0) + 1))
        return Promise.resolve(true)
      }
    },
  })
  const asked = (): Promise<string | null> =>
    alice.page.evaluate(() => localStorage.getItem('asked'))
  await alice.say('in the first minute')
  // Kept: what is only on its way to the disk would be back in the box after a reload.
  await expect(alice.log.locator('[data-entry]')).toHaveCount(1)
  expect(await asked()).toBeNull()
  await alice.page.reload()
  await alice.sees('in the first minute')
  expect(await asked()).toBeNull()
  await alice.say('and again')
  await alice.say('and again and again')
  await alice.sees('and again and again')
  await expect.poll(asked).toBe('1')
})
