import { type Bytes, utf8 } from './bytes.ts'
import type { PeerId } from './ids.ts'
import { isRecord, recordIn } from './json.ts'
import { RELAY_PROTOCOL } from './limits.ts'
import type { Network, StreamProtocol } from './network.ts'

/** What one relay-node's part of the relay-nodes' DHT holds. */
export interface DhtHolding {
  /** Who provides what; 10,000 at most are counted. */
  readonly records: number
  /** Of all of them, keys included. */
  readonly bytes: number
  /** How long a record lives after it was said last, ms. */
  readonly lifeMs: number
  /** When the first of them ends if nobody renews it, ms from now; absent where there is none. */
  readonly nextMs?: number
}

/**
 * Why its archive keeps nothing new at present: its disk is full, or fails otherwise, or its clock is
 * so far behind that new messages seem to come from the future.
 */
export type ArchiveRefusal = (typeof REFUSALS)[number]

const REFUSALS = ['full', 'failed', 'clock'] as const

/** What a relay-node answers to whoever asks it: other relay-nodes, how full it is, what its DHT holds. */
export interface RelayWord {
  /** Multiaddrs that a page can dial, with the peer id at the end. */
  readonly relays: readonly string[]
  /** Reservations that it holds now, and how many it would. */
  readonly places?: { readonly taken: number; readonly all: number }
  /** Connections between others that it carries now. */
  readonly circuits?: number
  /** UDP port of its STUN responder, on the host where it is reached. */
  readonly stun?: number
  readonly dht?: DhtHolding
  /** Absent while it keeps what is said, and where it is to keep nothing. */
  readonly refuses?: ArchiveRefusal
}

/** A relay as it stands now, for `/relay` and `/doctor`. */
export interface KnownRelay {
  readonly peer?: PeerId
  /** The one that it is dialled at first. */
  readonly address: string
  /** `linked`: connected; `serving`: and holds a place for this node; `dialling`, `waiting` to dial again, or `spare`. */
  readonly state: 'serving' | 'linked' | 'dialling' | 'waiting' | 'spare'
  /** Dials in a row that failed. */
  readonly failures: number
  /** What it said of itself last. */
  readonly word?: RelayWord
}

/** Whoever opens a stream of it is told one frame. Its name alone tells a relay-node from a person. */
export const RELAY_WORD: StreamProtocol = {
  name: RELAY_PROTOCOL,
  maxFrame: 8 * 1_024,
  maxInbound: 2,
}

const RELAYS_TOLD_MAX = 16
const ADDRESS_MAX_CHARACTERS = 400
const PORT_MAX = 65_535

export function encodeRelayWord({ relays, ...rest }: RelayWord): Bytes {
  // In bytes they are as short: names that are not of ASCII stay where they are.
  const told = relays
    .filter((each) => isWorthTelling(each) && utf8(each).length <= ADDRESS_MAX_CHARACTERS)
    .slice(0, RELAYS_TOLD_MAX)
  return utf8(JSON.stringify({ ...rest, relays: told }))
}

/** What cannot be understood is left out. */
export function parseRelayWord(bytes: Uint8Array): RelayWord | undefined {
  const value = recordIn(bytes)
  if (value === undefined) return undefined
  const { relays, places, circuits, stun, dht, refuses } = value
  const holding = parseHolding(dht)
  const list: readonly unknown[] = Array.isArray(relays) ? relays : []
  return {
    relays: list
      .filter((each) => typeof each === 'string')
      .filter(isWorthTelling)
      .slice(0, RELAYS_TOLD_MAX),
    ...(isRecord(places) && isCount(places['taken']) && isCount(places['all'])
      ? { places: { taken: places['taken'], all: places['all'] } }
      : {}),
    ...(isCount(circuits) ? { circuits } : {}),
    ...(holding === undefined ? {} : { dht: holding }),
    ...parseRefusal(refuses),
    ...(isCount(stun) && stun >= 1 && stun <= PORT_MAX ? { stun } : {}),
  }
}

/** Nothing if the other end is no relay-node, an old one, or does not answer. */
export async function askRelay(
  network: Pick<Network, 'open'>,
  relay: PeerId,
  signal: AbortSignal,
): Promise<RelayWord | undefined> {
  const opened = await network.open(relay, RELAY_WORD, signal)
  if (!opened.ok) return undefined
  const frame = await opened.value.read(signal)
  void opened.value.close()
  return frame.ok && frame.value !== undefined ? parseRelayWord(frame.value) : undefined
}

/** Why the archives of those that are linked keep nothing new, of those that said so. */
export function refusalsOf(known: readonly KnownRelay[]): readonly ArchiveRefusal[] {
  return known.flatMap(({ state, word }) =>
    word?.refuses !== undefined && ['serving', 'linked'].includes(state) ? [word.refuses] : [],
  )
}

/** How many are linked and how many hold a place for us, and what their archives say. */
export function standingOf(known: readonly KnownRelay[]) {
  const count = (states: readonly KnownRelay['state'][]): number =>
    known.filter(({ state }) => states.includes(state)).length
  return {
    linked: count(['serving', 'linked']),
    serving: count(['serving']),
    refusals: refusalsOf(known),
  }
}

function parseHolding(value: unknown): DhtHolding | undefined {
  if (!isRecord(value)) return undefined
  const { records, bytes, lifeMs, nextMs } = value
  if (!isCount(records) || !isCount(bytes) || !isCount(lifeMs)) return undefined
  return { records, bytes, lifeMs, ...(isCount(nextMs) ? { nextMs } : {}) }
}

function parseRefusal(value: unknown): Pick<RelayWord, 'refuses'> {
  const refuses = REFUSALS.find((each) => each === value)
  return refuses === undefined ? {} : { refuses }
}

function isWorthTelling(address: string): boolean {
  return address.length <= ADDRESS_MAX_CHARACTERS && /\/p2p\/[^/]+$/.test(address)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
