import { networkInterfaces } from 'node:os'
import type { Browser } from '@playwright/test'
import { Person } from './person.ts'
import { RelayNode } from './relay.ts'
import { expect, test as base } from './test.ts'

interface World {
  /** A relay-node on all interfaces. */
  readonly open: RelayNode
  /** This machine as others on its network name it. */
  readonly lan: string
}

function lanAddress(): string | undefined {
  return Object.values(networkInterfaces())
    .flat()
    .find((each) => each?.family === 'IPv4' && !each.internal)?.address
}

const test = base.extend<World>({
  open: async ({}, use) => {
    const relay = await RelayNode.start({ HOST: 'all' })
    await use(relay)
    await relay.stop()
  },
  lan: async ({}, use) => {
    const address = lanAddress()
    if (address === undefined) throw new Error('this machine has no address but loopback')
    await use(address)
  },
})

/** Somebody who has told the browser to trust the relay-node's certificate. */
async function trusting(browser: Browser, url: string): Promise<Person> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true })
  const person = new Person(context, await context.newPage())
  await person.page.goto(url)
  return person
}

function httpsAddress(relay: RelayNode): string {
  const address = /^On this network: (https:\/\/\S+) /m.exec(relay.output)?.[1]
  if (address === undefined) throw new Error(`no https address:\n${relay.output}`)
  return address
}

test('by https, people on a LAN chat over wss with the relay-node’s own certificate', async ({
  browser,
  open,
  lan,
}) => {
  const url = httpsAddress(open)
  expect(url).toContain(`https://${lan}:`)
  const alice = await trusting(browser, `${url}/#/r/garden`)
  const sockets: string[] = []
  alice.page.on('websocket', (socket) => sockets.push(socket.url()))
  await alice.page.reload()
  const bob = await Person.open(browser, open.url, { path: '/#/r/garden' })
  await Promise.all([alice.isLive(1), bob.isLive(1)])
  await alice.say('from the phone')
  await bob.sees('from the phone')
  await bob.say('from the desk')
  await alice.sees('from the desk')
  await expect(alice.rooms).toContainText('This page does not install as an app here')
  await expect(bob.rooms).not.toContainText('does not install')
  expect([...new Set(sockets)]).toEqual([`${url.replace('https:', 'wss:')}/`])
  expect(alice.errors).toEqual([])
  await Promise.all([alice.close(), bob.close()])
})

test('by http on a LAN the page says what is wrong and leads to the same room by https', async ({
  browser,
  open,
  lan,
}) => {
  const { port } = new URL(open.url)
  const alice = await trusting(browser, `http://${lan}:${port}/#/r/garden`)
  await expect(
    alice.page.getByText('This address is not secure, so the browser gives no keys to sign with'),
  ).toHaveCount(1)
  await alice.composer.fill('can I write here?')
  await alice.composer.press('Enter')
  await expect(alice.message('can I write here?')).toHaveCount(0)
  await expect(alice.composer).toHaveValue('can I write here?')
  await alice.page.getByRole('link', { name: httpsAddress(open) }).click()
  await expect(alice.page).toHaveURL(`${httpsAddress(open)}/#/r/garden`)
  await alice.isLive(0)
  await alice.say('now I can')
  await expect(alice.message('now I can')).toHaveAttribute('data-delivery', 'stored')
  expect(alice.errors).toEqual([])
  await alice.close()
})

test('a browser learns from the relay-node, and from nobody else, how it is seen', async ({
  browser,
  open,
  lan,
}) => {
  const alice = await trusting(browser, httpsAddress(open))
  await alice.isLive(0)
  const { iceServers, candidates } = await alice.page.evaluate(async () => {
    const response = await fetch('/bootstrap.json')
    const { iceServers } = (await response.json()) as { iceServers: { urls: string[] }[] }
    const servers = iceServers.map(({ urls }) => ({
      urls: urls.map((url) => url.replace('0.0.0.0', location.hostname)),
    }))
    const connection = new RTCPeerConnection({ iceServers: servers })
    const found: RTCIceCandidate[] = []
    const ended = new Promise<void>((resolve) => {
      connection.onicecandidate = ({ candidate }) => {
        if (candidate === null) resolve()
        else found.push(candidate)
      }
    })
    connection.createDataChannel('')
    await connection.setLocalDescription()
    await ended
    connection.close()
    return {
      iceServers,
      // TypeScript does not know of `url` yet.
      candidates: found.map((each) => {
        const { type, address, url } = each as RTCIceCandidate & { url: string }
        return { type, address, url }
      }),
    }
  })
  const [server] = iceServers
  const port = server?.urls[0]?.split(':').at(-1)
  expect(iceServers).toEqual([{ urls: [`stun:0.0.0.0:${port}`] }])
  expect(candidates).toContainEqual({
    type: 'srflx',
    address: lan,
    // The host of the page.
    url: `stun:${lan}:${port}`,
  })
  await alice.close()
})
