import { PageServer } from './page-server.ts'
import { Person } from './person.ts'
import { expect, test, took } from './test.ts'

test('what somebody wrote alone is there for who comes after they have gone', async ({
  someone,
}) => {
  const alice = await someone({ path: '/#/r/diary' })
  await alice.isLive(0)
  await alice.say('dear diary')
  await expect(alice.message('dear diary')).toHaveAttribute('data-delivery', 'stored', {
    timeout: 10_000,
  })
  await alice.close()
  const start = performance.now()
  const bob = await someone({ path: '/#/r/diary' })
  await expect(bob.message('dear diary')).toBeVisible({ timeout: 3_000 })
  took(performance.now() - start)
})

test('what was written with no network goes out when it is back, once', async ({
  someone,
  relay,
}) => {
  const alice = await someone()
  const bob = await someone()
  await Promise.all([alice.isLive(1), bob.isLive(1)])
  await relay.kill()
  await bob.close()
  await expect(alice.pill).toHaveText(/Reconnecting…|Offline/)
  await alice.say('into the void')
  await expect(alice.message('into the void')).toHaveAttribute('data-delivery', 'queued')
  await relay.restart()
  await alice.page.evaluate(() => dispatchEvent(new Event('online')))
  await expect(alice.message('into the void')).toHaveAttribute('data-delivery', 'stored', {
    timeout: 15_000,
  })
  const carol = await someone()
  await carol.sees('into the void')
  await expect(carol.message('into the void')).toHaveCount(1)
})

test('the archive outlives a crash of its relay-node', async ({ someone, relay }) => {
  const alice = await someone()
  await alice.isLive(0)
  await alice.say('carved in stone')
  await expect(alice.message('carved in stone')).toHaveAttribute('data-delivery', 'stored', {
    timeout: 10_000,
  })
  await alice.close()
  await relay.kill()
  await relay.restart()
  const bob = await someone()
  await bob.sees('carved in stone')
})

const RUNS = Number(process.env['PARTITION_RUNS'] ?? 3)

for (let run = 1; run <= RUNS; run++) {
  test(`three partitions of one each heal into one history (${run} of ${RUNS})`, async ({
    browser,
    relay,
  }) => {
    test.slow()
    const pages = await PageServer.start(relay.url)
    const people: Person[] = []
    try {
      for (let i = 0; i < 3; i++) people.push(await Person.open(browser, pages.url))
      await Promise.all(people.map((person) => person.isLive(2)))
      await relay.kill()
      // Without a relay there is nobody to introduce a page that starts afresh.
      for (const person of people) await person.page.reload()
      for (const [i, person] of people.entries()) {
        for (let n = 1; n <= 5; n++) {
          await person.say(`person ${i} alone, ${n}`)
          await expect(person.message(`person ${i} alone, ${n}`)).toHaveAttribute(
            'data-delivery',
            'queued',
          )
        }
        await expect(person.log.locator('[data-entry]')).toHaveCount(5)
      }
      await relay.restart()
      const start = performance.now()
      for (const person of people)
        await person.page.evaluate(() => dispatchEvent(new Event('online')))
      for (const person of people) {
        await expect(person.log.locator('[data-entry]')).toHaveCount(15, { timeout: 10_000 })
      }
      took(performance.now() - start)
      const [first, ...others] = await Promise.all(people.map((person) => person.entries()))
      for (const other of others) expect(other).toEqual(first)
      for (const person of people) expect(person.errors).toEqual([])
    } finally {
      for (const person of people) await person.close()
      await pages.stop()
    }
  })
}
