import { expect, test } from './test.ts'

test('what is sent before the core is there outlives a reload', async ({ someone }) => {
  const alice = await someone({ unkept: true })
  await alice.isLive(0)
  await alice.page.route('**/assets/core-*', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    await route.continue().catch(() => undefined)
  })
  await alice.page.reload()
  await alice.say('too early')
  await expect(alice.message('too early')).toBeVisible()
  await alice.page.reload()
  await expect(alice.composer).toHaveValue('too early')
  await alice.composer.press('Enter')
  await expect(alice.message('too early')).toHaveAttribute('data-delivery', /./)
  await alice.page.reload()
  await expect(alice.message('too early')).toHaveCount(1)
  await expect(alice.composer).toHaveValue('')
})

test('/clear offline keeps what nobody else has, and an emptied room says so', async ({
  someone,
  relay,
}) => {
  const alice = await someone()
  await alice.isLive(0)
  await relay.kill()
  await alice.say('nobody has this')
  await expect(alice.pill).toHaveText(/Offline · 1 queued/, { timeout: 30_000 })
  await alice.say('/clear')
  await expect(alice.answer('one of your messages has reached nobody yet')).toBeVisible()
  await alice.sees('nobody has this')
  await alice.say('/clear 30 40')
  await expect(alice.answer('Nothing was done')).toBeVisible()
  await alice.say('/clear unsent')
  await expect(alice.answer('1 message forgotten')).toBeVisible()
  await expect(
    alice.page.getByRole('heading', { name: /is forgotten on this device/ }),
  ).toBeVisible()
})

test('what the disk refuses says that it is not kept', async ({ someone }) => {
  const alice = await someone({
    script: () => {
      IDBObjectStore.prototype.add = () => {
        throw new DOMException('full', 'QuotaExceededError')
      }
    },
  })
  await alice.say('no room for this')
  const article = alice.message('no room for this')
  await expect(article.getByRole('alert')).toContainText('no room left')
  await expect(article).toHaveAccessibleDescription('Not kept on this device')
  await alice.page.reload()
  await expect(alice.composer).toHaveValue('no room for this')
})
