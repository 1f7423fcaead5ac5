import type { Clock } from '../shared/runtime.ts'
import { isFairShare } from './fairness.ts'

/** A peer connection that nobody finishes costs 100 KB and 1 ms of the one thread there is. */
const HANDSHAKES_MAX = 256
/** An honest handshake is some round trips; whoever is not through by then makes room, if it is asked for. */
const GIVE_WAY_MS = 2_000

interface Handshake {
  readonly source: string
  /** ms since 1970 */
  readonly since: number
  readonly cancel: AbortController
}

/** Connections that strangers have begun and not proved to want: so many, and half of them for one source. */
export class Handshakes {
  readonly #clock: Clock
  /** The oldest first. */
  readonly #running = new Map<string, Handshake>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Does nothing if there is no room: whoever means it knocks again. */
  async run(
    key: string,
    source: string,
    handshake: (cancelled: AbortSignal) => Promise<void>,
  ): Promise<void> {
    if (this.#running.has(key) || !this.#makeRoom(source)) return
    const cancel = new AbortController()
    const running = { source, since: this.#clock.now(), cancel }
    this.#running.set(key, running)
    try {
      await handshake(cancel.signal)
    } finally {
      if (this.#running.get(key) === running) this.#running.delete(key)
    }
  }

  #makeRoom(source: string): boolean {
    const all = [...this.#running]
    const own = all.filter(([, each]) => each.source === source)
    const fair = isFairShare(own.length, all.length, HANDSHAKES_MAX)
    if (fair && all.length < HANDSHAKES_MAX) return true
    const [key, oldest] = (fair ? all : own)[0] ?? []
    if (key === undefined || oldest === undefined) return false
    if (this.#clock.now() - oldest.since < GIVE_WAY_MS) return false
    this.#running.delete(key)
    oldest.cancel.abort(new Error('others wait'))
    return true
  }
}
