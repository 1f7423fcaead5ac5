import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { peerIdFromString } from '@libp2p/peer-id'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { isTurnUrl } from '../shared/ice-url.ts'
import { DEFAULT_ROOM } from '../shared/limits.ts'
import { isRoomName } from '../shared/room-key.ts'
import { makeFolder } from './folder.ts'

/** A number, or not at all. `0` is any free port. */
export type Port = number | 'off'

export type DhtMode = 'client' | 'server' | 'off'

export interface Config {
  /** An IP address, or `all`: every IPv4 and IPv6 interface. */
  readonly host: string
  /** The page and WebSocket, on one port. */
  readonly port: Port
  readonly tcpPort: Port
  /** UDP. */
  readonly quicPort: Port
  /** UDP, for WebRTC-Direct. */
  readonly webrtcPort: Port
  /** Whether the router is asked to open the ports, by UPnP and NAT-PMP. */
  readonly upnp: boolean
  /** Whether relay-nodes on the LAN are looked for. */
  readonly mdns: boolean
  /** Absolute. */
  readonly dataDir: string
  readonly topic: string
  /** Multiaddrs that others reach this node at, beside those it listens on. */
  readonly announce: readonly string[]
  /** Multiaddrs of peers to stay connected to, or libp2p's own bootstrap peers. */
  readonly bootstrap: 'public' | readonly string[]
  /** What this node is in the DHT of its bootstrap peers. */
  readonly dhtMode: DhtMode
  readonly maxReservations: number
  readonly maxConnections: number
  /** So long the archive keeps what was said. */
  readonly archiveDays: number
  /** MiB of one room. */
  readonly archiveRoomMb: number
  /** MiB of all rooms. */
  readonly archiveTotalMb: number
  /** The page and WebSocket over TLS, with a certificate of this node's own. */
  readonly httpsPort: Port
  /** UDP. */
  readonly stunPort: Port
  /** TURN servers (RFC 7065) that share `turnSecret` with this node; none without it. */
  readonly turnUrls: readonly string[]
  readonly turnSecret: string
}

/** Every bad value gets a sentence of its own, so that one start is enough to mend them all. */
export type Configured =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly complaints: readonly string[] }

type Environment = Readonly<Record<string, string | undefined>>

/** A reservation is a few hundred bytes and a connection about 300 KiB: beyond this it is a typo. */
const COUNT_MAX = 1_000_000
const PORT_MAX = 65_535
/** A hundred years: for ever. */
const DAYS_MAX = 36_500
const DATA_DIR = './data'
const NONE = 'none'

/** The real environment wins over `.env` in `folder`; then every value is checked once. */
export function loadConfig(environment: Environment, folder: string): Configured {
  const file = readEnvFile(join(folder, '.env'))
  if (!file.ok) return { ok: false, complaints: [file.complaint] }
  const values = { ...file.values, ...environment }
  const configured = readConfig(values, folder)
  const complaint = checkDataDir(values['DATA_DIR'], folder)
  if (complaint === undefined) return configured
  return { ok: false, complaints: [...(configured.ok ? [] : configured.complaints), complaint] }
}

/** Pure: no file is touched. Unknown variables are ignored; an empty one counts as not set. */
export function readConfig(environment: Environment, folder: string): Configured {
  const complaints: string[] = []
  const read = <T>(name: string, otherwise: string, parse: (text: string) => T | Complaint): T => {
    const text = orElse(environment[name], otherwise)
    const value = parse(text)
    if (!(value instanceof Complaint)) return value
    complaints.push(`${name} ${value.text}, not ${JSON.stringify(text)}.`)
    // Never used: with a complaint there is no config.
    return undefined as T
  }
  const config: Config = {
    host: read('HOST', 'all', parseHost),
    port: read('PORT', '8080', parsePort),
    tcpPort: read('TCP_PORT', '4001', parsePort),
    quicPort: read('QUIC_PORT', '4001', parsePort),
    webrtcPort: read('WEBRTC_PORT', '4002', parsePort),
    upnp: read('UPNP', 'on', parseSwitch),
    mdns: read('MDNS', 'on', parseSwitch),
    dataDir: read('DATA_DIR', DATA_DIR, (text) => parseFolder(text, folder)),
    topic: read('CHAT_TOPIC', DEFAULT_ROOM, parseTopic),
    announce: read('ANNOUNCE', NONE, (text) => parseAddresses(text, whyNotAnnounced)),
    bootstrap: read('BOOTSTRAP', 'public', parseBootstrap),
    dhtMode: read('DHT_MODE', 'client', parseDhtMode),
    maxReservations: read('MAX_RESERVATIONS', '1024', (text) => parseCount(text, 0)),
    maxConnections: read('MAX_CONNECTIONS', '2048', (text) => parseCount(text, 1)),
    archiveDays: read('ARCHIVE_DAYS', '30', (text) => parseCount(text, 0, DAYS_MAX)),
    archiveRoomMb: read('ARCHIVE_ROOM_MB', '50', (text) => parseCount(text, 0)),
    archiveTotalMb: read('ARCHIVE_TOTAL_MB', '1024', (text) => parseCount(text, 0)),
    httpsPort: read('HTTPS_PORT', '8443', parsePort),
    stunPort: read('STUN_PORT', '3478', parsePort),
    turnUrls: read('TURN_URL', NONE, parseTurnUrls),
    turnSecret: orElse(environment['TURN_SECRET'], ''),
  }
  if (complaints.length === 0) complaints.push(...clashes(config))
  return complaints.length === 0 ? { ok: true, config } : { ok: false, complaints }
}

/** One line that says what is in force, in the words of the environment. */
export function describeConfig(config: Config): string {
  const list = (addresses: readonly string[]): string =>
    addresses.length === 0 ? NONE : addresses.join(',')
  return [
    `HOST=${config.host}`,
    `PORT=${config.port}`,
    `TCP_PORT=${config.tcpPort}`,
    `QUIC_PORT=${config.quicPort}`,
    `WEBRTC_PORT=${config.webrtcPort}`,
    `UPNP=${config.upnp ? 'on' : 'off'}`,
    `MDNS=${config.mdns ? 'on' : 'off'}`,
    `DATA_DIR=${config.dataDir}`,
    `CHAT_TOPIC=${config.topic}`,
    `ANNOUNCE=${list(config.announce)}`,
    `BOOTSTRAP=${config.bootstrap === 'public' ? 'public' : list(config.bootstrap)}`,
    `DHT_MODE=${config.dhtMode}`,
    `MAX_RESERVATIONS=${config.maxReservations}`,
    `MAX_CONNECTIONS=${config.maxConnections}`,
    `ARCHIVE_DAYS=${config.archiveDays}`,
    `ARCHIVE_ROOM_MB=${config.archiveRoomMb}`,
    `ARCHIVE_TOTAL_MB=${config.archiveTotalMb}`,
    `HTTPS_PORT=${config.httpsPort}`,
    `STUN_PORT=${config.stunPort}`,
    `TURN_URL=${list(config.turnUrls)}`,
  ].join(' ')
}

/** Whether this node keeps what it carries: with a limit of 0 there is nothing to keep. */
export function isArchive({ archiveDays, archiveRoomMb, archiveTotalMb }: Config): boolean {
  return Math.min(archiveDays, archiveRoomMb, archiveTotalMb) > 0
}

/** Whether there is no port by which anybody could come. */
export function isOutOfReach({ port, tcpPort, quicPort, webrtcPort }: Config): boolean {
  return [port, tcpPort, quicPort, webrtcPort].every((each) => each === 'off')
}

function orElse(text: string | undefined, otherwise: string): string {
  const trimmed = text?.trim() ?? ''
  return trimmed === '' ? otherwise : trimmed
}

/** What a value must be, worded to stand between its name and "not …". */
class Complaint {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

function parseHost(text: string): string | Complaint {
  const word = text.toLowerCase()
  if (word === 'all') return word
  if (word === 'localhost') return '127.0.0.1'
  // No multiaddr has the interface's name that some addresses end in (fe80::1%eth0).
  return isIP(text) === 0 || text.includes('%')
    ? new Complaint('must be an IP address, localhost or all')
    : text
}

function parsePort(text: string): Port | Complaint {
  if (text.toLowerCase() === 'off') return 'off'
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN
  return port <= PORT_MAX
    ? port
    : new Complaint('must be a port from 1 to 65535, 0 for any free one, or off')
}

function parseSwitch(text: string): boolean | Complaint {
  const word = text.toLowerCase()
  return word === 'on' || word === 'off' ? word === 'on' : new Complaint('must be on or off')
}

function parseFolder(text: string, folder: string): string | Complaint {
  return text.includes('\0') ? new Complaint('must be a folder') : resolve(folder, text)
}

function parseTopic(text: string): string | Complaint {
  return isRoomName(text)
    ? text
    : new Complaint(
        'must be a room name (1 to 64 letters, digits, dots, dashes or underscores, the first a letter or digit)',
      )
}

function parseCount(text: string, least: number, most = COUNT_MAX): number | Complaint {
  const count = /^\d{1,7}$/.test(text) ? Number(text) : NaN
  return count >= least && count <= most
    ? count
    : new Complaint(`must be a whole number from ${least} to ${most}`)
}

/** More are of no use: browsers ask them all for every link. */
const TURN_URLS_MAX = 4

function parseTurnUrls(text: string): readonly string[] | Complaint {
  if (text.toLowerCase() === NONE) return []
  const urls = text.split(/[\s,]+/).filter((part) => part !== '')
  const bad = urls.filter((url) => !isTurnUrl(url))
  if (bad.length === 0 && urls.length <= TURN_URLS_MAX) return urls
  const reason = bad.length > 0 ? ` (${bad.join(', ')} is none)` : ''
  return new Complaint(
    `must be at most ${TURN_URLS_MAX} addresses such as turn:turn.example:3478?transport=udp, by commas or blanks, or none${reason}`,
  )
}

function parseBootstrap(text: string): 'public' | readonly string[] | Complaint {
  if (text.toLowerCase() === 'public') return 'public'
  const parsed = parseAddresses(text, whyNotDialled)
  return parsed instanceof Complaint ? new Complaint(`${parsed.text}, or public`) : parsed
}

function parseDhtMode(text: string): DhtMode | Complaint {
  const mode = text.toLowerCase()
  return mode === 'client' || mode === 'server' || mode === 'off'
    ? mode
    : new Complaint('must be client, server or off')
}

type WhyNot = (address: Multiaddr) => string | undefined

function parseAddresses(text: string, whyNot: WhyNot): readonly string[] | Complaint {
  if (text.toLowerCase() === NONE) return []
  const addresses = text.split(/[\s,]+/).filter((part) => part !== '')
  const reasons = addresses.flatMap((address) => checkAddress(address, whyNot) ?? [])
  if (reasons.length === 0) return addresses
  return new Complaint(
    `must be multiaddrs such as /ip4/203.0.113.7/tcp/4001, by commas or blanks, or none (${reasons.join('; ')})`,
  )
}

function checkAddress(text: string, whyNot: WhyNot): string | undefined {
  try {
    const reason = whyNot(multiaddr(text))
    return reason === undefined ? undefined : `${text} ${reason}`
  } catch {
    return `${text} is none`
  }
}

const HOSTS = ['ip4', 'ip6', 'dns', 'dns4', 'dns6']
/** What somebody elsewhere can dial, by the names of its parts after the host. */
const ANNOUNCED =
  /^(tcp( (ws|wss|tls( sni)? ws))?|udp (quic-v1( webtransport)?|webrtc-direct)( certhash)*)$/
const NOWHERE = ['0.0.0.0', '::']

function whyNotAnnounced(address: Multiaddr): string | undefined {
  const [host, ...rest] = address.getComponents().map((component) => component.name)
  if (rest.includes('p2p')) return 'must end before /p2p: this node adds its own peer id'
  if (!HOSTS.includes(host ?? '') || rest.length === 0) return 'names no host and port'
  if (!ANNOUNCED.test(rest.join(' ')))
    return 'is no address of TCP, WebSocket, QUIC, WebTransport or WebRTC-Direct'
  return whyNowhere(address)
}

function whyNotDialled(address: Multiaddr): string | undefined {
  const names = address.getComponents().map((component) => component.name)
  const misspelt = address.getComponents().find(({ name, value }) => name === 'p2p' && !isId(value))
  if (misspelt !== undefined) return 'has a misspelt peer id'
  if (names[0] === 'dnsaddr') return undefined
  const dialled = names[1] === 'tcp' || names.includes('quic-v1') || names.includes('certhash')
  return HOSTS.includes(names[0] ?? '') && dialled
    ? whyNowhere(address)
    : 'is no TCP, QUIC or WebRTC-Direct address'
}

/** Where nobody can be called, this machine's own way of saying “all” and “any” included. */
function whyNowhere(address: Multiaddr): string | undefined {
  const [host, port] = address.getComponents()
  if (NOWHERE.includes(host?.value ?? '')) return 'names no machine'
  return port?.value === '0' ? 'names no port' : undefined
}

function isId(text: string | undefined): boolean {
  try {
    peerIdFromString(text ?? '')
    return true
  } catch {
    return false
  }
}

function clashes(config: Config): readonly string[] {
  const { port, tcpPort, httpsPort, quicPort, webrtcPort, stunPort, announce } = config
  if (isOutOfReach(config)) {
    return [
      'PORT, TCP_PORT, QUIC_PORT and WEBRTC_PORT are all off, so nobody could reach this node.',
    ]
  }
  return [
    ...twice({ PORT: port, TCP_PORT: tcpPort, HTTPS_PORT: httpsPort }),
    ...twice({ QUIC_PORT: quicPort, WEBRTC_PORT: webrtcPort, STUN_PORT: stunPort }),
    ...(webrtcPort === 'off' && announce.some((address) => address.includes('/webrtc-direct'))
      ? ['ANNOUNCE names a WebRTC-Direct address, but WEBRTC_PORT is off.']
      : []),
    ...turnClashes(config),
  ]
}

/** Ports of one protocol that two want to have. */
function twice(ports: Readonly<Record<string, Port>>): readonly string[] {
  const named = Object.entries(ports).filter(([, port]) => port !== 0 && port !== 'off')
  return named.flatMap(([name, port], i) =>
    named
      .slice(i + 1)
      .filter(([, other]) => other === port)
      .map(([other]) => `${name} and ${other} are both ${port}, but each needs a port of its own.`),
  )
}

function turnClashes({ turnUrls, turnSecret }: Config): readonly string[] {
  if (turnUrls.length > 0 && turnSecret === '')
    return ['TURN_URL is set without TURN_SECRET, which the TURN server and this node share.']
  if (turnUrls.length === 0 && turnSecret !== '')
    return ['TURN_SECRET is set without TURN_URL, so nobody would use it.']
  return []
}

type EnvFile =
  | { readonly ok: true; readonly values: Environment }
  | { readonly ok: false; readonly complaint: string }

function readEnvFile(path: string): EnvFile {
  try {
    return { ok: true, values: parseEnv(readFileSync(path, 'utf8')) }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return { ok: true, values: {} }
    return { ok: false, complaint: `${path} cannot be read (${code ?? 'unknown error'}).` }
  }
}

function checkDataDir(text: string | undefined, folder: string): string | undefined {
  const path = parseFolder(orElse(text, DATA_DIR), folder)
  if (path instanceof Complaint) return undefined
  try {
    makeFolder(path)
    if (!statSync(path).isDirectory()) return `DATA_DIR must be a folder, but ${path} is a file.`
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
    return undefined
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error'
    if (code === 'EEXIST' || code === 'ENOTDIR') {
      return `DATA_DIR must be a folder, but ${path} is or lies in a file.`
    }
    return `DATA_DIR must be a folder that this program may write to, but ${path} is not (${code}).`
  }
}
