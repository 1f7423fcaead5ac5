import type { Connection } from '@libp2p/interface'
import type { Runtime } from '../runtime.ts'

const PING_PROTOCOL = '/ipfs/ping/1.0.0'
const PING_BYTES = 32

/**
 * Stock, one ping at a time may leave and two may come: the monitor's and a probe's at once, or two
 * probes when two relayed connections end with their relay, and the second fails as if the link
 * were dead. Whoever takes that for an answer hangs up on somebody who is there.
 */
export const PING_STREAMS = { maxInboundStreams: 16, maxOutboundStreams: 16 }

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
