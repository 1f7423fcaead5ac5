import { describe, expect, test } from 'vitest'
import { furthest, runOf } from './history.ts'

describe('runOf', () => {
  test('holds logs longer than a call has arguments', () => {
    const seqs = new Set(Array.from({ length: 300_000 }, (_, i) => i + 1))
    expect(runOf(seqs)).toEqual({ lo: 1, hi: 300_000, holes: [] })
  })
})

test('evidence only adds up', () => {
  expect(furthest('queued', 'sent')).toBe('sent')
  expect(furthest('stored', 'sent')).toBe('stored')
  expect(furthest('stored', 'stored')).toBe('stored')
})
