import type { Connection, Libp2p, Stream, StreamHandler } from '@libp2p/interface'
import { UnexpectedEOFError, lpStream } from '@libp2p/utils'
import type { Bytes } from '../bytes.ts'
import type { Stop } from '../changes.ts'
import { type Result, fail, ok } from '../failure.ts'
import type { PeerId } from '../ids.ts'
import type { FramedStream, StreamProtocol } from '../network.ts'
import type { Clock, Runtime } from '../runtime.ts'
import { idOf, pathOf, reason } from './link.ts'

/** Frames that came before they were read; a sender waits for its turn long before this. */
const BUFFERED_FRAMES = 40
/** So long the last frames may take; then whoever has not closed its own half is reset. */
const LINGER_MS = 5_000

/** Answers streams of a protocol until stopped. */
export function serveStreams(
  node: Libp2p,
  { name, maxFrame, maxInbound }: StreamProtocol,
  handler: (stream: FramedStream) => Promise<void>,
  { clock, log }: Pick<Runtime, 'clock' | 'log'>,
): Stop {
  const answer: StreamHandler = async (stream, connection) => {
    try {
      await handler(new Libp2pFramedStream(stream, idOf(connection.remotePeer), maxFrame, clock))
    } catch (error) {
      log('network: a stream handler failed', { name, why: reason(error) })
      stream.abort(error instanceof Error ? error : new Error(String(error)))
    }
  }
  const options = { maxInboundStreams: maxInbound, runOnLimitedConnection: true }
  const serving = node.handle(name, answer, options)
  // What a protocol store cannot write ends the start of the node, which tells of it.
  serving.catch((error: unknown) => {
    log('network: a protocol is not served', { name, why: reason(error) })
  })
  return () => {
    void serving.then(() => node.unhandle(name)).catch(() => undefined)
  }
}

/** Opens a stream over the best of a peer's connections. */
export async function openStream(
  connections: readonly Connection[],
  { name, maxFrame }: StreamProtocol,
  signal: AbortSignal,
  clock: Clock,
): Promise<Result<FramedStream>> {
  // What is direct carries more and outlives the relay.
  const best = connections.find((each) => pathOf(each) === 'direct') ?? connections[0]
  if (best === undefined) return fail({ kind: 'unreachable', what: 'no connection' })
  try {
    const stream = await best.newStream(name, { signal, runOnLimitedConnection: true })
    return ok(new Libp2pFramedStream(stream, idOf(best.remotePeer), maxFrame, clock))
  } catch (error) {
    return fail({ kind: 'unreachable', what: reason(error) })
  }
}

/** Varint-length-prefixed frames over a libp2p stream; what the other end does wrong is a value. */
class Libp2pFramedStream implements FramedStream {
  readonly peer: PeerId
  readonly #stream: Stream
  readonly #frames: ReturnType<typeof lpStream<Stream>>
  readonly #clock: Clock

  /** @param maxFrame bytes; a longer frame fails before it is read */
  constructor(stream: Stream, peer: PeerId, maxFrame: number, clock: Clock) {
    this.peer = peer
    this.#clock = clock
    this.#stream = stream
    this.#frames = lpStream(stream, {
      maxDataLength: maxFrame,
      maxBufferSize: maxFrame * BUFFERED_FRAMES,
    })
  }

  async read(signal: AbortSignal): Promise<Result<Bytes | undefined>> {
    try {
      const frame = await this.#frames.read({ signal })
      // A copy: the buffers underneath belong to libp2p.
      return ok(new Uint8Array(frame.subarray()))
    } catch (error) {
      const ended = error instanceof UnexpectedEOFError && this.#stream.status !== 'aborted'
      return ended ? ok(undefined) : fail({ kind: 'unreachable', what: reason(error) })
    }
  }

  async write(frame: Bytes, signal: AbortSignal): Promise<Result<undefined>> {
    try {
      await this.#frames.write(frame, { signal })
      return ok(undefined)
    } catch (error) {
      return fail({ kind: 'unreachable', what: reason(error) })
    }
  }

  /** Neither frames that come after the end nor a half that stays open cost anything. */
  async close(): Promise<void> {
    const stop = this.#clock.after(LINGER_MS, () => {
      this.abort()
    })
    this.#stream.addEventListener('close', stop, { once: true })
    try {
      await this.#stream.closeRead()
      await this.#stream.close()
    } catch {
      this.abort()
    }
  }

  abort(): void {
    this.#stream.abort(new Error('the session was given up'))
  }
}
