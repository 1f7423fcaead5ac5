import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Person } from './person.ts'
import { damage, hasBegunLog, personIn } from './profile.ts'
import { expect, test } from './test.ts'

test('a page whose files the browser found damaged says so, and has the history of others', async ({
  relay,
}) => {
  const folder = await mkdtemp(join(tmpdir(), 'p2p-chat-profile-'))
  const url = `${relay.url}/#/r/damaged`
  const before = await personIn(folder, url)
  await before.say('kept by others')
  await expect(before.message('kept by others')).toHaveAttribute('data-delivery', 'stored')
  await before.context.close()
  await damage(folder)
  const after = await personIn(folder, url)
  await expect(after.page.getByText('The browser found its own files damaged')).toBeVisible()
  await after.sees('kept by others')
  await after.page.reload()
  await after.sees('kept by others')
  await expect(after.page.getByText('The browser found its own files damaged')).toHaveCount(0)
  expect(after.errors).toEqual([])
  await after.context.close()
  await rm(folder, { recursive: true, force: true })
})

test('a page that ended in order is not taken for one that was killed', async ({ relay }) => {
  const folder = await mkdtemp(join(tmpdir(), 'p2p-chat-profile-'))
  const url = `${relay.url}/#/r/orderly`
  const first = await personIn(folder, url)
  await first.say('one')
  await expect(first.message('one')).toHaveAttribute('data-delivery', 'stored')
  await first.page.reload()
  await first.sees('one')
  const second = new Person(first.context, await first.context.newPage())
  await first.page.close()
  await second.page.goto(url)
  await second.sees('one')
  expect(await hasBegunLog(folder)).toBe(false)
  await second.context.close()
  await rm(folder, { recursive: true, force: true })
})
