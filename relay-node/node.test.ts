import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startPeer } from '../shared/libp2p/test-node.ts'
import { RELAY_PROTOCOL } from '../shared/limits.ts'
import { RELAY_WORD, askRelay } from '../shared/relay-word.ts'
import { connect, person, relayIn, temporaryFolder, until } from './test-relay.ts'

describe('reservations', () => {
  test('are free again when their peer has gone, and made again when it is back', async () => {
    const relay = await relayIn(await temporaryFolder())
    const { reservations } = relay.libp2p.services.relay
    const alice = await person()
    await connect(alice, relay)
    await until(() => reservations.size === 1 && alice.reserved)
    await alice.hangUp(relay.peerId)
    await until(() => reservations.size === 0)
    const bob = await person()
    await connect(bob, relay)
    await until(() => bob.reserved)
  })

  test('are limited, in time and bytes, so that gossip does not hold on to them', async () => {
    const relay = await relayIn(await temporaryFolder())
    const alice = await person()
    await connect(alice, relay)
    await until(() => alice.reserved)
    const [reservation] = [...relay.libp2p.services.relay.reservations.values()]
    expect(reservation?.limit).toEqual({ data: 64n * 1024n * 1024n, duration: 2 * 60 * 60_000 })
    const minutes = ((reservation?.expiry.getTime() ?? 0) - Date.now()) / 60_000
    expect(Math.round(minutes)).toBe(20)
  })

  test('of one address fill half of the table; renewing is always allowed', async () => {
    const relay = await relayIn(await temporaryFolder(), { MAX_RESERVATIONS: '4' })
    const { reservations } = relay.libp2p.services.relay
    const [alice, bob, eve] = [await person(), await person(), await person()]
    for (const each of [alice, bob]) {
      await connect(each, relay)
      await until(() => each.reserved)
    }
    const gater = relay.libp2p as unknown as {
      components: { connectionGater: { denyInboundRelayReservation(peer: unknown): boolean } }
    }
    const denied = (peer: unknown): boolean =>
      gater.components.connectionGater.denyInboundRelayReservation(peer)
    await connect(eve, relay)
    const connection = relay.libp2p
      .getConnections()
      .find(({ remotePeer }) => remotePeer.toString() === eve.self)
    expect(denied(connection?.remotePeer)).toBe(true)
    expect([...reservations.keys()].map(denied)).toEqual([false, false])
    await bob.hangUp(relay.peerId)
    await until(() => reservations.size === 1)
    expect(denied(connection?.remotePeer)).toBe(false)
  })
})

test('connections of one address fill half of the table', async () => {
  const relay = await relayIn(await temporaryFolder(), { MAX_CONNECTIONS: '4' })
  const [alice, bob, eve] = [await person(), await person(), await person()]
  await connect(alice, relay)
  await connect(bob, relay)
  await expect(connect(eve, relay)).rejects.toThrow('cannot be reached')
  await bob.hangUp(relay.peerId)
  await until(() => relay.libp2p.getConnections().length === 1)
  await connect(eve, relay)
})

test('people can tell that it is a relay-node', async () => {
  const relay = await relayIn(await temporaryFolder())
  expect(relay.libp2p.getProtocols()).toContain(RELAY_PROTOCOL)
  const alice = await person()
  await connect(alice, relay)
  await until(() => alice.links().some((link) => link.relay))
})

test('of whoever only asks for its word a relay-node does not tell as of a relay-node; of one it does', async () => {
  const relay = await relayIn(await temporaryFolder())
  const address = relay.addresses.find((each) => !each.includes('/ws')) ?? ''
  // What a page could open: were this a relay-node, others would be told of it.
  const eve = await startPeer({ listen: ['/ip4/127.0.0.1/tcp/0/ws'] })
  onTestFinished(() => eve.network.stop())
  const patience = (): AbortSignal => AbortSignal.timeout(5_000)
  expect((await eve.network.dial(address, patience())).ok).toBe(true)
  await eve.network.open(relay.peerId, RELAY_WORD, patience())
  const notedOfEve = async (): Promise<readonly string[]> =>
    (await relay.libp2p.peerStore.get(eve.node.peerId)).protocols
  await until(async () => (await notedOfEve()).includes(RELAY_PROTOCOL))
  const second = await relayIn(await temporaryFolder(), { BOOTSTRAP: address })
  const told = async (): Promise<readonly string[]> =>
    (await askRelay(eve.network, relay.peerId, patience()))?.relays ?? []
  await until(async () => (await told()).length > 0)
  expect((await told()).filter((each) => !each.endsWith(`/p2p/${second.peerId}`))).toEqual([])
})

test('a bootstrap peer that went away is dialled again', async () => {
  const folder = await temporaryFolder()
  const first = await relayIn(folder)
  const address = first.addresses.find((each) => !each.includes('/ws')) ?? ''
  const nobody = '/ip4/127.0.0.1/tcp/1'
  const told: string[] = []
  const other = await relayIn(
    await temporaryFolder(),
    { BOOTSTRAP: `${nobody}, ${address}` },
    undefined,
    (sentence) => told.push(sentence),
  )
  const connected = (): boolean =>
    other.libp2p.getConnections().some(({ status }) => status === 'open')
  await until(connected)
  await first.stop()
  await until(() => !connected())
  await relayIn(folder, { TCP_PORT: String(first.tcpPort) })
  await until(connected)
  await until(() => told.length > 0)
  // Said once of who never answered, however often they are tried.
  expect(told).toEqual([
    expect.stringMatching(/^The bootstrap peer \/ip4\/127.0.0.1\/tcp\/1 cannot/),
  ])
})

test('what has been stopped writes nothing more', async () => {
  const folder = await temporaryFolder()
  const relay = await relayIn(folder)
  await relay.stop()
  await rm(join(folder, 'data'), { recursive: true })
  // libp2p writes its own record one second after its listeners have closed.
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  expect(await readdir(folder)).toEqual([])
})
