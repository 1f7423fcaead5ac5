import { type IncomingMessage, type RequestListener, type Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Visitors } from './fairness.ts'
import { listenersOf } from './transports.ts'

/** What an HTTP server does with the handshake of a WebSocket. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/** A connection that says nothing for so long is closed: it holds a socket, and costs its sender nothing. */
export const SILENCE_MAX_MS = 15_000
/** `ws` holds a message until all of it is there, by default 100 MiB; noise makes none of more than 64 KiB. */
const MESSAGE_MAX_BYTES = 256 * 1_024

/** By default `ws` waits 30 s for the farewell of somebody it has refused, and their socket as long. */
const FAREWELL_MS = 5_000

type WebSocketDone = (webSocket: WebSocket, request: IncomingMessage) => void

interface WebSocketServer {
  readonly options: { maxPayload?: number; closeTimeout?: number }
  handleUpgrade(...parts: [...Parameters<Upgrade>, done: WebSocketDone]): void
}

/** As `ws` makes it. */
interface WebSocket {
  on(event: 'error', run: () => void): unknown
  terminate(): void
}

/** What @libp2p/websockets 10.1.21 keeps inside its listener; it has no option for this. */
interface WebSocketListener {
  readonly server: { prependListener(event: 'connection', run: (socket: Socket) => void): unknown }
  readonly http: Server
  readonly wsServer: WebSocketServer
  /** What its stop closes, from the first byte on. */
  readonly sockets: Set<Socket>
}

/**
 * HTTP and libp2p's WebSocket on one port: the WebSocket listener has an HTTP server of its own,
 * which answers every plain request with 400. This puts `answer` in its place.
 *
 * @returns how many listeners were found, so that a caller can tell when the insides have changed
 */
export function serveBesideWebSockets(
  node: object,
  answer: RequestListener,
  visitors: Visitors,
): number {
  const found = listenersOf(node).filter(isWebSocketListener)
  for (const { server, http, wsServer, sockets } of found) {
    wsServer.options.maxPayload = MESSAGE_MAX_BYTES
    wsServer.options.closeTimeout = FAREWELL_MS
    surviveBadFrames(wsServer)
    http.removeAllListeners('request')
    http.on('request', answer)
    const [upgrade] = http.listeners('upgrade') as Upgrade[]
    http.removeAllListeners('upgrade')
    http.on('upgrade', upgradeOrAnswer(upgrade, answer))
    // Or a second request on one connection would end the watch that is set below.
    http.timeout = SILENCE_MAX_MS
    // Node enforces header and request timeouts only on servers that listen themselves, and this
    // one is handed its sockets; the event is what starts that watch.
    http.emit('listening')
    server.prependListener('connection', (socket) => {
      visitors.receive(socket)
      // `ws` sets this back to none as soon as the WebSocket stands.
      socket.setTimeout(SILENCE_MAX_MS, () => socket.destroy())
      // One that a browser opens in advance says nothing, and the stop would wait for it.
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    })
  }
  return found.length
}

/** Libp2p does not listen for the error of a frame that no WebSocket may send, and Node ends the process. */
function surviveBadFrames(wsServer: WebSocketServer): void {
  const handleUpgrade = wsServer.handleUpgrade.bind(wsServer)
  wsServer.handleUpgrade = (request, socket, head, done) => {
    handleUpgrade(request, socket, head, (webSocket, asked) => {
      webSocket.on('error', () => {
        webSocket.terminate()
      })
      done(webSocket, asked)
    })
  }
}

/**
 * Node hands over whatever asks for another protocol. Who would rather speak HTTP/2, as Java's client does by
 * default, takes an answer in HTTP/1.1 as well.
 */
export function upgradeOrAnswer(upgrade: Upgrade | undefined, answer: RequestListener): Upgrade {
  return (request, socket, head) => {
    if (request.headers.upgrade?.toLowerCase() === 'websocket') {
      upgrade?.(request, socket, head)
      return
    }
    const stream = socket as Socket
    stream.on('error', () => stream.destroy())
    stream.setTimeout(SILENCE_MAX_MS, () => stream.destroy())
    const response = new ServerResponse(request)
    response.shouldKeepAlive = false
    response.assignSocket(stream)
    response.on('finish', () => stream.end())
    answer(request, response)
  }
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
