import type { HistoryStore } from '../../shared/history.ts'
import { END, START } from '../../shared/ids.ts'
import { SYNC_WINDOW_US } from '../../shared/limits.ts'
import { alice, lobby, must, saying } from '../../shared/testing/people.ts'
import { signed } from './synthetic.ts'

/** ms, but for the counts. */
export interface StoreTimes {
  readonly entries: number
  /** From nothing open to the newest 50: median of `OPENINGS`. */
  readonly openAndPage: number
  /** Of 500 new entries in one batch. */
  readonly add500: number
  /** Medians of `SINGLES`. */
  readonly addOne: number
  readonly say: number
  /** Of the window that is synced first, and of all there is. */
  readonly fingerprintWindow: number
  readonly fingerprintWhole: number
  readonly splitWhole16: number
}

const OPENINGS = 21
const SINGLES = 200
const BATCH = 500
const PAGE = 50

/** Measures a store that holds `entries` already. */
export async function timesOf(
  entries: number,
  open: () => Promise<HistoryStore>,
): Promise<StoreTimes> {
  const fresh = await signed(entries, PAGE + BATCH + SINGLES)
  const first = await open()
  await first.add(fresh.slice(0, PAGE))
  await first.close()
  const openings: number[] = []
  for (let i = 0; i < OPENINGS; i++) {
    const start = performance.now()
    const store = await open()
    const page = await store.page(lobby.id, { limit: PAGE })
    openings.push(performance.now() - start)
    if (page.length !== PAGE) throw new Error(`a page of ${page.length}`)
    await store.close()
  }
  const store = await open()
  const add500 = await timed(() => store.add(fresh.slice(PAGE, PAGE + BATCH)))
  const adds: number[] = []
  for (const each of fresh.slice(PAGE + BATCH)) adds.push(await timed(() => store.add([each])))
  const says: number[] = []
  for (let i = 0; i < SINGLES; i++)
    says.push(await timed(async () => must(await store.say(lobby.id, saying(alice, `Said ${i}`)))))
  const whole = { from: START, to: END }
  const window = await store.window(lobby.id, { entries: 2_000, spanUs: SYNC_WINDOW_US })
  const times = {
    entries,
    openAndPage: median(openings),
    add500: round(add500),
    addOne: median(adds),
    say: median(says),
    fingerprintWindow: round(await timed(() => store.fingerprint(lobby.id, window))),
    fingerprintWhole: round(await timed(() => store.fingerprint(lobby.id, whole))),
    splitWhole16: round(await timed(() => store.split(lobby.id, whole, 16))),
  }
  await store.close()
  return times
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

function median(values: readonly number[]): number {
  return round(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN)
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100
}
