import { describe, expect, test } from 'vitest'
import { parseBootstrap } from './bootstrap.ts'

const GOOD = {
  version: '0.1.0',
  peerId: '12D3KooWHFNHq23qGJtUXjCjbqwEJCVoRDzEAyqXX8rQqLNMQeD9',
  multiaddrs: ['/ip4/127.0.0.1/tcp/8080/ws'],
  iceServers: [{ urls: 'stun:localhost:3478' }],
  topic: 'p2p-chat-default',
  dhtProtocol: '/p2p-chat/kad/1.0.0',
}

describe('bootstrap.json', () => {
  test('is read field by field', () => {
    const { dhtProtocol: _, ...known } = GOOD
    expect(parseBootstrap(GOOD)).toEqual({
      ok: true,
      value: { ...known, iceServers: [{ urls: ['stun:localhost:3478'] }] },
    })
  })

  test('keeps nothing that is not what it should be', () => {
    const parsed = parseBootstrap({
      ...GOOD,
      multiaddrs: [1, null, '/a'],
      iceServers: [null, {}, { urls: [2] }],
    })
    expect(parsed).toMatchObject({ ok: true, value: { multiaddrs: ['/a'], iceServers: [] } })
  })

  test.each([
    null,
    'text',
    [],
    {},
    { ...GOOD, peerId: 'QmNotEd25519' },
    { ...GOOD, multiaddrs: 'one' },
    { ...GOOD, topic: 1 },
  ])('%j is refused', (json) => {
    expect(parseBootstrap(json)).toEqual({
      ok: false,
      failure: { kind: 'malformed', what: 'bootstrap.json' },
    })
  })
})
