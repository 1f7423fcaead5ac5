import type { PeerId } from '../../shared/ids.ts'
import { type RoomMap, routeTo } from '../../shared/room-map.ts'

/** Where somebody stands: px from the top left corner of the picture. */
export interface Spot {
  readonly x: number
  readonly y: number
}

/** A guide line: an ellipse around the centre. */
export interface Ring {
  readonly rx: number
  readonly ry: number
}

/** How large things are drawn, px. */
export interface Scale {
  /** Diameter of a person. */
  readonly node: number
  /** A name may be so wide; nothing where names would not fit. */
  readonly label: number
}

export interface MapLayout {
  readonly width: number
  readonly height: number
  readonly centre: Spot
  readonly scale: Scale
  readonly spots: ReadonlyMap<PeerId, Spot>
  /** One link away. */
  readonly near: Ring
  /** Further away; nothing while nobody is. */
  readonly far: Ring | undefined
}

export interface Size {
  readonly width: number
  readonly height: number
}

interface Seat {
  readonly id: PeerId
  /** The relay-node that they are behind. */
  readonly behind?: PeerId
}

interface Plan extends Scale {
  /** Neighbours stand on so many rings in turn: what is too much for one fits on two. */
  readonly nearRows: number
  readonly farRows: number
}

/** I am drawn larger than the others by so much, px. */
export const ME_LARGER = 10
/** The line of a name under a person. */
export const LABEL_HEIGHT = 18
const MARGIN = 6
/** Between two that stand beside each other. */
const GAP = 4

/** The largest that fits is taken. */
const PLANS: readonly Plan[] = [
  { node: 46, label: 112, nearRows: 1, farRows: 1 },
  { node: 40, label: 92, nearRows: 1, farRows: 1 },
  { node: 36, label: 84, nearRows: 1, farRows: 2 },
  { node: 30, label: 72, nearRows: 1, farRows: 2 },
  { node: 28, label: 64, nearRows: 2, farRows: 2 },
  { node: 26, label: 0, nearRows: 1, farRows: 1 },
  { node: 26, label: 0, nearRows: 1, farRows: 2 },
  { node: 24, label: 0, nearRows: 2, farRows: 2 },
  { node: 20, label: 0, nearRows: 2, farRows: 2 },
]

/** A ring is no wider than this many times its height, or people at its ends are far from all. */
const FLATTEST = 1.5
/** Few people stand near, not at the far edges of a wide screen. */
const FEW_RADIUS = 190
const FEW = 6
const NEAR_SHARE = 0.52
const ROW_SHARE = 0.79
const SAMPLES = 720

/**
 * Me in the middle; around me, relay-nodes at the top and whoever is linked directly; beyond them
 * everybody else, behind their relay-node where they have one. Follows from who is there alone: whoever
 * comes in makes the others move up by less than one seat, and nobody overtakes anybody.
 */
export function layoutOf(map: RoomMap, { width, height }: Size): MapLayout {
  const near = nearSeats(map)
  const far = farSeats(map)
  let fitting: MapLayout | undefined
  for (const plan of PLANS) {
    fitting = lay(map.self, near, far, { width, height }, plan)
    if (!overlaps(fitting, map.self)) break
  }
  if (fitting === undefined) throw new Error('there is no plan')
  return fitting
}

/** Ids are as good as random: everybody draws the same order, whoever came first. */
function inOrder<T extends { readonly id: PeerId }>(seats: readonly T[]): readonly T[] {
  // Ed25519 ids begin alike.
  const turned = ({ id }: T): string => [...id].reverse().join('')
  return [...seats].sort((a, b) => (turned(a) < turned(b) ? -1 : 1))
}

/** Relay-nodes evenly among the people, the first one on top. */
function nearSeats({ relays, people }: RoomMap): readonly Seat[] {
  const linked = inOrder(people.filter(({ reach }) => reach.kind === 'direct'))
  const all: Seat[] = []
  const rest = [...linked]
  relays.forEach((relay, i) => {
    all.push({ id: relay.id })
    all.push(...rest.splice(0, Math.round(((i + 1) * linked.length) / relays.length) - used(all)))
  })
  function used(seats: readonly Seat[]): number {
    return seats.filter(({ id }) => linked.some((person) => person.id === id)).length
  }
  return [...all, ...rest].map(({ id }) => ({ id }))
}

function farSeats({ relays, people }: RoomMap): readonly Seat[] {
  const isRelay = (id: PeerId): boolean => relays.some((relay) => relay.id === id)
  return inOrder(people).flatMap(({ id, reach }) => {
    if (reach.kind === 'direct') return []
    if (reach.kind === 'relayed' && reach.relay !== undefined) return { id, behind: reach.relay }
    // Over which person's link words come first changes from word to word: nobody is to move for that.
    return reach.kind === 'heard' && isRelay(reach.by) ? { id, behind: reach.by } : { id }
  })
}

function lay(
  self: PeerId,
  near: readonly Seat[],
  far: readonly Seat[],
  { width, height }: Size,
  plan: Plan,
): MapLayout {
  const below = plan.label === 0 ? 0 : LABEL_HEIGHT
  const centre = { x: width / 2, y: (height - below) / 2 }
  const ry = centre.y - plan.node / 2 - MARGIN
  const rx = Math.min(width / 2 - Math.max(plan.node, plan.label) / 2 - MARGIN, ry * FLATTEST)
  const inner = far.length > 0 ? times({ rx, ry }, NEAR_SHARE) : nearAlone({ rx, ry }, near.length)
  const outer = { rx, ry }
  const spots = new Map([[self, centre]])
  const nearAt = new Map(near.map(({ id }, i) => [id, i / near.length]))
  place(nearAt, inner, plan.nearRows, centre, spots)
  const reach = Math.max(plan.node, plan.label) + 3 * GAP
  const step = Math.min(1 / far.length, reach / perimeter(outer))
  place(farTurns(far, nearAt, step), outer, plan.farRows, centre, spots)
  return {
    width,
    height,
    centre,
    scale: { node: plan.node, label: plan.label },
    spots,
    near: inner,
    far: far.length > 0 ? outer : undefined,
  }
}

/** A circle for a few, and as wide as there is room for many. */
function nearAlone({ rx, ry }: Ring, count: number): Ring {
  const radius = Math.min(rx, ry, FEW_RADIUS)
  const share = Math.min(1, Math.max(0, (count - FEW) / FEW))
  return { rx: mix(radius, rx, share), ry: mix(radius, ry, share) }
}

/** How far along the outer ring each stands, 0…1: behind their relay-nodes if there is room, else evenly. */
function farTurns(
  far: readonly Seat[],
  nearAt: ReadonlyMap<PeerId, number>,
  step: number,
): ReadonlyMap<PeerId, number> {
  const groups = Map.groupBy(far, ({ behind }) => behind)
  const arcs = [...groups]
    // Those behind nobody stand opposite of the first relay-node.
    .map(([behind, seats]) => ({
      seats,
      middle: behind === undefined ? 0.5 : (nearAt.get(behind) ?? 0),
    }))
    .sort((a, b) => a.middle - b.middle)
  const half = (i: number): number => ((arcs.at(i % arcs.length)?.seats.length ?? 0) * step) / 2
  const apart = arcs.every(({ middle }, i) => {
    const next = arcs[i + 1]?.middle ?? (arcs[0]?.middle ?? 0) + 1
    return next - middle >= half(i) + half(i + 1)
  })
  if (apart || arcs.length === 1)
    return new Map(
      arcs.flatMap(({ seats, middle }) =>
        seats.map(({ id }, i) => [id, middle + (i - (seats.length - 1) / 2) * step] as const),
      ),
    )
  const first = (arcs[0]?.middle ?? 0) - ((arcs[0]?.seats.length ?? 1) - 1) / 2 / far.length
  const all = arcs.flatMap(({ seats }) => seats)
  return new Map(all.map(({ id }, i) => [id, first + i / far.length]))
}

/** @param turns how far along the ring, 0…1, clockwise from the top */
function place(
  turns: ReadonlyMap<PeerId, number>,
  ring: Ring,
  rows: number,
  centre: Spot,
  spots: Map<PeerId, Spot>,
): void {
  const lengths = lengthsOf(ring)
  let i = 0
  for (const [id, turn] of turns) {
    const angle = angleAt(lengths, turn - Math.floor(turn))
    const { rx, ry } = times(ring, ROW_SHARE ** (i++ % rows))
    spots.set(id, { x: centre.x + rx * Math.sin(angle), y: centre.y - ry * Math.cos(angle) })
  }
}

/** Along the ring from the top, sample by sample: equal angles would crowd the ends of an ellipse. */
function lengthsOf({ rx, ry }: Ring): readonly number[] {
  const lengths = [0]
  const step = (2 * Math.PI) / SAMPLES
  for (let i = 0; i < SAMPLES; i++) {
    const angle = (i + 0.5) * step
    lengths.push((lengths[i] ?? 0) + step * Math.hypot(rx * Math.cos(angle), ry * Math.sin(angle)))
  }
  return lengths
}

function perimeter(ring: Ring): number {
  return lengthsOf(ring).at(-1) ?? 0
}

function angleAt(lengths: readonly number[], turn: number): number {
  const wanted = turn * (lengths.at(-1) ?? 0)
  let after = lengths.findIndex((length) => length > wanted)
  if (after < 0) after = SAMPLES
  const [from = 0, to = 1] = [lengths[after - 1], lengths[after]]
  return ((after - 1 + (wanted - from) / (to - from)) / SAMPLES) * 2 * Math.PI
}

function times({ rx, ry }: Ring, share: number): Ring {
  return { rx: rx * share, ry: ry * share }
}

/** What somebody takes up with their name under them. */
export function boxOf(layout: MapLayout, id: PeerId, self: PeerId) {
  const { node, label } = layout.scale
  const { x, y } = layout.spots.get(id) ?? layout.centre
  const size = node + (id === self ? ME_LARGER : 0)
  const wide = Math.max(size, label)
  const below = label === 0 ? 0 : LABEL_HEIGHT
  return {
    left: x - wide / 2,
    right: x + wide / 2,
    top: y - size / 2,
    bottom: y + size / 2 + below,
  }
}

function overlaps(layout: MapLayout, self: PeerId): boolean {
  const boxes = [...layout.spots.keys()].map((id) => boxOf(layout, id, self))
  return boxes.some((a, i) =>
    boxes
      .slice(i + 1)
      .some(
        (b) =>
          a.left < b.right + GAP && b.left < a.right + GAP && a.top < b.bottom && b.top < a.bottom,
      ),
  )
}

/** What decides where people stand: only when it changes is anybody to move. */
export function shapeOf({ self, relays, people }: RoomMap): string {
  const places = people.map(({ id, reach }) => [
    id,
    reach.kind === 'direct' ? 1 : 2,
    reach.kind === 'relayed' ? reach.relay : reach.kind === 'heard' ? behind(reach.by, relays) : '',
  ])
  return JSON.stringify([self, relays.map(({ id }) => id), places])
}

function behind(by: PeerId, relays: RoomMap['relays']): PeerId | undefined {
  return relays.find(({ id }) => id === by)?.id
}

/** On the way from one layout to the next; whoever is new stands in their place at once. */
export function between(from: MapLayout, to: MapLayout): (share: number) => MapLayout {
  return (share) => ({
    ...to,
    near: mixRings(from.near, to.near, share),
    far: to.far && mixRings(from.far ?? to.far, to.far, share),
    spots: new Map(
      [...to.spots].map(([id, spot]) => {
        const old = from.spots.get(id) ?? spot
        return [id, { x: mix(old.x, spot.x, share), y: mix(old.y, spot.y, share) }]
      }),
    ),
  })
}

function mixRings(from: Ring, to: Ring, share: number): Ring {
  return { rx: mix(from.rx, to.rx, share), ry: mix(from.ry, to.ry, share) }
}

function mix(from: number, to: number, share: number): number {
  return from + (to - from) * share
}

/** A line of the picture. */
export interface Line {
  readonly key: string
  readonly from: PeerId
  readonly to: PeerId
  /** `direct`: a link to a person; `relay`: to a relay-node; `beyond`: what is known to lie behind one. */
  readonly kind: 'direct' | 'relay' | 'beyond'
  /** All that is said goes over it. */
  readonly mesh: boolean
  /** Of the whole way to `to`; absent where it was not measured. */
  readonly rttMs?: number
  /** On the way to whoever is selected. */
  readonly chosen: boolean
}

/** Nothing is drawn that is not known: whom others are linked to, nobody tells. */
export function linesOf(map: RoomMap, selected: PeerId | undefined): readonly Line[] {
  const { self } = map
  const route =
    selected === undefined ? [] : (routeTo(map, selected) ?? bringerRoute(map, selected))
  const isChosen = (from: PeerId, to: PeerId): boolean =>
    route.some((id, i) => id === from && route[i + 1] === to)
  const line = (from: PeerId, to: PeerId, rest: Pick<Line, 'kind' | 'mesh' | 'rttMs'>): Line => ({
    key: `${from} ${to}`,
    from,
    to,
    ...rest,
    chosen: isChosen(from, to),
  })
  const relays = map.relays.map(({ id, mesh, rttMs }) =>
    line(self, id, { kind: 'relay', mesh, ...(rttMs === undefined ? {} : { rttMs }) }),
  )
  const people = map.people.flatMap(({ id, reach }): readonly Line[] => {
    switch (reach.kind) {
      case 'direct': {
        const { mesh, rttMs } = reach
        return [line(self, id, { kind: 'direct', mesh, ...(rttMs === undefined ? {} : { rttMs }) })]
      }
      case 'relayed': {
        const rtt = reach.rttMs === undefined ? {} : { rttMs: reach.rttMs }
        return [line(reach.relay ?? self, id, { kind: 'beyond', mesh: false, ...rtt })]
      }
      case 'heard': {
        // Which person brings their words changes from word to word: shown of the one who is asked about.
        const known = behind(reach.by, map.relays) !== undefined || id === selected
        return known ? [line(reach.by, id, { kind: 'beyond', mesh: false })] : []
      }
      case 'unheard':
        return []
    }
  })
  return [...relays, ...people]
}

function bringerRoute(map: RoomMap, id: PeerId): readonly PeerId[] {
  const reach = map.people.find((person) => person.id === id)?.reach
  return reach?.kind === 'heard' ? [map.self, reach.by, id] : []
}
