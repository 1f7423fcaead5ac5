import { debuglog } from 'node:util'
import { fileURLToPath } from 'node:url'
import manifest from '../package.json' with { type: 'json' }
import { systemRuntime } from '../shared/runtime.ts'
import { addressToShow } from './address-to-show.ts'
import { type Config, describeConfig, loadConfig } from './config.ts'
import { openLines } from './open-lines.ts'
import { type Relay, startRelay } from './relay.ts'
import { wordWideNetwork } from './wide-network.ts'

/** Two seconds are promised; whatever still hangs by then is cut off. */
const STOP_MAX_MS = 1_500

/** In the source the page stands in `dist/web`; the bundle lies beside it. */
const PAGE = import.meta.url.endsWith('.ts') ? '../dist/web' : '../web'

await main()

async function main(): Promise<void> {
  const configured = loadConfig(process.env, process.cwd())
  if (!configured.ok) return quit(configured.complaints)
  const { config } = configured
  const running: Relay[] = []
  endOnSignals(running)
  process.on('unhandledRejection', (reason) => {
    // A mistake in one connection must not cut off all the others.
    console.error('A mistake of this program:', reason)
  })
  const log = debuglog('p2p-chat')
  const started = await startRelay({
    config,
    page: fileURLToPath(new URL(PAGE, import.meta.url)),
    version: manifest.version,
    runtime: systemRuntime((event, details) => {
      log(event, details)
    }),
    tell: (sentence) => {
      console.error(sentence)
    },
  })
  if (!started.ok) return quit([started.complaint])
  running.push(started.relay)
  console.log(startLines(started.relay, config).join('\n'))
}

function startLines(relay: Relay, config: Config): readonly string[] {
  const wide = wordWideNetwork(config)
  return [
    '=== P2P Chat Started ===',
    `Your Peer ID: ${relay.peerId}`,
    `Listening on: ${addressToShow(relay.addresses)}`,
    `Configuration: ${describeConfig(config)}`,
    `Ports: ${wordPorts(relay)}`,
    ...(config.host === 'all' && !relay.ipv6
      ? ['IPv6: this machine has none, so only IPv4 is listened on.']
      : []),
    `Archive: ${wordArchive(relay)}`,
    ...(wide === undefined ? [] : [wide]),
    ...openLines(relay, config, process.stdout.isTTY),
  ]
}

function wordPorts({ port, tcpPort, quicPort, webrtcPort }: Relay): string {
  const ports = { WebSocket: port, TCP: tcpPort, QUIC: quicPort, 'WebRTC-Direct': webrtcPort }
  const udp = ['QUIC', 'WebRTC-Direct']
  return Object.entries(ports)
    .map(([name, each]) => `${name} ${each}${udp.includes(name) && each !== 'off' ? '/udp' : ''}`)
    .join(', ')
}

function wordArchive({ archive }: Relay): string {
  if (archive === undefined) return 'off'
  const { rooms, entries, bytes } = archive.total
  const megabytes = (bytes / 1_024 / 1_024).toFixed(1)
  const held = `${rooms} rooms, ${entries} entries, ${megabytes} MB`
  return archive.doubt === undefined ? held : `${held}; ${archive.doubt}`
}

/** @param running still empty if the signal comes before the start is done */
function endOnSignals(running: readonly Relay[]): void {
  let ending = false
  const end = (): void => {
    // Whoever asks twice does not want to wait.
    if (ending) process.exit(0)
    ending = true
    setTimeout(() => process.exit(0), STOP_MAX_MS).unref()
    Promise.all(running.map((relay) => relay.stop())).then(
      () => process.exit(0),
      (error: unknown) => {
        console.error('A mistake of this program:', error)
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
}

function quit(complaints: readonly string[]): void {
  for (const complaint of complaints) console.error(complaint)
  process.exit(1)
}
