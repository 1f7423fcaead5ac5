import { expect, test } from 'vitest'
import { mapByPmp } from './nat-pmp.ts'

test('a gateway to which no way leads gives no answer, and is not waited for', async () => {
  // Whoever may not broadcast cannot connect to it: as to a network that has just gone.
  expect(await mapByPmp('255.255.255.255', 'tcp', 4_001, 60)).toBeUndefined()
}, 10_000)
