import { test as base, expect } from '@playwright/test'
import { Person } from '../person.ts'
import { RelayNode } from '../relay.ts'
import { Lab, type Nat, PUBLIC } from './lab.ts'
import { TurnServer } from './turn.ts'

const PAGE_PORT = '8080'
const ORIGINS = PUBLIC.map((address) => `http://${address}:${PAGE_PORT}`)

interface World {
  /** Lays the two homes behind these; once in a test, before anything else. */
  readonly layLab: (a: Nat, b: Nat) => Lab
  /** A relay-node at the nth public address. */
  readonly relayAt: (n: 0 | 1, environment?: Readonly<Record<string, string>>) => Promise<RelayNode>
  /** A coturn at the last public address; the program's path is handed in, for not every machine has it. */
  readonly turnFrom: (program: string) => Promise<TurnServer>
  /** Opens a relay's page at home, in a browser of its own. */
  readonly at: (lab: Lab, side: 'a' | 'b', relay: RelayNode) => Promise<Person>
}

export const test = base.extend<World>({
  layLab: async ({}, use) => {
    const labs: Lab[] = []
    await use((a, b) => {
      const lab = Lab.build({ a, b })
      labs.push(lab)
      return lab
    })
    for (const lab of labs) await lab.destroy()
  },
  relayAt: async ({}, use) => {
    const relays: RelayNode[] = []
    await use(async (n, environment = {}) => {
      const relay = await RelayNode.start(
        { HOST: PUBLIC[n], PORT: PAGE_PORT, TCP_PORT: '4001', ...environment },
        Lab.within('public'),
      )
      relays.push(relay)
      return relay
    })
    await Promise.all(relays.map((relay) => relay.stop()))
  },
  turnFrom: async ({}, use) => {
    const servers: TurnServer[] = []
    await use(async (program) => {
      const server = await TurnServer.start(PUBLIC[2], program)
      servers.push(server)
      return server
    })
    await Promise.all(servers.map((server) => server.stop()))
  },
  at: async ({}, use) => {
    const people: Person[] = []
    await use(async (lab, side, relay) => {
      const browser = await lab.browser(side, ORIGINS)
      const person = await Person.open(browser, relay.url)
      people.push(person)
      return person
    })
    for (const person of people) {
      await person.close()
      expect(person.errors).toEqual([])
    }
  },
})

export { expect }
