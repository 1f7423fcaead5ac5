import { fromUtf8, utf8 } from './bytes.ts'
import { isPeerId } from './identity.ts'
import type { PeerId } from './ids.ts'
import { HERE_ADDRESSES_MAX, SEES_MAX } from './limits.ts'

export interface Here {
  readonly t: 'here'
  readonly name: string
  readonly since: number
  readonly addrs: readonly string[]
  readonly relay: boolean
  readonly sees: readonly PeerId[]
}
export type Frame = Here | { readonly t: 'gone'; readonly who?: PeerId }

export function frame(value: Readonly<Record<string, unknown>>): Uint8Array<ArrayBuffer> {
  return utf8(JSON.stringify(value))
}

export function parseFrame(bytes: Uint8Array): Frame | undefined {
  const text = fromUtf8(bytes)
  if (!text.ok) return undefined
  let value: unknown
  try {
    value = JSON.parse(text.value)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const fields = new Map<string, unknown>(Object.entries(value))
  if (fields.get('t') === 'gone') {
    const who = fields.get('who')
    if (who === undefined) return { t: 'gone' }
    return typeof who === 'string' && isPeerId(who) ? { t: 'gone', who } : undefined
  }
  return fields.get('t') === 'here' ? parseHere(fields) : undefined
}

function parseHere(fields: ReadonlyMap<string, unknown>): Here | undefined {
  const name = fields.get('name')
  const since = fields.get('since')
  if (typeof name !== 'string' || typeof since !== 'number' || !Number.isFinite(since)) return undefined
  return {
    t: 'here',
    name,
    since,
    addrs: strings(fields.get('addrs'), HERE_ADDRESSES_MAX).filter((a) => a.length <= ADDRESS_MAX_CHARACTERS && isDialable(a)),
    relay: fields.get('relay') === true,
    sees: strings(fields.get('sees'), SEES_MAX).filter(isPeerId),
  }
}

const ADDRESS_MAX_CHARACTERS = 512

function strings(value: unknown, max: number): readonly string[] {
  return Array.isArray(value) ? value.slice(0, max).filter((item) => typeof item === 'string') : []
}

/** Only what leads to a direct link is worth announcing or dialling. */
export function isDialable(address: string): boolean {
  return /\/(webrtc|webrtc-direct|webtransport)\//.test(address)
}
