import type { HistoryStore } from '../../shared/history.ts'
import { END, START } from '../../shared/ids.ts'
import { SYNC_WINDOW_US } from '../../shared/limits.ts'
import { alice, lobby, must, saying } from '../../shared/testing/people.ts'
import { signed } from './synthetic.ts'

/** ms, but for the counts. */
export interface StoreTimes {
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

/** Of one store. */
export interface Opened {
  readonly entries: number
  /** From nothing open to the newest 50: median of `OPENINGS`. */
  readonly openAndPage: number
}

/** A room of so many entries, in a store that can be opened again and again. */
export interface Filled {
  readonly entries: number
  readonly open: () => Promise<HistoryStore>
}

/**
 * Opens all of them in turn, so that whatever else the machine does meanwhile is no difference between
 * them.
 */
export async function openingsOf(rooms: readonly Filled[]): Promise<readonly Opened[]> {
  for (const { entries, open } of rooms) {
    const first = await open()
    await first.add(await signed(entries, PAGE))
    await first.close()
  }
  const openings = rooms.map((): number[] => [])
  for (let i = 0; i < OPENINGS; i++) {
    for (const [at, { open }] of rooms.entries()) {
      const start = performance.now()
      const store = await open()
      const page = await store.page(lobby.id, { limit: PAGE })
      openings[at]?.push(performance.now() - start)
      if (page.length !== PAGE) throw new Error(`a page of ${page.length}`)
      await store.close()
    }
  }
  return rooms.map(({ entries }, at) => ({ entries, openAndPage: median(openings[at] ?? []) }))
}

/** Measures a store that holds so many entries and has been through `openingsOf`. */
export async function timesOf({ entries, open }: Filled): Promise<StoreTimes> {
  const fresh = await signed(entries + PAGE, BATCH + SINGLES)
  const store = await open()
  const add500 = await timed(() => store.add(fresh.slice(0, BATCH)))
  const adds: number[] = []
  for (const each of fresh.slice(BATCH)) adds.push(await timed(() => store.add([each])))
  const says: number[] = []
  for (let i = 0; i < SINGLES; i++)
    says.push(await timed(async () => must(await store.say(lobby.id, saying(alice, `Said ${i}`)))))
  const whole = { from: START, to: END }
  const window = await store.window(lobby.id, { entries: 2_000, spanUs: SYNC_WINDOW_US })
  const times = {
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
