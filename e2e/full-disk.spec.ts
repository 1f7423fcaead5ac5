import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { Person } from './person.ts'
import { fillUp, mountSmallDisk, openOn, unmount } from './small-disk.ts'
import { expect, test } from './test.ts'

test('a page whose disk was full goes on by itself once there is room', async ({
  relay,
  someone,
}) => {
  test.skip(process.getuid?.() !== 0, 'only root mounts a disk')
  test.slow()
  const folder = await mountSmallDisk()
  const context = await openOn(folder)
  try {
    const alice = new Person(context, await context.newPage())
    await alice.page.goto(`${relay.url}/#/r/disk`)
    const bob = await someone({ path: '/#/r/disk' })
    await alice.isLive(1)
    await alice.say('before')
    await bob.sees('before')
    fillUp(join(folder, 'filler'))
    const retry = alice.log.getByRole('button', { name: 'Retry' })
    for (let i = 0; i < 20 && (await retry.count()) === 0; i++) {
      await alice.say(`mine ${i} ${'x'.repeat(3_500)}`)
      await alice.page.waitForTimeout(300)
    }
    await expect(retry).toHaveCount(1)
    for (let i = 0; i < 5; i++) await bob.say(`theirs ${i} ${'y'.repeat(3_500)}`)
    await alice.page.waitForTimeout(2_000)
    await expect(alice.log).toContainText('no room left')
    expect(await alice.log.innerText()).not.toMatch(/\w+Error/)
    await rm(join(folder, 'filler'))
    await retry.click()
    await expect(retry).toHaveCount(0)
    for (let i = 0; i < 5; i++)
      await expect(alice.message(`theirs ${i}`)).toHaveCount(1, { timeout: 45_000 })
    await expect(bob.message(/^.*mine/)).not.toHaveCount(0)
    expect(alice.errors).toEqual([])
  } finally {
    await context.close()
    await unmount(folder)
  }
})

test('a page whose data the browser takes away says so, and stays who it is', async ({
  someone,
}) => {
  const alice = await someone({ path: '/#/r/taken' })
  const bob = await someone({ path: '/#/r/taken' })
  await alice.isLive(1)
  await alice.say('before')
  await bob.sees('before')
  const session = await alice.context.newCDPSession(alice.page)
  const { origin } = new URL(alice.page.url())
  await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' })
  await expect(alice.page.getByText('The browser has deleted what this page kept')).toBeVisible()
  await alice.say('after')
  await bob.sees('after')
  await expect(alice.log.getByRole('button', { name: 'Retry' })).toHaveCount(0)
  const name = await alice.log.getByRole('article').first().getAttribute('aria-label')
  await alice.page.reload()
  await alice.sees('before')
  await alice.sees('after')
  expect(await alice.log.getByRole('article').first().getAttribute('aria-label')).toBe(name)
})
