import { type Bytes, equal } from './bytes.ts'
import type { Stop } from './changes.ts'
import { type Result, fail } from './failure.ts'
import { StorageError } from './history.ts'
import { Buckets, type TrueTime } from './guard.ts'
import type { PeerId, Range } from './ids.ts'
import {
  STRANGERS_MAX,
  SYNC_ARCHIVE_BYTES,
  SYNC_ARCHIVE_ENTRIES,
  SYNC_FIRST_FRAME_MS,
  SYNC_FRAME_MAX_BYTES,
  SYNC_HELLOS_PER_SECOND,
  SYNC_INBOUND_MAX,
  SYNC_INBOUND_MAX_ARCHIVE,
  SYNC_INBOUND_PER_PEER,
  SYNC_SESSION_BYTES,
  SYNC_SESSION_ENTRIES,
  SYNC_SHUNNED_MS,
  SYNC_STRANGE_TAGS_PER_MINUTE,
} from './limits.ts'
import type { FramedStream, Network, StreamProtocol } from './network.ts'
import { syncTag } from './room-key.ts'
import { type Runtime, steadyOf } from './runtime.ts'
import { type Hello, decodeFrame, encodeFrame } from './sync-frames.ts'
import {
  SYNC_VERSION,
  type Session,
  type SessionLimits,
  type SessionOptions,
  type SyncedRoom,
  initiate,
  isMisbehaviour,
  respond,
} from './sync-session.ts'

export const SYNC_PROTOCOL: StreamProtocol = {
  name: '/p2p-chat/sync/1',
  maxFrame: SYNC_FRAME_MAX_BYTES,
  maxInbound: 8,
}

/** A room that takes part, and what it wants to hear of sessions that others opened. */
export interface SyncMember extends SyncedRoom {
  /** A session with `partner` went well, whoever opened it. */
  synced(partner: PeerId, session: Session): void
}

export interface SyncOptions {
  readonly runtime: Runtime
  readonly time: TrueTime
  /** This node is an archive: it serves more, and to more at once. */
  readonly archive?: boolean
  /** A room that this node keeps without being in it (archives). */
  readonly elsewhere?: (
    isIt: (member: SyncedRoom) => Promise<boolean>,
  ) => Promise<SyncMember | undefined>
}

/** Codes of an `err` frame. */
const ERR = { unknownRoom: 1, busy: 2, tooFast: 3, version: 4 } as const

/**
 * Serves and opens sync sessions for all rooms of a node. A session names its room by a tag that
 * only members can tell.
 */
export class Sync {
  readonly #options: SyncOptions
  readonly #members = new Set<SyncMember>()
  readonly #hellos: Buckets
  readonly #strangeTags: Buckets
  readonly #inbound = new Map<PeerId, number>()
  /** Rooms in session, by peer and room: one at a time. */
  readonly #busy = new Map<string, 'inbound' | 'outbound'>()
  /** Whom to leave alone until when, by a steady clock. */
  readonly #shunned = new Map<PeerId, number>()
  readonly #life = new AbortController()
  #network: Network | undefined
  #stopServing: Stop = () => undefined

  constructor(options: SyncOptions) {
    this.#options = options
    const size = { burst: SYNC_HELLOS_PER_SECOND, perSecond: SYNC_HELLOS_PER_SECOND }
    this.#hellos = new Buckets([size], options.runtime.clock)
    const strange = {
      burst: SYNC_STRANGE_TAGS_PER_MINUTE,
      perSecond: SYNC_STRANGE_TAGS_PER_MINUTE / 60,
    }
    this.#strangeTags = new Buckets([strange], options.runtime.clock)
  }

  attach(network: Network): void {
    this.#network = network
    this.#stopServing = network.serve(SYNC_PROTOCOL, (stream) => this.#serve(stream))
  }

  stop(): void {
    this.#stopServing()
    this.#life.abort(new Error('stopped'))
    this.#network = undefined
  }

  add(member: SyncMember): Stop {
    this.#members.add(member)
    return () => {
      this.#members.delete(member)
    }
  }

  shuns(peer: PeerId): boolean {
    return (this.#shunned.get(peer) ?? 0) > steadyOf(this.#options.runtime.clock)
  }

  /** Opens a session about `window`; both sides hold the same in it afterwards, unless there is more. */
  async with(
    partner: PeerId,
    member: SyncMember,
    window: Range,
    {
      archive = false,
      exact = false,
      signal = this.#life.signal,
    }: { archive?: boolean; exact?: boolean; signal?: AbortSignal } = {},
  ): Promise<Result<Session>> {
    const network = this.#network
    if (network === undefined || this.shuns(partner))
      return fail({ kind: 'unreachable', what: partner })
    const key = busyKey(partner, member)
    if (this.#busy.has(key)) return fail({ kind: 'unreachable', what: 'in session already' })
    this.#busy.set(key, 'outbound')
    const life = AbortSignal.any([signal, this.#life.signal])
    try {
      const tag = await syncTag(member.key, network.self, partner)
      const opened = await within(this.#options.runtime, SYNC_FIRST_FRAME_MS, life, (patience) =>
        network.open(partner, SYNC_PROTOCOL, patience),
      )
      if (!opened.ok) return opened
      const options = this.#sessionOptions(member, opened.value, tag, archive, network.self, life)
      const session = await orFailed(initiate(options, window, exact))
      return this.#conclude(member, opened.value, session)
    } finally {
      // The partner's own session may have taken over meanwhile.
      if (this.#busy.get(key) === 'outbound') this.#busy.delete(key)
    }
  }

  async #serve(stream: FramedStream): Promise<void> {
    const { peer } = stream
    const inbound = this.#inbound.get(peer) ?? 0
    const all = [...this.#inbound.values()].reduce((sum, n) => sum + n, 0)
    const most = this.#options.archive === true ? SYNC_INBOUND_MAX_ARCHIVE : SYNC_INBOUND_MAX
    if (this.shuns(peer) || inbound >= SYNC_INBOUND_PER_PEER || all >= most)
      return this.#refuse(stream, ERR.busy)
    this.#inbound.set(peer, inbound + 1)
    try {
      await this.#answer(stream)
    } finally {
      const left = (this.#inbound.get(peer) ?? 1) - 1
      if (left === 0) this.#inbound.delete(peer)
      else this.#inbound.set(peer, left)
    }
  }

  async #answer(stream: FramedStream): Promise<void> {
    const network = this.#network
    const hello = await this.#firstFrame(stream)
    if (hello === undefined || network === undefined) {
      stream.abort()
      return
    }
    if (!this.#hellos.take(stream.peer)) return this.#refuse(stream, ERR.tooFast)
    if (hello.version !== SYNC_VERSION) return this.#refuse(stream, ERR.version)
    const member = await this.#find(stream.peer, network, hello.tag)
    if (member === undefined) {
      this.#strangeTags.take(stream.peer)
      return this.#refuse(stream, ERR.unknownRoom)
    }
    const key = busyKey(stream.peer, member)
    const other = this.#busy.get(key)
    // Both opened at once: the lower peer id's session goes on.
    if (other === 'inbound' || (other === 'outbound' && network.self < stream.peer))
      return this.#refuse(stream, ERR.busy)
    this.#busy.set(key, 'inbound')
    try {
      const { signal } = this.#life
      const options = this.#sessionOptions(member, stream, hello.tag, false, network.self, signal)
      this.#conclude(member, stream, await orFailed(respond(options, hello)))
    } finally {
      if (this.#busy.get(key) === 'inbound') this.#busy.delete(key)
    }
  }

  async #firstFrame(stream: FramedStream): Promise<Hello | undefined> {
    const { runtime } = this.#options
    const read = await within(runtime, SYNC_FIRST_FRAME_MS, this.#life.signal, (patience) =>
      stream.read(patience),
    )
    if (!read.ok || read.value === undefined) return undefined
    const frame = decodeFrame(read.value)
    return frame.ok && frame.value.kind === 'hello' ? frame.value : undefined
  }

  async #find(peer: PeerId, network: Network, tag: Bytes): Promise<SyncMember | undefined> {
    const isIt = async ({ key }: SyncedRoom): Promise<boolean> =>
      equal(await syncTag(key, peer, network.self), tag)
    // Who has asked for so many in vain is looked for no more.
    if (this.#strangeTags.wait(peer) > 0) return undefined
    const subscribes = (member: SyncMember): boolean =>
      network.subscribers(member.key.topic).includes(peer)
    const members = [...this.#members]
    // An archive has two thousand rooms; those that the peer is in are few.
    for (const member of [
      ...members.filter(subscribes),
      ...members.filter((each) => !subscribes(each)),
    ]) {
      if (await isIt(member)) return member
    }
    return this.#options.elsewhere?.(isIt)
  }

  #conclude(member: SyncMember, stream: FramedStream, session: Result<Session>): Result<Session> {
    const { clock, log } = this.#options.runtime
    if (session.ok) {
      member.synced(stream.peer, session.value)
      return session
    }
    stream.abort()
    log('sync: session failed', {
      partner: stream.peer,
      room: member.key.name,
      failure: session.failure,
    })
    if (isMisbehaviour(session.failure)) {
      if (this.#shunned.size >= STRANGERS_MAX) this.#shunned.clear()
      this.#shunned.set(stream.peer, steadyOf(clock) + SYNC_SHUNNED_MS)
    }
    return session
  }

  #sessionOptions(
    room: SyncMember,
    stream: FramedStream,
    tag: Bytes,
    archive: boolean,
    self: PeerId,
    signal: AbortSignal,
  ): SessionOptions {
    const { runtime, time } = this.#options
    return {
      room,
      stream,
      runtime,
      tag,
      self,
      limits: limitsFor(archive || this.#options.archive === true),
      now: () => runtime.clock.now(),
      horizon: () => time.horizon,
      learn: (remoteNow) => {
        time.learn(remoteNow, stream.peer)
      },
      signal,
    }
  }

  /** Whoever is refused is not listened to, nor waited for. */
  async #refuse(stream: FramedStream, code: number): Promise<void> {
    const { runtime } = this.#options
    await within(runtime, SYNC_FIRST_FRAME_MS, this.#life.signal, (patience) =>
      stream.write(encodeFrame({ kind: 'err', code }), patience),
    )
    stream.abort()
  }
}

/** Work that is given up after so many ms. */
async function within<T>(
  { clock }: Runtime,
  ms: number,
  life: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeout = new AbortController()
  const stop = clock.after(ms, () => {
    timeout.abort(new Error('takes too long'))
  })
  try {
    return await work(AbortSignal.any([timeout.signal, life]))
  } finally {
    stop()
  }
}

/** A disk that fails in the middle is nobody's misbehaviour, and no mistake of ours. */
async function orFailed(session: Promise<Result<Session>>): Promise<Result<Session>> {
  try {
    return await session
  } catch (error) {
    if (error instanceof StorageError) return fail(error.failure)
    throw error
  }
}

function limitsFor(archive: boolean): SessionLimits {
  return archive
    ? { entries: SYNC_ARCHIVE_ENTRIES, bytes: SYNC_ARCHIVE_BYTES }
    : { entries: SYNC_SESSION_ENTRIES, bytes: SYNC_SESSION_BYTES }
}

function busyKey(peer: PeerId, { key }: SyncedRoom): string {
  return `${peer}/${key.id}`
}
