import { expect, test } from 'vitest'
import { DEFAULT_ROOM } from './limits.ts'
import { hashOf, leadsOnlyHere, linkTo, routeOf } from './route.ts'

test.each([
  ['', { kind: 'room', name: DEFAULT_ROOM }],
  ['#/', { kind: 'room', name: DEFAULT_ROOM }],
  ['#/r/garden', { kind: 'room', name: 'garden' }],
  ['#/r/A.b_c-1', { kind: 'room', name: 'A.b_c-1' }],
  ['#/r/no%20room', { kind: 'bad-room', name: 'no room' }],
  ['#/r/constructor', { kind: 'bad-room', name: 'constructor' }],
  ['#/r/%E0%A4%A', { kind: 'bad-room', name: '%E0%A4%A' }],
  ['#/r/', { kind: 'bad-room', name: '' }],
  ['#/garden', { kind: 'room', name: 'garden' }],
  ['#garden', { kind: 'room', name: 'garden' }],
  ['#r/garden', { kind: 'room', name: 'garden' }],
  ['#/garden/shed', { kind: 'bad-room', name: 'garden/shed' }],
  ['#no%20room', { kind: 'bad-room', name: 'no room' }],
  ['#/?', { kind: 'room', name: DEFAULT_ROOM, relays: [] }],
  [
    '#/r/garden?relay=/ip4/192.0.2.7/tcp/80/ws/p2p/x&relay=rubbish&relay=/dns/a.example/tcp/443/tls/ws/p2p/y&other=1',
    {
      kind: 'room',
      name: 'garden',
      relays: ['/ip4/192.0.2.7/tcp/80/ws/p2p/x', '/dns/a.example/tcp/443/tls/ws/p2p/y'],
    },
  ],
  [`#/r/garden?relay=/${'x'.repeat(500)}/p2p/y`, { kind: 'room', name: 'garden', relays: [] }],
  ['#/p/abcdef', { kind: 'reserved' }],
  ['#p', { kind: 'reserved' }],
])('%s', (hash, route) => {
  expect(routeOf(hash)).toEqual(route)
})

test('the address of a room leads to it', () => {
  for (const name of ['garden', DEFAULT_ROOM])
    expect(routeOf(hashOf(name))).toEqual({ kind: 'room', name })
})

test('an invite names at most four relay-nodes, and they come out as they went in', () => {
  const relays = ['1', '2', '3', '4', '5'].map((n) => `/ip6/::${n}/tcp/80/ws/p2p/a&b${n}`)
  expect(routeOf(hashOf('garden', ['rubbish', ...relays]))).toEqual({
    kind: 'room',
    name: 'garden',
    relays: relays.slice(0, 4),
  })
})

test('an address is as short as it can be, and names relay-nodes where there are some', () => {
  const page = 'https://chat.example/'
  expect(linkTo(page, DEFAULT_ROOM)).toBe(page)
  expect(linkTo(page, 'garden')).toBe('https://chat.example/#/r/garden')
  expect(linkTo(page, DEFAULT_ROOM, ['/dns/a.example/tcp/443/wss/p2p/x'])).toBe(
    'https://chat.example/#/?relay=/dns/a.example/tcp/443/wss/p2p/x',
  )
})

test.each([
  ['http://localhost:8080/#/r/garden', true],
  ['http://chat.localhost/', true],
  ['https://127.0.0.1:8443/', true],
  ['http://[::1]:8080/', true],
  ['https://192.168.1.7:8443/', false],
  ['https://localhost.example/', false],
  ['https://127.example/', false],
  ['https://chat.example/#/r/localhost', false],
])('whether %s leads to this device alone: %s', (link, here) => {
  expect(leadsOnlyHere(link)).toBe(here)
})
