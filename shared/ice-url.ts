/**
 * Stands in `/bootstrap.json` for the host that the page was loaded from: a relay-node behind a NAT,
 * a container or a reverse proxy does not know under which names it is reached, but its page does.
 */
export const SAME_HOST = '0.0.0.0'

/** A name has at most 253 characters, and the rest of the longest URL 25. */
const URL_MAX = 280
const PORT_MAX = 65_535
/** RFC 7064 (STUN) and 7065 (TURN): scheme, host, port; only TURN has a transport. */
const ICE_URL =
  /^(?:stuns?|(turns?)):(\[[0-9a-f:.]{2,45}\]|[a-z0-9][a-z0-9._-]*)(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/i

/** Whether an RTCPeerConnection takes it: one bad URL would make all of them fail. */
export function isIceUrl(url: string): boolean {
  if (url.length > URL_MAX) return false
  const [whole, turn, , port, transport] = ICE_URL.exec(url) ?? []
  if (whole === undefined || (transport !== undefined && turn === undefined)) return false
  return port === undefined || (Number(port) >= 1 && Number(port) <= PORT_MAX)
}

export function isTurnUrl(url: string): boolean {
  return isIceUrl(url) && /^turns?:/i.test(url)
}

/** @param hostname as in `location.hostname`: IPv6 in brackets */
export function withHost(url: string, hostname: string): string {
  return url.replace(/^([a-z]+:)0\.0\.0\.0(?=[:?]|$)/i, (_, scheme: string) => scheme + hostname)
}

/**
 * A relay-node's STUN responder, on the host that it was reached at; nothing if that is no host.
 * @param address a multiaddr
 */
export function stunAt(address: string, port: number): string | undefined {
  const [, kind, host] = /^\/(ip4|ip6|dns|dns4|dns6)\/([^/]+)/.exec(address) ?? []
  if (host === undefined) return undefined
  const url = `stun:${kind === 'ip6' ? `[${host}]` : host}:${port}`
  return isIceUrl(url) ? url : undefined
}
