import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import type { Config, Port } from './config.ts'
import { isAboutHost, wordPortError, wordPortOff } from './listen-error.ts'
import { listenedOn } from './transports.ts'

/** The ports that are really listened on. */
export interface Ports {
  readonly port: Port
  readonly tcpPort: Port
  readonly quicPort: Port
  readonly webrtcPort: Port
}

export type PlannedListening =
  | {
      readonly ok: true
      /** What was asked for, but `off` are the ports that are not to be had. */
      readonly config: Config
      /** Multiaddrs to start with. */
      readonly addresses: readonly string[]
      /** Whether the TCP ports are to be opened for IPv6 too, once IPv4 has them. */
      readonly ipv6: boolean
      /** A sentence for each port that is done without. */
      readonly complaints: readonly string[]
    }
  | { readonly ok: false; readonly complaint: string }

/** Those that others have written down: the page's, and the one in the BOOTSTRAP of others and the lists of Go peers. */
const NEEDED = [
  { name: 'PORT', key: 'port' },
  { name: 'TCP_PORT', key: 'tcpPort' },
] as const
/** Ports that are done without where they are not to be had: the others still carry the chat. */
const DISPENSABLE = [
  { name: 'QUIC_PORT', key: 'quicPort', what: 'QUIC', over: 'udp' },
  { name: 'WEBRTC_PORT', key: 'webrtcPort', what: 'WebRTC-Direct', over: 'udp' },
  { name: 'HTTPS_PORT', key: 'httpsPort', what: 'https', over: 'tcp' },
  { name: 'STUN_PORT', key: 'stunPort', what: 'STUN', over: 'udp' },
] as const

/**
 * All ports are tried before anybody has them, so that one which is taken costs no more than what it
 * is for. What stands behind QUIC and WebRTC is no Node: a taken port would be told in words without the
 * port, or on stderr, and WebRTC looks for a free one among those of TCP.
 */
export async function planListening(config: Config): Promise<PlannedListening> {
  const { host } = config
  const ipv6 = host === 'all' && (await hasIpv6())
  for (const { name, key } of NEEDED) {
    const had = await tryPort('tcp', config[key], host, ipv6)
    if (isRefused(had))
      return { ok: false, complaint: wordPortError(had.code, Number(config[key]), name, host) }
  }
  const tried = await tryDispensable(config, ipv6)
  const wrongHost = tried.find(({ refusal }) => refusal !== undefined && isAboutHost(refusal.code))
  if (wrongHost?.refusal !== undefined) {
    const { refusal, wanted, name } = wrongHost
    return { ok: false, complaint: wordPortError(refusal.code, Number(wanted), name, host) }
  }
  const complaints = tried.flatMap(({ refusal, wanted, name, what }) =>
    refusal === undefined ? [] : wordPortOff(refusal.code, Number(wanted), name, what),
  )
  const had = { ...config, ...Object.fromEntries(tried.map(({ key, port }) => [key, port])) }
  const addresses = addressesOf(had, ipv6)
  return addresses.length === 0
    ? { ok: false, complaint: complaints.join(' ') }
    : { ok: true, config: had, ipv6, complaints, addresses }
}

interface Tried {
  readonly name: string
  readonly key: (typeof DISPENSABLE)[number]['key']
  readonly what: string
  readonly wanted: Port
  readonly port: Port
  /** Why the port is `off`, if it was wanted. */
  readonly refusal?: Refused
}

async function tryDispensable(config: Config, ipv6: boolean): Promise<readonly Tried[]> {
  const all: Tried[] = []
  for (const { over, ...each } of DISPENSABLE) {
    // By https comes the page, and what else stands on its port.
    const wanted = each.key === 'httpsPort' && config.port === 'off' ? 'off' : config[each.key]
    const port = await tryPort(over, wanted, config.host, ipv6)
    all.push({
      ...each,
      wanted,
      ...(isRefused(port) ? { port: 'off', refusal: port } : { port }),
    })
  }
  return all
}

function addressesOf(config: Config, ipv6: boolean): readonly string[] {
  const { host, port, tcpPort, quicPort, webrtcPort } = config
  const ip4 = host.includes(':') ? `/ip6/${host}` : `/ip4/${host === 'all' ? '0.0.0.0' : host}`
  return [...tcpAddresses(ip4, port, tcpPort), ...udpAddresses(ip4, ipv6, quicPort, webrtcPort)]
}

function udpAddresses(ip4: string, ipv6: boolean, quicPort: Port, webrtcPort: Port): string[] {
  // IPv6 first: for WebRTC its socket serves both. The other way round nobody would hear IPv6, and in
  // one process there can be only one such socket.
  const hosts = [...(ipv6 ? ['/ip6/::'] : []), ip4]
  return hosts.flatMap((host) => [
    ...(quicPort === 'off' ? [] : [`${host}/udp/${quicPort}/quic-v1`]),
    ...(webrtcPort === 'off' ? [] : [`${host}/udp/${webrtcPort}/webrtc-direct`]),
  ])
}

/** To be listened on after IPv4, so that a port of 0 becomes the same free port for both. */
export function ipv6TcpAddresses({ port, tcpPort }: Ports): readonly string[] {
  return tcpAddresses('/ip6/::', port, tcpPort)
}

export function portsOf(node: object): Ports {
  const addresses = listenedOn(node).map(String)
  const portIn = (pattern: RegExp): Port => {
    const address = addresses.find((each) => pattern.test(each))
    return address === undefined ? 'off' : Number(pattern.exec(address)?.[1] ?? NaN)
  }
  return {
    port: portIn(/\/tcp\/(\d+)\/ws$/),
    tcpPort: portIn(/\/tcp\/(\d+)$/),
    quicPort: portIn(/\/udp\/(\d+)\/quic-v1/),
    webrtcPort: portIn(/\/udp\/(\d+)\/webrtc-direct/),
  }
}

function tcpAddresses(ip: string, port: Port, tcpPort: Port): readonly string[] {
  return [
    ...(tcpPort === 'off' ? [] : [`${ip}/tcp/${tcpPort}`]),
    ...(port === 'off' ? [] : [`${ip}/tcp/${port}/ws`]),
  ]
}

/** Machines and containers without it are common; `::` can often be bound on them all the same. */
async function hasIpv6(): Promise<boolean> {
  return !isRefused(await tryUdp('::1', 0))
}

interface Refused {
  /** Of the operating system, such as EADDRINUSE. */
  readonly code: string
}

function isRefused(tried: Port | Refused): tried is Refused {
  return typeof tried === 'object'
}

/** @returns a free one for a UDP port of `0`, which the system chooses */
async function tryPort(
  over: 'tcp' | 'udp',
  port: Port,
  host: string,
  ipv6: boolean,
): Promise<Port | Refused> {
  if (port === 'off') return port
  if (over === 'udp') return tryUdp(ipv6 ? '::' : host === 'all' ? '0.0.0.0' : host, port)
  // Libp2p and Node find a free one by themselves, the same for IPv4 and IPv6.
  if (port === 0) return port
  for (const each of host === 'all' ? ['0.0.0.0', ...(ipv6 ? ['::'] : [])] : [host]) {
    const tried = await tryTcp(each, port)
    if (isRefused(tried)) return tried
  }
  return port
}

function tryTcp(host: string, port: number): Promise<number | Refused> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve({ code: error.code ?? error.message })
    })
    server.listen({ host, port, ipv6Only: host.includes(':'), exclusive: true }, () => {
      server.close(() => {
        resolve(port)
      })
    })
  })
}

function tryUdp(host: string, port: number): Promise<number | Refused> {
  return new Promise((resolve) => {
    const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4' })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close()
      resolve({ code: error.code ?? error.message })
    })
    socket.bind({ address: host, port, exclusive: true }, () => {
      const found = socket.address().port
      socket.close(() => {
        resolve(found)
      })
    })
  })
}
