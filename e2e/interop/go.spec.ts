import { addressOf, expect, test } from './go-test.ts'

// The last file, and one that waits more than it works: half of the machine would stand still.
test.describe.configure({ mode: 'parallel' })

for (const transport of ['tcp', 'quic-v1'] as const) {
  test(`a Go peer and a browser talk both ways through the relay, by ${transport}`, async ({
    gopher,
    relay,
    someone,
  }) => {
    const address = await addressOf(relay, transport)
    test.skip(address === undefined, `this relay-node does not listen on ${transport}`)
    const alice = await someone()
    await alice.isLive(0)
    const bob = await gopher({ username: 'user_8532' })
    const added = await bob.add(address ?? '')
    expect(added.connected).toBe(true)
    expect(added.via).toContain(transport === 'tcp' ? '/tcp/' : '/quic-v1')
    await bob.meets(1)
    await alice.say('hello from the page')
    expect(await bob.shows('hello from the page', 2_000)).toMatch(
      /^\[\d\d:\d\d:\d\d\] \S+: hello from the page$/,
    )
    bob.type('hello from Go')
    await alice.sees('hello from Go')
    await expect(
      alice.log.getByRole('article', { name: /^user_8532: / }).filter({ hasText: 'hello from Go' }),
    ).toHaveCount(1)
    // The relay lists it among those who say no `here`.
    await expect(alice.pill).toHaveText('Relay only · 1', { timeout: 30_000 })
    await expect(alice.people).toContainText('user_8532')
  })
}

test('what a Go peer wrote is there for a browser that comes after it has gone', async ({
  gopher,
  relay,
  someone,
}) => {
  const bob = await gopher({ room: 'garden', username: 'user_1234' })
  const alice = await someone({ path: '/#/r/garden' })
  await alice.isLive(0)
  expect((await bob.add((await addressOf(relay, 'tcp')) ?? '')).connected).toBe(true)
  await bob.meets(1)
  for (const n of [1, 2, 3]) bob.type(`from the terminal, ${n}`)
  for (const n of [1, 2, 3]) await alice.sees(`from the terminal, ${n}`)
  await alice.close()
  await bob.quit()
  const carol = await someone({ path: '/#/r/garden' })
  const written = carol.log.getByRole('article', { name: /^user_1234: / })
  await expect(written).toHaveText([/terminal, 1/, /terminal, 2/, /terminal, 3/])
})

test('the validator of a Go peer takes all that we publish', async ({ gopher, relay, someone }) => {
  const bob = await gopher()
  expect((await bob.add((await addressOf(relay, 'tcp')) ?? '')).connected).toBe(true)
  await bob.meets(1)
  const alice = await someone()
  await alice.isLive(0)
  const long = 'x'.repeat(3_990)
  const said = [
    'plain',
    '//not a command',
    '**bold** `code` <b>not HTML</b> & "quotes" \\ back',
    '👍🏽 ภาษาไทย שלום \u202e x',
    long,
  ]
  for (const text of said) await alice.say(text)
  await alice.say('/me waves')
  await alice.say('/nick Ünïcode 🙂')
  await alice.say('under another name')
  const heard = (content: RegExp | string): Promise<string> => bob.shows(content)
  await heard('plain')
  await heard(': /not a command')
  await heard('<b>not HTML</b>')
  await heard('ภาษาไทย')
  await heard(long)
  await heard('waves')
  await heard('Ünïcode 🙂: under another name')
  await heard(/^\*\*\* \S+ joined the chat \(at \d\d:\d\d:\d\d\)$/)
  const ours = bob.validated.filter(({ author }) => author !== bob.id)
  expect(new Set(ours.map(({ type }) => type))).toEqual(new Set(['message', 'join']))
  expect(ours.filter(({ accepted }) => !accepted)).toEqual([])
  expect(bob.all('rejected')).toEqual([])
  // What people tell each other about their presence is no concern of its.
  expect(bob.all('foreign')).toEqual([])
})

test('a Go peer with WebTransport is dialled straight from the page', async ({
  gopher,
  relay,
  someone,
}) => {
  const bob = await gopher({ username: 'user_4433', webTransport: true })
  const address = bob.addresses.find((each) => each.includes('/webtransport/certhash/')) ?? ''
  const alice = await someone()
  await alice.isLive(0)
  await alice.say(`/dial ${address}`)
  await expect(alice.answer(bob.id)).toHaveCount(1)
  await bob.meets(1)
  // From here on nobody stands between them.
  await relay.kill()
  await alice.say('straight from the page')
  await bob.shows('straight from the page')
  bob.type('straight from Go')
  await alice.sees('straight from Go')
  await alice.say('/conn')
  await expect(alice.answer('· WebTransport (direct')).toHaveCount(1)
})
