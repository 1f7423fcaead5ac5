import { expect, test } from './test.ts'

test('long text, emoji and right-to-left arrive as they were written', async ({ someone }) => {
  const alice = await someone()
  const bob = await someone()
  await Promise.all([alice.isLive(1), bob.isLive(1)])
  const long = 'word '.repeat(799) + 'end'
  for (const text of [
    long,
    '👩‍👩‍👧‍👦 🏳️‍🌈 🇹🇭',
    'שלום עולם — مرحبا بالعالم',
    'ສະບາຍດີ สวัสดี 你好',
    '<b>not</b> &amp; <script>x</script>',
  ]) {
    await alice.say(text)
    const last = bob.log.locator('[data-entry]').last()
    await expect(last).toContainText(text)
  }
})

test('what is too long is refused with a clear word and stays in the box', async ({ someone }) => {
  const alice = await someone()
  const points = 'x'.repeat(4_001)
  await alice.say(points)
  await expect(alice.page.getByText(/4,001 characters.*4,000/)).toBeVisible()
  await expect(alice.composer).toHaveValue(points)
  // Every character here takes six bytes in JSON: 4,000 of them are 24 KB.
  const escaped = '\u0001'.repeat(3_999) + 'x'
  await alice.say(escaped)
  await expect(alice.page.getByText(/bytes.*16,384/)).toBeVisible()
  await expect(alice.composer).not.toHaveValue('')
})

test('commands that are not understood say so and send nothing', async ({ someone }) => {
  const alice = await someone()
  const bob = await someone()
  await Promise.all([alice.isLive(1), bob.isLive(1)])
  await alice.say('/jion garden')
  await expect(alice.answer('Unknown command: /jion — did you mean /join?')).toBeVisible()
  await alice.say('/dial rubbish')
  await expect(alice.answer('“rubbish” is not an address')).toBeVisible()
  await alice.say(`/nick ${'n'.repeat(300)}`)
  await expect(alice.answer('at most 32 characters')).toBeVisible()
  await alice.say('/nick \u202e\u200b')
  await expect(alice.answer('at least one visible character')).toBeVisible()
  await alice.say('/nick evil\u202egnp.exe')
  await expect(alice.answer('You are evilgnp.exe now.')).toBeVisible()
  await alice.say('/join no/such')
  await expect(alice.answer('“no/such” cannot be a room')).toBeVisible()
  await alice.say('/join garden shed')
  await expect(alice.answer('“shed” is more than /join <room> takes')).toBeVisible()
  await alice.say('/join constructor')
  await expect(alice.answer('“constructor” cannot be a room')).toBeVisible()
  await alice.say('/clear yesterday')
  await expect(alice.answer('“yesterday” cannot be')).toBeVisible()
  await alice.say('//not a command')
  await bob.sees('/not a command')
  await expect(bob.log.locator('[data-entry]')).toHaveCount(1)
})

test('commands that cannot be fetched say so, stay in the box, and run once they can be', async ({
  someone,
}) => {
  const alice = await someone({ unkept: true })
  const chunk = '**/assets/command-code-*.js'
  await alice.page.route(chunk, (route) => route.abort())
  await alice.page.reload()
  await alice.say('/version')
  await expect(alice.answer('could not be loaded')).toBeVisible()
  await expect(alice.composer).toHaveValue('/version')
  await alice.page.unroute(chunk)
  await alice.composer.press('Enter')
  await expect(alice.answer('P2P Chat')).toBeVisible()
  await expect(alice.composer).toHaveValue('')
})

test('a room address outside the rule says so and leads back', async ({ someone, relay }) => {
  const alice = await someone({ path: '/#/r/no%20room' })
  await expect(alice.page.getByText('cannot be a room')).toBeVisible()
  await alice.page.goto(`${relay.url}/#/r/__proto__`)
  await expect(alice.page.getByText('cannot be a room')).toBeVisible()
  await alice.page.goto(`${relay.url}/#/`)
  await expect(alice.composer).toBeVisible()
})

test('every command answers', async ({ someone }) => {
  const alice = await someone()
  const bob = await someone()
  await Promise.all([alice.isLive(1), bob.isLive(1)])
  await alice.say('/me waves')
  await expect(bob.log.getByRole('article').filter({ hasText: 'waves' })).toHaveCount(1)
  for (const [command, answer] of [
    ['/help', 'Available commands:'],
    ['/peers', /Connected Peers \([12]\):/],
    ['/who', /In p2p-chat-default \(1\):[^]*direct/],
    ['/rooms', 'Your rooms (1):'],
    ['/conn', /Your Peer ID: 12D3KooW[^]*WebRTC/],
    ['/history 5', 'Recent messages:'],
    ['/verbose', 'Verbose mode enabled'],
    ['/version', /P2P Chat \d+\.\d+\.\d+/],
    ['/nick', /You are \S+\./],
  ] as const) {
    await alice.say(command)
    await expect(alice.answer(answer).last()).toBeVisible()
  }
  await bob.close()
  await expect(alice.answer('Connection lost')).not.toHaveCount(0)
  await alice.say('/clear')
  await expect(alice.answer('forgotten on this device')).toBeVisible()
  await expect(alice.log.locator('[data-entry]')).toHaveCount(0)
  await alice.page.reload()
  await expect(alice.composer).toBeVisible()
  await expect(alice.log.locator('[data-entry]')).toHaveCount(0)
  await alice.say('/quit')
  await expect(alice.page.getByText('You left the network')).toBeVisible()
})
