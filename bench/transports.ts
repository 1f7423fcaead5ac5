/**
 * How long a Node peer takes to connect to a relay-node by each of its transports, and then a ping,
 * on loopback. Prints JSON; times in ms. Read ratios: a busy machine
 * stretches all of them alike.
 */
import process from 'node:process'
import { quic } from '@chainsafe/libp2p-quic'
import { identify } from '@libp2p/identify'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { webRTCDirect } from '@libp2p/webrtc'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { RelayNode } from '../e2e/relay.ts'
import { roundTrip as pingOver } from '../shared/libp2p/ping.ts'
import { systemRuntime } from '../shared/runtime.ts'
import { spreadOf } from './lib/spread.ts'

const DIALS = Number(process.env['DIALS'] ?? 20)
const PINGS = 20
const DIAL_MS = 10_000
const PAUSE_MS = 5
const runtime = systemRuntime()
const TRANSPORTS = {
  tcp: /\/tcp\/\d+\/p2p\//,
  webSocket: /\/ws\/p2p\//,
  quic: /\/quic-v1\/p2p\//,
  webRtcDirect: /\/webrtc-direct\//,
}

async function measure(address: string): Promise<object> {
  const connect: number[] = []
  const roundTrip: number[] = []
  let failed = 0
  for (let dial = 0; dial < DIALS; dial++) {
    // A node of its own for each, or the second dial would find the first one's connection.
    const node = await createLibp2p({
      transports: [
        tcp(),
        webSockets(),
        quic(),
        webRTCDirect({ rtcConfiguration: { iceServers: [] } }),
      ],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      services: { identify: identify(), ping: ping() },
    })
    try {
      const start = performance.now()
      const connection = await node.dial(multiaddr(address), {
        signal: AbortSignal.timeout(DIAL_MS),
      })
      connect.push(performance.now() - start)
      for (let n = 0; n < PINGS; n++) {
        roundTrip.push(await pingOver(connection, runtime, AbortSignal.timeout(DIAL_MS)))
        // The other end allows two at once, and hears late that the last one is closed.
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
      }
    } catch {
      failed++
    } finally {
      await node.stop()
    }
  }
  return { connect: spreadOf(connect), roundTrip: spreadOf(roundTrip), failed }
}

const relay = await RelayNode.start()
try {
  const { multiaddrs } = (await (await fetch(`${relay.url}/bootstrap.json`)).json()) as {
    multiaddrs: readonly string[]
  }
  const report: Record<string, object> = {}
  for (const [name, pattern] of Object.entries(TRANSPORTS)) {
    const address = multiaddrs.find((each) => pattern.test(each))
    if (address === undefined) throw new Error(`the relay-node has no address for ${name}`)
    report[name] = await measure(address)
  }
  console.log(JSON.stringify(report, null, 2))
} finally {
  await relay.stop()
}
// libdatachannel's threads outlive the last connection.
process.exit()
