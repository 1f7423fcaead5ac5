import { renderUnicodeCompact } from 'uqr'
import type { Config, Port } from './config.ts'
import { lanAddress } from './own-names.ts'

interface Ports {
  readonly port: Port
  readonly httpsPort: Port
}

/** Wide enough for cameras, narrow enough for a terminal. */
const QR_BORDER = 2
/** White on black whatever the colours of the terminal: cameras mind. */
const COLOURED = (line: string): string => `\u001b[97;40m${line}\u001b[0m`

/**
 * Where to open the page: on this network, with a QR code if somebody can point a phone at it, and
 * on this machine, which stands last.
 */
export function openLines(ports: Ports, config: Config, isTerminal: boolean): readonly string[] {
  if (ports.port === 'off') return []
  const host = hostOnNetwork(config)
  const local = `Open http://${hostToOpen(config.host)}:${ports.port}`
  if (ports.httpsPort === 'off' || host === undefined) return [local]
  const address = `https://${host}:${ports.httpsPort}`
  return [
    ...(isTerminal ? qrCode(address) : []),
    `On this network: ${address} (browsers ask once: its certificate is this node's own)`,
    local,
  ]
}

/** For a terminal: white on black. */
export function qrCode(text: string): readonly string[] {
  return renderUnicodeCompact(text, { border: QR_BORDER }).split('\n').map(COLOURED)
}

function hostOnNetwork({ host, announce }: Config): string | undefined {
  if (host === 'all' || host === '0.0.0.0' || host === '::') return lanAddress(announce)
  return isLoopback(host) ? undefined : inUrl(host)
}

function hostToOpen(host: string): string {
  const local = host === 'all' || host === '0.0.0.0' || host === '::' || isLoopback(host)
  return local ? 'localhost' : inUrl(host)
}

function isLoopback(host: string): boolean {
  return host === '::1' || host.startsWith('127.')
}

function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
