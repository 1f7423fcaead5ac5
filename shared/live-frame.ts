import { fromBase64url, utf8 } from './bytes.ts'
import { isPeerId } from './identity.ts'
import type { LogId, PeerId } from './ids.ts'
import { recordIn } from './json.ts'
import { HAS_LOGS_MAX, HAS_UNKEPT_MAX, HERE_ADDRESSES_MAX, SEES_MAX } from './limits.ts'

export interface Here {
  readonly t: 'here'
  readonly name: string
  readonly since: number
  readonly addrs: readonly string[]
  readonly relay: boolean
  /** A relay-node that keeps what it passes on. */
  readonly archive: boolean
  readonly sees: readonly PeerId[]
  /** As it came; empty if they do not say why. Absent if they are not away. */
  readonly away?: string
}

/** The newest unbroken run of an author's log that somebody says is on their disk, both ends included. */
export interface HeldClaim {
  readonly author: PeerId
  readonly log: LogId
  readonly lo: number
  readonly hi: number
}

export interface Has {
  readonly t: 'has'
  readonly logs: readonly HeldClaim[]
  /** Authors for whose latest words an archive has no place. */
  readonly unkept?: readonly PeerId[]
}

export type Frame =
  | Here
  | Has
  | { readonly t: 'gone'; readonly who?: PeerId }
  /** Whoever signs it is writing something. */
  | { readonly t: 'typing' }

export function frame(value: Readonly<Record<string, unknown>>): Uint8Array<ArrayBuffer> {
  return utf8(JSON.stringify(value))
}

export function parseFrame(bytes: Uint8Array): Frame | undefined {
  const value = recordIn(bytes)
  if (value === undefined) return undefined
  const fields = new Map<string, unknown>(Object.entries(value))
  if (fields.get('t') === 'gone') {
    const who = fields.get('who')
    if (who === undefined) return { t: 'gone' }
    return typeof who === 'string' && isPeerId(who) ? { t: 'gone', who } : undefined
  }
  if (fields.get('t') === 'typing') return { t: 'typing' }
  if (fields.get('t') === 'has') return parseHas(fields)
  return fields.get('t') === 'here' ? parseHere(fields) : undefined
}

function parseHas(fields: ReadonlyMap<string, unknown>): Has | undefined {
  const logs = fields.get('logs')
  if (!Array.isArray(logs)) return undefined
  const unkept = strings(fields.get('unkept'), HAS_UNKEPT_MAX).filter(isPeerId)
  return {
    t: 'has',
    logs: logs.slice(0, HAS_LOGS_MAX).flatMap((claim: unknown) => parseClaim(claim) ?? []),
    ...(unkept.length === 0 ? {} : { unkept }),
  }
}

function parseClaim(claim: unknown): HeldClaim | undefined {
  if (!Array.isArray(claim)) return undefined
  const [author, log, lo, hi] = claim as readonly unknown[]
  if (typeof author !== 'string' || !isPeerId(author)) return undefined
  if (typeof log !== 'string' || !fromBase64url(log, LOG_BYTES).ok) return undefined
  if (!Number.isSafeInteger(lo) || !Number.isSafeInteger(hi)) return undefined
  const run = { lo: lo as number, hi: hi as number }
  return run.lo >= 1 && run.lo <= run.hi ? { author, log: log as LogId, ...run } : undefined
}

function parseHere(fields: ReadonlyMap<string, unknown>): Here | undefined {
  const name = fields.get('name')
  const since = fields.get('since')
  if (typeof name !== 'string' || typeof since !== 'number' || !Number.isFinite(since))
    return undefined
  const away = awayIn(fields.get('away'))
  return {
    t: 'here',
    name,
    since,
    ...(away === undefined ? {} : { away }),
    addrs: strings(fields.get('addrs'), HERE_ADDRESSES_MAX).filter(
      (a) => a.length <= ADDRESS_MAX_CHARACTERS && isDialable(a),
    ),
    relay: fields.get('relay') === true,
    archive: fields.get('archive') === true,
    sees: strings(fields.get('sees'), SEES_MAX).filter(isPeerId),
  }
}

/** `true`, or the reason why. */
function awayIn(value: unknown): string | undefined {
  if (value === true) return ''
  return typeof value === 'string' ? value : undefined
}

const ADDRESS_MAX_CHARACTERS = 512
const LOG_BYTES = 8

function strings(value: unknown, max: number): readonly string[] {
  return Array.isArray(value) ? value.slice(0, max).filter((item) => typeof item === 'string') : []
}

/** Only what leads to a direct link is worth announcing or dialling. */
export function isDialable(address: string): boolean {
  const [relay = '', beyond] = address.split('/p2p-circuit', 2)
  // How the relay itself is reached says nothing about the way beyond it.
  return /\/(webrtc|webrtc-direct|webtransport)(\/|$)/.test(beyond ?? relay)
}

/** The relay that an address leads through. */
export function relayIn(address: string): PeerId | undefined {
  return /\/p2p\/([^/]+)\/p2p-circuit(\/|$)/.exec(address)?.[1] as PeerId | undefined
}
