import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import type { PeerId } from '@libp2p/interface'
import { peerIdFromPublicKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { expect, test } from 'vitest'
import { STRANGERS_MAX } from '../shared/limits.ts'
import { connect, person, relayIn, temporaryFolder, until } from './test-relay.ts'

/** Strangers may invent as many as they like. */
function invented(): PeerId {
  return peerIdFromPublicKey(publicKeyFromRaw(crypto.getRandomValues(new Uint8Array(32))))
}

test('ever new peers do not fill the disk, and those who are here stay noted, also by the next start', async () => {
  const folder = await temporaryFolder()
  const noted = () => readdir(join(folder, 'data/datastore/peers'))
  const most = STRANGERS_MAX + 2
  const relay = await relayIn(folder, { MAX_CONNECTIONS: '2' })
  const alice = await person()
  await connect(alice, relay)
  const [{ remotePeer } = { remotePeer: invented() }] = relay.libp2p.getConnections()
  const { peerStore } = relay.libp2p
  await until(() => peerStore.has(remotePeer))
  const multiaddrs = [multiaddr('/ip4/203.0.113.7/tcp/4001')]
  for (let i = 0; i < most + 100; i++) await peerStore.merge(invented(), { multiaddrs })
  await until(async () => (await noted()).length <= most)
  expect(await peerStore.has(remotePeer)).toBe(true)
  await relay.stop()

  const before = await noted()
  const again = await relayIn(folder, { MAX_CONNECTIONS: '2' })
  const more = most - before.length + 100
  for (let i = 0; i < more; i++) await again.libp2p.peerStore.merge(invented(), { multiaddrs })
  await until(async () => (await noted()).length <= most)
}, 60_000)
