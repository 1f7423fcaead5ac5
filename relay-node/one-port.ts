import type { IncomingMessage, RequestListener, Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { listenersOf } from './transports.ts'

/** What an HTTP server does with the handshake of a WebSocket. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/** A connection that says nothing for so long is closed: it holds a socket, and costs its sender nothing. */
export const SILENCE_MAX_MS = 15_000

/** What @libp2p/websockets 10.1.21 keeps inside its listener; it has no option for this. */
interface WebSocketListener {
  readonly server: { prependListener(event: 'connection', run: (socket: Socket) => void): unknown }
  readonly http: Server
}

/**
 * HTTP and libp2p's WebSocket on one port: the WebSocket listener has an HTTP server of its own,
 * which answers every plain request with 400. This puts `answer` in its place.
 *
 * @returns how many listeners were found, so that a caller can tell when the insides have changed
 */
export function serveBesideWebSockets(node: object, answer: RequestListener): number {
  const found = listenersOf(node).filter(isWebSocketListener)
  for (const { server, http } of found) {
    http.removeAllListeners('request')
    http.on('request', answer)
    // Node enforces header and request timeouts only on servers that listen themselves, and this
    // one is handed its sockets; the event is what starts that watch.
    http.emit('listening')
    server.prependListener('connection', (socket) => {
      // `ws` sets this back to none as soon as the WebSocket stands.
      socket.setTimeout(SILENCE_MAX_MS, () => socket.destroy())
    })
  }
  return found.length
}

/** The handshakes that came in at another server go to the same WebSocket listener. */
export function upgradeInto(node: object): Upgrade {
  return (request, socket, head) => {
    const listener = listenersOf(node).find(isWebSocketListener)
    if (listener === undefined) socket.destroy()
    else listener.http.emit('upgrade', request, socket, head)
  }
}

function isWebSocketListener(listener: object): listener is WebSocketListener {
  return (
    'http' in listener &&
    listener.http !== undefined &&
    'wsServer' in listener &&
    'server' in listener
  )
}
