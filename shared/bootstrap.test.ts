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
    expect(parseBootstrap(GOOD, 0)).toEqual({
      ok: true,
      value: { ...known, iceServers: [{ urls: ['stun:localhost:3478'] }] },
    })
  })

  test('keeps nothing that is not what it should be', () => {
    const parsed = parseBootstrap(
      {
        ...GOOD,
        multiaddrs: [1, null, '/a'],
        iceServers: [null, {}, { urls: [2] }, { urls: 'http://elsewhere.example' }],
        iceSeconds: '7200',
        httpsPort: 65_536,
      },
      0,
    )
    const { iceServers: _, multiaddrs: __, dhtProtocol: ___, ...rest } = GOOD
    expect(parsed).toEqual({ ok: true, value: { ...rest, multiaddrs: ['/a'], iceServers: [] } })
  })

  test('with TURN, and https beside http', () => {
    const turn = { urls: ['turn:a.example'], username: '1:a', credential: 'b' }
    const parsed = parseBootstrap(
      {
        ...GOOD,
        iceServers: [turn],
        iceSeconds: 7_200,
        httpsPort: 8_443,
      },
      1_000,
    )
    expect(parsed.ok && parsed.value).toMatchObject({
      iceServers: [turn],
      iceEnds: 7_201_000,
      httpsPort: 8_443,
    })
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
    expect(parseBootstrap(json, 0)).toEqual({
      ok: false,
      failure: { kind: 'malformed', what: 'bootstrap.json' },
    })
  })
})
