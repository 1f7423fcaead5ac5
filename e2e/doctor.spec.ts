import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import type { Locator } from '@playwright/test'
import { proxyWithoutWebSocket } from './no-websocket.ts'
import { Person } from './person.ts'
import { personIn } from './profile.ts'
import { fillUp, mountSmallDisk, unmount } from './small-disk.ts'
import { StunServer } from './stun.ts'
import { expect, test } from './test.ts'

/** What the doctor answers; gathering candidates takes up to 7 s. */
async function examined(person: Person): Promise<Locator> {
  await person.say('/doctor')
  const answer = person.answer(/HTTP at /)
  await expect(answer).toHaveCount(1, { timeout: 20_000 })
  return answer
}

test('the doctor says what it measured, and finds nothing where nothing is wrong', async ({
  someone,
}) => {
  const stun = await StunServer.start({ host: '203.0.113.9', port: 5_000 })
  const alice = await someone({ bootstrap: { iceServers: [{ urls: [stun.url] }] } })
  await alice.isLive(0)
  const answer = await examined(alice)
  await expect(answer).toContainText('Nothing is wrong.')
  await expect(answer).toContainText(/✓ HTTP at localhost:\d+: answered in \d+ ms/)
  await expect(answer).toContainText(/✓ WebSocket at localhost:\d+: answered in \d+ ms/)
  await expect(answer).toContainText('✓ Relay-nodes: 1 connected, 1 of them hold a place for you')
  await expect(answer).toContainText(/✓ Clock: 0(\.\d)? s (ahead of|behind)/)
  await expect(answer).toContainText('✓ Version:')
  await expect(answer).toContainText('seen from outside as 203.0.113.9:5000')
  stun.stop()
})

test('the doctor names a relay that is down', async ({ someone, relay }) => {
  const alice = await someone()
  await alice.isLive(0)
  await relay.kill()
  const answer = await examined(alice)
  await expect(answer).toContainText(/✗ The relay-node at localhost:\d+ is down\./)
  await expect(answer).toContainText(/→ .*start it again/)
  await expect(answer).toContainText(/✗ HTTP at localhost:\d+: refused/)
  // Whoever is not asked has not said that there is none.
  await expect(answer).toContainText('? STUN: not known')
  await expect(answer).not.toContainText('No STUN server')
})

test('the doctor names a WebSocket that is blocked', async ({ browser, relay }) => {
  const proxy = await proxyWithoutWebSocket(relay.url)
  const alice = await Person.open(browser, proxy.url)
  const answer = await examined(alice)
  await expect(answer).toContainText(/✗ WebSocket is blocked: localhost:\d+ answers by HTTP/)
  await expect(answer).toContainText('allow WebSocket')
  await alice.close()
  await proxy.stop()
})

test('the doctor names a clock that is off by ten minutes', async ({ someone }) => {
  const alice = await someone({
    script: () => {
      const now = Date.now
      Date.now = () => now() - 600_000
    },
  })
  await alice.isLive(0)
  const answer = await examined(alice)
  await expect(answer).toContainText('✗ The clock of this device is 10 min behind.')
  await expect(answer).toContainText('→ Messages are dated by the others’ clocks')
  // Its own STUN, by a name of two families of which only one answers: seen once is answered.
  await expect(answer).toContainText('✓ STUN: 1 of 1 server answered')
  await expect(answer).toContainText('seen from outside as 127.0.0.1:')
})

test('the doctor names another version at the relay-node', async ({ someone }) => {
  const alice = await someone({ bootstrap: { version: '9.9.9' } })
  await alice.isLive(0)
  const answer = await examined(alice)
  await expect(answer).toContainText(/✗ Here is version \S+, the relay-node serves 9\.9\.9\./)
  await expect(answer).toContainText('→ Reload the page')
})

test('the doctor tells no STUN, a symmetric NAT and blocked UDP apart', async ({ someone }) => {
  const [one, two, silent] = await Promise.all([
    StunServer.start({ host: '203.0.113.9', port: 5_000 }),
    StunServer.start({ host: '203.0.113.9', port: 6_000 }),
    StunServer.start(),
  ])
  // Before anybody is there: a direct link would prove that it is not.
  const alone = await someone({ bootstrap: { iceServers: [{ urls: [silent.url] }] } })
  await alone.say('/doctor')
  await expect(alone.answer('✗ UDP is blocked: no STUN server answered.')).toHaveCount(1, {
    timeout: 25_000,
  })
  const cases: readonly (readonly [urls: readonly string[], said: string])[] = [
    [[], '✗ No STUN server is configured'],
    [[one.url, two.url], '✗ This network has a symmetric NAT'],
  ]
  for (const [urls, said] of cases) {
    const iceServers = urls.length === 0 ? [] : [{ urls }]
    const person = await someone({ bootstrap: { iceServers } })
    await expect(await examined(person)).toContainText(said)
  }
  for (const server of [one, two, silent]) server.stop()
})

test('the doctor names a full disk, and no longer once there is room', async ({ relay }) => {
  test.skip(process.getuid?.() !== 0, 'only root mounts a disk')
  const folder = await mountSmallDisk()
  const alice = await personIn(folder, relay.url)
  try {
    await alice.isLive(0)
    fillUp(join(folder, 'filler'))
    const answer = await examined(alice)
    await expect(answer).toContainText(/✗ Storage is full: this device keeps nothing more/)
    await expect(answer).toContainText('✗ Storage: a megabyte more is refused')
    await answer.getByRole('button', { name: /dismiss/i }).click()
    await rm(join(folder, 'filler'))
    const again = await examined(alice)
    await expect(again).toContainText('✓ Storage: a megabyte more is kept')
    await expect(again).not.toContainText('Storage is full')
    expect(alice.errors).toEqual([])
  } finally {
    await alice.context.close()
    await unmount(folder)
  }
})
