import { expect, test } from './test.ts'

test('two people chat, directly linked', async ({ someone }) => {
  const alice = await someone()
  const bob = await someone()
  await Promise.all([alice.isLive(1), bob.isLive(1)])
  await alice.say('Hello Bob')
  await bob.sees('Hello Bob')
  await bob.say('Hello Alice')
  await alice.sees('Hello Alice')
  await expect(alice.message('Hello Bob')).toHaveAttribute('data-delivery', 'stored')
  await expect(alice.people).toContainText('direct')
  await expect(bob.people).toContainText(/\d+ ms/)
  expect(await alice.entries()).toEqual(await bob.entries())
})

test('three people are linked to each other and see one order', async ({ someone }) => {
  const people = [await someone(), await someone(), await someone()]
  await Promise.all(people.map((person) => person.isLive(2)))
  for (const person of people) await expect(person.people.getByText('direct')).toHaveCount(2)
  await Promise.all(people.flatMap((person, i) => person.say(`from person ${i}`)))
  for (const person of people) for (const i of [0, 1, 2]) await person.sees(`from person ${i}`)
  const [first, ...others] = await Promise.all(people.map((person) => person.entries()))
  for (const other of others) expect(other).toEqual(first)
})

test('a first message goes through the relay before there is a direct link', async ({
  someone,
}) => {
  const alice = await someone()
  const bob = await someone()
  await alice.say('early bird')
  await bob.sees('early bird')
})

test('a reload keeps name, identity and history', async ({ someone }) => {
  const alice = await someone()
  const bob = await someone()
  await alice.isLive(1)
  await alice.say('/nick quiet-otter')
  await alice.say('before the reload')
  await bob.sees('before the reload')
  await expect(bob.people).toContainText('quiet-otter')
  const [before] = await alice.entries()
  await alice.page.reload()
  await alice.sees('before the reload')
  expect(await alice.entries()).toContain(before)
  await alice.isLive(1)
  await alice.say('after the reload')
  await bob.sees('after the reload')
  await expect(bob.people.getByText('quiet-otter')).toHaveCount(1)
  await expect(
    bob.log.getByRole('article', { name: /^quiet-otter: after the reload/ }),
  ).toHaveCount(1)
})

test('the relay is killed and the chat goes on', async ({ someone, relay }) => {
  const alice = await someone()
  const bob = await someone()
  await Promise.all([alice.isLive(1), bob.isLive(1)])
  await relay.kill()
  await alice.say('still here?')
  await bob.sees('still here?')
  await bob.say('still here!')
  await alice.sees('still here!')
  await expect(alice.pill).toHaveText('Live · 1')
})

test('the relay is restarted and everybody is reachable again by themselves', async ({
  someone,
  relay,
}) => {
  const alice = await someone()
  await alice.isLive(0)
  await relay.kill()
  await expect(alice.pill).toHaveText(/Reconnecting…|Offline/)
  await relay.restart()
  await alice.isLive(0)
  const bob = await someone()
  await Promise.all([alice.isLive(1), bob.isLive(1)])
  await bob.say('found you again')
  await alice.sees('found you again')
})

test('the relay comes back as another peer under the same address, and an open page finds it', async ({
  someone,
  relay,
}) => {
  const alice = await someone({ path: '/#/r/lonely' })
  await alice.isLive(0)
  const before = relay.peerId
  await relay.kill()
  await alice.say('said meanwhile')
  await relay.restartAsAnother()
  expect(relay.peerId).not.toBe(before)
  await alice.isLive(0)
  await expect(alice.message('said meanwhile')).toHaveAttribute('data-delivery', 'stored')
})

test('a closed tab is gone from People within five seconds', async ({ someone }) => {
  const alice = await someone()
  const bob = await someone()
  await Promise.all([alice.isLive(1), bob.isLive(1)])
  await bob.context.close()
  await expect(alice.pill).toHaveText('Live · 0', { timeout: 5_000 })
  await expect(alice.people.getByText('direct')).toHaveCount(0)
})

test('what is written alone is kept by the relay, and goes out once somebody comes', async ({
  someone,
}) => {
  const alice = await someone({ path: '/#/r/lonely' })
  await alice.isLive(0)
  await alice.say('anybody?')
  await alice.sees('anybody?')
  await expect(alice.message('anybody?')).toHaveAttribute('data-delivery', 'stored')
  const bob = await someone({ path: '/#/r/lonely' })
  await bob.sees('anybody?')
  await bob.say('yes')
  await alice.sees('yes')
})

test('rooms never mix', async ({ someone }) => {
  const alice = await someone({ path: '/#/r/garden' })
  const bob = await someone({ path: '/#/r/garden' })
  const carol = await someone({ path: '/#/r/kitchen' })
  await alice.isLive(1)
  await alice.say('among the roses')
  await bob.sees('among the roses')
  await carol.say('near the oven')
  await carol.sees('near the oven')
  await expect(carol.message('among the roses')).toHaveCount(0)
  await expect(alice.message('near the oven')).toHaveCount(0)
  await expect(alice.rooms.getByRole('link', { name: /garden/ })).toHaveAttribute(
    'aria-current',
    'page',
  )
  await alice.say('/join kitchen')
  await expect(alice.page).toHaveURL(/#\/r\/kitchen$/)
  await expect(alice.message('among the roses')).toHaveCount(0)
  await expect(alice.pill).toHaveText('Live · 1', { timeout: 20_000 })
})
