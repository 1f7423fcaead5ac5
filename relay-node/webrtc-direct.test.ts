import { randomBytes } from 'node:crypto'
import { type Socket, createSocket } from 'node:dgram'
import { identify } from '@libp2p/identify'
import type { Connection } from '@libp2p/interface'
import { webRTCDirect } from '@libp2p/webrtc'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { expect, onTestFinished, test } from 'vitest'
import type { Relay } from './relay.ts'
import { relayIn, temporaryFolder, until } from './test-relay.ts'

// A native library that crashes takes this process with it, and so the whole file fails.

const CLOSES = 50
const PROTOCOL = '/test/flood/1'
const FLOOD_BYTES = 8_000
const FLOOD_EVERY_MS = 2
const HAMMER_MS = 3_000
const HAMMER_EVERY_MS = 5
const STRANGERS = 2_000
const STRANGERS_AT_ONCE = 20
const REUSED = 20_000
const REUSED_BYTES_MIN = 16
const REUSED_SIZES = 32

const WAYS: Readonly<
  Record<string, (relay: Relay, connection: Connection) => Promise<void> | undefined>
> = {
  // In order takes an answer within a second; without one, every closer (libp2p's own, ours) aborts.
  close: (_relay, connection) =>
    connection.close().catch((error: unknown) => {
      connection.abort(error as Error)
    }),
  abort: (_relay, connection) => {
    connection.abort(new Error('enough'))
    return undefined
  },
  'hang up': (relay, connection) => relay.libp2p.hangUp(connection.remotePeer),
  'close and abort at once': (_relay, connection) => {
    const closed = connection.close().catch(() => undefined)
    connection.abort(new Error('enough'))
    return closed
  },
}

test.each(Object.keys(WAYS))(
  'a relay-node lives after closing 50 WebRTC connections with data in flight: %s',
  async (way) => {
    const relay = await relayIn(await temporaryFolder(), { WEBRTC_PORT: '0' })
    await echo(relay)
    const client = await dialler()
    for (let n = 0; n < CLOSES; n++) {
      const connection = await client.dial(multiaddr(addressOf(relay)))
      const heard = await flood(connection)
      const [own] = await until(() => {
        const all = relay.libp2p.getConnections(client.peerId)
        return heard() > 0 && all.length > 0 && all
      })
      if (own !== undefined) await WAYS[way]?.(relay, own)
      await until(() => connection.status === 'closed')
    }
    await until(() => relay.libp2p.getConnections().length === 0)
    expect(relay.libp2p.status).toBe('started')
  },
  120_000,
)

test('it ends with live WebRTC connections, and strangers who go on calling end nothing', async () => {
  const relay = await relayIn(await temporaryFolder(), { WEBRTC_PORT: '0' })
  await echo(relay)
  const clients = await Promise.all([dialler(), dialler(), dialler()])
  const connections = await Promise.all(
    clients.map((client) => client.dial(multiaddr(addressOf(relay)))),
  )
  await Promise.all(connections.map(flood))
  const port = relay.webrtcPort
  await relay.stop()
  const heap = reuse()
  await hammer(Number(port))
  expect(connections.map(({ status }) => status)).toEqual(['closed', 'closed', 'closed'])
  expect(heap.length).toBeGreaterThan(0)
})

/** The addresses that strangers call from. */
const CROWDS = {
  'one source': ['127.0.0.2'],
  '200 sources': Array.from({ length: 200 }, (_, n) => `127.0.1.${n + 1}`),
}

test.each(Object.entries(CROWDS))(
  '2,000 strangers of %s who only knock fill nothing, and keep nobody out',
  async (_name, sources) => {
    const relay = await relayIn(await temporaryFolder(), { WEBRTC_PORT: '0' })
    const port = Number(relay.webrtcPort)
    let most = 0
    const sockets = await Promise.all(sources.map(socketAt))
    for (let n = 0; n < STRANGERS; n++) {
      sockets[n % sockets.length]?.send(bindingRequest(), port, '127.0.0.1')
      if (n % STRANGERS_AT_ONCE !== 0) continue
      await new Promise((resolve) => setTimeout(resolve, HAMMER_EVERY_MS))
      most = Math.max(most, peerConnections(relay))
    }
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(sources.length === 1 ? 128 : 256)
    const alice = await dialler()
    const connection = await alice.dial(multiaddr(addressOf(relay)))
    expect(connection.status).toBe('open')
    // Those that nobody finished are given up.
    await until(() => peerConnections(relay) === 1)
  },
  60_000,
)

async function socketAt(address: string): Promise<Socket> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, address, resolve))
  onTestFinished(() => {
    socket.close()
  })
  return socket
}

/** That the listener has made for others. */
function peerConnections({ libp2p }: Relay): number {
  const { transportManager } = (
    libp2p as unknown as {
      components: { transportManager: { getListeners(): { connections?: Map<string, unknown> }[] } }
    }
  ).components
  const listener = transportManager.getListeners().find((each) => 'stunServer' in each)
  return listener?.connections?.size ?? 0
}

/** Takes what was freed just now, so that a use of it shows: without, half of the uses go unnoticed. */
function reuse(): readonly Buffer[] {
  return Array.from({ length: REUSED }, (_, n) =>
    Buffer.allocUnsafeSlow(REUSED_BYTES_MIN + (n % REUSED_SIZES) * 16).fill(0xff),
  )
}

function addressOf(relay: Relay): string {
  return relay.addresses.find((each) => each.includes('/webrtc-direct/')) ?? ''
}

async function dialler() {
  const node = await createLibp2p({
    transports: [webRTCDirect({ rtcConfiguration: { iceServers: [] } })],
    connectionMonitor: { enabled: false },
    services: { identify: identify() },
  })
  onTestFinished(() => node.stop())
  return node
}

async function echo({ libp2p }: Relay): Promise<void> {
  await libp2p.handle(PROTOCOL, (stream) => {
    stream.addEventListener('message', ({ data }) => {
      if (stream.writeStatus === 'writable') stream.send(data)
    })
  })
}

/** @returns how many pieces have come back */
async function flood(connection: Connection): Promise<() => number> {
  const stream = await connection.newStream(PROTOCOL)
  let heard = 0
  stream.addEventListener('message', () => {
    heard++
  })
  const timer = setInterval(() => {
    if (connection.status === 'open' && stream.writeStatus === 'writable')
      stream.send(new Uint8Array(FLOOD_BYTES))
    else clearInterval(timer)
  }, FLOOD_EVERY_MS)
  onTestFinished(() => {
    clearInterval(timer)
  })
  return () => heard
}

/** STUN requests as whoever dials WebRTC-Direct sends them, each of another stranger. */
async function hammer(port: number): Promise<void> {
  const socket = createSocket('udp4')
  const end = performance.now() + HAMMER_MS
  while (performance.now() < end) {
    socket.send(bindingRequest(), port, '127.0.0.1')
    await new Promise((resolve) => setTimeout(resolve, HAMMER_EVERY_MS))
  }
  socket.close()
}

function bindingRequest(): Buffer {
  const ufrag = `libp2p+webrtc+v1/${randomBytes(8).toString('hex')}`
  const username = attribute(0x0006, Buffer.from(`${ufrag}:${ufrag}`))
  const integrity = attribute(0x0008, randomBytes(20))
  const header = Buffer.alloc(20)
  header.writeUInt16BE(0x0001, 0)
  header.writeUInt16BE(username.length + integrity.length, 2)
  header.writeUInt32BE(0x2112a442, 4)
  randomBytes(12).copy(header, 8)
  return Buffer.concat([header, username, integrity])
}

function attribute(type: number, value: Buffer): Buffer {
  const padded = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4)
  padded.writeUInt16BE(type, 0)
  padded.writeUInt16BE(value.length, 2)
  value.copy(padded, 4)
  return padded
}
