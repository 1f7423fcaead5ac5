/**
 * What a reconciliation costs on the wire, and in time, beside a million entries and fewer: bytes
 * of all frames with their lengths but without the entries themselves. Prints JSON; times in ms.
 */
import process from 'node:process'
import { BASE64URL } from '../shared/bytes.ts'
import { END, type EntryId, type LogId, type Position, type RoomId, START } from '../shared/ids.ts'
import { MemoryHistory } from '../shared/memory-history.ts'
import type { Holdings } from '../shared/reconcile.ts'
import { type Reconciled, reconcileBoth } from '../shared/testing/reconciling.ts'

const SIZES = (process.env['ENTRIES'] ?? '1000,100000,1000000').split(',').map(Number)
const ROOM = 'bench' as RoomId
const T0 = 1_600_000_000_000_000
/** A line a minute: a room of a million is two years old. */
const EVERY_US = 60_000_000
const ALL = { from: START, to: END }

/** Random ids, since they only have to differ. */
function idFrom(bytes: Uint8Array): EntryId {
  let id = ''
  for (let i = 0; i < 42; i++) id += BASE64URL.charAt((bytes[i] ?? 0) & 63)
  return (id + BASE64URL.charAt((bytes[42] ?? 0) & 60)) as EntryId
}

function positionsOf(count: number): readonly Position[] {
  let clock = T0
  return Array.from({ length: count }, () => {
    const bytes = crypto.getRandomValues(new Uint8Array(43))
    clock += 1 + Math.floor(((bytes[0] ?? 0) / 128) * EVERY_US)
    return { clock, id: idFrom(bytes) }
  })
}

/** One side, which grows from measurement to measurement: a million sums are made once. */
class Side {
  readonly #history = new MemoryHistory('bench' as LogId)

  async hold(positions: readonly Position[]): Promise<void> {
    await this.#history.stub(ROOM, positions)
  }

  readonly holdings: Holdings = {
    fingerprint: (range) => this.#history.fingerprint(ROOM, range),
    split: (range, parts) => this.#history.split(ROOM, range, parts),
    positions: (range, limit) => this.#history.positions(ROOM, range, limit),
  }
}

interface Row extends Pick<Reconciled, 'bytes' | 'frames' | 'bytesOf'> {
  readonly entries: number
  readonly missing: string
  readonly roundTrips: number
  readonly ms: number
}

/** What it prints. */
export interface SyncReport {
  readonly bench: 'sync'
  /** Its version. */
  readonly node: string
  readonly rows: readonly Row[]
}

async function measure(entries: number, missing: string, first: Side, second: Side): Promise<Row> {
  const start = performance.now()
  const { messages, bytes, bytesOf, frames } = await reconcileBoth(
    first.holdings,
    second.holdings,
    ALL,
  )
  const ms = Math.round((performance.now() - start) * 10) / 10
  return { entries, missing, bytes, bytesOf, roundTrips: Math.ceil(messages / 2), frames, ms }
}

/** 1,000, then 100 and 1 of `missing` are held by `second` alone. */
async function fewerAndFewer(
  entries: number,
  missing: readonly Position[],
  name: string,
  first: Side,
  second: Side,
): Promise<readonly Row[]> {
  await second.hold(missing)
  const rows: Row[] = []
  let held = 0
  for (const count of [1_000, 100, 1].filter((some) => some <= missing.length)) {
    await first.hold(missing.slice(held, missing.length - count))
    held = missing.length - count
    rows.push(await measure(entries, `${count} ${name}, by who asks`, first, second))
    rows.push(await measure(entries, `${count} ${name}, by who is asked`, second, first))
  }
  await first.hold(missing)
  return rows
}

async function rowsFor(entries: number): Promise<readonly Row[]> {
  const positions = positionsOf(entries)
  const most = Math.min(1_000, entries / 10)
  const [first, second] = [new Side(), new Side()]
  const newest = positions.slice(-most)
  const parted = positions.slice(-3 * most, -most)
  const old = positions.slice(0, -3 * most)
  const step = Math.floor(old.length / most)
  const scattered = old.filter((_, i) => i % step === step >> 1)
  const rest = old.filter((_, i) => i % step !== step >> 1)
  for (const side of [first, second]) await side.hold(rest)
  const rows = [...(await fewerAndFewer(entries, scattered, 'scattered', first, second))]
  // Said by turns on this side of a partition and on the other.
  await first.hold(parted.filter((_, i) => i % 2 === 0))
  await second.hold(parted.filter((_, i) => i % 2 === 1))
  rows.push(await measure(entries, `${most} on each side, healed`, first, second))
  for (const side of [first, second]) await side.hold(parted)
  rows.push(...(await fewerAndFewer(entries, newest, 'newest', first, second)))
  rows.push(await measure(entries, 'none', first, second))
  return rows
}

const rows: Row[] = []
for (const entries of SIZES) rows.push(...(await rowsFor(entries)))
const report: SyncReport = { bench: 'sync', node: process.version, rows }
console.log(JSON.stringify(report, null, 2))
