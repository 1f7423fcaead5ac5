import { setImmediate } from 'node:timers/promises'
import type { HistoryStore } from '../../shared/history.ts'
import { END, type Position, type RoomId, START, comparePositions } from '../../shared/ids.ts'
import type { RoomUsage } from '../store/usage.ts'

/** Where to cut each of the rooms so that about `excess` bytes go, the oldest of all rooms first. */
export async function cutsFor(
  history: Pick<HistoryStore, 'positions'>,
  rooms: readonly RoomUsage[],
  excess: number,
): Promise<ReadonlyMap<RoomId, Position>> {
  const cuts = new Map<RoomId, Position>()
  const queue = rooms
    .filter(({ entries }) => entries > 0)
    .map((room) => new Cursor(history, room))
    .sort((a, b) => comparePositions(a.next, b.next))
  for (let left = excess; left > 0;) {
    const oldest = queue.shift()
    if (oldest === undefined) break
    const until = queue[0]?.next ?? END
    do {
      left -= oldest.bytesEach
      cuts.set(oldest.room, { ...START, clock: oldest.next.clock + 1 })
      await oldest.advance()
    } while (left > 0 && comparePositions(oldest.next, until) < 0)
    if (oldest.next !== END) insert(queue, oldest)
  }
  return cuts
}

/** Read at once of one room. */
const CHUNK = 256

/** Goes through one room from its oldest entry on. */
class Cursor {
  readonly room: RoomId
  /** Of an average entry: what each one takes would mean reading it. */
  readonly bytesEach: number
  readonly #history: Pick<HistoryStore, 'positions'>
  /** The end of the room is END. */
  next: Position
  #read: readonly Position[] = []
  #at = 0

  constructor(history: Pick<HistoryStore, 'positions'>, usage: RoomUsage) {
    this.#history = history
    this.room = usage.room
    this.bytesEach = usage.bytes / usage.entries
    this.next = usage.oldest
  }

  async advance(): Promise<void> {
    this.#at++
    if (this.#at >= this.#read.length) {
      await setImmediate()
      // A cut stands between clocks, so whatever shares this one goes along.
      const from = { ...START, clock: this.next.clock + 1 }
      this.#read = await this.#history.positions(this.room, { from, to: END }, CHUNK)
      this.#at = 0
    }
    this.next = this.#read[this.#at] ?? END
  }
}

function insert(queue: Cursor[], cursor: Cursor): void {
  let [low, high] = [0, queue.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const there = queue[middle]
    if (there !== undefined && comparePositions(there.next, cursor.next) < 0) low = middle + 1
    else high = middle
  }
  queue.splice(low, 0, cursor)
}
