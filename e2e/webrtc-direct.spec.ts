import { PageServer } from './page-server.ts'
import { Person } from './person.ts'
import { expect, test } from './test.ts'

test('a page that has only the WebRTC-Direct address is in the room, and talks both ways', async ({
  browser,
  relay,
  someone,
}) => {
  // It answers HTTP alone: there is no WebSocket at the page's own origin.
  const server = await PageServer.start(relay.url, /\/webrtc-direct\//)
  const alice = await Person.open(browser, server.url, { path: '/#/r/direct' })
  const bob = await someone({ path: '/#/r/direct' })
  await expect(alice.pill).toHaveText(/^(Live|Relay only)/, { timeout: 20_000 })
  await alice.isLive(1)
  await alice.say('over UDP')
  await bob.sees('over UDP')
  await bob.say('and back')
  await alice.sees('and back')
  await alice.close()
  expect(alice.errors).toEqual([])
  await server.stop()
})

test('the relay-node keeps its address over a restart, and the page comes back to it', async ({
  browser,
  relay,
}) => {
  const server = await PageServer.start(relay.url, /\/webrtc-direct\//)
  const alice = await Person.open(browser, server.url)
  await expect(alice.pill).toHaveText(/^Live/, { timeout: 20_000 })
  await relay.restart()
  await expect(alice.pill).not.toHaveText(/^Live/)
  await expect(alice.pill).toHaveText(/^Live/, { timeout: 45_000 })
  await alice.close()
  await server.stop()
})
