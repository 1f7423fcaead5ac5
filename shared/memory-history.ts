import { Changes } from './changes.ts'
import { type Entry, shortId } from './entry.ts'
import type { Result } from './failure.ts'
import {
  type Delivery,
  HOLDERS_MAX,
  type Head,
  type HeldLog,
  type HeldRun,
  type HistoryStore,
  type Holder,
  type Lost,
  type SayOptions,
  assertContinues,
  furthest,
  lessThan,
  runOf,
} from './history.ts'
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
} from './ids.ts'
import { HeldPositions } from './held-positions.ts'
import type { Fingerprint } from './sums.ts'
import { type Part, fingerprintIn, splitIn, windowOf } from './tally.ts'

interface MemoryRoom {
  /** Of what is kept and what is stubbed. */
  readonly positions: HeldPositions
  readonly entries: Map<EntryId, Entry>
  readonly shortIds: Map<ShortId, Entry>
  readonly deliveries: Map<EntryId, Delivery>
  readonly logs: Map<string, MemoryLog>
  readonly holders: Map<PeerId, HeldRun>
  floor: Position
  head: OwnHead
}

interface MemoryLog {
  readonly author: PeerId
  readonly log: LogId
  /** How often each seq is held: two ids may share one. */
  readonly seqs: Map<number, number>
}

/** `author` is known once something was said: only then can one's own entries be told from a forger's. */
interface OwnHead {
  readonly seq: number
  readonly prev?: ShortId
  readonly author?: PeerId
}

const FIRST: OwnHead = { seq: 1 }

/** History that lives as long as the process: guests, tests and the simulation. */
export class MemoryHistory implements HistoryStore {
  /** An Entry in memory was checked, and cannot change. */
  readonly lost = new Changes<Lost>()
  readonly #log: LogId
  readonly #rooms = new Map<RoomId, MemoryRoom>()
  /** One thing is said at a time. */
  #saying: Promise<unknown> = Promise.resolve()

  /** @param log this installation's log */
  constructor(log: LogId) {
    this.#log = log
  }

  add(entries: readonly Entry[]): Promise<readonly Entry[]> {
    const fresh = entries.filter((entry) => this.#keep(entry))
    return Promise.resolve(fresh.sort((a, b) => comparePositions(a.position, b.position)))
  }

  say(
    room: RoomId,
    sign: (head: Head) => Promise<Result<Entry>>,
    { notAfter, insteadOf }: SayOptions = {},
  ): Promise<Result<Entry>> {
    const said = this.#saying.then(async () => {
      const held = this.#room(room)
      for (;;) {
        const head = this.#head(held, notAfter)
        const entry = await sign(head)
        if (!entry.ok) return entry
        assertContinues(room, head, entry.value)
        // Nothing said here yet, and yet some of this log is there: this disk lost its beginning.
        held.head = held.head.author === undefined ? recovered(held, entry.value) : held.head
        const moved = held.head.seq !== head.seq
        if (moved || comparePositions(entry.value.position, held.floor) < 0) continue
        this.#keep(entry.value)
        held.head = headAfter(entry.value, head.seq)
        held.deliveries.set(entry.value.id, 'queued')
        if (insteadOf !== undefined) drop(held, insteadOf)
        return entry
      }
    })
    this.#saying = said.catch(() => undefined)
    return said
  }

  logs(room: RoomId): Promise<readonly HeldLog[]> {
    const logs = [...this.#room(room).logs.values()]
    return Promise.resolve(logs.map(({ author, log, seqs }) => ({ author, log, ...runOf(seqs) })))
  }

  twins(room: RoomId, author: PeerId, log: LogId): Promise<readonly number[]> {
    const seqs = this.#room(room).logs.get(logKey(author, log))?.seqs ?? new Map<number, number>()
    const shared = [...seqs].flatMap(([seq, count]) => (count > 1 ? [seq] : []))
    return Promise.resolve(shared.sort((a, b) => a - b))
  }

  floor(room: RoomId): Promise<Position> {
    return Promise.resolve(this.#room(room).floor)
  }

  page(
    room: RoomId,
    options: { readonly before?: Position; readonly limit: number },
  ): Promise<readonly Entry[]> {
    const held = this.#room(room)
    const page: Entry[] = []
    for (const { id } of held.positions.backwards(options.before ?? END)) {
      if (page.length >= options.limit) break
      const entry = held.entries.get(id)
      if (entry !== undefined) page.push(entry)
    }
    return Promise.resolve(page.reverse())
  }

  onward(
    room: RoomId,
    { after, limit }: { readonly after: Position; readonly limit: number },
  ): Promise<readonly Entry[]> {
    const held = this.#room(room)
    const entries: Entry[] = []
    for (const { id } of held.positions.forwards(after)) {
      if (entries.length >= limit) break
      const entry = held.entries.get(id)
      if (entry !== undefined) entries.push(entry)
    }
    return Promise.resolve(entries)
  }

  get(room: RoomId, ids: readonly EntryId[]): Promise<readonly Entry[]> {
    const held = this.#room(room).entries
    return Promise.resolve(ids.flatMap((id) => held.get(id) ?? []))
  }

  trim(room: RoomId, floor: Position): Promise<number> {
    const held = this.#room(room)
    if (comparePositions(floor, held.floor) <= 0) return Promise.resolve(0)
    held.floor = floor
    let gone = 0
    for (const { id } of held.positions.trim(floor)) {
      const entry = held.entries.get(id)
      // A stub goes uncounted.
      if (entry === undefined) continue
      gone++
      forget(held, entry)
    }
    return Promise.resolve(gone)
  }

  lower(room: RoomId, floor: Position): Promise<void> {
    const held = this.#room(room)
    if (comparePositions(floor, held.floor) < 0) held.floor = floor
    return Promise.resolve()
  }

  witness(room: RoomId, ids: readonly EntryId[], delivery: Delivery): Promise<void> {
    const { deliveries } = this.#room(room)
    for (const id of ids) {
      const known = deliveries.get(id)
      if (known !== undefined) deliveries.set(id, furthest(known, delivery))
    }
    return Promise.resolve()
  }

  deliveries(room: RoomId, ids: readonly EntryId[]): Promise<ReadonlyMap<EntryId, Delivery>> {
    const held = this.#room(room).deliveries
    return Promise.resolve(
      new Map(ids.flatMap((id) => (held.has(id) ? [[id, held.get(id) ?? 'queued'] as const] : []))),
    )
  }

  queued(room: RoomId, limit: number): Promise<readonly Entry[]> {
    return Promise.resolve(lesser(this.#room(room), 'sent').slice(0, limit))
  }

  undelivered(room: RoomId, than: Delivery, limit: number): Promise<readonly Entry[]> {
    const own = lesser(this.#room(room), than)
    return Promise.resolve(own.slice(Math.max(0, own.length - limit)))
  }

  fingerprint(room: RoomId, range: Range): Promise<Fingerprint> {
    return fingerprintIn(this.#room(room).positions, range)
  }

  split(room: RoomId, range: Range, parts: number): Promise<readonly Part[]> {
    return splitIn(this.#room(room).positions, range, parts)
  }

  positions(room: RoomId, range: Range, limit: number): Promise<readonly Position[]> {
    return this.#room(room).positions.positions(range, limit)
  }

  find(room: RoomId, ids: readonly ShortId[]): Promise<readonly Entry[]> {
    const held = this.#room(room).shortIds
    return Promise.resolve(ids.flatMap((id) => held.get(id) ?? []))
  }

  window(
    room: RoomId,
    options: { readonly before?: Position; readonly entries: number; readonly spanUs: number },
  ): Promise<Range> {
    const { positions, floor } = this.#room(room)
    let newest: number | undefined
    let last: number | undefined
    let seen = 0
    for (const { clock } of positions.backwards(options.before ?? END)) {
      newest ??= clock
      if (++seen < options.entries) continue
      last = clock
      break
    }
    return Promise.resolve(windowOf({ newest, last }, options, floor))
  }

  stub(room: RoomId, positions: readonly Position[]): Promise<void> {
    const held = this.#room(room)
    for (const position of positions)
      if (comparePositions(position, held.floor) >= 0) held.positions.add(position)
    return Promise.resolve()
  }

  heldBy(room: RoomId, holder: PeerId, run: HeldRun): Promise<void> {
    const { holders } = this.#room(room)
    if (run.log !== this.#log) return Promise.resolve()
    // Deleted first, so that the map's order is that of the last word.
    holders.delete(holder)
    holders.set(holder, run)
    const [oldest] = holders.keys()
    if (holders.size > HOLDERS_MAX && oldest !== undefined) holders.delete(oldest)
    return Promise.resolve()
  }

  holders(room: RoomId): Promise<readonly Holder[]> {
    const held = this.#room(room).holders
    return Promise.resolve([...held].map(([holder, run]) => ({ holder, ...run })))
  }

  held(): Promise<readonly RoomId[]> {
    return Promise.resolve([...this.#rooms.keys()])
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  #room(id: RoomId): MemoryRoom {
    let room = this.#rooms.get(id)
    if (room === undefined) {
      room = {
        positions: new HeldPositions(),
        entries: new Map(),
        shortIds: new Map(),
        deliveries: new Map(),
        logs: new Map(),
        holders: new Map(),
        floor: START,
        head: FIRST,
      }
      this.#rooms.set(id, room)
    }
    return room
  }

  #head(room: MemoryRoom, notAfter = Infinity): Head {
    const { seq, prev } = room.head
    const below = notAfter >= END.clock ? END : { ...START, clock: notAfter + 1 }
    const [newest] = room.positions.backwards(below)
    const clock = Math.max(newest?.clock ?? 0, room.floor.clock)
    return { log: this.#log, seq, clock, ...(prev === undefined ? {} : { prev }) }
  }

  #keep(entry: Entry): boolean {
    const room = this.#room(entry.room)
    const { log, seq = 0 } = entry.head ?? {}
    const own = log === this.#log && entry.author === room.head.author
    if (own && seq >= room.head.seq) room.head = headAfter(entry, seq)
    if (comparePositions(entry.position, room.floor) < 0) return false
    if (!room.positions.add(entry.position)) return false
    room.entries.set(entry.id, entry)
    room.shortIds.set(shortId(entry.id), entry)
    countSeq(room, entry, 1)
    if (own) room.deliveries.set(entry.id, 'sent')
    return true
  }
}

/** One's own entries whose delivery is less than `than`, oldest first. */
function lesser(room: MemoryRoom, than: Delivery): readonly Entry[] {
  const own = [...room.deliveries].flatMap(([id, delivery]) =>
    lessThan(delivery, than) ? (room.entries.get(id) ?? []) : [],
  )
  return own.sort((a, b) => comparePositions(a.position, b.position))
}

function drop(room: MemoryRoom, entry: Entry): void {
  if (room.positions.remove(entry.position)) forget(room, entry)
}

function forget(room: MemoryRoom, entry: Entry): void {
  room.entries.delete(entry.id)
  room.shortIds.delete(shortId(entry.id))
  room.deliveries.delete(entry.id)
  countSeq(room, entry, -1)
}

function countSeq(room: MemoryRoom, { head, author }: Entry, by: 1 | -1): void {
  if (head === undefined) return
  const key = logKey(author, head.log)
  const held = room.logs.get(key) ?? { author, log: head.log, seqs: new Map<number, number>() }
  room.logs.set(key, held)
  const count = (held.seqs.get(head.seq) ?? 0) + by
  if (count > 0) held.seqs.set(head.seq, count)
  else held.seqs.delete(head.seq)
  if (held.seqs.size === 0) room.logs.delete(key)
}

function logKey(author: PeerId, log: LogId): string {
  return `${author}/${log}`
}

function headAfter(entry: Entry, seq: number): OwnHead {
  return { seq: seq + 1, prev: shortId(entry.id), author: entry.author }
}

/** Where one's own log goes on by what others have brought back of it. */
function recovered(room: MemoryRoom, { author, log }: Entry): OwnHead {
  const own = [...room.entries.values()].filter(
    (entry) => entry.author === author && entry.log === log,
  )
  const last = own.toSorted((a, b) => (a.head?.seq ?? 0) - (b.head?.seq ?? 0)).at(-1)
  return last?.head === undefined ? FIRST : headAfter(last, last.head.seq)
}
