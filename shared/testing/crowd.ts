import { person } from './people.ts'
import type { Member, Simulation } from './simulation.ts'

const FIRST_FILL = 10
/** Long enough for everybody to have found their links. */
const SETTLE_MS = 10_000
const STEP_MS = 1_000

/** So many people in one room, linked through one relay and to each other. */
export async function crowd(simulation: Simulation, size: number): Promise<readonly Member[]> {
  await simulation.relay()
  const members: Member[] = []
  for (let i = 0; i < size; i++) {
    members.push(await simulation.enter(await person(`person-${i}`, FIRST_FILL + i)))
  }
  await simulation.run(SETTLE_MS)
  return members
}

/** Cuts the room in two, lets everybody speak on both sides, and heals it. */
export async function sayInHalves(
  simulation: Simulation,
  members: readonly Member[],
  words: number,
): Promise<void> {
  const PER_SECOND = 20
  simulation.wire.cut(members.slice(0, members.length / 2).map(({ id }) => id))
  for (let i = 0; i < words; i++) {
    await members[i % members.length]?.say(`word ${i}`)
    if (i % PER_SECOND === PER_SECOND - 1) await simulation.run(1_000)
  }
  await simulation.run(20_000)
  simulation.wire.heal()
}

/** How long it took until everybody had `size` entries, ms; undefined if it did not happen in time. */
export async function untilAllHold(
  simulation: Simulation,
  members: readonly Member[],
  size: number,
  withinMs: number,
): Promise<number | undefined> {
  for (let passed = 0; passed <= withinMs; passed += STEP_MS) {
    const lengths = await Promise.all(members.map(async (member) => (await member.read()).length))
    if (lengths.every((length) => length >= size)) return passed
    await simulation.run(STEP_MS)
  }
  return undefined
}

/** What is wrong with what these hold and were shown; nothing if all hold the same once, in one order. */
export async function faultsOf(
  members: readonly Member[],
  size: number,
): Promise<readonly string[]> {
  const faults: string[] = []
  const [first = [], ...others] = await Promise.all(
    members.map(async (member) =>
      (await member.room.page({ limit: 100_000 })).map(({ id, content }) => `${id} ${content}`),
    ),
  )
  if (first.length !== size) faults.push(`${members[0]?.name} holds ${first.length} of ${size}`)
  if (new Set(first).size !== first.length) faults.push(`${members[0]?.name} holds one twice`)
  for (const [i, held] of others.entries()) {
    if (held.length === first.length && held.every((entry, at) => entry === first[at])) continue
    const lacking = first.filter((entry) => !held.includes(entry)).length
    const more = held.filter((entry) => !first.includes(entry)).length
    faults.push(`${members[i + 1]?.name} lacks ${lacking}, has ${more} more, or another order`)
  }
  for (const member of members) {
    const shown = member.shown.flatMap((change) =>
      change.kind === 'entries' ? change.entries.map(({ id }) => id) : [],
    )
    if (new Set(shown).size !== shown.length) faults.push(`${member.name} was shown one twice`)
  }
  return faults
}
