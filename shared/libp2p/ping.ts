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
 * A closed tab that could not say goodbye leaves its WebRTC connections dangling; without these, that
 * shows after 10–15 s. Shorter timeouts (1.5–3 s) cut healthy links on a busy machine, and a cut link
 * costs more than a late notice: the relay-node, and a ping when the relayed connection closes, tell sooner.
 */
export const LINK_MONITOR = {
  pingInterval: 2_000,
  pingTimeout: { minTimeout: 4_000, maxTimeout: 6_000 },
}

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
