import { test as base, expect } from '@playwright/test'
import { Person, type PersonOptions } from './person.ts'
import { RelayNode } from './relay.ts'

interface World {
  readonly relay: RelayNode
  /** Opens the relay's page as somebody new. */
  readonly someone: (options?: PersonOptions) => Promise<Person>
}

/** Each test has a relay-node of its own and one browser context per person. */
export const test = base.extend<World>({
  relay: async ({}, use) => {
    const relay = await RelayNode.start()
    await use(relay)
    await relay.stop()
  },
  someone: async ({ browser, relay }, use) => {
    const people: Person[] = []
    await use(async (options) => {
      const person = await Person.open(browser, relay.url, options)
      people.push(person)
      return person
    })
    for (const person of people) {
      await person.close()
      expect(person.errors).toEqual([])
    }
  },
})

/** Notes for a report how long something took that a test waited for, ms. */
export function took(ms: number): void {
  test.info().annotations.push({ type: 'took', description: String(Math.round(ms)) })
}

export { expect }
