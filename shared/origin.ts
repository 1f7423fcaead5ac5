import type { PeerId } from './ids.ts'

const HTTP_PORT = 80
const HTTPS_PORT = 443

/** Where the relay-node that served the page listens for libp2p: on the page's own port. */
export function originAddress(origin: string, relay: PeerId): string {
  const { protocol, hostname, port } = new URL(origin)
  const secure = protocol === 'https:'
  const at = port === '' ? String(secure ? HTTPS_PORT : HTTP_PORT) : port
  return `${hostPart(hostname)}/tcp/${at}${secure ? '/tls' : ''}/ws/p2p/${relay}`
}

/** The own origin first: it has just answered. */
export function relayAddresses(
  origin: string,
  relay: PeerId,
  multiaddrs: readonly string[],
): readonly string[] {
  return [...new Set([originAddress(origin, relay), ...multiaddrs.filter(isBrowserDialable)])]
}

/** What a page can open by itself, without somebody who passes on its offer. */
export function isBrowserDialable(address: string): boolean {
  return (
    /\/(wss?|webtransport|webrtc-direct)(\/|$)/.test(address) && !address.includes('/p2p-circuit')
  )
}

/**
 * What this page is not to dial: from an https page ws:// is refused by the browser anyway, and a
 * stranger's private address, dialled from a public page, would only probe one's own network.
 */
export function deniesDial(
  origin: string,
  address: string,
  connected: (relay: string) => boolean,
): boolean {
  const [, relay] = /\/p2p\/([^/]+)\/p2p-circuit/.exec(address) ?? []
  // Nothing is opened but a stream over the connection that is there, wherever it was said to lead.
  if (relay !== undefined && connected(relay)) return false
  const { protocol, hostname } = new URL(origin)
  const secure = /\/(wss|tls)(\/|$)/.test(address)
  if (protocol === 'https:' && /\/ws(\/|$)/.test(address) && !secure) return true
  const [, host] = /^\/(?:ip4|ip6|dns|dns4|dns6|dnsaddr)\/([^/]+)/.exec(address) ?? []
  return host !== undefined && isPrivateHost(host) && !isPrivateHost(hostname)
}

const PRIVATE_IP4 =
  /^(0|10|127|169\.254|192\.168|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./
const PRIVATE_IP6 = /^(::1?$|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:)/i
const PRIVATE_NAME = /^[^.:]+$|\.(local|localhost|lan|home|internal|home\.arpa)$/i

/** Loopback, LAN, carrier NAT, and names that only a local network resolves. */
export function isPrivateHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '')
  return PRIVATE_IP4.test(bare) || PRIVATE_IP6.test(bare) || PRIVATE_NAME.test(bare)
}

/** This very device, as the host of a URL. */
export function isLoopback(host: string): boolean {
  return /^(127(\.\d+){3}|\[?::1\]?|(.+\.)?localhost)$/i.test(host)
}

function hostPart(hostname: string): string {
  if (hostname.startsWith('[')) return `/ip6/${hostname.slice(1, -1)}`
  return /^\d+\.\d+\.\d+\.\d+$/.test(hostname) ? `/ip4/${hostname}` : `/dns/${hostname}`
}
