import 'fake-indexeddb/auto'
import { afterEach, expect, test, vi } from 'vitest'
import type { Entry } from '../../shared/entry.ts'
import { START, comparePositions } from '../../shared/ids.ts'
import { HOUR_US } from '../../shared/limits.ts'
import { systemRuntime } from '../../shared/runtime.ts'
import { NEW_YEAR, alice, bob, entry, lobby, must, saying } from '../../shared/testing/people.ts'
import { WHOLE, checkSums } from '../../shared/testing/sums.ts'
import { SeededRandom } from '../../shared/testing/virtual-time.ts'
import { IdbHistory } from './history-idb.ts'
import { dieAt } from './test-dying.ts'

const POINTS = 200
const STEPS = 12
const METHODS = ['add', 'put', 'delete', 'get', 'getKey', 'getAll', 'getAllKeys'] as const

/** Five hours of bob. */
const pool = await Promise.all(
  Array.from({ length: 60 }, (_, i) =>
    entry(bob, { content: `${i}`, seq: i + 1, clock: NEW_YEAR + i * (HOUR_US / 12) }),
  ),
)

interface Witnessed {
  /** What the store said it had kept. */
  readonly kept: Entry[]
  readonly seqs: number[]
}

/** One thing after the other or at once, as chance has it; a dead store refuses it all. */
async function live(history: IdbHistory, random: SeededRandom, seen: Witnessed): Promise<void> {
  const some = (): readonly Entry[] => {
    const from = Math.floor(random.fraction() * pool.length)
    return pool.slice(from, from + 1 + Math.floor(random.fraction() * 12))
  }
  const steps: readonly (() => Promise<unknown>)[] = [
    async () => seen.kept.push(...(await history.add(some()))),
    async () => seen.kept.push(...(await history.add(some()))),
    async () => {
      const said = await history.say(lobby.id, saying(alice, 'said'))
      if (!said.ok) return
      seen.kept.push(said.value)
      seen.seqs.push(said.value.head?.seq ?? 0)
    },
    () =>
      history.stub(
        lobby.id,
        some().map(({ position }) => position),
      ),
    () =>
      history.witness(
        lobby.id,
        seen.kept.map(({ id }) => id),
        'sent',
      ),
    () =>
      history.trim(lobby.id, {
        ...START,
        clock: NEW_YEAR + Math.floor(random.between(0, 3 * HOUR_US)),
      }),
  ]
  for (let i = 0; i < STEPS; i++) {
    const together = [1, 2].map(() => steps[Math.floor(random.fraction() * steps.length)])
    await Promise.allSettled(together.map((step) => step?.()))
  }
}

afterEach(() => {
  vi.restoreAllMocks()
})

test(`of ${POINTS} crashes amid writes none leaves anything by halves`, async () => {
  let died = 0
  for (let seed = 1; seed <= POINTS; seed++) {
    const random = new SeededRandom(seed)
    const name = `crash-${seed}`
    const open = async (): Promise<IdbHistory> =>
      must(await IdbHistory.open({ name, runtime: systemRuntime() }))
    const history = await open()
    const seen: Witnessed = { kept: [], seqs: [] }
    const { dead, revive } = dieAt(1 + Math.floor(random.fraction() * 250), METHODS)
    await live(history, random, seen)
    if (dead()) died++
    revive()
    const again = await open()
    const floor = await again.floor(lobby.id)
    const positions = new Set((await again.positions(lobby.id, WHOLE, 999)).map(({ id }) => id))
    const lost = seen.kept.filter(
      ({ position }) => comparePositions(position, floor) >= 0 && !positions.has(position.id),
    )
    expect(
      lost.map(({ content }) => content),
      `seed ${seed}`,
    ).toEqual([])
    await checkSums(again, lobby.id).catch((error: unknown) => {
      throw new Error(`seed ${seed}: ${String(error)}`)
    })
    const next = must(await again.say(lobby.id, saying(alice, 'after')))
    expect(seen.seqs, `seed ${seed}: a seq used twice`).not.toContain(next.head?.seq)
    await again.close()
    await history.close()
    indexedDB.deleteDatabase(name)
  }
  expect(died).toBeGreaterThan(POINTS / 2)
}, 120_000)
