import { Changes, type Stop } from './changes.ts'
import type { Entry } from './entry.ts'
import type { Delivery, HeldLog, HistoryStore, Holder } from './history.ts'
import type { EntryId, LogId, PeerId } from './ids.ts'
import { type HeldClaim, frame } from './live-frame.ts'
import {
  HAS_CROWD,
  HAS_CROWD_SPREAD_MS,
  HAS_EVERY_MS,
  HAS_LOGS_MAX,
  STRANGERS_MAX,
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

/** So many of one's own entries without a receipt are watched; older ones stay as they are. */
const WATCHED_MAX = 2_000
/** How far back in the room one's own are taken up again that were sent, and not yet said to be stored. */
const WATCHED_NEWEST = 500

/** Who has stored what: tells others what is on this disk, and what others say is on theirs. */
export class Receipts {
  readonly changes = new Changes<ReceiptChange>()
  readonly #options: ReceiptsOptions
  /** One's own entries that nobody has said to hold yet, by seq in this installation's log. */
  readonly #open = new Map<number, EntryId>()
  readonly #holders = new Map<PeerId, Holder>()
  /** The author logs that changed since they were last told. */
  readonly #changed = new Set<string>()
  /** Authors whose logs are told again, changed or not. */
  readonly #mentioned = new Set<PeerId>()
  #log: LogId | undefined
  #stopTelling: Stop = () => undefined
  #telling = false

  constructor(options: ReceiptsOptions) {
    this.#options = options
  }

  /** Takes up the evidence of earlier runs. */
  async start(): Promise<void> {
    const { archive, history, key } = this.#options
    // An archive says nothing itself; a page of each of two thousand rooms would be read in vain.
    if (archive) return
    const [queued, newest, holders] = await Promise.all([
      history.queued(key.id, WATCHED_MAX),
      history.page(key.id, { limit: WATCHED_NEWEST }),
      history.holders(key.id),
    ])
    const deliveries = await history.deliveries(
      key.id,
      newest.map(({ id }) => id),
    )
    const sent = newest.filter(({ id }) => deliveries.get(id) === 'sent')
    for (const entry of [...queued, ...sent]) this.#watch(entry)
    for (const holder of holders) this.#holders.set(holder.holder, holder)
  }

  stop(): void {
    this.#stopTelling()
    this.#telling = true
  }

  /** One's own, just stored: to be watched, and told like any other. */
  said(entry: Entry): void {
    this.#watch(entry)
    this.kept([entry])
  }

  /** These are on this disk now. */
  kept(entries: readonly Entry[]): void {
    for (const { author, log } of entries)
      if (log !== undefined) this.#changed.add(logKey(author, log))
    this.#tellSoon()
  }

  /** Somebody came, or was synced with: they may have missed what was said of their entries. */
  mention(author: PeerId): void {
    if (this.#mentioned.size >= STRANGERS_MAX) this.#mentioned.clear()
    this.#mentioned.add(author)
    this.#tellSoon()
  }

  /** Where an entry of one's own is. */
  evidence(entry: Entry, delivery: Delivery): Evidence {
    const { head } = entry
    if (head === undefined || head.log !== this.#log)
      return { delivery, devices: 0, archive: false }
    const holding = [...this.#holders.values()].filter(
      (held) => held.log === head.log && held.lo <= head.seq && head.seq <= held.hi,
    )
    return {
      delivery,
      devices: holding.filter((held) => !held.archive).length,
      archive: holding.some((held) => held.archive),
    }
  }

  /** Somebody's word about what is on their disk. */
  async heard(from: PeerId, claims: readonly HeldClaim[]): Promise<void> {
    const { self } = this.#options
    const own = claims.find((claim) => claim.author === self && claim.log === this.#log)
    if (own !== undefined) await this.#believe(from, own)
    const others = claims.filter((claim) => claim.author !== self)
    if (others.length > 0 && (await this.#lacks(others)))
      this.changes.emit({ kind: 'lacking', from })
  }

  #watch(entry: Entry): void {
    const { head } = entry
    if (head === undefined) return
    this.#log ??= head.log
    if (this.#open.size < WATCHED_MAX) this.#open.set(head.seq, entry.id)
  }

  async #believe(from: PeerId, claim: HeldClaim): Promise<void> {
    const { history, key, isArchive } = this.#options
    const { log, lo, hi } = claim
    const archive = isArchive(from)
    this.#holders.set(from, { holder: from, log, lo, hi, archive })
    await history.heldBy(key.id, from, { log, lo, hi, archive })
    const stored = [...this.#open].filter(([seq]) => lo <= seq && seq <= hi)
    if (stored.length === 0) return
    await history.witness(
      key.id,
      stored.map(([, id]) => id),
      'stored',
    )
    for (const [seq, id] of stored) {
      this.#open.delete(seq)
      this.changes.emit({ kind: 'delivery', id, delivery: 'stored' })
    }
  }

  async #lacks(claims: readonly HeldClaim[]): Promise<boolean> {
    const held = new Map(
      (await this.#options.history.logs(this.#options.key.id)).map((log) => [
        logKey(log.author, log.log),
        log,
      ]),
    )
    return claims.some((claim) => isBeyond(claim, held.get(logKey(claim.author, claim.log))))
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
    if (this.#telling) return
    this.#telling = true
    this.#stopTelling = runtime.clock.after(ms, () => {
      this.#tell().catch((error: unknown) => {
        this.#telling = false
        runtime.log('receipts: could not tell', { why: String(error) })
      })
    })
  }

  async #tell(): Promise<void> {
    const { history, key, say } = this.#options
    const logs = await history.logs(key.id)
    const changed = logs
      .filter(
        ({ author, log }) => this.#mentioned.has(author) || this.#changed.has(logKey(author, log)),
      )
      .slice(0, HAS_LOGS_MAX)
    for (const log of changed) this.#changed.delete(logKey(log.author, log.log))
    this.#mentioned.clear()
    if (changed.length < HAS_LOGS_MAX) this.#changed.clear()
    if (changed.length > 0)
      say(
        frame({ t: 'has', logs: changed.map(({ author, log, lo, hi }) => [author, log, lo, hi]) }),
      )
    this.#telling = false
    if (this.#changed.size > 0) this.#tellIn(HAS_EVERY_MS)
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
