import { describe, expect } from 'vitest'
import { crowd, faultsOf, sayInHalves, untilAllHold } from './testing/crowd.ts'
import { story } from './testing/story.ts'

const PEOPLE = 50
const WORDS = 400
const REAL_TIMEOUT_MS = 240_000

describe('a network that was torn apart', () => {
  story(
    'of fifty, in two halves, comes to one history within a minute',
    async (simulation) => {
      const members = await crowd(simulation, PEOPLE)
      await sayInHalves(simulation, members, WORDS)
      expect(await untilAllHold(simulation, members, WORDS, 60_000)).toBeDefined()
      // Nor is anything said or shown again after that.
      await simulation.run(5_000)
      expect(await faultsOf(members, WORDS)).toEqual([])
    },
    undefined,
    REAL_TIMEOUT_MS,
  )
})
