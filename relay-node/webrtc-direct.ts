import type { Listener, Transport } from '@libp2p/interface'
import { webRTCDirect } from '@libp2p/webrtc'
import type { Clock } from '../shared/runtime.ts'
import { groupOfIp } from './fairness.ts'
import { Handshakes } from './handshakes.ts'

type WebRtcDirect = ReturnType<typeof webRTCDirect>

/** What @libp2p/webrtc has behind a listener that listens: node-datachannel's socket of UDP. */
interface Socket {
  close: () => Promise<void>
}

/** And a method that makes a peer connection for each name that a STUN request gives, 2,000 for 2,000. */
interface Answering {
  incomingConnection: (
    ufrag: string,
    host: string,
    port: number,
    signal: AbortSignal,
  ) => Promise<void>
}

/** For ever, or the collector would do what must not be done. */
const kept = new Set<Socket['close']>()

/**
 * `webRTCDirect`, whose listener strangers cannot fill, and can be closed without the end of the process.
 *
 * Closing it frees node-datachannel's `IceUdpMuxListener` (0.33.4). If any peer connection is left,
 * or is not torn down yet, libjuice's thread lives on, and calls the freed one at the next STUN request
 * of a stranger: SIGABRT or SIGSEGV, in half of the runs. So that socket stays until the process ends.
 * It makes no connection any more: the listener has given up answering.
 */
export function webRtcDirect(clock: Clock, ...init: Parameters<typeof webRTCDirect>): WebRtcDirect {
  const make = webRTCDirect(...init)
  const handshakes = new Handshakes(clock)
  return (components) => {
    const transport: Transport = make(components)
    const createListener = transport.createListener.bind(transport)
    transport.createListener = (options) => {
      const listener = createListener(options)
      limit(listener as Listener & Partial<Answering>, handshakes)
      const close = listener.close.bind(listener)
      listener.close = () => {
        keepSocket(listener)
        return close()
      }
      return listener
    }
    return transport
  }
}

function limit(listener: Partial<Answering>, handshakes: Handshakes): void {
  const answer = listener.incomingConnection?.bind(listener)
  // This version of @libp2p/webrtc is not known; the test tells.
  if (answer === undefined) return
  listener.incomingConnection = (ufrag, host, port, signal) =>
    handshakes.run(`${host} ${port} ${ufrag}`, groupOfIp(host), (cancelled) =>
      answer(ufrag, host, port, AbortSignal.any([signal, cancelled])),
    )
}

function keepSocket(listener: Listener): void {
  const { stunServer } = listener as Listener & { readonly stunServer?: Socket }
  // It listens on nothing, or this version of @libp2p/webrtc is not known; the test tells.
  if (stunServer === undefined) return
  kept.add(stunServer.close)
  stunServer.close = () => Promise.resolve()
}
