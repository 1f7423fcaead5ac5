import { createSocket } from 'node:dgram'
import type { Config, Port } from './config.ts'
import { wordPortError } from './listen-error.ts'
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
      /** Multiaddrs to start with. */
      readonly addresses: readonly string[]
      /** Whether the TCP ports are to be opened for IPv6 too, once IPv4 has them. */
      readonly ipv6: boolean
    }
  | { readonly ok: false; readonly complaint: string }

/**
 * Both UDP ports are tried before libp2p has them. What stands behind QUIC and WebRTC is no Node: a
 * taken port would be told in words without the port, or on stderr, and WebRTC looks for a free
 * one among those of TCP.
 */
export async function planListening(config: Config): Promise<PlannedListening> {
  const { host, port, tcpPort } = config
  const ipv6 = host === 'all' && (await hasIpv6())
  const udpHost = ipv6 ? '::' : host === 'all' ? '0.0.0.0' : host
  const ports: Port[] = []
  for (const [name, wanted] of [
    ['QUIC_PORT', config.quicPort],
    ['WEBRTC_PORT', config.webrtcPort],
  ] as const) {
    const tried = wanted === 'off' ? 'off' : await tryUdp(udpHost, wanted)
    if (typeof tried === 'number' || tried === 'off') ports.push(tried)
    else return { ok: false, complaint: wordPortError(tried.code, Number(wanted), name, host) }
  }
  const [quicPort = 'off', webrtcPort = 'off'] = ports
  const ip4 = host.includes(':') ? `/ip6/${host}` : `/ip4/${host === 'all' ? '0.0.0.0' : host}`
  return {
    ok: true,
    ipv6,
    addresses: [
      ...tcpAddresses(ip4, port, tcpPort),
      ...udpAddresses(ip4, ipv6, quicPort, webrtcPort),
    ],
  }
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
  return typeof (await tryUdp('::1', 0)) === 'number'
}

/** @returns the port, which `0` lets the system choose */
function tryUdp(host: string, port: number): Promise<number | { readonly code: string }> {
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
