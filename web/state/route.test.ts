import { expect, test } from 'vitest'
import { DEFAULT_ROOM } from '../../shared/limits.ts'
import { hashOf, routeOf } from './route.ts'

test.each([
  ['', { kind: 'room', name: DEFAULT_ROOM }],
  ['#/', { kind: 'room', name: DEFAULT_ROOM }],
  ['#/r/garden', { kind: 'room', name: 'garden' }],
  ['#/r/A.b_c-1', { kind: 'room', name: 'A.b_c-1' }],
  ['#/r/no%20room', { kind: 'bad-room', name: 'no room' }],
  ['#/r/constructor', { kind: 'bad-room', name: 'constructor' }],
  ['#/r/%E0%A4%A', { kind: 'bad-room', name: '%E0%A4%A' }],
  ['#/r/', { kind: 'bad-room', name: '' }],
  ['#/garden', { kind: 'bad-room', name: 'garden' }],
  ['#/p/abcdef', { kind: 'reserved' }],
])('%s', (hash, route) => {
  expect(routeOf(hash)).toEqual(route)
})

test('the address of a room leads to it', () => {
  for (const name of ['garden', DEFAULT_ROOM])
    expect(routeOf(hashOf(name))).toEqual({ kind: 'room', name })
})
