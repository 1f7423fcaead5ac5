import type { Bytes } from '../bytes.ts'
import { type Result, fail, ok } from '../failure.ts'
import type { PeerId } from '../ids.ts'
import type { FramedStream } from '../network.ts'
import { type Connection, type Wire, otherEnd } from './wire.ts'

const CUT = fail({ kind: 'unreachable', what: 'the stream was cut' })
const CANCELLED = fail({ kind: 'unreachable', what: 'cancelled' })

/** The two ends of a stream: frames arrive in order, after the time that the wire takes, or not at all. */
export function streamPair(
  wire: Wire,
  connection: Connection,
  opener: PeerId,
  maxFrame: number,
): readonly [opener: SimulatedStream, answerer: SimulatedStream] {
  const near = new SimulatedStream(wire, connection, opener, maxFrame)
  const far = new SimulatedStream(wire, connection, otherEnd(connection, opener), maxFrame)
  near.join(far)
  far.join(near)
  connection.streams.add(near).add(far)
  return [near, far]
}

export class SimulatedStream implements FramedStream {
  readonly #wire: Wire
  readonly #connection: Connection
  readonly #self: PeerId
  readonly #maxFrame: number
  readonly #inbox: Bytes[] = []
  #other: SimulatedStream | undefined
  #state: 'open' | 'ended' | 'reset' | 'cut' = 'open'
  #closed = false
  #wake: () => void = () => undefined

  constructor(wire: Wire, connection: Connection, self: PeerId, maxFrame: number) {
    this.#wire = wire
    this.#connection = connection
    this.#self = self
    this.#maxFrame = maxFrame
  }

  get peer(): PeerId {
    return otherEnd(this.#connection, this.#self)
  }

  join(other: SimulatedStream): void {
    this.#other = other
  }

  async read(signal: AbortSignal): Promise<Result<Bytes | undefined>> {
    while (this.#inbox.length === 0 && this.#state === 'open' && !signal.aborted)
      await this.#something(signal)
    if (this.#state === 'cut') return CUT
    if (signal.aborted) return CANCELLED
    const frame = this.#inbox.shift()
    if (frame === undefined && this.#state === 'reset') return CUT
    // A frame over the limit fails before it is read, and with it the stream.
    if (frame === undefined || frame.length <= this.#maxFrame) return ok(frame)
    this.abort()
    return CUT
  }

  async write(frame: Bytes, signal: AbortSignal): Promise<Result<undefined>> {
    if (signal.aborted) return CANCELLED
    if (this.#closed || this.#isCut || !this.#connection.open) return CUT
    const copy = new Uint8Array(frame)
    this.#wire.carry(this.#connection, this.#self, () => this.#other?.arrived(copy))
    return ok(undefined)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#wire.carry(this.#connection, this.#self, () => this.#other?.ended())
  }

  abort(): void {
    this.cut()
    this.#wire.carry(this.#connection, this.#self, () => this.#other?.reset())
  }

  /** The other end gave up; what came before can still be read, as from libp2p's streams. */
  reset(): void {
    if (this.#state !== 'cut') this.#state = 'reset'
    this.#wake()
  }

  get #isCut(): boolean {
    return this.#state === 'cut' || this.#state === 'reset'
  }

  /** The connection is gone, or this end gave up. */
  cut(): void {
    this.#state = 'cut'
    this.#inbox.length = 0
    this.#wake()
  }

  arrived(frame: Bytes): void {
    if (this.#state === 'open') this.#inbox.push(frame)
    this.#wake()
  }

  ended(): void {
    if (this.#state === 'open') this.#state = 'ended'
    this.#wake()
  }

  #something(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#wake = wake
      signal.addEventListener('abort', wake, { once: true })
    })
  }
}
