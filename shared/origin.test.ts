import { describe, expect, test } from 'vitest'
import type { PeerId } from './ids.ts'
import { deniesDial, isLoopback, isPrivateHost, originAddress, relayAddresses } from './origin.ts'

const RELAY = '12D3KooWHFNHq23qGJtUXjCjbqwEJCVoRDzEAyqXX8rQqLNMQeD9' as PeerId
const CAROL = '12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X'
const nobody = (): boolean => false

test.each([
  ['localhost', true],
  ['chat.localhost', true],
  ['127.0.0.1', true],
  ['[::1]', true],
  ['192.168.1.4', false],
  ['[fe80::1]', false],
  ['localhost.example', false],
  ['127.example', false],
])('%s is this very device: %s', (host, is) => {
  expect(isLoopback(host)).toBe(is)
})

describe('the relay is where the page came from', () => {
  test.each([
    ['http://localhost:8080', '/dns/localhost/tcp/8080/ws'],
    ['http://192.168.1.4:8080', '/ip4/192.168.1.4/tcp/8080/ws'],
    ['http://[::1]:8080', '/ip6/::1/tcp/8080/ws'],
    ['http://chat.example', '/dns/chat.example/tcp/80/ws'],
    ['https://chat.example', '/dns/chat.example/tcp/443/tls/ws'],
    ['https://chat.example:8443', '/dns/chat.example/tcp/8443/tls/ws'],
  ])('%s', (origin, address) => {
    expect(originAddress(origin, RELAY)).toBe(`${address}/p2p/${RELAY}`)
  })

  test('and only addresses that a page can dial come behind it, each once', () => {
    const own = `/dns/localhost/tcp/8080/ws/p2p/${RELAY}`
    const other = `/ip4/10.0.0.2/tcp/8080/ws/p2p/${RELAY}`
    const given = [`/ip4/10.0.0.2/tcp/4001/p2p/${RELAY}`, other, own, `${other}/p2p-circuit`]
    expect(relayAddresses('http://localhost:8080', RELAY, given)).toEqual([own, other])
  })
})

describe('what a page does not dial', () => {
  test.each([
    ['http://localhost:8080', '/ip4/127.0.0.1/tcp/8080/ws', false],
    ['http://192.168.1.4:8080', '/ip4/192.168.1.5/tcp/8080/ws', false],
    ['http://203.0.113.5', '/ip4/203.0.113.5/tcp/80/ws', false],
    ['http://203.0.113.5', '/ip4/192.168.1.1/tcp/80/ws', true],
    ['https://chat.example', '/dns/chat.example/tcp/80/ws', true],
    ['https://chat.example', '/dns/chat.example/tcp/443/tls/ws', false],
    ['https://chat.example', '/dns/chat.example/tcp/443/wss', false],
    ['https://chat.example', '/ip4/10.1.2.3/udp/4001/quic-v1/webtransport', true],
    ['https://chat.example', '/dns/router/tcp/443/tls/ws', true],
  ])('from %s to %s: %s', (origin, address, denied) => {
    expect(deniesDial(origin, address, nobody)).toBe(denied)
  })

  test('but over a relay that is connected it dials whatever address the relay goes by', () => {
    const address = `/ip4/172.17.0.2/tcp/8080/ws/p2p/${RELAY}/p2p-circuit/webrtc/p2p/${CAROL}`
    expect(deniesDial('https://chat.example', address, nobody)).toBe(true)
    expect(deniesDial('https://chat.example', address, (relay) => relay === RELAY)).toBe(false)
  })
})

test.each([
  ['localhost', true],
  ['127.0.0.1', true],
  ['172.31.0.1', true],
  ['172.32.0.1', false],
  ['100.64.0.1', true],
  ['100.128.0.1', false],
  ['[::1]', true],
  ['fd00::1', true],
  ['2001:db8::1', false],
  ['printer.local', true],
  ['chat.example', false],
])('%s is private: %s', (host, expected) => {
  expect(isPrivateHost(host)).toBe(expected)
})
