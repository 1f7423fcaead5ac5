import { CLOCK_TOLERANCE_MS } from './limits.ts'
import type { ArchiveRefusal } from './relay-word.ts'

/** One knock at a door: how long it took, or that nothing came. */
export type Probe =
  | { readonly ok: true; readonly ms: number }
  | { readonly ok: false; readonly why: 'refused' | 'silent' | 'answer'; readonly status?: number }

/** What a gathering of ICE candidates brought to light. */
export interface IceMeasurement {
  /** Local addresses by which UDP may leave; 0: the browser gives none out. */
  readonly hosts: number
  /**
   * STUN servers that were asked, and whether they answered; unknown where the engine does not tell.
   * Absent when the relay-node that names them did not answer.
   */
  readonly stun?: readonly { readonly url: string; readonly answered?: boolean }[]
  /** How the outside sees one local address, for each server that was asked from there. */
  readonly mappings: readonly { readonly base: string; readonly outside: string }[]
  /** A TURN server is configured, and gave an address. */
  readonly turn: 'none' | 'silent' | 'answered'
}

/** All that `/doctor` measures; each is absent where it could not be measured. */
export interface Measurements {
  /** Of the place that served the page: `localhost:8080`. */
  readonly host: string
  /** What the device says of itself. */
  readonly online: boolean
  readonly http: Probe
  readonly webSocket?: Probe
  /** The relay-node's clock minus this device's, ms. */
  readonly clockAheadMs?: number
  /** By how much this device corrects its own clock, by what others’ clocks say, ms; 0: it believes it. */
  readonly correctedMs?: number
  readonly versions: { readonly page: string; readonly relay?: string }
  readonly relays: {
    readonly linked: number
    readonly serving: number
    /** Why their archives keep nothing new, of those that said so. */
    readonly refusals?: readonly ArchiveRefusal[]
  }
  /** Links straight to people that stand now: what they are made of is not blocked. */
  readonly direct?: number
  /** Absent where there is no WebRTC. */
  readonly ice?: IceMeasurement
  readonly storage: {
    readonly usedBytes?: number
    readonly quotaBytes?: number
    /** What was tried to be kept was refused for want of room. */
    readonly full?: boolean
  }
  readonly hidden: boolean
}

/** What is wrong, and for whom. */
export type Fault =
  | { readonly kind: 'offline' }
  /** `others`: the chat goes on through another relay-node. */
  | { readonly kind: 'relay-down'; readonly host: string; readonly others: boolean }
  | { readonly kind: 'websocket-blocked'; readonly host: string; readonly others: boolean }
  /** What answers there does not say what a relay-node says of itself. */
  | { readonly kind: 'no-relay-node'; readonly host: string }
  /** It answers, but keeps no connection of libp2p. */
  | { readonly kind: 'not-let-in'; readonly host: string }
  | { readonly kind: 'no-place' }
  | { readonly kind: 'no-webrtc' }
  | { readonly kind: 'udp-blocked'; readonly turn: boolean }
  | { readonly kind: 'no-stun' }
  | { readonly kind: 'symmetric-nat'; readonly turn: boolean }
  | { readonly kind: 'clock-off'; readonly behindMs: number }
  /** The relay-node's clock is so far ahead of this device's, and is not believed. */
  | { readonly kind: 'clock-differs'; readonly aheadMs: number }
  /** Somebody else's archive, or one's own relay-node's. */
  | { readonly kind: 'not-archived'; readonly refusal: ArchiveRefusal }
  | { readonly kind: 'quota-full'; readonly usedBytes?: number }
  | { readonly kind: 'version-mismatch'; readonly page: string; readonly relay: string }

/** Below this much, or this share, of what the browser allows, the next messages may not be kept. */
const SPARE_BYTES = 5 * 1024 * 1024
const SPARE_SHARE = 0.03

/** The faults that these measurements prove, the one to mend first standing first. */
export function diagnose(found: Measurements): readonly Fault[] {
  return [
    ...network(found),
    ...clock(found),
    ...version(found),
    ...storage(found),
    ...archives(found),
    ...directLinks(found),
  ]
}

function network({
  host,
  online,
  http,
  webSocket,
  relays,
  versions,
}: Measurements): readonly Fault[] {
  const others = relays.linked > 0
  const nothing = !http.ok && http.why !== 'answer'
  if (!online && nothing && !others) return [{ kind: 'offline' }]
  if (nothing && webSocket?.ok !== true) return [{ kind: 'relay-down', host, others }]
  // It answers, but not as a relay-node does: a proxy in front of it, or another server.
  if (!http.ok && webSocket?.ok === false) return [{ kind: 'relay-down', host, others }]
  if (webSocket?.ok === false) return [{ kind: 'websocket-blocked', host, others }]
  if (webSocket?.ok === true && !others)
    return [{ kind: versions.relay === undefined ? 'no-relay-node' : 'not-let-in', host }]
  return others && relays.serving === 0 ? [{ kind: 'no-place' }] : []
}

function clock({ clockAheadMs, correctedMs }: Measurements): readonly Fault[] {
  if (clockAheadMs === undefined || Math.abs(clockAheadMs) < CLOCK_TOLERANCE_MS) return []
  if (correctedMs === 0) return [{ kind: 'clock-differs', aheadMs: clockAheadMs }]
  return [{ kind: 'clock-off', behindMs: correctedMs ?? clockAheadMs }]
}

function version({ versions: { page, relay } }: Measurements): readonly Fault[] {
  return relay === undefined || relay === page ? [] : [{ kind: 'version-mismatch', page, relay }]
}

function storage({ storage: { usedBytes, quotaBytes, full } }: Measurements): readonly Fault[] {
  const used = usedBytes === undefined ? {} : { usedBytes }
  if (full === true) return [{ kind: 'quota-full', ...used }]
  if (usedBytes === undefined || quotaBytes === undefined) return []
  const spare = quotaBytes - usedBytes
  if (spare > Math.min(SPARE_BYTES, quotaBytes * SPARE_SHARE)) return []
  return [{ kind: 'quota-full', ...used }]
}

function archives({ relays: { refusals = [] } }: Measurements): readonly Fault[] {
  return [...new Set(refusals)].map((refusal) => ({ kind: 'not-archived', refusal }))
}

function directLinks({ ice, hidden, direct = 0 }: Measurements): readonly Fault[] {
  // Whoever hides wants no direct links.
  if (hidden) return []
  if (ice === undefined) return [{ kind: 'no-webrtc' }]
  const turn = ice.turn === 'answered'
  if (ice.stun === undefined) return []
  if (ice.stun.length === 0) return turn ? [] : [{ kind: 'no-stun' }]
  const silent = ice.mappings.length === 0 && ice.stun.every(({ answered }) => answered === false)
  // Who has a direct link all the same is kept from nothing.
  if (silent) return direct > 0 ? [] : [{ kind: 'udp-blocked', turn }]
  return isSymmetric(ice) ? [{ kind: 'symmetric-nat', turn }] : []
}

/** A NAT that shows each server another port: what one server learnt is of no use to anybody else. */
export function isSymmetric({ mappings }: IceMeasurement): boolean {
  const byBase = new Map<string, Set<string>>()
  for (const { base, outside } of mappings) {
    // One base has an address for each family outside; only different ports of one of them tell.
    const key = `${base} ${hostOf(outside)}`
    byBase.set(key, (byBase.get(key) ?? new Set()).add(outside))
  }
  return [...byBase.values()].some((seen) => seen.size > 1)
}

/** Whether the servers that were asked could tell: it takes two of them. */
export function tellsNat({ stun = [] }: IceMeasurement): boolean {
  return stun.filter(({ answered }) => answered !== false).length > 1
}

/** Servers that answered. Not every engine tells which of them it was that saw this device from outside. */
export function stunAnswered({ stun = [], mappings }: IceMeasurement): number {
  const named = stun.filter(({ answered }) => answered === true).length
  return Math.max(named, mappings.length > 0 ? 1 : 0)
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':'))
}
