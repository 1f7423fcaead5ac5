import type { PeerId } from '../../shared/ids.ts'
import { type RoomMap, relayBefore } from '../../shared/room-map.ts'
import { linesOf } from './map-lines.ts'
import { type Box, GAP, type Point, boxOfWord, nameWidth, overlap, wordPlace } from './map-room.ts'
import { type Ring, angleAt, lengthsOf, mix, mixRings, perimeter, times } from './map-rings.ts'

/** Where somebody stands: px from the top left corner of the picture. */
export interface Spot {
  readonly x: number
  readonly y: number
  /** The name stands above and not below: where the links do not run. */
  readonly above: boolean
  /** It may be so wide, px; 0 where there is no room for any. */
  readonly label: number
}

/** How large things are drawn, px. */
export interface Scale {
  /** Diameter of a person. */
  readonly node: number
  /** There is so much room for any name; nothing where names would not fit. */
  readonly label: number
  /** The round trip stands under the name. */
  readonly figures: boolean
}

export interface MapLayout {
  readonly width: number
  readonly height: number
  readonly centre: Spot
  readonly scale: Scale
  readonly spots: ReadonlyMap<PeerId, Spot>
  /** From me to the middle of the word that says so, if there is room for it. */
  readonly word: Point | undefined
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
  /** How large the near ring is beside the far one. */
  readonly share: number
  /** Neighbours stand on so many rings in turn: what is too much for one fits on two. */
  readonly nearRows: number
  readonly farRows: number
}

/** I am drawn larger than the others by so much, px. */
export const ME_LARGER = 10
/** A name under a person, and a figure under the name, px. */
const NAME_HEIGHT = 18
const FIGURE_HEIGHT = 14
/** Around me, before the word that says so. */
const HALO = 9
/** No name is wider. */
const LABEL_MAX = 160
const MARGIN = 6

const SHARES = [0.52, 0.58, 0.64]
/** Diameters, and names that belong to them. */
const SIZES = [
  [46, 112],
  [42, 100],
  [38, 90],
  [34, 80],
  [30, 70],
  [28, 62],
] as const
const SIZES_WITHOUT_NAMES = [28, 26, 24, 20]

/** The first that fits is taken: names and figures, then names, then whatever has room. */
const PLANS: readonly Plan[] = [
  ...plansOf(SIZES.slice(0, 3), { figures: true }),
  ...plansOf(SIZES, {}),
  ...plansOf(SIZES.slice(2), { farRows: 2 }),
  ...SIZES_WITHOUT_NAMES.flatMap((node) =>
    [1, 2].flatMap((nearRows) =>
      [1, 2].flatMap((farRows) => plansOf([[node, 0]], { nearRows, farRows })),
    ),
  ),
]

function plansOf(
  sizes: readonly (readonly [node: number, label: number])[],
  rest: Partial<Plan>,
): readonly Plan[] {
  const plain = { figures: false, nearRows: 1, farRows: 1 }
  return sizes.flatMap(([node, label]) =>
    SHARES.map((share) => ({ ...plain, node, label, share, ...rest })),
  )
}

/** A ring is no wider than this many times its height, or people at its ends are far from all. */
const FLATTEST = 1.5
/** Few people stand near, not at the far edges of a wide screen. */
const FEW_RADIUS = 190
const FEW = 6
const ROW_SHARE = 0.79

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
  const spots = new Map(fitting.spots)
  spots.delete(VACANT.id)
  const word = wordOf(map, fitting)
  return widen({ ...fitting, spots, word }, map.self)
}

function wordOf(map: RoomMap, layout: MapLayout): Point | undefined {
  const { spots, centre, scale } = layout
  if (scale.label === 0) return undefined
  const others = [...spots.keys()].filter((id) => id !== map.self)
  return wordPlace(
    centre,
    (scale.node + ME_LARGER) / 2 + HALO,
    others.flatMap((id) => boxesOf(layout, id, map.self)),
    linesOf(map, undefined).flatMap((line) => {
      const [from, to] = [spots.get(line.from), spots.get(line.to)]
      return from === undefined || to === undefined ? [] : [[from, to] as const]
    }),
  )
}

/** Names are cut no shorter than they have to be. */
function widen(layout: MapLayout, self: PeerId): MapLayout {
  if (layout.scale.label === 0) return layout
  const boxes = new Map([...layout.spots.keys()].map((id) => [id, boxesOf(layout, id, self)]))
  const people = [...boxes].filter(([id]) => id !== self)
  const others = [...boxes].flatMap(([id, parts]) => (id === self ? parts : parts.slice(0, 1)))
  const spots = new Map(layout.spots)
  for (const [id, [own, name]] of people) {
    const spot = layout.spots.get(id)
    if (spot === undefined || name === undefined) continue
    const names = people.flatMap(([each, [, its]]) => (each === id || !its ? [] : its))
    const room = nameWidth(
      name,
      names,
      others.filter((each) => each !== own),
      layout.width,
    )
    spots.set(id, { ...spot, label: Math.max(spot.label, Math.min(LABEL_MAX, room)) })
  }
  return { ...layout, spots }
}

/** The top is the relay-node's, even while there is none: whether it comes or goes, nobody moves. */
const VACANT: Seat = { id: '' as PeerId }

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
  return [...(relays.length === 0 ? [VACANT] : []), ...all, ...rest].map(({ id }) => ({ id }))
}

function farSeats(map: RoomMap): readonly Seat[] {
  const far = inOrder(map.people.filter(({ reach }) => reach.kind !== 'direct'))
  return far.map((person) => {
    const behind = relayBefore(map, person)
    return behind === undefined ? { id: person.id } : { id: person.id, behind }
  })
}

function lay(
  self: PeerId,
  near: readonly Seat[],
  far: readonly Seat[],
  { width, height }: Size,
  plan: Plan,
): MapLayout {
  const below = belowOf(plan)
  const { label } = plan
  const centre = { x: width / 2, y: height / 2, above: false, label }
  const ry = centre.y - plan.node / 2 - below - MARGIN
  const rx = Math.min(width / 2 - Math.max(plan.node, plan.label) / 2 - MARGIN, ry * FLATTEST)
  const inner = far.length > 0 ? times({ rx, ry }, plan.share) : nearAlone({ rx, ry }, near.length)
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
    scale: { node: plan.node, label: plan.label, figures: plan.figures },
    spots,
    word: undefined,
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

/**
 * How far along the outer ring each stands, 0…1: behind their relay-nodes, and those behind none on
 * what is left of the ring; where that is not to be had, evenly in that order.
 */
function farTurns(
  far: readonly Seat[],
  nearAt: ReadonlyMap<PeerId, number>,
  step: number,
): ReadonlyMap<PeerId, number> {
  const middleOf = ({ behind }: Seat): number | undefined =>
    behind === undefined ? undefined : nearAt.get(behind)
  const groups = [...Map.groupBy(far, middleOf)]
  const loose = groups.find(([middle]) => middle === undefined)?.[1] ?? []
  const arcs = groups
    .flatMap(([middle, seats]) => (middle === undefined ? [] : { middle, seats }))
    .sort((a, b) => a.middle - b.middle)
  const [first] = arcs
  const gap = arcs.length === 1 ? 1 - (first?.seats.length ?? 0) * step : 0
  if (
    first === undefined ||
    (loose.length > 0 && gap < loose.length * step) ||
    !areApart(arcs, step)
  )
    return evenly([...arcs.flatMap(({ seats }) => seats), ...loose], first)
  const behind = arcs.flatMap(({ seats, middle }) =>
    seats.map(({ id }, i) => [id, middle + (i - (seats.length - 1) / 2) * step] as const),
  )
  const from = first.middle + (first.seats.length * step) / 2
  const others = loose.map(({ id }, i) => [id, from + ((i + 0.5) * gap) / loose.length] as const)
  return new Map([...behind, ...others])
}

interface Arc {
  /** Where their relay-node stands. */
  readonly middle: number
  readonly seats: readonly Seat[]
}

function areApart(arcs: readonly Arc[], step: number): boolean {
  return arcs.every(({ middle, seats }, i) => {
    const next = arcs[(i + 1) % arcs.length]
    if (next === undefined) return true
    const distance = i + 1 < arcs.length ? next.middle - middle : next.middle + 1 - middle
    return distance >= ((seats.length + next.seats.length) * step) / 2
  })
}

/** Half a seat on, so that they stand in the gaps of the near ring rather than in its shadow. */
function evenly(seats: readonly Seat[], first: Arc | undefined): ReadonlyMap<PeerId, number> {
  const start =
    first === undefined
      ? 0.5 / seats.length
      : first.middle - (first.seats.length - 1) / 2 / seats.length
  return new Map(seats.map(({ id }, i) => [id, start + i / seats.length]))
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
    const up = ry * Math.cos(angle)
    const x = centre.x + rx * Math.sin(angle)
    spots.set(id, { x, y: centre.y - up, above: up > 1, label: centre.label })
  }
}

function belowOf({ label, figures }: Scale): number {
  return label === 0 ? 0 : NAME_HEIGHT + (figures ? FIGURE_HEIGHT : 0)
}

/** What somebody takes up: themselves, and their name if it is shown; of me, the word. */
export function boxesOf(layout: MapLayout, id: PeerId, self: PeerId): readonly Box[] {
  const { scale, centre, word } = layout
  const { x, y, above, label } = layout.spots.get(id) ?? centre
  const half = (scale.node + (id === self ? ME_LARGER : 0)) / 2
  const body = { left: x - half, right: x + half, top: y - half, bottom: y + half }
  if (id === self) return word === undefined ? [body] : [body, boxOfWord(centre, word)]
  if (label === 0) return [body]
  const top = above ? body.top - belowOf(scale) : body.bottom
  const name = { left: x - label / 2, right: x + label / 2, top, bottom: top + belowOf(scale) }
  return [body, name]
}

/** Around them and their names, as wide as any may be. */
function overlaps(layout: MapLayout, self: PeerId): boolean {
  const boxes = [...layout.spots.keys()].map((id) => hullOf(boxesOf(layout, id, self)))
  return boxes.some((a, i) => boxes.slice(i + 1).some((b) => overlap(a, b, GAP)))
}

function hullOf(boxes: readonly Box[]): Box {
  return {
    left: Math.min(...boxes.map(({ left }) => left)),
    right: Math.max(...boxes.map(({ right }) => right)),
    top: Math.min(...boxes.map(({ top }) => top)),
    bottom: Math.max(...boxes.map(({ bottom }) => bottom)),
  }
}

/** What decides where people stand: only when it changes is anybody to move. */
export function shapeOf(map: RoomMap): string {
  const places = map.people.map((person) => [
    person.id,
    person.reach.kind === 'direct',
    relayBefore(map, person),
  ])
  return JSON.stringify([map.self, map.relays.map(({ id }) => id), places])
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
        return [id, { ...spot, x: mix(old.x, spot.x, share), y: mix(old.y, spot.y, share) }]
      }),
    ),
  })
}
