import { setImmediate } from 'node:timers/promises'
import { Changes } from '../../shared/changes.ts'
import { toBase64url } from '../../shared/bytes.ts'
import type { Entry } from '../../shared/entry.ts'
import { type Result, fail, ok } from '../../shared/failure.ts'
import {
  type Delivery,
  type Head,
  type HeldLog,
  type HeldRun,
  type HistoryStore,
  type Holder,
  type Lost,
  type SayOptions,
  StorageError,
  assertContinues,
} from '../../shared/history.ts'
import { idBytes } from '../../shared/id-bytes.ts'
import {
  END,
  type EntryId,
  type LogId,
  type PeerId,
  type Position,
  type Range,
  type RoomId,
  START,
  type ShortId,
  comparePositions,
} from '../../shared/ids.ts'
import { HOUR_US } from '../../shared/limits.ts'
import { LOG_BYTES, isLogId } from '../../shared/own-log.ts'
import type { Runtime } from '../../shared/runtime.ts'
import { isDamagedTally } from '../../shared/stored-tally.ts'
import { Proofs } from '../../shared/proofs.ts'
import { newestClock } from '../../shared/stored-row.ts'
import { type Fingerprint, sumOf } from '../../shared/sums.ts'
import {
  type Part,
  type Tally,
  fingerprintIn,
  hourOf,
  splitIn,
  windowOf,
} from '../../shared/tally.ts'
import { type Span, lowerFloorsAbove, noteTime, notedTime, spanOf } from './aging.ts'
import { dropDamaged, restoredRow } from './damage.ts'
import { holdersOf, keepHolder } from './holders.ts'
import { adoptOrphans } from './orphans.ts'
import {
  CHUNK,
  dropBelow,
  keepNew,
  keepSaid,
  keepStubs,
  lowerFloor,
  raiseFloor,
} from './keeping.ts'
import {
  logsOf,
  rowsAfter,
  rowsBefore,
  rowsBelowState,
  rowsOf,
  rowsUnder,
  twinsOf,
} from './reading.ts'
import {
  aboveFloor,
  clockFromEnd,
  idOf,
  ownRow,
  positionsIn,
  roomRow,
  sumsIn,
  tallyAnew,
} from './room-rows.ts'
import { type Row, Sqlite } from './sqlite.ts'
import {
  type RoomUsage,
  type Usage,
  floorAfter,
  forgetAuthors,
  hasSpoken,
  newestAuthor,
  roomUsages,
  usageByAuthor,
  usageOf,
} from './usage.ts'

const STATES = ['queued', 'sent', 'stored'] as const
/** For so long one short call may follow another: then everybody else has their turn. */
const BREATH_MS = 20
/**
 * History in an SQLite file. Its calls block the process, so whatever may take long goes in chunks,
 * with a breath in between.
 */
export class SqliteHistory implements HistoryStore {
  readonly lost = new Changes<Lost>()
  readonly #db: Sqlite
  readonly #log: LogId
  readonly #report: Runtime['log']
  readonly #proofs = new Proofs()
  /** One thing is said at a time. */
  #saying: Promise<unknown> = Promise.resolve()
  #turn: Promise<unknown> = Promise.resolve()
  /** Rooms whose floor is raised, and what lies below it not all gone. */
  readonly #dropping = new Set<RoomId>()
  /** Since when this turn of the process has been spent on reading, ms. */
  #readingSince: number | undefined

  private constructor(db: Sqlite, log: LogId, report: Runtime['log']) {
    this.#db = db
    this.#log = log
    this.#report = report
  }

  /**
   * @param path of the file; made if there is none
   * @param limits `maxPages`: of 4 KiB, that the file may grow to; without it the disk decides
   */
  static async open(
    path: string,
    runtime: Pick<Runtime, 'log' | 'random'>,
    limits: { readonly maxPages?: number } = {},
  ): Promise<Result<SqliteHistory>> {
    const opened = Sqlite.open(path, limits.maxPages)
    if (!opened.ok) return opened
    const db = opened.value
    const drawn = toBase64url(runtime.random.bytes(LOG_BYTES))
    try {
      const kept = db.get("SELECT value FROM meta WHERE key = 'log'")?.['value']
      const log = isLogId(kept) ? kept : (drawn as LogId)
      if (log !== kept) db.run("REPLACE INTO meta (key, value) VALUES ('log', ?)", log)
      const history = new SqliteHistory(db, log, runtime.log)
      const found = await adoptOrphans(db)
      if (found > 0) runtime.log('history: rooms without a row', { found })
      // A trim that was killed half-way goes on.
      for (const { id } of db.all('SELECT id FROM rooms')) await history.#drop(id as RoomId)
      return ok(history)
    } catch (error) {
      db.close()
      if (error instanceof StorageError) return fail(error.failure)
      throw error
    }
  }

  async add(entries: readonly Entry[]): Promise<readonly Entry[]> {
    const fresh: Entry[] = []
    for (let i = 0; i < entries.length; i += CHUNK) {
      if (i > 0) await setImmediate()
      const chunk = entries.slice(i, i + CHUNK)
      const rooms = chunk.map(({ room }) => room)
      fresh.push(...(await this.#change(rooms, () => keepNew(this.#db, this.#log, chunk))))
    }
    return fresh.sort((a, b) => comparePositions(a.position, b.position))
  }

  say(
    room: RoomId,
    sign: (head: Head) => Promise<Result<Entry>>,
    { notAfter, insteadOf }: SayOptions = {},
  ): Promise<Result<Entry>> {
    const said = this.#saying.then(async () => {
      try {
        for (;;) {
          const head = await this.#change([room], () => this.#head(room, notAfter))
          const entry = await sign(head)
          if (!entry.ok) return entry
          assertContinues(room, head, entry.value)
          const write = (): boolean => keepSaid(this.#db, entry.value, head.seq, insteadOf)
          if (await this.#change([room], write)) return entry
        }
      } catch (error) {
        if (error instanceof StorageError) return fail(error.failure)
        throw error
      }
    })
    this.#saying = said.catch(() => undefined)
    return said
  }

  async logs(room: RoomId): Promise<readonly HeldLog[]> {
    return this.#change([room], () => logsOf(this.#db, room))
  }

  async twins(room: RoomId, author: PeerId, log: LogId): Promise<readonly number[]> {
    return twinsOf(this.#db, room, author, log)
  }

  async floor(room: RoomId): Promise<Position> {
    return roomRow(this.#db, room).floor
  }

  async page(
    room: RoomId,
    options: { readonly before?: Position; readonly limit: number },
  ): Promise<readonly Entry[]> {
    let { before = END } = options
    let page: readonly Entry[] = []
    // Again only where corrupt rows left the page short: a short page means the end of the room.
    for (;;) {
      const wanted = options.limit - page.length
      if (wanted <= 0) return page
      const rows = rowsBefore(this.#db, room, before, wanted)
      page = [...(await this.#restored(room, rows.toReversed())), ...page]
      const oldest = rows.at(-1)
      if (oldest === undefined || rows.length < wanted) return page
      before = { clock: Number(oldest['clock']), id: idOf(oldest) }
    }
  }

  async onward(
    room: RoomId,
    { after, limit }: { readonly after: Position; readonly limit: number },
  ): Promise<readonly Entry[]> {
    let [last, entries] = [after, [] as readonly Entry[]]
    // Again only where corrupt rows left it short, as in `page`.
    for (;;) {
      const wanted = limit - entries.length
      if (wanted <= 0) return entries
      const rows = rowsAfter(this.#db, room, last, wanted)
      entries = [...entries, ...(await this.#restored(room, rows))]
      const newest = rows.at(-1)
      if (newest === undefined || rows.length < wanted) return entries
      last = { clock: Number(newest['clock']), id: idOf(newest) }
    }
  }

  async get(room: RoomId, ids: readonly EntryId[]): Promise<readonly Entry[]> {
    return this.#restored(room, rowsOf(this.#db, room, ids))
  }

  async find(room: RoomId, ids: readonly ShortId[]): Promise<readonly Entry[]> {
    await this.#breathe()
    // Handed to others, who would take a broken signature for a forgery.
    return this.#restored(room, rowsUnder(this.#db, room, ids), this.#proofs)
  }

  async trim(room: RoomId, floor: Position): Promise<number> {
    const raised = await this.#inTurn(() => {
      const raised = raiseFloor(this.#db, room, floor)
      if (raised) this.#dropping.add(room)
      return raised
    })
    return raised ? this.#drop(room) : 0
  }

  async lower(room: RoomId, floor: Position): Promise<void> {
    await this.#inTurn(() => {
      lowerFloor(this.#db, room, floor)
    })
  }

  async witness(room: RoomId, ids: readonly EntryId[], delivery: Delivery): Promise<void> {
    const { ref } = roomRow(this.#db, room)
    const state = stateOf(delivery)
    const sql = 'UPDATE entries SET state = ? WHERE id = ? AND room = ? AND state < ?'
    await this.#inTurn(() => {
      this.#db.transaction(() => {
        for (const id of ids) this.#db.run(sql, state, idBytes(id), ref, state)
      })
    })
  }

  async deliveries(room: RoomId, ids: readonly EntryId[]): Promise<ReadonlyMap<EntryId, Delivery>> {
    const rows = rowsOf(this.#db, room, ids)
    return new Map(
      rows.flatMap((row) => {
        const delivery = row['state'] === null ? undefined : STATES[Number(row['state'])]
        return delivery === undefined ? [] : [[idOf(row), delivery] as const]
      }),
    )
  }

  async queued(room: RoomId, limit: number): Promise<readonly Entry[]> {
    const rows = rowsBelowState(this.#db, room, stateOf('sent'), limit, 'oldest')
    return this.#restored(room, rows, this.#proofs)
  }

  async undelivered(room: RoomId, than: Delivery, limit: number): Promise<readonly Entry[]> {
    const rows = rowsBelowState(this.#db, room, stateOf(than), limit, 'newest')
    return this.#restored(room, rows.toReversed())
  }

  fingerprint(room: RoomId, range: Range): Promise<Fingerprint> {
    return this.#tallied(room, (tally) => fingerprintIn(tally, range))
  }

  split(room: RoomId, range: Range, parts: number): Promise<readonly Part[]> {
    return this.#tallied(room, (tally) => splitIn(tally, range, parts))
  }

  async positions(room: RoomId, range: Range, limit: number): Promise<readonly Position[]> {
    await this.#breathe()
    return this.#change([room], () => {
      const { ref, floor } = roomRow(this.#db, room)
      return positionsIn(this.#db, ref, aboveFloor(range, floor), Math.max(0, limit))
    })
  }

  async window(
    room: RoomId,
    options: { readonly before?: Position; readonly entries: number; readonly spanUs: number },
  ): Promise<Range> {
    return this.#change([room], () => {
      const row = roomRow(this.#db, room)
      const before = options.before ?? END
      const newest = clockFromEnd(this.#db, row, before, 1)
      const last = clockFromEnd(this.#db, row, before, options.entries)
      return windowOf({ newest, last }, options, row.floor)
    })
  }

  async stub(room: RoomId, positions: readonly Position[]): Promise<void> {
    for (let i = 0; i < positions.length; i += CHUNK) {
      if (i > 0) await setImmediate()
      const chunk = positions.slice(i, i + CHUNK)
      await this.#change([room], () => {
        keepStubs(this.#db, room, chunk)
      })
    }
  }

  async heldBy(room: RoomId, holder: PeerId, run: HeldRun): Promise<void> {
    if (run.log !== this.#log) return
    await this.#inTurn(() => {
      keepHolder(this.#db, room, holder, run)
    })
  }

  async holders(room: RoomId): Promise<readonly Holder[]> {
    return holdersOf(this.#db, room)
  }

  async held(): Promise<readonly RoomId[]> {
    return this.rooms().map(({ room }) => room)
  }

  usage(room: RoomId): Usage {
    return usageOf(this.#db, room)
  }

  usageByAuthor(room: RoomId): ReadonlyMap<PeerId, Usage> {
    return usageByAuthor(this.#db, room)
  }

  /** Of whom nothing is left. */
  async forgetAuthors(): Promise<void> {
    await this.#inTurn(() => {
      forgetAuthors(this.#db)
    })
  }

  /** The number of the author that was heard of last; it only ever grows. */
  newestAuthor(): number {
    return newestAuthor(this.#db)
  }

  /** Whether something of an author is kept in the room, who was heard of no later than `newest`. */
  hasSpoken(room: RoomId, author: PeerId, newest: number): boolean {
    return hasSpoken(this.#db, room, author, newest)
  }

  rooms(): readonly RoomUsage[] {
    return roomUsages(this.#db)
  }

  /** When what is kept was said, in all rooms. */
  span(): Span | undefined {
    return spanOf(this.#db)
  }

  /** What `noteTime` was told last, ms since 1970. */
  notedTime(): number | undefined {
    return notedTime(this.#db)
  }

  async noteTime(ms: number): Promise<void> {
    await this.#inTurn(() => {
      noteTime(this.#db, ms)
    })
  }

  /** Of every room whose floor lies above `clock` (µs), forgets it. Returns how many there were. */
  lowerFloorsAbove(clock: number): Promise<number> {
    return this.#inTurn(() => lowerFloorsAbove(this.#db, clock))
  }

  /** Drops what was said before `clock` (µs), in every room. Returns how many entries went. */
  async trimToAge(clock: number): Promise<number> {
    let gone = 0
    for (const { room, oldest } of this.rooms())
      if (oldest.clock < clock) gone += await this.trim(room, { ...START, clock })
    return gone
  }

  /** Drops a room's oldest entries until it takes at most `bytes`. Returns how many went. */
  async trimToSize(room: RoomId, bytes: number): Promise<number> {
    const excess = this.usage(room).bytes - bytes
    return excess <= 0 ? 0 : this.trim(room, await floorAfter(this.#db, room, excess))
  }

  async close(): Promise<void> {
    await this.#saying
    await this.#turn
    this.#db.close()
  }

  /** One change at a time, and none while a range is summed up. */
  #inTurn<T>(change: () => T | Promise<T>): Promise<T> {
    const result = this.#turn.then(change)
    this.#turn = result.catch(() => undefined)
    return result
  }

  /** In its turn; where what is told of a room makes no sense, it is reckoned anew from what is there. */
  #change<T>(rooms: readonly RoomId[], work: () => T | Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      try {
        return await work()
      } catch (error) {
        if (!isDamagedTally(error)) throw error
        for (const room of new Set(rooms)) {
          const count = this.#db.transaction(() => tallyAnew(this.#db, ownRow(this.#db, room).ref))
          this.#report('history: reckoned anew', { room, count, why: String(error) })
          if (count > 0) this.lost.emit({ kind: 'damaged', room, count, newest: Infinity })
        }
        return work()
      }
    })
  }

  async #tallied<T>(room: RoomId, sumUp: (tally: Tally) => Promise<T>): Promise<T> {
    await this.#breathe()
    return this.#change([room], () => {
      const { ref, floor } = roomRow(this.#db, room)
      const positions = async (range: Range): Promise<readonly Position[]> =>
        positionsIn(this.#db, ref, aboveFloor(range, floor), Infinity)
      return sumUp({
        positions,
        hours: async (first, last) => {
          if (!this.#dropping.has(room)) return sumsIn(this.#db, ref, first, last)
          // Sums still count what is on its way out, in the floor's own hour and before it.
          const cut = hourOf(floor.clock)
          const [from, to] = [cut, cut + 1].map((hour) => ({ ...START, clock: hour * HOUR_US }))
          const above = sumsIn(this.#db, ref, Math.max(first, cut + 1), last)
          if (first > cut || last < cut || from === undefined || to === undefined) return above
          const sum = sumOf((await positions({ from, to })).map(({ id }) => id))
          return sum.count === 0 ? above : [{ hour: cut, sum }, ...above]
        },
      })
    })
  }

  /** What a stranger asks for may take thousands of calls, each of which ends in the same turn. */
  async #breathe(): Promise<void> {
    if (this.#readingSince === undefined) {
      this.#readingSince = performance.now()
      void setImmediate().then(() => {
        this.#readingSince = undefined
      })
    } else if (performance.now() - this.#readingSince > BREATH_MS) await setImmediate()
  }

  /** Drops what lies below the floor, in chunks. */
  async #drop(room: RoomId): Promise<number> {
    let gone = 0
    for (;;) {
      const { entries, stubs } = await this.#change([room], () => {
        const dropped = dropBelow(this.#db, room)
        if (dropped.entries < CHUNK && dropped.stubs < CHUNK) this.#dropping.delete(room)
        return dropped
      })
      gone += entries
      if (entries < CHUNK && stubs < CHUNK) return gone
      await setImmediate()
    }
  }

  #head(room: RoomId, notAfter = Infinity): Head {
    const row = roomRow(this.#db, room)
    const below = notAfter >= END.clock ? END : { ...START, clock: notAfter + 1 }
    const newest = clockFromEnd(this.#db, row, below, 1) ?? 0
    const clock = Math.max(newest, row.floor.clock)
    const { head } = row
    const next = { log: this.#log, seq: head?.seq ?? 1, clock }
    return head === undefined ? next : { ...next, prev: head.prev }
  }

  async #restored(room: RoomId, rows: readonly Row[], proofs?: Proofs): Promise<readonly Entry[]> {
    const restored = await Promise.all(rows.map((row) => restoredRow(room, row, proofs)))
    const damaged = rows.filter((_, i) => restored[i] === undefined)
    if (damaged.length > 0) await this.#dropDamaged(room, damaged)
    return restored.flatMap((entry) => entry ?? [])
  }

  /** What does not verify is nobody's any more; whoever else has it may give it again. */
  async #dropDamaged(room: RoomId, rows: readonly Row[]): Promise<void> {
    try {
      const count = await this.#change([room], () => dropDamaged(this.#db, room, rows))
      this.#report('history: damaged rows', { room, count })
      const newest = newestClock(rows.map((row) => ({ clock: Number(row['clock']) })))
      if (count > 0) this.lost.emit({ kind: 'damaged', room, count, newest })
    } catch (error) {
      // It is not given out, and dropped when it is read again.
      this.#report('history: damaged rows stay', { room, why: String(error) })
    }
  }
}

function stateOf(delivery: Delivery): 0 | 1 | 2 {
  return STATES.indexOf(delivery) as 0 | 1 | 2
}
