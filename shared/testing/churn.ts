import { person } from './people.ts'
import type { Member, Simulation } from './simulation.ts'

export interface Churn {
  readonly people: number
  readonly meanLifeMs: number
  readonly lastsMs: number
}

const FIRST_FILL = 10
const STEP_MS = 1_000
const SAYS_PER_STEP = 0.05
/** Of those who go: some say goodbye, some just lose power. */
const CRASHES = 0.5

/**
 * People come, speak and go, by goodbye or by power cut, and come back with what is on their disk.
 * Ends with everybody there; says which contents anybody live held by then.
 */
export async function churn(
  simulation: Simulation,
  { people, meanLifeMs, lastsMs }: Churn,
): Promise<{ readonly members: readonly Member[]; readonly held: ReadonlySet<string> }> {
  const { random } = simulation
  await simulation.relay()
  const members: Member[] = []
  const here = new Set<Member>()
  for (let i = 0; i < people; i++) {
    const member = await simulation.enter(await person(`person-${i}`, FIRST_FILL + i))
    members.push(member)
    here.add(member)
  }
  let words = 0
  for (let passed = 0; passed < lastsMs; passed += STEP_MS) {
    for (const member of members) {
      const moves = random.fraction() < STEP_MS / meanLifeMs
      if (!here.has(member)) {
        if (!moves) continue
        await member.wake()
        await member.connect()
        here.add(member)
      } else if (moves) {
        if (random.fraction() < CRASHES) member.crash()
        else await member.quit()
        here.delete(member)
      } else if (random.fraction() < SAYS_PER_STEP) await member.say(`word ${words++}`)
    }
    await simulation.run(STEP_MS)
  }
  const held = new Set((await Promise.all([...here].map((member) => member.read()))).flat())
  for (const member of members.filter((each) => !here.has(each))) {
    await member.wake()
    await member.connect()
  }
  return { members, held }
}
