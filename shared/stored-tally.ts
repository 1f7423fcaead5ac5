import { StorageError } from './history.ts'
import type { EntryId, Position } from './ids.ts'
import { CLOCK_MAX_US } from './limits.ts'
import type { Runs } from './runs.ts'
import { isClock } from './stored-row.ts'
import { SUM_BYTES, type Sum, sumFrom } from './sums.ts'

/** An id has so many characters. */
const ID_CHARACTERS = 43

/**
 * What a disk gives back of a room's sums, logs or places makes no sense: what stands in no place goes,
 * and the others are reckoned anew from what is there.
 */
class DamagedTally extends Error {}

/** Whether that is why something failed; stores wrap what fails in their transactions. */
export function isDamagedTally(error: unknown): boolean {
  return (error instanceof StorageError ? error.cause : error) instanceof DamagedTally
}

export function isPlace(clock: unknown, id: string): clock is number {
  return isClock(clock) && clock <= CLOCK_MAX_US && id.length === ID_CHARACTERS
}

/** @throws DamagedTally */
export function storedPlace(clock: unknown, id: EntryId): Position {
  if (!isPlace(clock, id)) throw new DamagedTally('a place that is none')
  return { clock, id }
}

/** @throws DamagedTally */
export function storedHour(hour: unknown): number {
  if (!isClock(hour)) throw new DamagedTally('an hour that is none')
  return hour
}

/** @throws DamagedTally unless a sum tells of as many as there are */
export function checkCount(told: number, there: number): void {
  if (told !== there) throw new DamagedTally(`a sum of ${told} where ${there} are`)
}

/** @throws DamagedTally */
export function storedSum(count: unknown, bytes: unknown): Sum {
  if (!isCount(count) || !(bytes instanceof Uint8Array) || bytes.length !== SUM_BYTES)
    throw new DamagedTally('a sum that is none')
  return sumFrom(count, bytes)
}

/** @throws DamagedTally */
export function storedRuns(runs: unknown): Runs {
  if (!Array.isArray(runs) || !runs.every(isRun) || !inOrder(runs))
    throw new DamagedTally('runs of seqs that are none')
  return runs
}

/** As `storedRuns`, from JSON. */
export function parsedRuns(text: unknown): Runs {
  try {
    return storedRuns(JSON.parse(String(text)))
  } catch (error) {
    throw new DamagedTally('runs of seqs that are none', { cause: error })
  }
}

function isRun(run: unknown): run is Runs[number] {
  if (!Array.isArray(run) || run.length !== 2) return false
  const [lo, hi] = run as readonly unknown[]
  return isCount(lo) && isCount(hi) && lo <= hi
}

function inOrder(runs: Runs): boolean {
  return runs.every(([lo], i) => i === 0 || lo > (runs[i - 1]?.[1] ?? 0) + 1)
}

/** None of nothing is kept. */
function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}
