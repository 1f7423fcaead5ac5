import { join } from 'node:path'
import { multiaddr } from '@multiformats/multiaddr'
import type { Bytes } from '../../shared/bytes.ts'
import type { Failure } from '../../shared/failure.ts'
import { TrueTime } from '../../shared/guard.ts'
import type { HistoryStore } from '../../shared/history.ts'
import type { Identity } from '../../shared/identity.ts'
import type { PeerId, RoomId } from '../../shared/ids.ts'
import type { Network, Synced, Verdict } from '../../shared/network.ts'
import type { ArchiveRefusal } from '../../shared/relay-word.ts'
import type { RoomKey } from '../../shared/room-key.ts'
import { Room } from '../../shared/room.ts'
import type { Runtime } from '../../shared/runtime.ts'
import { Sync, type SyncMember } from '../../shared/sync.ts'
import type { SyncedRoom } from '../../shared/sync-session.ts'
import { groupOf } from '../fairness.ts'
import { makeFolder } from '../folder.ts'
import { SqliteHistory } from '../store/history-sqlite.ts'
import { AgeClock } from './age-clock.ts'
import { ArchiveHistory, type ArchiveTotal } from './archive-history.ts'
import type { DiskWords } from './disk-words.ts'
import { Displacement } from './displacement.ts'
import { type ArchiveLimits, Retention } from './retention.ts'
import { RoomNames } from './room-names.ts'

export interface ArchiveOptions {
  /** Made if there is none. */
  readonly folder: string
  readonly limits: ArchiveLimits
  readonly runtime: Runtime
  /** Of this node's lines and rates; what peers say of their clocks does not move it. */
  readonly time: TrueTime
  readonly identity: Identity
  /** For whoever runs the node. */
  readonly words: DiskWords
}

export type OpenedArchive =
  | { readonly ok: true; readonly archive: Archive }
  | { readonly ok: false; readonly failure: Failure }

/** More searches at once are answered as if the room was not here: a tag costs whoever invents it nothing. */
const SEARCHES_MAX = 4
const TAGS_AT_ONCE = 64

/** What a relay-node keeps of the rooms it carries, and hands out of those it carried once. */
export class Archive {
  readonly #options: ArchiveOptions
  readonly #history: ArchiveHistory
  readonly #names: RoomNames
  readonly #sync: Sync
  readonly #retention: Retention
  readonly #displacement: Displacement
  readonly #age: AgeClock
  /** Rooms that are carried now. */
  readonly #rooms = new Map<RoomId, Room>()
  #searches = 0
  #network: Network | undefined

  private constructor(options: ArchiveOptions, history: SqliteHistory, names: RoomNames) {
    const { runtime, limits, words } = options
    this.#options = options
    this.#names = names
    this.#history = new ArchiveHistory({
      history,
      names,
      roomBytes: limits.roomBytes,
      settled: (entries) => {
        this.#displacement.settle(entries)
      },
      failed: (failure) => {
        words.tell(failure)
      },
      damaged: () => {
        words.tellDamaged()
      },
    })
    this.#displacement = new Displacement({
      history,
      limits,
      names,
      clock: runtime.clock,
      usage: (room) => this.#history.usage(room),
      total: () => this.#history.total,
      groupOf: (peer) => this.#groupOf(peer),
    })
    // Not the rooms' own: many strangers' clocks could move it together.
    const heard = new TrueTime(runtime.clock)
    this.#age = new AgeClock({ clock: runtime.clock, heard, last: history.notedTime() })
    this.#sync = new Sync({
      runtime,
      time: heard,
      archive: true,
      elsewhere: (isIt) => this.#search(isIt),
    })
    this.#retention = new Retention({
      history: this.#history,
      names,
      limits,
      runtime,
      age: this.#age,
      raised: (room) => this.#raise(room),
    })
  }

  static async open(options: ArchiveOptions): Promise<OpenedArchive> {
    const { folder, runtime } = options
    try {
      makeFolder(folder)
      const names = await RoomNames.open(join(folder, 'rooms.txt'))
      const history = await SqliteHistory.open(join(folder, 'history.sqlite'), runtime)
      if (!history.ok) return history
      return { ok: true, archive: new Archive(options, history.value, names) }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === undefined) throw error
      if (code === 'ENOSPC') return { ok: false, failure: { kind: 'storage-full' } }
      return { ok: false, failure: { kind: 'storage-failed', what: `${folder} (${code})` } }
    }
  }

  get total(): ArchiveTotal {
    return this.#history.total
  }

  /** What is wrong with this machine's clock, as far as the archive can tell; a part of a sentence. */
  get doubt(): string | undefined {
    return this.#age.doubt
  }

  /** Why nothing new is kept at present, if so. */
  get refusal(): ArchiveRefusal | undefined {
    const kind = this.#history.refused
    if (kind === undefined) return this.#age.behind ? 'clock' : undefined
    return kind === 'storage-full' ? 'full' : 'failed'
  }

  /** Before its rooms are carried: what floors a wrong clock has set is seen to first. */
  async start(network: Network): Promise<void> {
    this.#network = network
    this.#sync.attach(network)
    await this.#retention.start()
  }

  /** After its rooms have stopped. */
  async stop(): Promise<void> {
    this.#sync.stop()
    await this.#retention.stop()
    await this.#history.close()
  }

  /** Once everything that is over a limit has gone. */
  settled(): Promise<void> {
    return this.#retention.settled()
  }

  /** A room that is carried: what passes is kept. To be let go of when it is carried no more. */
  async carry(
    key: RoomKey,
    network: Network,
  ): Promise<{ readonly room: Room; readonly stop: () => Promise<void> }> {
    const close = this.#history.open(key)
    const room = this.#room(key)
    await this.#begin(room)
    this.#rooms.set(key.id, room)
    room.attach(network)
    return {
      room,
      stop: async () => {
        if (this.#rooms.get(key.id) === room) this.#rooms.delete(key.id)
        await room.stop()
        close()
      },
    }
  }

  #room(key: RoomKey): Room {
    const { identity, runtime, time } = this.#options
    return new Room({
      key,
      identity,
      history: this.#history,
      runtime,
      time,
      sync: this.#sync,
      name: () => 'relay-node',
      archive: true,
      admits: (entry, by) => this.#displacement.admits(entry, by),
    })
  }

  #groupOf(peer: PeerId): string | undefined {
    const link = this.#network?.links().find((each) => each.peer === peer)
    return link === undefined ? undefined : groupOf(multiaddr(link.address))
  }

  /** A disk that cannot be read does not keep people from talking. */
  async #begin(room: Room): Promise<void> {
    try {
      await room.start()
    } catch (error) {
      this.#options.runtime.log('archive: a room starts without its history', { error })
    }
  }

  async #raise(id: RoomId | undefined): Promise<void> {
    for (const room of id === undefined ? [...this.#rooms.values()] : [this.#rooms.get(id)])
      await room?.clear(await this.#history.floor(room.key.id))
  }

  /** The room on the disk that a tag means, if it is none of those that are carried. */
  async #search(isIt: (member: SyncedRoom) => Promise<boolean>): Promise<SyncMember | undefined> {
    if (this.#searches >= SEARCHES_MAX) return undefined
    this.#searches++
    try {
      const shelved = [...this.#names.all].filter(({ id }) => !this.#rooms.has(id))
      for (let i = 0; i < shelved.length; i += TAGS_AT_ONCE) {
        const some = shelved
          .slice(i, i + TAGS_AT_ONCE)
          .map((key) => new ShelvedRoom(key, this.#history, () => this.#opened(key)))
        const found = (await Promise.all(some.map(isIt))).indexOf(true)
        if (found >= 0) return some[found]
      }
      return undefined
    } finally {
      this.#searches--
    }
  }

  async #opened(key: RoomKey): Promise<Room> {
    const room = this.#room(key)
    await this.#begin(room)
    return room
  }
}

/** A room on the disk that is not carried: it is opened when something is brought to it. */
class ShelvedRoom implements SyncMember {
  readonly key: RoomKey
  readonly history: HistoryStore
  readonly #open: () => Promise<Room>
  #opening: Promise<Room> | undefined
  #room: Room | undefined

  constructor(key: RoomKey, history: HistoryStore, open: () => Promise<Room>) {
    this.key = key
    this.history = history
    this.#open = open
  }

  async receive(bytes: Bytes, origin: Synced): Promise<Verdict | 'later'> {
    this.#opening ??= this.#open()
    this.#room = await this.#opening
    return this.#room.receive(bytes, origin)
  }

  async settled(): Promise<void> {
    await this.#room?.settled()
  }

  get refusals(): number {
    return this.#room?.refusals ?? 0
  }

  get leftOut(): number {
    return this.#room?.leftOut ?? 0
  }

  /** Nothing here is of this node's own. */
  handing(): void {
    // Nothing to note.
  }

  /** This node says nothing itself, so nothing of its own has got anywhere. */
  synced(): void {
    // Nothing to note.
  }
}
