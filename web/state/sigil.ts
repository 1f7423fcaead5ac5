import { publicKeyOf } from '../../shared/identity.ts'
import type { PeerId } from '../../shared/ids.ts'
import { shortPeerId } from '../../shared/names.ts'

/**
 * What somebody looks like, drawn from their key: two rings of arcs around a core. their
 * pattern and turn, the core and the hue tell millions of people apart.
 */
export interface Sigil {
  /** Degrees in OKLCH. */
  readonly hue: number
  /** One SVG path for all arcs, in a box of 24 by 24. */
  readonly arcs: string
  readonly core: Core
}

export type Core = 'dot' | 'ring' | 'square' | 'bar'

const CORES: readonly Core[] = ['dot', 'ring', 'square', 'bar']
const CENTRE = 12
const OUTER = { radius: 9.2, slots: 10, pad: 12 }
const INNER = { radius: 5.4, slots: 8, pad: 16 }
/** Far more than a screen shows. */
const CACHE_MAX = 1_000

const cache = new Map<PeerId, Sigil>()

export function sigilOf(id: PeerId): Sigil {
  let sigil = cache.get(id)
  if (sigil === undefined) {
    if (cache.size >= CACHE_MAX) cache.clear()
    sigil = draw(bytesOf(id))
    cache.set(id, sigil)
  }
  return sigil
}

/** What tells two people apart who go by one name. */
export function keyPart(id: PeerId): string {
  return shortPeerId(id)
}

/** The public key's own bytes: they are as good as random. */
function bytesOf(id: PeerId): Uint8Array {
  const key = publicKeyOf(id)
  return key.ok ? key.value : new TextEncoder().encode(`${id}........`)
}

function draw(bytes: Uint8Array): Sigil {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = bytes.subarray(-8)
  return {
    hue: Math.round(((a * 256 + b) / 65_536) * 360),
    arcs: ring((c << 8) | d, e, OUTER) + ring(f, g, INNER),
    core: CORES[h % CORES.length] ?? 'dot',
  }
}

/**
 * Neighbouring slots that are on become one arc. Each third slot is always on and the middle one always off,
 * so that a ring is never empty and never whole; `turn` says where it begins.
 */
function ring(bits: number, turn: number, { radius, slots, pad }: typeof OUTER): string {
  const on = (slot: number): boolean => {
    const at = (slot + turn) % slots
    return at % 3 === 0 || (at !== slots >> 1 && ((bits >> at) & 1) === 1)
  }
  const step = 360 / slots
  let first = 0
  while (on(first)) first++
  let path = ''
  for (let slot = first; slot < first + slots; slot++) {
    if (!on(slot) || on(slot + slots - 1)) continue
    let end = slot + 1
    while (on(end)) end++
    path += arc(radius, slot * step + pad, end * step - pad)
  }
  return path
}

/** @param from degrees, clockwise from the top */
function arc(radius: number, from: number, to: number): string {
  const large = to - from > 180 ? 1 : 0
  return `M${point(radius, from)}A${radius} ${radius} 0 ${large} 1 ${point(radius, to)}`
}

function point(radius: number, degrees: number): string {
  const radians = ((degrees - 90) * Math.PI) / 180
  const x = CENTRE + radius * Math.cos(radians)
  const y = CENTRE + radius * Math.sin(radians)
  return `${x.toFixed(2)} ${y.toFixed(2)}`
}
