import { createHmac } from 'node:crypto'
import { toBase64url } from '../shared/bytes.ts'
import { SAME_HOST } from '../shared/ice-url.ts'
import type { Runtime } from '../shared/runtime.ts'
import type { Config, Port } from './config.ts'

/** As in `/bootstrap.json`, and nearly as RTCPeerConnection takes it. */
export interface IceServer {
  readonly urls: readonly string[]
  readonly username?: string
  readonly credential?: string
}

export interface IceServers {
  readonly iceServers: readonly IceServer[]
  /** So long the credentials are good (s); not there if there are none. */
  readonly iceSeconds?: number
}

/** Long enough for a page to renew them in peace, too short to be worth passing on. */
const CREDENTIAL_SECONDS = 2 * 3_600
/** The TURN server's quota per user then means one page. */
const USER_BYTES = 8

/** Whom a page asks how it is seen, and who carries what can get no other way. */
export function iceServers(
  stunPort: Port,
  { turnUrls, turnSecret }: Config,
  runtime: Runtime,
): IceServers {
  const stun = stunPort === 'off' ? [] : [{ urls: [`stun:${SAME_HOST}:${stunPort}`] }]
  if (turnUrls.length === 0) return { iceServers: stun }
  const turn = { urls: turnUrls, ...credentialsOf(turnSecret, runtime) }
  return { iceServers: [...stun, turn], iceSeconds: CREDENTIAL_SECONDS }
}

/** What coturn's `use-auth-secret` asks for: when they end, and who it is; and the secret's word for that. */
function credentialsOf(
  secret: string,
  { clock, random }: Runtime,
): Required<Pick<IceServer, 'username' | 'credential'>> {
  const ends = Math.floor(clock.now() / 1_000) + CREDENTIAL_SECONDS
  const username = `${ends}:${toBase64url(random.bytes(USER_BYTES))}`
  return { username, credential: createHmac('sha1', secret).update(username).digest('base64') }
}
