import { Changes, type Stop } from './changes.ts'
import type { Entry } from './entry.ts'
import type { Delivery, HeldLog, HeldRun, HistoryStore, Holder } from './history.ts'
import type { EntryId, LogId, PeerId } from './ids.ts'
import { type HeldClaim, frame } from './live-frame.ts'
import {
  HAS_CROWD,
  HAS_CROWD_SPREAD_MS,
  HAS_EVERY_MS,
  HAS_LOGS_MAX,
  HAS_UNKEPT_MAX,
  STRANGERS_MAX,
  SYNC_HOLE_PATIENCE_MS,
} from './limits.ts'
import type { RoomKey } from './room-key.ts'
import type { Runtime } from './runtime.ts'

/** Where one of one's own entries is known to be, beside this device. */
export interface Evidence {
  readonly delivery: Delivery
  /** Other people's devices that said that it is on their disk. */
  readonly devices: number
  /** A relay-node's archive said so. */
  readonly archive: boolean
  /** A relay-node's archive has said that it keeps no more of one's own, and has not said to hold this. */
  readonly unkept: boolean
}

export type ReceiptChange =
  | { readonly kind: 'delivery'; readonly id: EntryId; readonly delivery: Delivery }
  /** Somebody holds what this device lacks. */
  | { readonly kind: 'lacking'; readonly from: PeerId }

export interface ReceiptsOptions {
  readonly key: RoomKey
  readonly history: HistoryStore
  readonly runtime: Runtime
  readonly self: PeerId
  /** This node is a relay-node's archive. */
  readonly archive: boolean
  /** Says a frame on the live topic. */
  readonly say: (frame: Uint8Array<ArrayBuffer>) => void
  readonly isArchive: (peer: PeerId) => boolean
  /** How many people are here. */
  readonly crowd: () => number
}

/** So many of one's own entries without a receipt are watched, the newest. */
const WATCHED_MAX = 2_000
/** So many logs that changed are remembered: in a crowd nothing is told for a while. */
const CHANGED_MAX = 1_024

/** Of one claimant: who says `has` as often as they should says half of it until it is looked at. */
const DOUBTED_MAX = 2 * HAS_LOGS_MAX

interface Watched {
  readonly id: EntryId
  readonly log: LogId
  readonly seq: number
}

/** Who has stored what: tells others what is on this disk, and what others say is on theirs. */
export class Receipts {
  readonly changes = new Changes<ReceiptChange>()
  readonly #options: ReceiptsOptions
  /** One's own entries that nobody has said to hold yet, the oldest first. */
  readonly #open = new Map<EntryId, Watched>()
  /** There are older ones, for which there was no room. */
  #overflowed = false
  #holders: readonly Holder[] = []
  /** Who has handed over in this run what they hold and this device lacked, so that a claim of theirs means what is here. */
  readonly #level = new Set<PeerId>()
  /** The greatest seq that others claimed first in this run, by claimant and log. */
  readonly #claimedFirst = new Map<string, number>()
  /** Seqs of one's own logs that two entries share: a claim does not say which of them it means. */
  readonly #twins = new Map<LogId, ReadonlySet<number>>()
  /** The greatest seq that was said here, by log (one, unless a disk was lost). */
  readonly #said = new Map<LogId, number>()
  /** The author logs that changed since they were last told. */
  readonly #changed = new Set<string>()
  /** Authors whose logs are told again, changed or not. */
  readonly #mentioned = new Set<PeerId>()
  /** Authors of whom this archive keeps no more, to be told. */
  readonly #unkept = new Set<PeerId>()
  /** Archives that keep no more of one's own, as they said last. */
  readonly #refusing = new Set<PeerId>()
  /** What others say to hold, and may be on its way here. */
  readonly #doubted = new Map<PeerId, readonly HeldClaim[]>()
  #stopDoubting: Stop = () => undefined
  #doubting = false
  #stopTelling: Stop = () => undefined
  #telling = false
  #stopped = false

  constructor(options: ReceiptsOptions) {
    this.#options = options
  }

  /** Takes up the evidence of earlier runs. */
  async start(): Promise<void> {
    const { history, key, self } = this.#options
    const [open, holders, logs] = await Promise.all([
      history.undelivered(key.id, 'stored', WATCHED_MAX),
      history.holders(key.id),
      history.logs(key.id),
    ])
    this.#holders = holders
    const own = logs.filter(({ author }) => author === self)
    for (const { log, hi } of own) this.#said.set(log, hi)
    await Promise.all(own.map(({ log }) => this.#findTwins(log)))
    for (const entry of open) this.#watch(entry)
    this.#overflowed = open.length >= WATCHED_MAX
  }

  stop(): void {
    this.#stopped = true
    this.#stopTelling()
    this.#stopDoubting()
  }

  /** One's own, just stored: to be watched, and told like any other. */
  said(entry: Entry): void {
    this.#watch(entry)
    this.kept([entry])
  }

  /** It is said once more, under another id. */
  drop({ id }: Entry): void {
    this.#open.delete(id)
  }

  /** These are on this disk now. */
  kept(entries: readonly Entry[]): void {
    const { self } = this.#options
    for (const { author, head } of entries) {
      if (head === undefined) continue
      if (author === self)
        this.#said.set(head.log, Math.max(head.seq, this.#said.get(head.log) ?? 0))
      this.#changed.add(logKey(author, head.log))
    }
    for (const oldest of this.#changed) {
      if (this.#changed.size <= CHANGED_MAX) break
      this.#changed.delete(oldest)
    }
    this.#tellSoon()
  }

  /** There is no place on this disk for what these have said. */
  unkept(authors: readonly PeerId[]): void {
    if (this.#unkept.size >= STRANGERS_MAX) this.#unkept.clear()
    for (const author of authors) this.#unkept.add(author)
    if (authors.length > 0) this.#tellSoon()
  }

  /**
   * One's own that this disk had lost, or never had, came from others.
   * @param proved of them, what a sync brought: it was read from its partner's disk
   */
  async returned(entries: readonly Entry[], proved: readonly EntryId[]): Promise<void> {
    const { history, key } = this.#options
    const logs = new Set(entries.flatMap(({ log }) => log ?? []))
    for (const log of logs) await this.#findTwins(log)
    await history.witness(key.id, proved, 'stored')
    const known = new Set(proved)
    for (const entry of entries) if (!known.has(entry.id)) this.#watch(entry)
  }

  /**
   * A sync with somebody left nothing out. Before that their word may be about what this disk said
   * once, before it was put back to an earlier state.
   */
  levelled(partner: PeerId): void {
    if (this.#level.size >= STRANGERS_MAX) this.#level.clear()
    this.#level.add(partner)
  }

  /** Somebody came, or was synced with: they may have missed what was said of their entries. */
  mention(author: PeerId): void {
    if (this.#mentioned.size >= STRANGERS_MAX) this.#mentioned.clear()
    this.#mentioned.add(author)
    this.#tellSoon()
  }

  /** Where an entry of one's own is. */
  evidence({ head }: Entry, delivery: Delivery): Evidence {
    const holding = this.#holders.filter((held) => this.#covers(held, head))
    const archive = holding.some((held) => held.archive)
    return {
      delivery,
      devices: holding.filter((held) => !held.archive).length,
      archive,
      // What stands below what they hold was forgotten there, or came before.
      unkept:
        !archive &&
        head !== undefined &&
        [...this.#refusing].some((from) => this.#newestOf(from, head.log) < head.seq),
    }
  }

  /** How many of one's own entries somebody has said to keep: their last word, whatever is on this disk. */
  keptBy(peer: PeerId): number {
    return this.#holders
      .filter(({ holder }) => holder === peer)
      .reduce((sum, { log, lo, hi }) => {
        const twins = [...(this.#twins.get(log) ?? [])].filter((seq) => lo <= seq && seq <= hi)
        return sum + hi - lo + 1 - twins.length
      }, 0)
  }

  /** Somebody's word about what is on their disk. */
  async heard(
    from: PeerId,
    claims: readonly HeldClaim[],
    unkept: readonly PeerId[] = [],
  ): Promise<void> {
    const { self, isArchive } = this.#options
    const own = claims.filter((claim) => claim.author === self)
    for (const claim of own) {
      const proved = this.#isCredible(claim) ? this.#proved(from, claim) : undefined
      if (proved !== undefined) await this.#believe(from, proved)
    }
    if (unkept.includes(self) && isArchive(from)) {
      if (this.#refusing.size >= STRANGERS_MAX) this.#refusing.clear()
      this.#refusing.add(from)
    }
    // More of one's own log than one has said here: this disk lost something, or somebody lies.
    const others = claims.filter((claim) => claim.author !== self || !this.#isCredible(claim))
    if (others.length > 0) this.#doubt(from, others)
  }

  #isCredible({ log, hi }: HeldClaim): boolean {
    return hi <= (this.#said.get(log) ?? 0)
  }

  /** Of a claim what cannot be about something that the claimant had before this run began. */
  #proved(from: PeerId, claim: HeldClaim): HeldClaim | undefined {
    if (this.#level.has(from)) return claim
    const key = logKey(from, claim.log)
    const first = this.#claimedFirst.get(key) ?? claim.hi
    if (this.#claimedFirst.size >= STRANGERS_MAX) this.#claimedFirst.clear()
    this.#claimedFirst.set(key, first)
    const lo = Math.max(claim.lo, first + 1)
    return lo <= claim.hi ? { ...claim, lo } : undefined
  }

  /** Whether who holds a run holds this. */
  #covers({ log, lo, hi }: HeldRun, at: { log: LogId; seq: number } | undefined): boolean {
    if (at === undefined || at.log !== log || at.seq < lo || at.seq > hi) return false
    return this.#twins.get(log)?.has(at.seq) !== true
  }

  /** The greatest seq of a log that somebody has said to hold; 0 if none. */
  #newestOf(from: PeerId, log: LogId): number {
    return this.#holders.find((held) => held.holder === from && held.log === log)?.hi ?? 0
  }

  async #findTwins(log: LogId): Promise<void> {
    const { history, key, self } = this.#options
    this.#twins.set(log, new Set(await history.twins(key.id, self, log)))
  }

  /**
   * It may come by gossip: looked at after a while, together with what else is claimed until then. A
   * room's logs may be many, and are not read for each word of each stranger.
   */
  #doubt(from: PeerId, claims: readonly HeldClaim[]): void {
    if (this.#doubted.size >= STRANGERS_MAX) this.#doubted.clear()
    const all = [...(this.#doubted.get(from) ?? []), ...claims]
    this.#doubted.set(from, all.slice(-DOUBTED_MAX))
    if (this.#doubting || this.#stopped) return
    this.#doubting = true
    const { runtime } = this.#options
    this.#stopDoubting = runtime.clock.after(SYNC_HOLE_PATIENCE_MS, () => {
      this.#doubting = false
      this.#look().catch((error: unknown) => {
        runtime.log('receipts: could not look', { why: String(error) })
      })
    })
  }

  async #look(): Promise<void> {
    const logs = await this.#options.history.logs(this.#options.key.id)
    const held = new Map(logs.map((log) => [logKey(log.author, log.log), log]))
    const doubted = [...this.#doubted]
    this.#doubted.clear()
    for (const [from, claims] of doubted)
      if (claims.some((claim) => isBeyond(claim, held.get(logKey(claim.author, claim.log)))))
        this.changes.emit({ kind: 'lacking', from })
  }

  #watch(entry: Entry): void {
    const { head, id } = entry
    if (head === undefined) return
    this.#open.set(id, { id, log: head.log, seq: head.seq })
    const [oldest] = this.#open.keys()
    if (this.#open.size <= WATCHED_MAX || oldest === undefined) return
    this.#open.delete(oldest)
    this.#overflowed = true
  }

  async #believe(from: PeerId, { log, lo, hi }: HeldClaim): Promise<void> {
    const { history, key, isArchive } = this.#options
    const run = { log, lo, hi, archive: isArchive(from) }
    if (this.#newestOf(from, log) < hi) this.#refusing.delete(from)
    await history.heldBy(key.id, from, run)
    this.#holders = await history.holders(key.id)
    const stored = [...this.#open.values()].filter((each) => this.#covers(run, each))
    if (stored.length === 0) return
    const ids = stored.map(({ id }) => id)
    await history.witness(key.id, ids, 'stored')
    for (const id of ids) {
      this.#open.delete(id)
      this.changes.emit({ kind: 'delivery', id, delivery: 'stored' })
    }
    if (this.#overflowed) await this.#takeUpOlder()
  }

  async #takeUpOlder(): Promise<void> {
    const { history, key } = this.#options
    const open = await history.undelivered(key.id, 'stored', WATCHED_MAX)
    this.#overflowed = open.length >= WATCHED_MAX
    for (const entry of open) this.#watch(entry)
  }

  /**
   * What a sync session brought is news to one's neighbours, whom gossip will not tell: in a crowd
   * without an archive, too, though then not all at once.
   */
  spread(): void {
    const { crowd, runtime } = this.#options
    const wait = crowd() > HAS_CROWD ? runtime.random.fraction() * HAS_CROWD_SPREAD_MS : 0
    this.#tellIn(HAS_EVERY_MS + wait)
  }

  #tellSoon(): void {
    const { archive, crowd } = this.#options
    // In a crowd the archives' word is enough, and everybody's would be too much.
    if (crowd() <= HAS_CROWD || archive) this.#tellIn(HAS_EVERY_MS)
  }

  #tellIn(ms: number): void {
    const { runtime } = this.#options
    if (this.#telling || this.#stopped) return
    this.#telling = true
    this.#stopTelling = runtime.clock.after(ms, () => {
      this.#tell()
        .catch((error: unknown) => {
          runtime.log('receipts: could not tell', { why: String(error) })
        })
        .finally(() => {
          this.#telling = false
          if (this.#changed.size + this.#unkept.size > 0) this.#tellSoon()
        })
    })
  }

  async #tell(): Promise<void> {
    const { history, key, say } = this.#options
    // What changes from here on is told the next time.
    const [changed, mentioned] = [new Set(this.#changed), new Set(this.#mentioned)]
    this.#changed.clear()
    this.#mentioned.clear()
    const held = await history.logs(key.id).catch((error: unknown) => {
      for (const log of changed) this.#changed.add(log)
      for (const author of mentioned) this.#mentioned.add(author)
      throw error
    })
    const logs = held.filter(
      ({ author, log }) => mentioned.has(author) || changed.has(logKey(author, log)),
    )
    for (const { author, log } of logs.splice(HAS_LOGS_MAX)) this.#changed.add(logKey(author, log))
    const unkept = [...this.#unkept].slice(0, HAS_UNKEPT_MAX)
    for (const author of unkept) this.#unkept.delete(author)
    if (logs.length + unkept.length === 0 || this.#stopped) return
    const runs = logs.map(({ author, log, lo, hi }) => [author, log, lo, hi])
    say(frame({ t: 'has', logs: runs, ...(unkept.length === 0 ? {} : { unkept }) }))
  }
}

/** Whether a claim names something newer than one holds, or fills one's hole. */
function isBeyond(claim: HeldClaim, held: HeldLog | undefined): boolean {
  if (held === undefined || claim.hi > held.hi) return true
  return held.holes.some((hole) => claim.lo <= hole && hole <= claim.hi)
}

function logKey(author: PeerId, log: LogId): string {
  return `${author}/${log}`
}
