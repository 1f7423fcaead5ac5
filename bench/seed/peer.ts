// A person without a screen, in a process of its own; told what to do over the channel of `fork`.
import process from 'node:process'
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { identify } from '@libp2p/identify'
import { FaultTolerance } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { toBase64url } from '../../shared/bytes.ts'
import { Chat } from '../../shared/chat.ts'
import { identityOf } from '../../shared/identity.ts'
import type { LogId, PeerId } from '../../shared/ids.ts'
import { gossipService } from '../../shared/libp2p/gossip.ts'
import { Libp2pNetwork } from '../../shared/libp2p/network.ts'
import { LINK_MONITOR, PING_STREAMS } from '../../shared/libp2p/ping.ts'
import { libp2pKeyOf } from '../../shared/libp2p/private-key.ts'
import { Relays } from '../../shared/libp2p/relays.ts'
import { DEFAULT_ROOM } from '../../shared/limits.ts'
import { MemoryHistory } from '../../shared/memory-history.ts'
import { systemRuntime } from '../../shared/runtime.ts'
import { MemorySettings } from '../../shared/settings.ts'
import type { Order, Orders } from './orders.ts'

const LOG_BYTES = 8
const DIAL_MS = 10_000
/** More than any row says. */
const PAGE = 5_000

const [host = '127.0.0.1', ...relayAddresses] = process.argv.slice(2)
const runtime = systemRuntime()
const keys = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])
const history = new MemoryHistory(
  toBase64url(crypto.getRandomValues(new Uint8Array(LOG_BYTES))) as LogId,
)
const chat = new Chat({
  identity: await identityOf(keys),
  history,
  settings: new MemorySettings(),
  runtime,
})
await chat.start()
const node = await createLibp2p({
  privateKey: await libp2pKeyOf(keys),
  addresses: { listen: [`/ip4/${host}/tcp/0`, '/p2p-circuit'] },
  transports: [tcp(), circuitRelayTransport()],
  transportManager: { faultTolerance: FaultTolerance.NO_FATAL },
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  connectionManager: { inboundConnectionThreshold: 100 },
  // As the page has it: a network that is gone says nothing.
  connectionMonitor: LINK_MONITOR,
  services: { identify: identify(), ping: ping(PING_STREAMS), pubsub: gossipService(runtime) },
})
const network = Libp2pNetwork.start({ node, runtime, measure: true })
const relays = new Relays({ network, runtime, addresses: relayAddresses })
const opened = await chat.open(DEFAULT_ROOM)
if (!opened.ok) throw new Error('the room does not open')
const room = opened.value

/** When each text was first shown here, and how often; wall time in ms, the same for all on this machine. */
const shown = new Map<string, { at: number; times: number }>()
room.changes.subscribe((change) => {
  if (change.kind !== 'entries') return
  const at = now()
  for (const { content } of change.entries) {
    const before = shown.get(content)
    if (before === undefined) shown.set(content, { at, times: 1 })
    else before.times++
  }
})
chat.attach(network)
relays.start()

const orders: Orders = {
  name: async () => chat.name,
  say: async (text) => {
    const at = now()
    const said = await room.say(text)
    if (!said.ok) throw new Error(JSON.stringify(said.failure))
    return at
  },
  shown: async () => [...shown].map(([text, { at, times }]) => ({ text, at, times })),
  history: async () => {
    const page = await room.page({ limit: PAGE })
    return page.map(({ content, username, clock }) => ({ text: content, name: username, clock }))
  },
  people: async () => room.presence.people.map(({ name }) => name),
  links: async () => network.links(),
  address: async () => network.addresses().find((address) => !address.includes('p2p-circuit')),
  dial: async (address) => {
    const dialled = await network.dial(address, AbortSignal.timeout(DIAL_MS))
    return dialled.ok
  },
  ping: async (peer) => {
    const pong = await network.ping(peer as PeerId, AbortSignal.timeout(DIAL_MS))
    return pong.ok ? pong.value : undefined
  },
  usage: async () => {
    const { user, system } = process.cpuUsage()
    return { rss: process.memoryUsage.rss(), cpuMs: (user + system) / 1_000, at: now() }
  },
  quit: async () => {
    for (const each of chat.rooms) await each.leave()
    relays.stop()
    await chat.stop()
    setTimeout(() => process.exit(0), 0)
  },
}

const acts: Readonly<Record<keyof Orders, (argument: string) => Promise<unknown>>> = orders

process.on('message', (order: Order) => {
  acts[order.name](order.argument ?? '').then(
    (value) => process.send?.({ id: order.id, value }),
    (error: unknown) => process.send?.({ id: order.id, error: String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))
process.send?.({ id: 0, value: chat.id })

function now(): number {
  return performance.timeOrigin + performance.now()
}
