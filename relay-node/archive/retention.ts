import { setImmediate } from 'node:timers/promises'
import type { Stop } from '../../shared/changes.ts'
import { StorageError } from '../../shared/history.ts'
import { type Position, type RoomId, START } from '../../shared/ids.ts'
import { STAMP_AHEAD_MAX_MS } from '../../shared/limits.ts'
import { type Runtime, repeat } from '../../shared/runtime.ts'
import type { AgeClock } from './age-clock.ts'
import type { ArchiveHistory } from './archive-history.ts'
import { cutsFor } from './oldest-first.ts'
import type { RoomNames } from './room-names.ts'

export interface ArchiveLimits {
  readonly days: number
  /** Of one room. */
  readonly roomBytes: number
  /** Of all rooms. */
  readonly totalBytes: number
  readonly rooms: number
}

export interface RetentionOptions {
  readonly history: ArchiveHistory
  readonly names: RoomNames
  readonly limits: ArchiveLimits
  readonly runtime: Runtime
  readonly age: AgeClock
  /** The floors of rooms were raised; nothing named, those of all. */
  readonly raised: (room?: RoomId) => Promise<void>
}

const HOUR_MS = 3_600_000
const DAY_US = 24 * HOUR_MS * 1_000
/** Cut back to so much of a limit, or every further line would cost a cut. */
export const CUT_TO = 0.95

/** What an archive lets go of: by age every hour, by size whenever it has grown too large. */
export class Retention {
  readonly #options: RetentionOptions
  readonly #grown = new Set<RoomId>()
  #stops: Stop[] = []
  #tending: Promise<void> | undefined
  #stopped = false

  constructor(options: RetentionOptions) {
    this.#options = options
  }

  /** What has aged while this node was down goes, as fast as its clock can be believed. */
  async start(): Promise<void> {
    const { history, runtime } = this.#options
    this.#raiseAgeFloor()
    await this.#onDisk(() => this.#lowerFloors())
    this.#stops = [
      repeat(
        runtime.clock,
        () => HOUR_MS,
        () => {
          this.#tend(() => this.#age())
        },
      ),
      history.grown.subscribe((room) => {
        this.#grow(room)
      }),
    ]
    this.#tend(() => this.#age())
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const stop of this.#stops.splice(0)) stop()
    await this.#tending
    await this.#onDisk(() => this.#noteTime())
  }

  /** Once nothing is left to be done. */
  async settled(): Promise<void> {
    await this.#tending
  }

  #grow(room: RoomId): void {
    const { history, limits, names } = this.#options
    const tooLarge = history.usage(room).bytes > limits.roomBytes
    if (tooLarge) this.#grown.add(room)
    if (tooLarge || history.total.bytes > limits.totalBytes || names.size > limits.rooms)
      this.#tend()
  }

  /** One thing at a time; what grows meanwhile is seen to afterwards. */
  #tend(work?: () => Promise<void>): void {
    if (this.#stopped || (work === undefined && this.#tending !== undefined)) return
    const tending = (this.#tending ?? Promise.resolve())
      .then(() =>
        this.#onDisk(async () => {
          await work?.()
          await this.#shrink()
        }),
      )
      .finally(() => {
        if (this.#tending !== tending) return
        this.#tending = undefined
        if (this.#grown.size > 0) this.#tend()
      })
    this.#tending = tending
  }

  async #onDisk(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      // The archive has told of its disk already.
      if (!(error instanceof StorageError)) throw error
    }
  }

  #raiseAgeFloor(): number {
    const { age, history, limits } = this.#options
    const now = age.now(history.span())
    const clock = Math.max(0, Math.floor(now * 1_000 - limits.days * DAY_US))
    history.raiseAgeFloor(clock)
    return clock
  }

  async #age(): Promise<void> {
    const { history, names, raised } = this.#options
    const floor = { ...START, clock: this.#raiseAgeFloor() }
    await this.#lowerFloors()
    for (const { id } of [...names.all]) {
      if (this.#stopped) return
      // Also those that hold nothing but stubs, which have an age as well.
      await history.trim(id, floor)
      await setImmediate()
    }
    await raised()
    await history.forgetNames()
    await history.forgetAuthors()
    await this.#noteTime()
  }

  /** Floors of the future would keep out all that is said until then. */
  async #lowerFloors(): Promise<void> {
    const { age, history, runtime } = this.#options
    const now = Math.max(age.last, runtime.clock.now())
    await history.lowerFloorsAbove((now + STAMP_AHEAD_MAX_MS) * 1_000)
  }

  /** Where the next start goes on from. */
  async #noteTime(): Promise<void> {
    const { age, history } = this.#options
    age.now(history.span())
    await history.noteTime(age.last)
  }

  async #shrink(): Promise<void> {
    const { history, names, limits } = this.#options
    while (this.#grown.size > 0 && !this.#stopped) {
      const [room] = this.#grown
      if (room === undefined) break
      this.#grown.delete(room)
      await history.trimToSize(room, limits.roomBytes * CUT_TO)
      await this.#options.raised(room)
    }
    if (names.size > limits.rooms) await this.#dropRooms()
    while (history.total.bytes > limits.totalBytes && !this.#stopped) {
      const excess = history.total.bytes - limits.totalBytes * CUT_TO
      const before = history.total.bytes
      for (const [room, cut] of await cutsFor(history, history.rooms(), excess))
        await this.#cut(room, cut)
      // Nothing could be cut: try again when there is more.
      if (history.total.bytes >= before) break
    }
  }

  /** The smallest that nobody is in: names are free, and so would be driving out others' history with them. */
  async #dropRooms(): Promise<void> {
    const { history, names, limits, runtime } = this.#options
    const smallest = [...names.all]
      .map(({ id }) => id)
      .filter((room) => !history.isOpen(room))
      .sort((a, b) => history.usage(a).bytes - history.usage(b).bytes)
    const gone = smallest.slice(0, names.size - Math.floor(limits.rooms * CUT_TO))
    const now = { ...START, clock: Math.floor(runtime.clock.now() * 1_000) }
    for (const room of gone) await this.#cut(room, now)
    await history.forgetNames()
  }

  async #cut(room: RoomId, floor: Position): Promise<void> {
    await this.#options.history.trim(room, floor)
    await this.#options.raised(room)
  }
}
