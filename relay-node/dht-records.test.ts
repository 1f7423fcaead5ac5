import { expect, test } from 'vitest'
import type { Clock } from '../shared/runtime.ts'
import type { Datastore } from './datastore.ts'
import { DhtRecords } from './dht-records.ts'

test('on a slow disk there is one count at a time, and the next one 10 s after it', async () => {
  let now = 0
  let counts = 0
  let end = (): void => undefined
  const slow = {
    query: async function* () {
      counts++
      await new Promise<void>((resolve) => (end = resolve))
      yield* []
    },
  }
  const records = new DhtRecords(
    slow as unknown as Datastore,
    { now: () => now } as unknown as Clock,
  )
  const asked = [records.holding()]
  while (now < 25_000) {
    now += 5_000
    asked.push(records.holding())
  }
  expect(counts).toBe(1)
  end()
  for (const { records: all } of await Promise.all(asked)) expect(all).toBe(0)
  now += 9_000
  await records.holding()
  expect(counts).toBe(1)
  now += 1_000
  void records.holding()
  expect(counts).toBe(2)
})
