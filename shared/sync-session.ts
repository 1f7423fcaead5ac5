import type { Bytes } from './bytes.ts'
import { equal } from './bytes.ts'
import { type Entry, shortId } from './entry.ts'
import { type Failure, type Result, fail, ok } from './failure.ts'
import type { HistoryStore } from './history.ts'
import {
  END,
  type PeerId,
  type Position,
  type Range,
  START,
  type ShortId,
  comparePositions,
} from './ids.ts'
import {
  SYNC_ARCHIVE_ENTRIES,
  SYNC_FRAME_MAX_BYTES,
  SYNC_IDLE_MS,
  SYNC_SLOW_AFTER_MS,
  SYNC_SLOW_BYTES_PER_SECOND,
  SYNC_TURN_FRAMES,
  SYNC_WHOLE_MS,
  SYNC_WINDOW_ENTRIES,
  SYNC_WINDOW_US,
} from './limits.ts'
import type { FramedStream, Synced, Verdict } from './network.ts'
import { type Holdings, Reconciliation, type Span } from './reconcile.ts'
import type { RoomKey } from './room-key.ts'
import type { Runtime } from './runtime.ts'
import {
  type Hello,
  type Item,
  type SyncFrame,
  decodeFrame,
  encodeFrame,
  idsFrames,
  itemsFrames,
  rangesFrames,
} from './sync-frames.ts'

/** A room as a session needs it. */
export interface SyncedRoom {
  readonly key: RoomKey
  readonly history: HistoryStore
  /** The one gate; `later`: too much at once, it may come again. */
  receive(bytes: Bytes, origin: Synced): Promise<Verdict | 'later'>
  /** Once all that was received is on the disk, or was refused. */
  settled(): Promise<void>
  /** How often something that passed the gate was not kept. */
  readonly refusals: number
  /** How much of what a sync has brought has no place here: from the future, forgotten, over an author's share. */
  readonly leftOut: number
  /** These, one's own, are on their way to somebody, who may keep them whatever becomes of the session. */
  handing(entries: readonly Entry[]): void
}

export interface SessionLimits {
  /** Differences that one session looks for. */
  readonly entries: number
  /** Bytes of entries that it hands over. */
  readonly bytes: number
}

export interface SessionOptions {
  readonly room: SyncedRoom
  readonly stream: FramedStream
  readonly runtime: Runtime
  readonly limits: SessionLimits
  readonly tag: Bytes
  readonly self: PeerId
  /** The clock that `nowMs` tells. */
  readonly now: () => number
  /** µs: one's own that is dated later is about to be said once more, and handed to nobody until then. */
  readonly horizon: () => number
  /** Told what the partner's clock says (ms since 1970). */
  readonly learn: (remoteNow: number) => void
  readonly signal: AbortSignal
}

/** What a session came to. */
export interface Session {
  readonly got: number
  /** How many were handed over; the partner asked for them or had not listed them. */
  readonly gave: number
  /** One's own among them, if it took them all. */
  readonly given: readonly Entry[]
  /** How many came too fast, and are to be asked for again in a while. */
  readonly postponed: number
  /** This side has not taken all of what it was given, or so it must believe. */
  readonly refused: boolean
  /** The partner has not taken all of what it was given: nobody knows what, so none is called given. */
  readonly left: boolean
  /** One session was not enough. */
  readonly more: boolean
  /** The window that is the same on both sides now, unless `more`. */
  readonly window: Range
}

export const SYNC_VERSION = 1
/** A flag of Hello: this window and no other (old entries of one's own that nobody has). */
const EXACT = 1
/** Entries that are handed over in one turn: the partner's turn then paces us, whatever it does with them. */
const TURN_BYTES = SYNC_TURN_FRAMES * SYNC_FRAME_MAX_BYTES
/** Read from the store at a time, and sent before more is read: about a frame of short lines. */
const FIND_AT_ONCE = 128
/**
 * What is listed and not kept is said beforehand; between listing and handing over little is
 * forgotten. A partner that denies more of what it listed makes fun of us.
 */
const NACKS_MAX = 256
/** Nobody moves more at a time, in either direction, whatever the other's limits are. */
const MOVED_MAX = 2 * SYNC_ARCHIVE_ENTRIES

/** Opens a session: says what one holds of `window` and brings both sides to the same. */
export async function initiate(
  options: SessionOptions,
  window: Range,
  exact = false,
): Promise<Result<Session>> {
  return new Conversation(options).initiate(window, exact)
}

/** Answers one whose first frame was read and whose room was found. */
export async function respond(options: SessionOptions, hello: Hello): Promise<Result<Session>> {
  return new Conversation(options).respond(hello)
}

const SECOND_MS = 1_000
const MISBEHAVED = 'sync: '
const NOT_KEPT = fail({ kind: 'storage-failed', what: 'not kept' })

/** Whether a failed session is the partner's fault, who is then left alone for a while. */
export function isMisbehaviour(failure: Failure): boolean {
  return failure.kind === 'malformed' && failure.what.startsWith(MISBEHAVED)
}

function misbehaved(what: string): { readonly ok: false; readonly failure: Failure } {
  return fail({ kind: 'malformed', what: MISBEHAVED + what })
}

/**
 * One side of a session. The sides take turns; a turn is items, wants and nacks in any order,
 * and ends with ranges (`more` unset), or with `done` from a side that has nothing left to ask,
 * answer or hand over. Two `done` in a row end it.
 */
class Conversation {
  readonly #options: SessionOptions
  readonly #endsAt: number
  #window: Range | undefined
  #reconciliation: Reconciliation | undefined
  #got = 0
  #gave = 0
  #postponed = 0
  #nacks = 0
  #sentBytes = 0
  #heardBytes = 0
  #more = false
  #left = false
  readonly #given: Entry[] = []
  /** The window was cut to what a session takes. */
  #narrowed = false
  readonly #asked = new Set<ShortId>()
  /** What the partner lists and has said that it cannot hand over. */
  readonly #denied = new Set<ShortId>()
  /** Items that came, asked for or not, and those of them that were no news. */
  #came = 0
  #useless = 0
  #lacking: ShortId[] = []
  /** What the partner asked for, or lacks. */
  #toGive: ShortId[] = []
  readonly #wanted = new Set<ShortId>()
  #wants = 0
  #gone: ShortId[] = []
  #spans: readonly Span[] = []
  #saidDone = false
  /** Once the disk has taken all that came, or refused it. */
  #settled = Promise.resolve()
  readonly #refusals: number
  readonly #leftOut: number

  constructor(options: SessionOptions) {
    this.#options = options
    this.#endsAt = options.runtime.clock.now() + SYNC_WHOLE_MS
    this.#refusals = options.room.refusals
    this.#leftOut = options.room.leftOut
  }

  async initiate(window: Range, exact: boolean): Promise<Result<Session>> {
    const sent = await this.#send([await this.#hello(window, exact ? EXACT : 0)])
    if (!sent.ok) return sent
    const answer = await this.#read()
    if (!answer.ok) return answer
    const hello = answer.value
    if (hello?.kind === 'err')
      return fail({ kind: 'unreachable', what: `sync: code ${hello.code}` })
    // A refusal may be lost on its way, where both have opened a session at once: that is no lie.
    if (hello === undefined)
      return fail({ kind: 'unreachable', what: 'sync: ended before a hello' })
    if (hello.kind !== 'hello') return misbehaved('no hello')
    this.#options.learn(hello.nowMs)
    if (comparePositions(hello.lo, window.from) < 0 || comparePositions(hello.hi, window.to) !== 0)
      return misbehaved('another window than was asked for')
    this.#begin({ from: hello.lo, to: hello.hi })
    return this.#converse()
  }

  async respond(theirs: Hello): Promise<Result<Session>> {
    this.#options.learn(theirs.nowMs)
    const window = await this.#commonWindow(theirs)
    this.#begin(window)
    const mine = await this.#hello(window)
    const sent = await this.#send([mine])
    if (!sent.ok) return sent
    const same =
      // All that is asked about was forgotten here, or there.
      comparePositions(mine.lo, mine.hi) === 0 ||
      (comparePositions(theirs.lo, mine.lo) === 0 &&
        mine.count === theirs.count &&
        equal(mine.digest, theirs.digest))
    if (!same) this.#spans = (await this.#reconciliation?.open()) ?? []
    const turn = await this.#sayTurn()
    return turn.ok ? this.#converse() : turn
  }

  /**
   * As far back as both sides' newest stretches reach (an old acquaintance of a busy room does not
   * ask for all of it), and of what the other lacks no more than a session takes, the newest first.
   */
  async #commonWindow(theirs: Hello): Promise<Range> {
    const { room, limits } = this.#options
    const { history, key } = room
    const to = theirs.hi
    const floor = later(bound(await history.floor(key.id)), theirs.floor)
    // From the newest entry where there is one, as the other side does, and not from the end of time.
    const before = comparePositions(to, END) === 0 ? {} : { before: to }
    const reaching = async (entries: number, spanUs: number): Promise<Position> =>
      bound((await history.window(key.id, { ...before, entries, spanUs })).from)
    const exact = (theirs.flags & EXACT) !== 0
    const own = exact ? START : await reaching(SYNC_WINDOW_ENTRIES, SYNC_WINDOW_US)
    let from = earlier(later(later(floor, theirs.lo), own), to)
    const mine = await history.fingerprint(key.id, { from, to })
    if (!exact && mine.count - theirs.count > limits.entries) {
      from = later(from, await reaching(limits.entries + theirs.count, 0))
      this.#narrowed = true
    }
    return { from, to }
  }

  #begin(window: Range): void {
    const { room, limits, runtime, signal } = this.#options
    this.#window = window
    this.#reconciliation = new Reconciliation({
      holdings: holdingsOf(room),
      window,
      limit: limits.entries,
      inTime: () => !signal.aborted && runtime.clock.now() < this.#endsAt,
    })
  }

  async #hello(window: Range, flags = 0): Promise<Hello> {
    const { room, tag, now } = this.#options
    const [fingerprint, floor] = await Promise.all([
      room.history.fingerprint(room.key.id, window),
      room.history.floor(room.key.id),
    ])
    const { count, digest } = fingerprint
    const { from: lo, to: hi } = window
    const said = { tag, lo, hi, floor: bound(floor), count, digest, nowMs: Math.floor(now()) }
    return { kind: 'hello', version: SYNC_VERSION, ...said, flags }
  }

  /** Their turn, mine, theirs … until both are done. */
  async #converse(): Promise<Result<Session>> {
    for (;;) {
      const theirs = await this.#hearTurn()
      if (!theirs.ok) return theirs
      if (theirs.value === 'done' && this.#saidDone) return this.#end()
      const mine = await this.#sayTurn(theirs.value)
      if (!mine.ok) return mine
      if (theirs.value === 'done' && this.#saidDone) return this.#end()
    }
  }

  #end(): Result<Session> {
    // Asked for, listed by them, and neither given nor denied.
    const answered = this.#came + this.#nacks
    if (answered < this.#asked.size && !this.#more) return misbehaved('withheld what it listed')
    // All is said: whether the other end still listens is its own affair.
    void this.#options.stream.close()
    return ok({
      got: this.#got,
      gave: this.#gave,
      given: this.#left ? [] : this.#given,
      postponed: this.#postponed,
      refused: this.#refused,
      left: this.#left,
      more: this.#hasMore(),
      window: this.#windowNow(),
    })
  }

  #windowNow(): Range {
    if (this.#window === undefined) throw new Error('the session has no window yet')
    return this.#window
  }

  #hasMore(): boolean {
    return this.#more || this.#narrowed || this.#reconciliation?.more === true
  }

  async #hearTurn(): Promise<Result<'ranges' | 'done'>> {
    const turn: HeardTurn = { spans: [], frames: 0, said: 0, since: undefined }
    for (;;) {
      const read = await this.#read()
      if (!read.ok) return read
      const frame = read.value
      switch (frame?.kind) {
        case 'items':
        case 'want':
        case 'nack': {
          const taken = await this.#hear(frame)
          if (!taken.ok) return taken
          turn.said += taken.value
          break
        }
        case 'ranges': {
          turn.spans.push(...frame.spans)
          if (++turn.frames > SYNC_TURN_FRAMES + 1) return misbehaved('ranges without end')
          if (frame.more) break
          if (turn.spans.length + turn.said === 0) return misbehaved('a turn that says nothing')
          // Or the partner would believe that it is safe here.
          if (!(await this.#isKept())) return NOT_KEPT
          const answered = await this.#answer(turn.spans)
          return answered.ok ? ok('ranges') : answered
        }
        case 'done':
          if (!(await this.#isKept())) return NOT_KEPT
          this.#more ||= frame.more
          this.#left ||= frame.left === true
          return ok('done')
        case undefined:
          return fail({ kind: 'unreachable', what: 'the partner hung up' })
        case 'hello':
        case 'err':
          return misbehaved(`${frame.kind} in the middle`)
      }
      if (this.#drips(turn)) return misbehaved('drips')
    }
  }

  /** What goes on slowly after its first frame: whoever has a turn ready says it at once. */
  #drips(turn: HeardTurn): boolean {
    const now = this.#options.runtime.clock.now()
    turn.since ??= { at: now, bytes: this.#heardBytes }
    const passed = now - turn.since.at
    const bytes = this.#heardBytes - turn.since.bytes
    return passed > SYNC_SLOW_AFTER_MS && bytes < (passed / SECOND_MS) * SYNC_SLOW_BYTES_PER_SECOND
  }

  /** How many things the frame says. */
  async #hear(
    frame: Exclude<SyncFrame, { kind: 'hello' | 'ranges' | 'done' | 'err' }>,
  ): Promise<Result<number>> {
    const heard = frame.kind === 'items' ? await this.#take(frame.items) : this.#note(frame)
    if (!heard.ok) return heard
    const count = frame.kind === 'items' ? frame.items.length : frame.ids.length
    return count === 0 ? misbehaved('a frame that says nothing') : ok(count)
  }

  #note({
    kind,
    ids,
  }: {
    readonly kind: 'want' | 'nack'
    readonly ids: readonly ShortId[]
  }): Result<undefined> {
    if (kind === 'want') {
      this.#wants += ids.length
      if (this.#wants > MOVED_MAX) return misbehaved('wants without end')
      this.#toGive.push(...ids)
      for (const id of ids) this.#wanted.add(id)
      return ok(undefined)
    }
    for (const id of ids) {
      if (this.#asked.has(id)) this.#nacks++
      else this.#denied.add(id)
    }
    if (this.#nacks > NACKS_MAX || this.#denied.size > MOVED_MAX)
      return misbehaved('lists what it lacks')
    return ok(undefined)
  }

  async #answer(spans: readonly Span[]): Promise<Result<undefined>> {
    if (spans.length === 0) return ok(undefined)
    const turn = await this.#reconciliation?.answer(spans, this.#denied)
    if (turn === undefined) throw new Error('the session has no window yet')
    if (!turn.ok) return turn.failure.kind === 'malformed' ? misbehaved(turn.failure.what) : turn
    this.#spans = turn.value.spans
    this.#lacking.push(...turn.value.lacking)
    // The newest first: it is what people look at.
    const newest = [...turn.value.surplus].sort((a, b) => comparePositions(b, a))
    this.#toGive.push(...newest.map(({ id }) => shortId(id)))
    return ok(undefined)
  }

  async #take(items: readonly Item[]): Promise<Result<undefined>> {
    const { room, stream } = this.#options
    const verdicts = await Promise.all(
      items.map(({ form, bytes }) =>
        room.receive(bytes, { via: 'sync', partner: stream.peer, form }),
      ),
    )
    if (verdicts.includes('reject')) return misbehaved('an entry that does not verify')
    // The next frame is checked while the disk takes this one; only the end of the turn waits for it.
    // Of all that comes, people look at the first, which is the newest: nothing else delays that.
    this.#settled = Promise.all([this.#settled, room.settled()]).then(() => undefined)
    if (this.#came === 0) await this.#settled
    const accepted = verdicts.filter((verdict) => verdict === 'accept').length
    this.#got += accepted
    this.#postponed += verdicts.filter((verdict) => verdict === 'later').length
    this.#came += items.length
    this.#useless += items.length - accepted
    // What was asked for may have come from somebody else meanwhile.
    if (this.#useless > this.#asked.size + SYNC_ARCHIVE_ENTRIES)
      return misbehaved('the same again and again')
    return this.#came > MOVED_MAX ? misbehaved('more than was asked for') : ok(undefined)
  }

  /** Whether the disk has taken all that came. */
  async #isKept(): Promise<boolean> {
    await this.#settled
    return this.#options.room.refusals === this.#refusals
  }

  /** @param last what the partner's turn ended with */
  async #sayTurn(last: 'ranges' | 'done' = 'ranges'): Promise<Result<undefined>> {
    const given = this.#gave
    const gave = await this.#give()
    if (!gave.ok) return gave
    const denied = [...this.#gone, ...(await this.#unkept())]
    const frames: SyncFrame[] = [...idsFrames('nack', denied), ...idsFrames('want', this.#lacking)]
    this.#gone = []
    // After the partner's done, one's own would end it before anybody knows that this was kept.
    const unproved = last === 'done' && this.#gave > given
    const going = unproved || this.#lacking.length + this.#spans.length + this.#toGive.length > 0
    for (const id of this.#lacking) this.#asked.add(id)
    this.#lacking = []
    frames.push(...(going ? rangesFrames(this.#spans) : [this.#done()]))
    this.#spans = []
    this.#saidDone = !going
    return this.#send(frames)
  }

  /** Of several sessions at once nobody knows whose it was: rather too little is called given than too much. */
  get #refused(): boolean {
    return this.#postponed > 0 || this.#options.room.leftOut > this.#leftOut
  }

  #done(): SyncFrame {
    return { kind: 'done', more: this.#hasMore(), ...(this.#refused ? { left: true } : {}) }
  }

  /** What is about to be listed and is not kept: nobody should ask for it, nor count it as a difference. */
  async #unkept(): Promise<readonly ShortId[]> {
    const { history, key } = this.#options.room
    const listed = this.#spans.flatMap((span) => (span.mode === 'ids' ? span.ids : []))
    const kept = new Set<ShortId>()
    for (let i = 0; i < listed.length; i += FIND_AT_ONCE) {
      const found = await history.find(key.id, listed.slice(i, i + FIND_AT_ONCE))
      for (const entry of found) if (!this.#isAhead(entry)) kept.add(shortId(entry.id))
    }
    return listed.filter((id) => !kept.has(id))
  }

  /** Hands over what is to be given, as much as one turn takes. */
  async #give(): Promise<Result<undefined>> {
    let bytes = 0
    while (this.#toGive.length > 0 && bytes < TURN_BYTES) {
      if (this.#sentBytes >= this.#options.limits.bytes) {
        this.#more = true
        this.#toGive = []
        break
      }
      const items = await this.#gather()
      for (const item of items) bytes += item.bytes.length
      const sent = await this.#send(itemsFrames(items))
      if (!sent.ok) return sent
    }
    return ok(undefined)
  }

  /** The next few from the store. */
  async #gather(): Promise<readonly Item[]> {
    const { room, self } = this.#options
    const items: Item[] = []
    const own: Entry[] = []
    const ids = this.#toGive.splice(0, FIND_AT_ONCE)
    const found = new Map(
      (await room.history.find(room.key.id, ids)).map((entry) => [shortId(entry.id), entry]),
    )
    for (const id of ids) {
      const entry = found.get(id)
      if (entry === undefined || this.#isAhead(entry)) {
        // What the partner lacks and is not kept here is no answer to anything.
        if (this.#wanted.has(id)) this.#gone.push(id)
        continue
      }
      items.push({ form: entry.form, bytes: entry.bytes })
      this.#gave++
      if (entry.author === self) own.push(entry)
      this.#sentBytes += entry.bytes.length
    }
    this.#given.push(...own)
    room.handing(own)
    return items
  }

  #isAhead({ author, clock }: Entry): boolean {
    const { self, horizon } = this.#options
    return author === self && clock > horizon()
  }

  async #read(): Promise<Result<SyncFrame | undefined>> {
    const read = await this.#within((signal) => this.#options.stream.read(signal))
    if (!read.ok || read.value === undefined) return read.ok ? ok(undefined) : read
    this.#heardBytes += read.value.length
    const frame = decodeFrame(read.value)
    return frame.ok ? frame : misbehaved('a frame that cannot be read')
  }

  async #send(frames: readonly SyncFrame[]): Promise<Result<undefined>> {
    for (const frame of frames) {
      const sent = await this.#within((signal) =>
        this.#options.stream.write(encodeFrame(frame), signal),
      )
      if (!sent.ok) return sent
    }
    return ok(undefined)
  }

  /** Nobody may keep us waiting, nor busy for ever. */
  async #within<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { clock } = this.#options.runtime
    const timeout = new AbortController()
    const left = Math.max(0, Math.min(SYNC_IDLE_MS, this.#endsAt - clock.now()))
    const stop = clock.after(left, () => {
      timeout.abort(new Error('the partner takes too long'))
    })
    try {
      return await work(AbortSignal.any([timeout.signal, this.#options.signal]))
    } finally {
      stop()
    }
  }
}

/** A turn of the partner as it comes in. */
interface HeardTurn {
  readonly spans: Span[]
  /** Of ranges. */
  frames: number
  /** Items and ids. */
  said: number
  /** When its first frame was there, and how much had been heard by then. */
  since: { readonly at: number; readonly bytes: number } | undefined
}

function holdingsOf({ history, key }: SyncedRoom): Holdings {
  return {
    fingerprint: (range) => history.fingerprint(key.id, range),
    split: (range, parts) => history.split(key.id, range, parts),
    positions: (range, limit) => history.positions(key.id, range, limit),
  }
}

/** The beginning of a clock's tick: a bound that needs no id to be spelt. */
export function bound({ clock }: Position): Position {
  return { clock, id: START.id }
}

function later(a: Position, b: Position): Position {
  return comparePositions(a, b) >= 0 ? a : b
}

function earlier(a: Position, b: Position): Position {
  return comparePositions(a, b) <= 0 ? a : b
}
