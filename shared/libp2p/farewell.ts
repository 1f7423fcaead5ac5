import type { Connection, Libp2p } from '@libp2p/interface'
import type { Stop } from '../changes.ts'
import type { Runtime } from '../runtime.ts'
import { reason } from './link.ts'

/** Whoever opens a stream of it is about to close the connection that it stands on; nothing is said on it. */
const FAREWELL_PROTOCOL = '/p2p-chat/bye/1'

/**
 * A browser that closes an RTCPeerConnection tells nobody: the other end finds out by its pings, after
 * some 5 s, and shows a direct link until then that is none. So it is told before.
 * @returns whether it has heard: then it closes its own end, and answers nothing any more
 */
export async function sayFarewell(connection: Connection, signal: AbortSignal): Promise<boolean> {
  if (!connection.remoteAddr.toString().includes('/webrtc/')) return false
  return connection.newStream(FAREWELL_PROTOCOL, { signal }).then(
    () => true,
    // Who does not know it (an older version) finds out as before.
    () => false,
  )
}

/** @param gone closes what is left of the connection, without waiting for the other end */
export function heedFarewells(
  node: Libp2p,
  gone: (connection: Connection) => void,
  { log }: Pick<Runtime, 'log'>,
): Stop {
  const serving = node.handle(
    FAREWELL_PROTOCOL,
    (_, connection) => {
      gone(connection)
    },
    { maxInboundStreams: 1 },
  )
  serving.catch((error: unknown) => {
    log('network: a protocol is not served', { name: FAREWELL_PROTOCOL, why: reason(error) })
  })
  return () => {
    void serving.then(() => node.unhandle(FAREWELL_PROTOCOL)).catch(() => undefined)
  }
}
