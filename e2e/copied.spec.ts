import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { personIn } from './profile.ts'
import { expect, test } from './test.ts'

test('who writes in a copy of their profile, too, is told why two lines have one number', async ({
  relay,
}) => {
  test.setTimeout(90_000)
  const folder = await mkdtemp(join(tmpdir(), 'p2p-chat-copied-'))
  const copy = `${folder}-copy`
  const url = `${relay.url}/#/r/copied`
  try {
    const before = await personIn(folder, url)
    await before.say('before')
    await expect(before.message('before')).toHaveAttribute('data-delivery', 'stored', {
      timeout: 10_000,
    })
    await before.context.close()
    await cp(folder, copy, { recursive: true })
    // Neither hears of the other what they say.
    for (const [profile, words] of [
      [folder, 'in the one'],
      [copy, 'in the other'],
    ] as const) {
      const writing = await personIn(profile, url)
      await expect(writing.message('before')).toBeVisible()
      await relay.kill()
      await writing.say(words)
      await expect(writing.message(words)).toHaveAttribute('data-delivery', 'queued')
      await writing.context.close()
      await relay.restart()
    }
    const one = await personIn(folder, url)
    await expect(one.message('in the one')).toHaveAttribute('data-delivery', 'stored', {
      timeout: 15_000,
    })
    await one.context.close()
    const other = await personIn(copy, url)
    await other.sees('in the one')
    const told = other.page.getByText('in a copy of this browser profile at once')
    await expect(told).toHaveCount(2)
    await expect(told.first()).toContainText('/wipe everything')
    await other.context.close()
  } finally {
    for (const each of [folder, copy]) await rm(each, { recursive: true, force: true })
  }
})
