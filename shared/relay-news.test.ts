import { expect, test, vi } from 'vitest'
import { systemRuntime } from './runtime.ts'
import { RelayNews } from './relay-news.ts'

test.each([
  ['nothing answers', () => Promise.reject(new TypeError('Failed to fetch')), false],
  ['a login page answers', () => Promise.resolve(new Response('<!doctype html>')), true],
  [
    'a proxy says that nobody is there',
    () => Promise.resolve(new Response('', { status: 502 })),
    true,
  ],
  ['another program answers', () => Promise.resolve(Response.json({ version: 7 })), true],
])('told apart: %s', async (_, answer, answers) => {
  const told = await new Promise<boolean>((resolve) => {
    new RelayNews({ runtime: systemRuntime(), ask: answer, onsilence: resolve, onanswer: vi.fn() })
  })
  expect(told).toBe(answers)
})
