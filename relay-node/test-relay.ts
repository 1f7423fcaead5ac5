import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { quic } from '@chainsafe/libp2p-quic'
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import { FaultTolerance, type PrivateKey } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { tcp } from '@libp2p/tcp'
import { webRTCDirect } from '@libp2p/webrtc'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { beforeAll, onTestFinished } from 'vitest'
import { toBase64url } from '../shared/bytes.ts'
import { Chat } from '../shared/chat.ts'
import type { HistoryStore } from '../shared/history.ts'
import type { LogId } from '../shared/ids.ts'
import { gossipService } from '../shared/libp2p/gossip.ts'
import { Libp2pNetwork } from '../shared/libp2p/network.ts'
import { PING_STREAMS } from '../shared/libp2p/ping.ts'
import { MemoryHistory } from '../shared/memory-history.ts'
import { type Runtime, systemRuntime } from '../shared/runtime.ts'
import { MemorySettings } from '../shared/settings.ts'
import { type Config, loadConfig } from './config.ts'
import { identityOver } from './key-file.ts'
import { type Relay, startRelay } from './relay.ts'

/** By the names that links have. */
const TRANSPORTS = {
  TCP: /\/tcp\/\d+\/p2p\//,
  WebSocket: /\/ws\/p2p\//,
  QUIC: /\/quic-v1\/p2p\//,
  WebRTC: /\/webrtc-direct\/certhash\/[^/]+\/p2p\//,
}
const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))
const STEP_MS = 20
const CONNECT_MS = 5_000
/** A start is a second's work; on a busy machine it waits for a processor most of the time. */
const START_MS = 60_000

/**
 * On loopback, on free ports, and not looking around. Without WebRTC-Direct, of which a process can
 * have but one listener.
 */
const ALONE = {
  HOST: '127.0.0.1',
  PORT: '0',
  TCP_PORT: '0',
  QUIC_PORT: '0',
  WEBRTC_PORT: 'off',
  HTTPS_PORT: 'off',
  STUN_PORT: '0',
  UPNP: 'off',
  MDNS: 'off',
  BOOTSTRAP: 'none',
}

/** All that a process takes from that of the tests: no setting of whoever runs them. */
const INHERITED = {
  PATH: process.env['PATH'],
  NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
}

/** Of the machine that the tests run on: many containers have none. */
export const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
)

/** A folder of its own for one test, gone afterwards. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'p2p-chat-relay-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

function configWith(folder: string, values: Readonly<Record<string, string>> = {}): Config {
  const configured = loadConfig({ ...ALONE, ...values }, folder)
  if (!configured.ok) throw new Error(configured.complaints.join(' '))
  return configured.config
}

/** A relay in this process; `data` and the page (`page/`) stand in `folder`. */
export async function relayIn(
  folder: string,
  values: Readonly<Record<string, string>> = {},
  runtime: Runtime = systemRuntime(),
  tell = (sentence: string): void => {
    throw new Error(sentence)
  },
): Promise<Relay> {
  const config = configWith(folder, values)
  const started = await startRelay({
    config,
    page: join(folder, 'page'),
    version: '0.0.0-test',
    runtime,
    tell,
  })
  if (!started.ok) throw new Error(started.complaint)
  onTestFinished(() => started.relay.stop())
  return started.relay
}

/** Somebody with a node of their own, reachable by nobody but through relays: as a browser is. */
export async function person(key?: PrivateKey): Promise<Libp2pNetwork> {
  const runtime = systemRuntime()
  const node = await createLibp2p({
    ...(key === undefined ? {} : { privateKey: key }),
    addresses: { listen: ['/p2p-circuit'] },
    transports: [
      tcp(),
      webSockets(),
      quic(),
      webRTCDirect({ rtcConfiguration: { iceServers: [] } }),
      circuitRelayTransport(),
    ],
    transportManager: { faultTolerance: FaultTolerance.NO_FATAL },
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    // Its pings would cut healthy links of a crowd that shares one process, and nobody here dials again.
    connectionMonitor: { enabled: false },
    services: { identify: identify(), ping: ping(PING_STREAMS), pubsub: gossipService(runtime) },
  })
  const network = Libp2pNetwork.start({ node, runtime })
  onTestFinished(() => network.stop())
  return network
}

/**
 * Somebody with the whole program but its screen.
 * @param history what they have kept of earlier
 * @param hobble takes something away from their network before it is used
 */
export async function chatter(
  history: HistoryStore = new MemoryHistory(
    toBase64url(crypto.getRandomValues(new Uint8Array(8))) as LogId,
  ),
  hobble: (network: Libp2pNetwork) => void = () => undefined,
): Promise<{ readonly chat: Chat; readonly network: Libp2pNetwork }> {
  const key = await generateKeyPair('Ed25519')
  const network = await person(key)
  hobble(network)
  const chat = new Chat({
    identity: identityOver(key),
    history,
    settings: new MemorySettings(),
    runtime: systemRuntime(),
  })
  await chat.start()
  chat.attach(network)
  onTestFinished(() => chat.stop())
  return { chat, network }
}

/** Dials the relay's WebSocket, as a page does. */
export async function connect(network: Libp2pNetwork, relay: Relay): Promise<void> {
  const address = `/ip4/127.0.0.1/tcp/${relay.port}/ws/p2p/${relay.peerId}`
  const dialled = await network.dial(address, AbortSignal.timeout(CONNECT_MS))
  if (!dialled.ok) throw new Error(`the relay at ${address} cannot be reached`)
}

/** Where a relay-node in a process of its own can be reached, by transport, as `/bootstrap.json` has it. */
export async function addressesOf(relay: RelayProcess): Promise<Readonly<Record<string, string>>> {
  const url = /^Open (\S+)$/.exec((await relay.lines).at(-1) ?? '')?.[1]
  if (url === undefined) throw new Error('it serves no page')
  const { multiaddrs } = (await (await fetch(`${url}/bootstrap.json`)).json()) as {
    multiaddrs: string[]
  }
  return Object.fromEntries(
    Object.entries(TRANSPORTS).flatMap(([name, pattern]) => {
      const address = multiaddrs.find((each) => pattern.test(each))
      return address === undefined ? [] : [[name, address]]
    }),
  )
}

/** Waits until `look` finds something; the test's own time limit ends it. */
export async function until<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    await new Promise((resolve) => setTimeout(resolve, STEP_MS))
  }
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RelayProcess {
  readonly folder: string
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** The start lines, once they are all there. */
  readonly lines: Promise<readonly string[]>
}

/**
 * The program itself, with the flags of `npm start`. Its working folder, `folder`, may hold a `.env`.
 * @param limit a shell command that limits what it may have: `ulimit …`
 */
export function relayProcess(
  folder: string,
  values: Readonly<Record<string, string>> = {},
  limit = ':',
  main = MAIN,
): RelayProcess {
  const relay = spawnRelay(folder, values, limit, main)
  onTestFinished(() => void relay.child.kill('SIGKILL'))
  return relay
}

/** One for all tests of a `describe`: its start takes seconds on a busy machine, and none of theirs. */
export function relayForAll(values: Readonly<Record<string, string>> = {}): () => RelayProcess {
  let relay: RelayProcess | undefined
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'p2p-chat-relay-'))
    const started = spawnRelay(folder, values, ':', MAIN)
    relay = started
    await started.lines
    return async () => {
      started.child.kill('SIGKILL')
      await started.ended
      await rm(folder, { recursive: true, force: true })
    }
  }, START_MS)
  return () => {
    if (relay === undefined) throw new Error('not started')
    return relay
  }
}

function spawnRelay(
  folder: string,
  values: Readonly<Record<string, string>>,
  limit: string,
  main: string,
): RelayProcess {
  const program = [process.execPath, '--disable-proto=delete', main]
  const child = spawn('sh', ['-c', `${limit}; exec "$@"`, 'sh', ...program], {
    cwd: folder,
    env: { ...INHERITED, ...ALONE, WEBRTC_PORT: '0', ...values },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = new Promise<Pick<Ended, 'code' | 'signal'>>((resolve) => {
    child.on('exit', (code, signal) => {
      resolve({ code, signal })
    })
  })
  const ended = Promise.all([exited, text(child.stdout), text(child.stderr)]).then(
    ([exit, stdout, stderr]) => ({ ...exit, stdout, stderr }),
  )
  const lines = new Promise<readonly string[]>((resolve, reject) => {
    let printed = ''
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
      // Written at once; with PORT=off there is no line to open.
      if (printed.includes('Configuration: ') && printed.endsWith('\n'))
        resolve(printed.trimEnd().split('\n'))
    })
    void ended.then(({ stderr }) => {
      reject(new Error(`ended before it had started: ${stderr}`))
    })
  })
  lines.catch(() => undefined)
  return { folder, child, ended, lines }
}
