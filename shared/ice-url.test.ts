import { describe, expect, test } from 'vitest'
import { isIceUrl, isTurnUrl, stunAt, withHost } from './ice-url.ts'

describe('addresses of STUN and TURN servers', () => {
  test.each([
    'stun:0.0.0.0:3478',
    'stun:chat.example',
    'stuns:chat.example:5349',
    'stun:[fd00::2]:3478',
    'turn:chat.example:3478?transport=udp',
    'turns:203.0.113.7:443?transport=tcp',
  ])('%s is one', (url) => {
    expect(isIceUrl(url)).toBe(true)
    expect(isTurnUrl(url)).toBe(url.startsWith('turn'))
  })

  test.each([
    '',
    'stun:',
    'stun:host:0',
    'stun:host:65536',
    'stun:host:3478?transport=udp',
    'turn:host?transport=sctp',
    'turn://host',
    'turn:user@host',
    'turn:host:3478 ',
    'http://host',
    'stun:fd00::2',
    'stun:[::1',
    `turn:${'a'.repeat(300)}`,
  ])('%j is none', (url) => {
    expect(isIceUrl(url)).toBe(false)
    expect(isTurnUrl(url)).toBe(false)
  })

  test('0.0.0.0 is the host that the page was loaded from', () => {
    expect(withHost('stun:0.0.0.0:3478', 'chat.example')).toBe('stun:chat.example:3478')
    expect(withHost('turn:0.0.0.0?transport=tcp', '[fd00::2]')).toBe('turn:[fd00::2]?transport=tcp')
    expect(withHost('stun:0.0.0.0', 'localhost')).toBe('stun:localhost')
    expect(withHost('stun:0.0.0.0.example:1', 'localhost')).toBe('stun:0.0.0.0.example:1')
    expect(withHost('stun:10.0.0.0:3478', 'localhost')).toBe('stun:10.0.0.0:3478')
  })
})

test.each([
  ['/ip4/192.0.2.7/tcp/80/ws/p2p/x', 'stun:192.0.2.7:3478'],
  ['/ip6/fd00::2/tcp/80/ws/p2p/x', 'stun:[fd00::2]:3478'],
  ['/dns/chat.example/tcp/443/tls/ws/p2p/x', 'stun:chat.example:3478'],
  ['/dns/chat.example@192.0.2.9/tcp/443/tls/ws', undefined],
  ['/ip6/fd00::2]:1?/tcp/80/ws/p2p/x', undefined],
  ['/dnsaddr/chat.example/p2p/x', undefined],
  ['/memory/1', undefined],
  ['', undefined],
])('the STUN of the relay-node at %s is at %s', (address, url) => {
  expect(stunAt(address, 3_478)).toBe(url)
})
