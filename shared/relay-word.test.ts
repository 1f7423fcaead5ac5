import { expect, test } from 'vitest'
import { utf8 } from './bytes.ts'
import {
  type KnownRelay,
  RELAY_WORD,
  type RelayWord,
  encodeRelayWord,
  parseRelayWord,
  refusalsOf,
} from './relay-word.ts'

const ADDRESS = '/dns/relay.example/tcp/443/tls/ws/p2p/12D3KooWx'

test('a word comes out as it went in', () => {
  const dht = { records: 2, bytes: 180, lifeMs: 1_800_000, nextMs: 1_000 }
  const word = {
    relays: [ADDRESS],
    places: { taken: 3, all: 1_024 },
    circuits: 0,
    stun: 3_478,
    dht,
    refuses: 'full' as const,
  }
  expect(parseRelayWord(encodeRelayWord(word))).toEqual(word)
})

test('however much is known, it fits into a frame', () => {
  const relays = Array.from({ length: 500 }, (_, i) => `/dns/${'x'.repeat(360)}${i}/tcp/1/ws/p2p/y`)
  const bytes = encodeRelayWord({ relays: ['rubbish', ...relays] })
  expect(bytes.length).toBeLessThanOrEqual(RELAY_WORD.maxFrame)
  expect(parseRelayWord(bytes)?.relays).toHaveLength(16)
})

test('names of more bytes than characters fit, too', () => {
  const relays = Array.from({ length: 16 }, (_, i) => `/dns/${'鶴'.repeat(360)}${i}/tcp/1/ws/p2p/y`)
  const bytes = encodeRelayWord({ relays: [...relays, ADDRESS] })
  expect(bytes.length).toBeLessThanOrEqual(RELAY_WORD.maxFrame)
  expect(parseRelayWord(bytes)?.relays).toEqual([ADDRESS])
})

test.each([
  ['', undefined],
  ['[]', undefined],
  ['null', undefined],
  ['{"relays":', undefined],
  ['{}', { relays: [] }],
  ['{"relays":"/ip4/1.2.3.4/tcp/1/ws/p2p/x","circuits":-1,"places":{"taken":1}}', { relays: [] }],
  [
    `{"relays":[1,null,"${ADDRESS}","/ip4/1.2.3.4/tcp/1/ws","${'x'.repeat(500)}/p2p/y"],"circuits":1.5}`,
    { relays: [ADDRESS] },
  ],
  ['{"dht":{"records":-1,"bytes":1,"lifeMs":1}}', { relays: [] }],
  ['{"dht":{"records":0,"bytes":0}}', { relays: [] }],
  [
    '{"dht":{"records":0,"bytes":0,"lifeMs":9,"nextMs":"soon"}}',
    { relays: [], dht: { records: 0, bytes: 0, lifeMs: 9 } },
  ],
  ['{"refuses":"all"}', { relays: [] }],
  ['{"refuses":["full"]}', { relays: [] }],
  ['{"stun":0}', { relays: [] }],
  ['{"stun":65536}', { relays: [] }],
  ['{"stun":"3478@192.0.2.9"}', { relays: [] }],
  ['{"__proto__":{"relays":["/a/p2p/b"]}}', { relays: [] }],
])('%s', (text, word) => {
  expect(parseRelayWord(utf8(text))).toEqual(word)
})

test('bytes that are no text say nothing', () => {
  expect(parseRelayWord(new Uint8Array([0xff, 0xfe, 0x00]))).toBeUndefined()
})

test('archives that refuse are told of those that are linked', () => {
  const word = { relays: [], refuses: 'full' } as const
  const known = (state: KnownRelay['state'], said?: RelayWord): KnownRelay => ({
    address: '/dns4/relay.example/tcp/443/wss',
    state,
    failures: 0,
    ...(said === undefined ? {} : { word: said }),
  })
  expect(
    refusalsOf([
      known('waiting', word),
      known('serving'),
      known('linked', { ...word, refuses: 'clock' }),
      known('serving', word),
    ]),
  ).toEqual(['clock', 'full'])
})
