import { describe, expect } from 'vitest'
import { churn } from './testing/churn.ts'
import { faultsOf, untilAllHold } from './testing/crowd.ts'
import { story } from './testing/story.ts'

const REAL_TIMEOUT_MS = 60_000

describe('a room where people come and go', () => {
  story(
    'forgets nothing that anybody has: all hold it in the end, once and in one order',
    async (simulation) => {
      const { members, held } = await churn(simulation, {
        people: 12,
        meanLifeMs: 20_000,
        lastsMs: 120_000,
      })
      expect(held.size).toBeGreaterThan(20)
      await untilAllHold(simulation, members, held.size, 60_000)
      // What was said by those who were not there at the end comes, too.
      await simulation.run(20_000)
      const [first = []] = await Promise.all(members.map((member) => member.read()))
      expect([...held].filter((word) => !first.includes(word))).toEqual([])
      expect(await faultsOf(members, first.length)).toEqual([])
    },
    undefined,
    REAL_TIMEOUT_MS,
  )
})
