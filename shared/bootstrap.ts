import { type Result, fail, ok } from './failure.ts'
import type { PeerId } from './ids.ts'
import { isIceUrl } from './ice-url.ts'
import { isPeerId } from './identity.ts'
import { isRecord } from './json.ts'

/** What a relay-node says of itself at `/bootstrap.json`. */
export interface Bootstrap {
  readonly version: string
  readonly peerId: PeerId
  readonly multiaddrs: readonly string[]
  readonly iceServers: readonly IceServer[]
  /** When the credentials among them end, by this device's clock: ms since 1970. */
  readonly iceEnds?: number
  /** The relay-node's own port for https on the same host. */
  readonly httpsPort?: number
  /** The room that is opened when the address names none. */
  readonly topic: string
}

export interface IceServer {
  readonly urls: string[]
  readonly username?: string
  readonly credential?: string
}

/** More than any relay-node has; the rest is not looked at. */
const ADDRESSES_MAX = 32
const ICE_SERVERS_MAX = 8
const ICE_URLS_MAX = 4
const PORT_MAX = 65_535
/** A day: whoever says that credentials are good for longer is asked again anyway. */
const ICE_SECONDS_MAX = 86_400
const SECOND_MS = 1_000

/** @param heardAt when the answer came, ms since 1970: what is in it ends so long after */
export function parseBootstrap(json: unknown, heardAt: number): Result<Bootstrap> {
  const malformed = fail({ kind: 'malformed', what: 'bootstrap.json' })
  if (!isRecord(json)) return malformed
  const { version, peerId, multiaddrs, iceServers, iceSeconds, httpsPort, topic } = json
  if (typeof version !== 'string' || typeof topic !== 'string') return malformed
  if (typeof peerId !== 'string' || !isPeerId(peerId)) return malformed
  if (!Array.isArray(multiaddrs) || !Array.isArray(iceServers)) return malformed
  return ok({
    version,
    peerId,
    topic,
    multiaddrs: multiaddrs.filter((each) => typeof each === 'string').slice(0, ADDRESSES_MAX),
    iceServers: iceServers.slice(0, ICE_SERVERS_MAX).flatMap(parseIceServer),
    ...(isWithin(iceSeconds, ICE_SECONDS_MAX) ? { iceEnds: heardAt + iceSeconds * SECOND_MS } : {}),
    ...(isWithin(httpsPort, PORT_MAX) ? { httpsPort } : {}),
  })
}

function parseIceServer(json: unknown): IceServer[] {
  if (!isRecord(json)) return []
  const { urls, username, credential } = json
  const list = (Array.isArray(urls) ? urls : [urls])
    .slice(0, ICE_URLS_MAX)
    .filter((url) => typeof url === 'string')
    .filter(isIceUrl)
  if (list.length === 0) return []
  return [
    {
      urls: list,
      ...(typeof username === 'string' ? { username } : {}),
      ...(typeof credential === 'string' ? { credential } : {}),
    },
  ]
}

function isWithin(json: unknown, most: number): json is number {
  return typeof json === 'number' && Number.isInteger(json) && json >= 1 && json <= most
}
