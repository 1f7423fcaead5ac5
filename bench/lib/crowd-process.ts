// Many people without a screen in one process, who link to each other and to pages by WebRTC, and talk.
import os from 'node:os'
import process from 'node:process'
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import { FaultTolerance } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { webRTC } from '@libp2p/webrtc'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { toBase64url } from '../../shared/bytes.ts'
import { Chat } from '../../shared/chat.ts'
import { identityOf } from '../../shared/identity.ts'
import type { LogId } from '../../shared/ids.ts'
import { gossipService } from '../../shared/libp2p/gossip.ts'
import { Libp2pNetwork } from '../../shared/libp2p/network.ts'
import { PING_STREAMS } from '../../shared/libp2p/ping.ts'
import { libp2pKeyOf } from '../../shared/libp2p/private-key.ts'
import { Relays } from '../../shared/libp2p/relays.ts'
import { DEFAULT_ROOM } from '../../shared/limits.ts'
import { MemoryHistory } from '../../shared/memory-history.ts'
import type { Room } from '../../shared/room.ts'
import { systemRuntime } from '../../shared/runtime.ts'
import { MemorySettings } from '../../shared/settings.ts'

const LOG_BYTES = 8
/** One after the other: a machine with two cores has to shake all these hands. */
const BETWEEN_MS = 150

// Everybody has a machine of their own: here, whoever is measured goes before them.
os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL)

const [count = '1', ...relays] = process.argv.slice(2)
const runtime = systemRuntime()
const rooms: Room[] = []
const ids: string[] = []

/**
 * Among themselves each is linked to the one before and the one after, as if behind strict NATs, and to any
 * page: two hundred more links on the thread that they share would be all that it does.
 */
function deniesDial(me: number, address: string): boolean {
  const other = ids.findIndex((id) => address.endsWith(`/p2p/${id}`))
  return other >= 0 && Math.abs(other - me) !== 1
}

async function enter(): Promise<Room> {
  const me = ids.length
  const keys = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])
  const log = toBase64url(crypto.getRandomValues(new Uint8Array(LOG_BYTES))) as LogId
  const identity = await identityOf(keys)
  ids.push(identity.peerId)
  const chat = new Chat({
    identity,
    history: new MemoryHistory(log),
    settings: new MemorySettings(),
    runtime,
  })
  await chat.start()
  const node = await createLibp2p({
    privateKey: await libp2pKeyOf(keys),
    addresses: { listen: ['/p2p-circuit', '/webrtc'] },
    transports: [
      webSockets(),
      webRTC({ rtcConfiguration: { iceServers: [] } }),
      circuitRelayTransport(),
    ],
    transportManager: { faultTolerance: FaultTolerance.NO_FATAL },
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: (address) => deniesDial(me, address.toString()) },
    services: { identify: identify(), ping: ping(PING_STREAMS), pubsub: gossipService(runtime) },
  })
  const network = Libp2pNetwork.start({ node, runtime, measure: true })
  const opened = await chat.open(DEFAULT_ROOM)
  if (!opened.ok) throw new Error('the room does not open')
  chat.attach(network)
  new Relays({ network, runtime, addresses: relays }).start()
  return opened.value
}

// Yamux opens a stream in a microtask (8.0.3, `onCreateStream`) and throws into nowhere where the connection
// has closed by then, as it does where dozens dial each other at once: one must not end them all.
for (const event of ['unhandledRejection', 'uncaughtException'])
  process.on(event, (reason: unknown) => {
    console.error('crowd:', String(reason))
  })

let talking: NodeJS.Timeout | undefined
let said = 0

process.on('message', (everyMs: number) => {
  clearInterval(talking)
  if (everyMs === 0) return
  talking = setInterval(() => {
    const room = rooms[said % rooms.length]
    void room?.say(`message ${++said}`)
  }, everyMs)
})
process.on('disconnect', () => process.exit(0))

for (let i = 0; i < Number(count); i++) {
  rooms.push(await enter())
  await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS))
}
process.send?.('in')
