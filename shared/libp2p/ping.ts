import type { Connection } from '@libp2p/interface'
import type { Runtime } from '../runtime.ts'

const PING_PROTOCOL = '/ipfs/ping/1.0.0'
const PING_BYTES = 32

/**
 * libp2p's own limits are 2 and 1: a ping of ours beside one of the connection monitor would be one
 * too many, and the monitor aborts the whole connection for it. Both ends must allow them.
 */
export const PINGS_AT_ONCE = { maxInboundStreams: 16, maxOutboundStreams: 16 }

/**
 * One round trip over this very connection, in ms; @libp2p/ping would take any, or dial. Over a
 * relay too: what counts is whether the other end lives.
 */
export async function roundTrip(
  connection: Connection,
  runtime: Runtime,
  signal: AbortSignal,
): Promise<number> {
  const stream = await connection.newStream(PING_PROTOCOL, { signal, runOnLimitedConnection: true })
  const cancel = (): void => {
    stream.abort(signal.reason as Error)
  }
  signal.addEventListener('abort', cancel, { once: true })
  try {
    const sent = runtime.clock.now()
    stream.send(runtime.random.bytes(PING_BYTES))
    let received = 0
    for await (const chunk of stream) {
      received += chunk.byteLength
      if (received >= PING_BYTES) return (connection.rtt = runtime.clock.now() - sent)
    }
    throw new Error('the other end closed the ping stream')
  } finally {
    signal.removeEventListener('abort', cancel)
    // Closing waits for the other end; whether it answers no longer matters.
    stream.close().catch(() => undefined)
  }
}
