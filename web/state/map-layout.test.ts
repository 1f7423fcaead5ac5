import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PeerId } from '../../shared/ids.ts'
import type { MapPerson, MapRelay, Reach, RoomMap } from '../../shared/room-map.ts'
import { type MapLayout, type Size, between, boxesOf, layoutOf, shapeOf } from './map-layout.ts'
import { linesOf } from './map-lines.ts'

const NOTHING = { brought: 0, handed: 0 }
const SELF = 'me' as PeerId
const SMALLEST: Size = { width: 340, height: 330 }
const PHONE: Size = { width: 390, height: 420 }
const LAPTOP: Size = { width: 660, height: 600 }
const SIZES = [SMALLEST, PHONE, LAPTOP, { width: 1_000, height: 700 }]

const relay = (id: string): MapRelay => ({
  id: id as PeerId,
  place: 'localhost:8080',
  transport: 'WebSocket',
  mesh: true,
  reserved: true,
  archive: false,
  crossed: NOTHING,
})
const someone = (id: string, reach: Reach): MapPerson => ({
  id: id as PeerId,
  name: id,
  reach,
  since: 0,
  knownSince: 0,
  silent: false,
  crossed: NOTHING,
  keeps: 0,
})
const roomOf = (people: readonly MapPerson[], relays = [relay('r1')]): RoomMap => ({
  self: SELF,
  name: 'me',
  relays,
  people,
})

const reaches = fc.constantFrom<Reach>(
  { kind: 'direct', transport: 'WebRTC', mesh: true },
  { kind: 'relayed', relay: 'r1' as PeerId },
  { kind: 'heard', by: 'r1' as PeerId },
  { kind: 'heard', by: 'r2' as PeerId },
  { kind: 'unheard' },
)
const ids = fc.uuid()
const crowds = fc.uniqueArray(fc.record({ id: ids, reach: reaches }), {
  minLength: 1,
  maxLength: 40,
  selector: ({ id }) => id,
})
const rooms = fc
  .record({ crowd: crowds, relays: fc.integer({ min: 0, max: 3 }) })
  .map(({ crowd, relays }) =>
    roomOf(
      crowd.map(({ id, reach }) => someone(id, reach)),
      ['r1', 'r2', 'r3'].slice(0, relays).map(relay),
    ),
  )
const direct: Reach = { kind: 'direct', transport: 'WebRTC', mesh: true }

/** Clockwise from the top, 0…1. */
function turnOf(map: RoomMap, id: PeerId, size: Size): number {
  const { spots, centre, near } = layoutOf(map, size)
  const { x, y } = spots.get(id) ?? centre
  const angle = Math.atan2((x - centre.x) / near.rx, (centre.y - y) / near.ry) / (2 * Math.PI)
  return angle < -1e-9 ? angle + 1 : Math.max(angle, 0)
}

function expectRoomForAll(map: RoomMap, size: Size): void {
  const layout = layoutOf(map, size)
  expect(layout.spots.size).toBe(1 + map.relays.length + map.people.length)
  const parts = [...layout.spots.keys()].map((id) => boxesOf(layout, id, SELF))
  for (const [i, boxes] of parts.entries())
    for (const a of boxes) {
      expect(a.left).toBeGreaterThanOrEqual(0)
      expect(a.top).toBeGreaterThanOrEqual(0)
      expect(a.right).toBeLessThanOrEqual(size.width)
      expect(a.bottom).toBeLessThanOrEqual(size.height)
      for (const b of parts.slice(i + 1).flat())
        expect(
          a.left >= b.right || b.left >= a.right || a.top >= b.bottom || b.top >= a.bottom,
        ).toBe(true)
    }
}

/** Points along the links that run over the word by me. */
function overTheWord(map: RoomMap, layout: MapLayout): number {
  const [, word] = boxesOf(layout, SELF, SELF)
  if (word === undefined) return 0
  return linesOf(map, undefined).flatMap(({ from, to }) => {
    const [a, b] = [layout.spots.get(from), layout.spots.get(to)]
    // Nor is it drawn.
    if (a === undefined || b === undefined) return []
    return Array.from({ length: 501 }, (_, i) => i / 500).filter((share) => {
      const [x, y] = [a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share]
      return x > word.left && x < word.right && y > word.top && y < word.bottom
    })
  }).length
}

describe('where people stand', () => {
  test('nobody stands on anybody, or outside, with up to 40 people on every screen', () => {
    fc.assert(fc.property(rooms, fc.constantFrom(...SIZES), expectRoomForAll), { numRuns: 300 })
  })

  test('the hardest crowds fit, too: all 40 of one kind', () => {
    const kinds: readonly Reach[] = [
      direct,
      { kind: 'heard', by: 'r1' as PeerId },
      { kind: 'unheard' },
    ]
    for (const size of SIZES)
      for (const reach of kinds) {
        const crowd = Array.from({ length: 40 }, (_, i) => someone(`p${i}`, reach))
        expectRoomForAll(roomOf(crowd), size)
      }
  })

  test('the same room is drawn the same, in whatever order its people came', () => {
    fc.assert(
      fc.property(rooms, (map) => {
        const turned = { ...map, people: [...map.people].reverse() }
        const [a, b] = [layoutOf(map, LAPTOP), layoutOf(turned, LAPTOP)]
        for (const [id, spot] of a.spots) expect(b.spots.get(id)).toEqual(spot)
      }),
    )
  })

  test('whoever comes makes the others move up by less than a seat, and nobody overtakes', () => {
    const size = { width: 700, height: 700 }
    fc.assert(
      fc.property(fc.uniqueArray(ids, { minLength: 2, maxLength: 12 }), ids, (before, newcomer) => {
        fc.pre(!before.includes(newcomer))
        const old = roomOf(before.map((id) => someone(id, direct)))
        const now = roomOf([...before, newcomer].map((id) => someone(id, direct)))
        const seat = 1 / (before.length + 1)
        const turns = before.map((id) => ({
          was: turnOf(old, id as PeerId, size),
          is: turnOf(now, id as PeerId, size),
        }))
        for (const { was, is } of turns) expect(Math.abs(is - was)).toBeLessThan(seat)
        const order = (by: 'was' | 'is') =>
          turns.toSorted((a, b) => a[by] - b[by]).map((each) => turns.indexOf(each))
        expect(order('is')).toEqual(order('was'))
      }),
    )
  })

  test('a relay-node stands on top, and those behind it stand beyond it', () => {
    const map = roomOf([
      someone('a', direct),
      someone('b', direct),
      someone('c', { kind: 'relayed', relay: 'r1' as PeerId }),
    ])
    const { spots, centre } = layoutOf(map, { width: 660, height: 600 })
    const spotOf = (id: string) => spots.get(id as PeerId) ?? centre
    const [r, c] = [spotOf('r1'), spotOf('c')]
    expect(r.x).toBeCloseTo(centre.x)
    expect(r.y).toBeLessThan(centre.y)
    expect(c.x).toBeCloseTo(centre.x)
    expect(c.y).toBeLessThan(r.y)
  })

  test('no link runs through the word by me', () => {
    fc.assert(
      fc.property(rooms, fc.constantFrom(...SIZES), (map, size) => {
        expect(overTheWord(map, layoutOf(map, size))).toBe(0)
      }),
      { numRuns: 300 },
    )
    const crowd = (n: number) => Array.from({ length: n }, (_, i) => someone(`p${i}`, direct))
    for (let n = 0; n <= 14; n++) {
      const layout = layoutOf(roomOf(crowd(n)), LAPTOP)
      expect(overTheWord(roomOf(crowd(n)), layout)).toBe(0)
      expect(boxesOf(layout, SELF, SELF)).toHaveLength(2)
    }
  })

  test('a relay-node that comes or goes moves nobody', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(ids, { maxLength: 12 }),
        fc.constantFrom(...SIZES),
        (crowd, size) => {
          const people = crowd.map((id) => someone(id, direct))
          const [without, beside] = [roomOf(people, []), roomOf(people)].map(
            (map) => layoutOf(map, size).spots,
          )
          for (const [id, { x, y }] of without ?? [])
            expect(beside?.get(id)).toMatchObject({ x, y })
        },
      ),
    )
  })

  test('the same people do not move when only a round trip has changed', () => {
    const people = [someone('a', direct), someone('b', { kind: 'heard', by: 'a' as PeerId })]
    const later = [
      someone('a', { ...direct, rttMs: 12 }),
      someone('b', { kind: 'heard', by: 'c' as PeerId }),
    ]
    expect(shapeOf(roomOf(later))).toBe(shapeOf(roomOf(people)))
    const linked = [someone('a', direct), someone('b', direct)]
    expect(shapeOf(roomOf(linked))).not.toBe(shapeOf(roomOf(people)))
  })

  test('half way, everybody stands half way; whoever is new stands in their place', () => {
    const [old, now] = [
      layoutOf(roomOf([someone('a', direct)]), LAPTOP),
      layoutOf(roomOf([someone('a', direct), someone('b', direct)]), LAPTOP),
    ]
    const half = between(old, now)(0.5)
    const x = (layout: typeof old, id: string) => layout.spots.get(id as PeerId)?.x ?? NaN
    expect(x(half, 'a')).toBeCloseTo((x(old, 'a') + x(now, 'a')) / 2)
    expect(x(half, 'b')).toBe(x(now, 'b'))
    expect(between(old, now)(1)).toEqual(now)
  })

  test('names are shown where there is room for them', () => {
    const people = (n: number) => Array.from({ length: n }, (_, i) => someone(`p${i}`, direct))
    expect(layoutOf(roomOf(people(2)), LAPTOP).scale.label).toBeGreaterThan(100)
    expect(layoutOf(roomOf(people(12)), LAPTOP).scale.label).toBeGreaterThan(80)
    expect(layoutOf(roomOf(people(2)), LAPTOP).scale.figures).toBe(true)
    expect(layoutOf(roomOf(people(8)), PHONE).scale.label).toBeGreaterThan(60)
  })

  test('a name is as wide as there is room for beside it', () => {
    const people = Array.from({ length: 12 }, (_, i) => someone(`p${i}`, direct))
    const { spots, scale } = layoutOf(roomOf(people), LAPTOP)
    const widths = people.map(({ id }) => spots.get(id)?.label ?? 0)
    expect(Math.min(...widths)).toBeGreaterThanOrEqual(scale.label)
    // “witty-cormorant” is 100 px wide, and cut at 90.
    expect(widths.filter((width) => width > 104).length).toBeGreaterThanOrEqual(10)
  })
})

describe('what is drawn between them', () => {
  const far = someone('c', { kind: 'heard', by: 'a' as PeerId })
  const map = roomOf([
    someone('a', direct),
    someone('b', { kind: 'relayed', relay: 'r1' as PeerId }),
    far,
    someone('d', { kind: 'unheard' }),
  ])
  const drawn = (selected?: string) =>
    linesOf(map, selected as PeerId | undefined).map(
      ({ from, to, kind, chosen }) => `${from} ${kind} ${to}${chosen ? ' chosen' : ''}`,
    )

  test('is what is known, and nothing else', () => {
    expect(drawn()).toEqual(['me relay r1', 'me direct a', 'r1 beyond b'])
  })

  test('the way to whoever is chosen stands out, by relay-node or by whoever brings their words', () => {
    expect(drawn('b')).toEqual(['me relay r1 chosen', 'me direct a', 'r1 beyond b chosen'])
    expect(drawn('c')).toContain('me direct a chosen')
    expect(drawn('c')).toContain('a beyond c chosen')
    expect(drawn('d')).toEqual(drawn())
  })
})
