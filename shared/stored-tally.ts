import { StorageError } from './history.ts'
import type { Runs } from './runs.ts'
import { SUM_BYTES, type Sum, sumFrom } from './sums.ts'

/** What a disk gives back of a room's sums or logs makes no sense: it is reckoned anew from what is there. */
class DamagedTally extends Error {}

/** Whether that is why something failed; stores wrap what fails in their transactions. */
export function isDamagedTally(error: unknown): boolean {
  return (error instanceof StorageError ? error.cause : error) instanceof DamagedTally
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
