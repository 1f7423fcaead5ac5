import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { RELAY_PROTOCOL } from '../shared/limits.ts'
import { RELAY_WORD, askRelay } from '../shared/relay-word.ts'
import { connect, person, relayIn, temporaryFolder, until } from './test-relay.ts'

const QUESTIONS = 5

test('what relay-nodes say of themselves is not read from the disk for each who asks', async () => {
  const relay = await relayIn(await temporaryFolder())
  const [eve, alice] = [await person(), await person()]
  eve.serve(RELAY_WORD, () => sleep(1))
  await connect(eve, relay)
  await connect(alice, relay)
  const { peerStore } = relay.libp2p
  const isRelayNode = async (): Promise<boolean> => {
    const notes = await peerStore.all()
    const eves = notes.find(({ id }) => id.toString() === (eve.self as string))
    return eves?.protocols.includes(RELAY_PROTOCOL) === true
  }
  await until(isRelayNode)
  const read = vi.spyOn(peerStore, 'get')
  for (let i = 0; i < QUESTIONS; i++) {
    const word = await askRelay(alice, relay.peerId, AbortSignal.timeout(5_000))
    expect(word).toBeDefined()
  }
  const ofEve = read.mock.calls.filter(([peer]) => peer.toString() === (eve.self as string))
  expect(ofEve).toEqual([])
})
