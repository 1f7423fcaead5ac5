import { describe, expect, onTestFinished, test } from 'vitest'
import { buildGoPeer } from '../e2e/interop/go-build.ts'
import { GoPeer } from '../e2e/interop/go-peer.ts'
import { routerOf } from '../shared/libp2p/gossip-router.ts'
import { chatter, connect, relayIn, temporaryFolder, until } from './test-relay.ts'

const go = await buildGoPeer()
const MESSAGES = 200
/** Below what a client paces itself to, and within what the Go side's queue takes. */
const PAUSE_MS = 60
/** Ten a second once the burst is over. */
const ARRIVE_MS = 30_000

describe.skipIf(!go.ok)('a Go peer and the people of a relay-node', { timeout: 90_000 }, () => {
  test(`lose no score over ${MESSAGES} messages each way`, async () => {
    const relay = await relayIn(await temporaryFolder())
    const router = routerOf(relay.libp2p.services.pubsub)
    const { chat, network } = await chatter()
    const room = await chat.open('p2p-chat-default')
    if (!room.ok) throw new Error('no room')
    await connect(network, relay)
    const bob = await GoPeer.start(go.ok ? go.path : '')
    onTestFinished(() => bob.quit())
    const address = relay.addresses.find((each) => /\/tcp\/\d+\/p2p\//.test(each)) ?? ''
    expect((await bob.add(address)).connected).toBe(true)
    await bob.meets(1)
    await until(() => router.mesh.get('p2p-chat-default')?.has(bob.id))
    // The archive's first word is what a client waits for before it publishes.
    await until(() => room.value.presence.archives.length > 0)
    const lowest = new Map<string, number>()
    for (let n = 0; n < MESSAGES; n++) {
      await room.value.say(`from the page, ${n}.`)
      bob.type(`from Go, ${n}.`)
      for (const peer of [bob.id, network.self])
        lowest.set(peer, Math.min(lowest.get(peer) ?? 0, router.getScore(peer)))
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
    const heardByGo = (): number =>
      bob.lines.filter((line) => /: from the page, \d+\.$/.test(line)).length
    const heardByUs = async (): Promise<number> => {
      const entries = await room.value.page({ limit: 2 * MESSAGES })
      return entries.filter(({ content }) => content.startsWith('from Go, ')).length
    }
    const end = Date.now() + ARRIVE_MS
    await until(
      async () => Date.now() > end || (heardByGo() >= MESSAGES && (await heardByUs()) >= MESSAGES),
    )
    expect([heardByGo(), await heardByUs()]).toEqual([MESSAGES, MESSAGES])
    expect(bob.all('undelivered')).toEqual([])
    // As they are told once a second: all of them, not only the last.
    await bob.scores()
    const told = bob.all<{ readonly peers: Readonly<Record<string, { readonly score: number }>> }>(
      'scores',
    )
    const scores = told.flatMap(({ peers }) => Object.values(peers).map(({ score }) => score))
    expect(scores.length).toBeGreaterThan(0)
    expect(Math.min(...scores)).toBe(0)
    expect([...lowest.values()]).toEqual([0, 0])
    expect(bob.all('rejected')).toEqual([])
    expect(bob.validated.filter(({ accepted }) => !accepted)).toEqual([])
  })
})
