import { describe, expect } from 'vitest'
import { crowd, faultsOf, sayInHalves, untilAllHold } from './testing/crowd.ts'
import { story } from './testing/story.ts'

/** Fifty in `npm run test:long`; these are enough to need several hops. */
const PEOPLE = 30
const WORDS = 400
const REAL_TIMEOUT_MS = 240_000

describe('a network that was torn apart, and loses a fifth of all messages', () => {
  story(
    'comes to one history within three minutes',
    async (simulation) => {
      simulation.wire.weather = { latencyMs: [250, 350], loss: 0.2, duplicates: 0, reorder: true }
      const members = await crowd(simulation, PEOPLE)
      await sayInHalves(simulation, members, WORDS)
      expect(await untilAllHold(simulation, members, WORDS, 180_000)).toBeDefined()
      await simulation.run(5_000)
      expect(await faultsOf(members, WORDS)).toEqual([])
    },
    undefined,
    REAL_TIMEOUT_MS,
  )
})
