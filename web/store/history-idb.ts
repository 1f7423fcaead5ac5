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
import { LOG_BYTES, isLogId } from '../../shared/own-log.ts'
import type { Runtime } from '../../shared/runtime.ts'
import { Proofs } from '../../shared/proofs.ts'
import { newestClock } from '../../shared/stored-row.ts'
import { isDamagedTally } from '../../shared/stored-tally.ts'
import type { Fingerprint } from '../../shared/sums.ts'
import { type Part, fingerprintIn, splitIn, windowOf } from '../../shared/tally.ts'
import { Connection } from './connection.ts'
import {
  type Database,
  type EntryRow,
  type OpenDatabase,
  beginReading,
  beginWriting,
  read,
  reading,
  writing,
  written,
} from './database.ts'
import { isTaken } from './engine-failure.ts'
import { dropDamaged, dropMisplaced, restoredRow, tallyAnew } from './damage.ts'
import { keepHolder } from './holders.ts'
import {
  KEEPING,
  keepNew,
  keepStubs,
  lowerFloor,
  recoverHead,
  runsOf,
  trimBelow,
} from './keeping.ts'
import { idOf, keysUnder } from './places.ts'
import { heldIn } from '../../shared/runs.ts'
import { roomIn } from './room-row.ts'
import { openWhole } from './mend.ts'
import { begin, rest } from './orderly-end.ts'
import { newestRows, nextRows, rowsBelowState, rowsOf, rowsUnder, twinsIn } from './reading.ts'
import { TALLYING, newestClocks, positionsIn, tallyOf, termsOf } from './sum-rows.ts'
import { type Tip, headOf, keepSaid, newestUpTo, readTip, seqAfter } from './tip.ts'

export interface HistoryOptions {
  readonly name: string
  readonly runtime: Pick<Runtime, 'log' | 'random'>
}

const COUNT_MAX = 2 ** 32 - 1
const STATES = ['queued', 'sent', 'stored'] as const
/** History in IndexedDB. Signs, hashes and parses outside of transactions only. */
export class IdbHistory implements HistoryStore {
  readonly lost = new Changes<Lost>()
  readonly #db: Database
  readonly #options: HistoryOptions
  /** This installation's, and another once the data was taken away: no seq is used twice. */
  #log: LogId
  #checked = false
  #emptied = false
  /** What the last thing said in a room left behind; nothing once anything else has changed it. */
  readonly #tips = new Map<RoomId, Tip>()
  /** Of the rooms that were open: what was forgotten on purpose stays so if the data is taken away. */
  readonly #floors = new Map<RoomId, Position>()
  readonly #proofs = new Proofs()
  /** One thing is said at a time. */
  #saying: Promise<unknown> = Promise.resolve()
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(options: HistoryOptions, drawn: LogId) {
    const { log } = options.runtime
    const outdated = (): void => {
      this.lost.emit({ kind: 'newer-version' })
    }
    const emptied = (): void => {
      this.#emptied = true
    }
    this.#options = options
    this.#log = drawn
    this.#db = new Connection({
      open: (gone) => openWhole({ name: options.name, log, outdated, emptied }, gone),
      check: (db) => this.#check(db),
      log,
    })
  }

  static async open(options: HistoryOptions): Promise<Result<IdbHistory>> {
    const history = new IdbHistory(options, drawLog(options))
    try {
      await history.#db.ready()
      return ok(history)
    } catch (error) {
      if (error instanceof StorageError) return fail(error.failure)
      throw error
    }
  }

  /** There was something, and the browser has deleted it because it found its files damaged. */
  get emptied(): boolean {
    return this.#emptied
  }

  add(entries: readonly Entry[]): Promise<readonly Entry[]> {
    if (entries.length === 0) return Promise.resolve([])
    const terms = termsOf(entries)
    return this.#inTurn(async () => {
      const rooms = entries.map(({ room }) => room)
      const keep = (): Promise<readonly Entry[]> =>
        writing(this.#db, KEEPING, (tx) => keepNew(tx, this.#log, entries, terms))
      const fresh = await this.#sound(rooms, async () => {
        try {
          return await keep()
        } catch (error) {
          if (!isTaken(error)) throw error
          await writing(this.#db, KEEPING, (tx) => dropMisplaced(tx, entries))
          this.#options.runtime.log('history: rows in wrong places', { why: String(error) })
          return keep()
        }
      })
      for (const { room } of entries) this.#tips.delete(room)
      return fresh.toSorted((a, b) => comparePositions(a.position, b.position))
    })
  }

  say(
    room: RoomId,
    sign: (head: Head) => Promise<Result<Entry>>,
    { notAfter, insteadOf }: SayOptions = {},
  ): Promise<Result<Entry>> {
    const said = this.#saying.then(async () => {
      try {
        for (;;) {
          const tip = await this.#tip(room)
          const newest = await this.#sound([room], () => newestUpTo(this.#db, room, tip, notAfter))
          const head = headOf(tip.log, tip, newest)
          const entry = await sign(head)
          if (!entry.ok) return entry
          assertContinues(room, head, entry.value)
          if (await this.#inTurn(() => this.#write(head, entry.value, insteadOf))) return entry
        }
      } catch (error) {
        if (error instanceof StorageError) return fail(error.failure)
        throw error
      }
    })
    this.#saying = said.catch(() => undefined)
    return said
  }

  logs(room: RoomId): Promise<readonly HeldLog[]> {
    return this.#sound([room], () =>
      reading(this.#db, ['logs'], async (tx) => {
        const rows = await tx.objectStore('logs').getAll(keysUnder(room))
        return rows.flatMap((row) => {
          const held = heldIn(runsOf(row))
          return held === undefined ? [] : [{ author: row.author, log: row.log, ...held }]
        })
      }),
    )
  }

  twins(room: RoomId, author: PeerId, log: LogId): Promise<readonly number[]> {
    return this.#sound([room], () =>
      reading(this.#db, ['entries', 'logs'], (tx) => twinsIn(tx, room, author, log)),
    )
  }

  async floor(room: RoomId): Promise<Position> {
    const { floor } = await reading(this.#db, ['rooms'], (tx) => roomIn(tx, room))
    this.#floors.set(room, floor)
    return floor
  }

  async page(
    room: RoomId,
    options: { readonly before?: Position; readonly limit: number },
  ): Promise<readonly Entry[]> {
    let { before } = options
    let page: readonly Entry[] = []
    // Again only where corrupt rows left the page short: a short page means the end of the room.
    for (;;) {
      const wanted = options.limit - page.length
      if (wanted <= 0) return page
      const rows = await newestRows(this.#db, room, before, wanted)
      page = [...(await this.#restored(rows)), ...page]
      const [oldest] = rows
      if (oldest === undefined || rows.length < wanted) return page
      before = { clock: oldest.clock, id: idOf(oldest.id) }
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
      const rows = await nextRows(this.#db, room, last, wanted)
      entries = [...entries, ...(await this.#restored(rows))]
      const newest = rows.at(-1)
      if (newest === undefined || rows.length < wanted) return entries
      last = { clock: newest.clock, id: idOf(newest.id) }
    }
  }

  async get(room: RoomId, ids: readonly EntryId[]): Promise<readonly Entry[]> {
    return this.#restored(await rowsOf(this.#db, room, ids))
  }

  async find(room: RoomId, ids: readonly ShortId[]): Promise<readonly Entry[]> {
    const rows = await rowsUnder(this.#db, room, ids)
    // Handed to others, who would take a broken signature for a forgery.
    return this.#restored(rows, this.#proofs)
  }

  trim(room: RoomId, floor: Position): Promise<number> {
    return this.#inTurn(async () => {
      this.#tips.delete(room)
      const gone = await this.#sound([room], () =>
        writing(this.#db, KEEPING, (tx) => trimBelow(tx, room, floor)),
      )
      if (comparePositions(floor, this.#floors.get(room) ?? START) > 0)
        this.#floors.set(room, floor)
      return gone
    })
  }

  lower(room: RoomId, floor: Position): Promise<void> {
    return this.#inTurn(async () => {
      this.#tips.delete(room)
      await writing(this.#db, ['rooms'], (tx) => lowerFloor(tx, room, floor))
    })
  }

  async witness(room: RoomId, ids: readonly EntryId[], delivery: Delivery): Promise<void> {
    const state = stateOf(delivery)
    await writing(this.#db, ['entries'], async (tx) => {
      const entries = tx.objectStore('entries')
      const known = await Promise.all(ids.map((id) => entries.index('by-id').get(idBytes(id))))
      const lesser = known.flatMap((row) =>
        row?.room === room && row.state !== undefined && row.state < state ? [row] : [],
      )
      await Promise.all(lesser.map((row) => entries.put({ ...row, state })))
    })
  }

  async deliveries(room: RoomId, ids: readonly EntryId[]): Promise<ReadonlyMap<EntryId, Delivery>> {
    const rows = await rowsOf(this.#db, room, ids)
    return new Map(
      rows.flatMap(({ id, state }) => (state === undefined ? [] : [[idOf(id), STATES[state]]])),
    )
  }

  async queued(room: RoomId, limit: number): Promise<readonly Entry[]> {
    // A count of 0 would mean "all" to getAll.
    if (limit <= 0) return []
    const rows = await reading(this.#db, ['entries'], (tx) => {
      const byState = tx.objectStore('entries').index('by-state')
      return byState.getAll(keysUnder(room, stateOf('queued')), limit)
    })
    return this.#restored(rows, this.#proofs)
  }

  async undelivered(room: RoomId, than: Delivery, limit: number): Promise<readonly Entry[]> {
    if (limit <= 0) return []
    const rows = await rowsBelowState(this.#db, room, stateOf(than), limit)
    const own = await this.#restored(rows.flat())
    return own.toSorted((a, b) => comparePositions(a.position, b.position)).slice(-limit)
  }

  fingerprint(room: RoomId, range: Range): Promise<Fingerprint> {
    return this.#sound([room], () =>
      reading(this.#db, TALLYING, (tx) => fingerprintIn(tallyOf(tx, room), range)),
    )
  }

  split(room: RoomId, range: Range, parts: number): Promise<readonly Part[]> {
    return this.#sound([room], () =>
      reading(this.#db, TALLYING, (tx) => splitIn(tallyOf(tx, room), range, parts)),
    )
  }

  async positions(room: RoomId, range: Range, limit: number): Promise<readonly Position[]> {
    if (limit <= 0) return []
    // Engines count in 32 bits and throw at more.
    const most = Math.min(limit, COUNT_MAX)
    return this.#sound([room], () =>
      reading(this.#db, TALLYING, (tx) =>
        positionsIn(tx.objectStore('entries'), tx.objectStore('stubs'), room, range, most),
      ),
    )
  }

  window(
    room: RoomId,
    options: { readonly before?: Position; readonly entries: number; readonly spanUs: number },
  ): Promise<Range> {
    return this.#sound([room], () =>
      reading(this.#db, ['entries', 'stubs', 'rooms'], async (tx) => {
        const [held, row] = await Promise.all([
          newestClocks(tx.objectStore('entries'), tx.objectStore('stubs'), room, options),
          roomIn(tx, room),
        ])
        return windowOf(held, options, row.floor)
      }),
    )
  }

  stub(room: RoomId, positions: readonly Position[]): Promise<void> {
    if (positions.length === 0) return Promise.resolve()
    const terms = termsOf(positions)
    return this.#inTurn(async () => {
      this.#tips.delete(room)
      await this.#sound([room], () =>
        writing(this.#db, KEEPING, (tx) => keepStubs(tx, room, positions, terms)),
      )
    })
  }

  async heldBy(room: RoomId, holder: PeerId, run: HeldRun): Promise<void> {
    if (run.log !== this.#log) return
    await writing(this.#db, ['holders'], (tx) => keepHolder(tx, room, holder, run))
  }

  holders(room: RoomId): Promise<readonly Holder[]> {
    return reading(this.#db, ['holders'], async (tx) => {
      const rows = await tx.objectStore('holders').index('by-word').getAll(keysUnder(room))
      return rows.map(({ holder, log, lo, hi, archive }) => ({ holder, log, lo, hi, archive }))
    })
  }

  held(): Promise<readonly RoomId[]> {
    return reading(this.#db, ['rooms'], (tx) => tx.objectStore('rooms').getAllKeys())
  }

  /** Whether the page goes, as far as anybody can tell: it may come back. */
  async rest(resting: boolean): Promise<void> {
    try {
      await rest(this.#db, resting)
    } catch (error) {
      this.#options.runtime.log('history: the end is not noted', { why: String(error) })
    }
  }

  async close(): Promise<void> {
    await this.#saying
    await this.#turn
    await this.rest(true)
    this.#db.close()
  }

  /**
   * Before anything else, each time that it is opened: another log than before means that the data
   * was taken away, and everything in it begins anew.
   */
  async #check(db: OpenDatabase): Promise<void> {
    this.#tips.clear()
    await begin(db, this.#options.runtime.log)
    const kept = await read(beginReading(db, ['meta']), (tx) => tx.objectStore('meta').get('log'))
    const drawn = this.#checked && kept === undefined ? drawLog(this.#options) : this.#log
    const log = isLogId(kept) ? kept : await keepLog(db, drawn)
    const taken = this.#checked && log !== this.#log
    if (taken) {
      for (const [room, floor] of this.#floors)
        await written(beginWriting(db, KEEPING), (tx) => trimBelow(tx, room, floor))
    }
    this.#log = log
    this.#checked = true
    if (taken) this.lost.emit({ kind: 'taken-away' })
  }

  /** One change at a time, so that what is known of a room stays true while it is used. */
  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(change)
    this.#turn = result.catch(() => undefined)
    return result
  }

  /** Where what is told of a room makes no sense, or places in it, it is reckoned anew from what is there. */
  async #sound<T>(rooms: readonly RoomId[], work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (!isDamagedTally(error)) throw error
      for (const room of new Set(rooms)) {
        this.#tips.delete(room)
        const count = await writing(this.#db, KEEPING, (tx) => tallyAnew(tx, room))
        this.#options.runtime.log('history: reckoned anew', { room, count, why: String(error) })
        if (count > 0) this.lost.emit({ kind: 'damaged', room, count, newest: Infinity })
      }
      return work()
    }
  }

  async #tip(room: RoomId): Promise<Tip> {
    const known = this.#tips.get(room)
    if (known !== undefined) return known
    const tip = await this.#sound([room], () => readTip(this.#db, this.#log, room))
    this.#tips.set(room, tip)
    return tip
  }

  /** False if the head or the floor has moved since `head` was read: then nothing was written. */
  async #write(head: Head, entry: Entry, insteadOf: Entry | undefined): Promise<boolean> {
    const { room } = entry
    const tip = await this.#tip(room)
    if (tip.log !== head.log || seqAfter(tip) !== head.seq) return false
    if (comparePositions(entry.position, tip.row.floor) < 0) return false
    this.#tips.delete(room)
    if (tip.row.head === undefined) {
      const recovered = await this.#sound([room], () =>
        writing(this.#db, KEEPING, (tx) => recoverHead(tx, entry)),
      )
      if (recovered) return false
    }
    const next = await this.#sound([room], () => keepSaid(this.#db, tip, entry, insteadOf))
    if (next === undefined) return false
    // What went may have been the newest, or of the last hour: then all is read anew.
    if (insteadOf === undefined) this.#tips.set(room, next)
    return true
  }

  async #restored(rows: readonly EntryRow[], proofs?: Proofs): Promise<readonly Entry[]> {
    const restored = await Promise.all(rows.map((row) => restoredRow(row, proofs)))
    const damaged = rows.filter((_, i) => restored[i] === undefined)
    for (const [room, ofRoom] of Map.groupBy(damaged, (row) => row.room))
      await this.#drop(room, ofRoom)
    return restored.flatMap((entry) => entry ?? [])
  }

  /** What does not verify is nobody's any more; whoever else has it may give it again. */
  async #drop(room: RoomId, rows: readonly EntryRow[]): Promise<void> {
    const { log } = this.#options.runtime
    try {
      const count = await this.#inTurn(() => {
        this.#tips.delete(room)
        return this.#sound([room], () =>
          writing(this.#db, KEEPING, (tx) => dropDamaged(tx, room, rows)),
        )
      })
      log('history: damaged rows', { room, count })
      if (count > 0) this.lost.emit({ kind: 'damaged', room, count, newest: newestClock(rows) })
    } catch (error) {
      // It is not given out, and dropped when it is read again.
      log('history: damaged rows stay', { room, why: String(error) })
    }
  }
}

function drawLog({ runtime }: HistoryOptions): LogId {
  return toBase64url(runtime.random.bytes(LOG_BYTES)) as LogId
}

/** Drawn once per installation; of two tabs that open at once the first one's stands. */
function keepLog(db: OpenDatabase, drawn: LogId): Promise<LogId> {
  return written(beginWriting(db, ['meta']), async (tx) => {
    const kept = await tx.objectStore('meta').get('log')
    if (isLogId(kept)) return kept
    await tx.objectStore('meta').put(drawn, 'log')
    return drawn
  })
}

function stateOf(delivery: Delivery): 0 | 1 | 2 {
  return STATES.indexOf(delivery) as 0 | 1 | 2
}
