import { test } from 'vitest'
import { Simulation } from './simulation.ts'

const SEEDS = [1, 2, 3, 4, 5]
const LAST_LINES = 40

/** A story told once for each seed; when it ends badly it says with which one, and how it came to it. */
export function story(
  name: string,
  tell: (simulation: Simulation) => Promise<void>,
  seeds = SEEDS,
  /** ms of real time */
  timeout?: number,
): void {
  test.each(seeds)(
    `${name} (seed %i)`,
    { ...(timeout === undefined ? {} : { timeout }) },
    async (seed) => {
      const simulation = new Simulation(seed)
      try {
        await tell(simulation)
      } catch (error) {
        if (error instanceof Error) {
          error.message += `\nseed ${seed}; what happened last:\n${simulation.story.slice(-LAST_LINES).join('\n')}`
        }
        throw error
      }
    },
  )
}
