import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import type { Entry } from '../../shared/entry.ts'
import { TrueTime } from '../../shared/guard.ts'
import { type Runtime, systemRuntime } from '../../shared/runtime.ts'
import type { RoomKey } from '../../shared/room-key.ts'
import {
  NEW_YEAR,
  type Person,
  alice,
  entry,
  lobby,
  must,
  person,
} from '../../shared/testing/people.ts'
import { SqliteHistory } from '../store/history-sqlite.ts'
import { temporaryFolder } from '../test-relay.ts'
import { AgeClock } from './age-clock.ts'
import { ArchiveHistory } from './archive-history.ts'
import { type ArchiveLimits, Retention } from './retention.ts'
import { RoomNames } from './room-names.ts'

const NO_LIMITS = { days: 36_500, roomBytes: 1e9, totalBytes: 1e9, rooms: 1_000 }
/** Nobody of them near a fifth of a room. */
const CROWD = await Promise.all(Array.from({ length: 10 }, (_, i) => person(`p${i}`, 100 + i)))

/** An archive without a network: its history, and what lets go of it. Time stands at NEW_YEAR until told. */
export async function archive(
  limits: Partial<ArchiveLimits>,
  folder?: string,
  start = NEW_YEAR / 1_000,
) {
  const at = folder ?? (await temporaryFolder())
  const system = systemRuntime()
  const hours: (() => void)[] = []
  let now = start
  let steady = 0
  const runtime: Runtime = {
    ...system,
    clock: {
      now: () => now,
      steady: () => steady,
      after: (ms, run) => {
        expect(ms).toBe(3_600_000)
        hours.push(run)
        return () => undefined
      },
    },
  }
  const names = await RoomNames.open(join(at, 'rooms.txt'))
  const disk = must(await SqliteHistory.open(join(at, 'history.sqlite'), system))
  const all = { ...NO_LIMITS, ...limits }
  const failures: string[] = []
  const history = new ArchiveHistory({
    history: disk,
    names,
    roomBytes: all.roomBytes,
    failed: ({ kind }) => failures.push(kind),
    damaged: (count) => failures.push(`damaged ${count}`),
  })
  const raised: (string | undefined)[] = []
  const heard = new TrueTime(runtime.clock)
  const age = new AgeClock({ clock: runtime.clock, heard, last: disk.notedTime() })
  const retention = new Retention({
    history,
    names,
    limits: all,
    runtime,
    age,
    raised: (room) => {
      raised.push(room)
      return Promise.resolve()
    },
  })
  await retention.start()
  await retention.settled()
  const close = async (): Promise<void> => {
    await retention.stop()
    await history.close()
  }
  onTestFinished(close)
  const passHours = async (count: number): Promise<void> => {
    for (let hour = 0; hour < count; hour++) await passHour()
  }
  const passHour = async (): Promise<void> => {
    now += 3_600_000
    steady += 3_600_000
    for (const run of hours.splice(0)) run()
    await retention.settled()
  }
  /** Somebody sets this machine's clock, ms since 1970. */
  const setClock = (ms: number): void => {
    now = ms
  }
  return {
    at,
    history,
    disk,
    names,
    heard,
    age,
    retention,
    failures,
    raised,
    passHours,
    setClock,
    close,
  }
}

/** `count` lines of a room, a minute apart, by the crowd in turn; each takes about 1,000 bytes. */
export async function lines(
  count: number,
  {
    room = lobby,
    from = NEW_YEAR,
    by = CROWD,
  }: { room?: RoomKey; from?: number; by?: Person[] } = {},
): Promise<readonly Entry[]> {
  return Promise.all(
    Array.from({ length: count }, (_, i) => {
      const who = by[i % by.length] ?? alice
      const said = {
        content: `${i} `.padEnd(250, 'x'),
        room: room.id,
        clock: from + i * 60_000_000,
      }
      return entry(who, { ...said, seq: 1 + Math.floor(i / by.length) })
    }),
  )
}
