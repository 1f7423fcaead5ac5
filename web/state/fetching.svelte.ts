import type { Stop } from '../../shared/changes.ts'
import type { Position } from '../../shared/ids.ts'
import type { Room } from '../../shared/room.ts'
import type { Clock } from '../../shared/runtime.ts'

/** What takes no longer than this is not told: a line that flashes tells nothing. */
const TOLD_AFTER_MS = 400

/** What is known of the time before the oldest message on this device. */
export type Beyond =
  | 'unknown'
  /** Others are being asked. */
  | 'asking'
  /** Others were asked, and hold nothing older either. */
  | 'nothing'
  /** This device was told to forget it. */
  | 'forgotten'

/** History that comes from others: on its own, and when the reader scrolls back to where this device knows no more. */
export class Fetching {
  /** History is on its way, and has been for a moment. */
  coming = $state(false)
  beyond = $state<Beyond>('unknown')
  readonly #clock: Clock
  #stopTimer: Stop = () => undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  heed(syncing: boolean): void {
    this.#stopTimer()
    if (!syncing) this.coming = false
    else
      this.#stopTimer = this.#clock.after(TOLD_AFTER_MS, () => {
        this.coming = true
      })
  }

  /** Somebody came who may hold more. */
  hope(): void {
    if (this.beyond !== 'asking') this.beyond = 'unknown'
  }

  /** Whether it is worth asking: somebody is there, and has not been asked. */
  mayAsk(room: Room): boolean {
    const { people, archives } = room.presence
    return this.beyond === 'unknown' && people.length + archives.length > 0
  }

  /** Asks others for what lies before; true if something came. */
  async ask(room: Room, before: Position): Promise<boolean> {
    this.beyond = 'asking'
    let beyond: Beyond = 'unknown'
    try {
      const came = await room.older(before).catch(() => false)
      await room.settled()
      const floor = await room.history.floor(room.key.id)
      if (!came) beyond = floor.clock > 0 ? 'forgotten' : 'nothing'
      return came
    } finally {
      this.beyond = beyond
    }
  }

  stop(): void {
    this.#stopTimer()
  }
}
