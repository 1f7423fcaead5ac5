import { expect, test } from 'vitest'
import { addShared, lastRoom, rememberRoom, sharedIn } from './share.ts'

const LINK = 'https://example.org/a?b=c&d=e'

test.each([
  ['', undefined],
  ['?guest', undefined],
  ['?share-text=', undefined],
  ['?share-text=%20%0A', undefined],
  ['?share-text=hello', 'hello'],
  [`?share-title=A%20page&share-url=${encodeURIComponent(LINK)}`, `A page\n${LINK}`],
  [
    `?share-text=${encodeURIComponent(`look: ${LINK}`)}&share-url=${encodeURIComponent(LINK)}`,
    `look: ${LINK}`,
  ],
  ['?share-title=same&share-text=same', 'same'],
  ['?share-text=%E0%A4%A', '\uFFFD%A'],
])('%j shares %j', (search, shared) => {
  expect(sharedIn(search)).toBe(shared)
})

test('a book that is shared is cut, and what is shared is never a command', () => {
  expect(sharedIn(`?share-text=${'x'.repeat(1_000_000)}`)?.length).toBe(16_384)
  expect(addShared('', '/wipe everything')).toBe('//wipe everything')
  expect(addShared('', 'hello')).toBe('hello')
  expect(addShared('half a thought', '/wipe everything')).toBe('half a thought\n/wipe everything')
})

test('the last room is a room, whatever lies in the storage', () => {
  expect(lastRoom()).toBeUndefined()
  rememberRoom('garden')
  expect(lastRoom()).toBe('garden')
  localStorage.setItem('p2p-chat-last-room', '<script>')
  expect(lastRoom()).toBeUndefined()
})
