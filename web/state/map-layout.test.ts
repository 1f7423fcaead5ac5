import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PeerId } from '../../shared/ids.ts'
import type { MapPerson, MapRelay, Reach, RoomMap } from '../../shared/room-map.ts'
import { type Size, boxOf, layoutOf } from './map-layout.ts'

const NOTHING = { brought: 0, handed: 0 }
const SELF = 'me' as PeerId
const SIZES: readonly Size[] = [
  { width: 340, height: 330 },
  { width: 390, height: 420 },
  { width: 660, height: 600 },
  { width: 1_000, height: 700 },
]

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

describe('where people stand', () => {
  test('nobody stands on anybody, or outside, with up to 40 people on every screen', () => {
    fc.assert(
      fc.property(rooms, fc.constantFrom(...SIZES), (map, size) => {
        const layout = layoutOf(map, size)
        expect(layout.spots.size).toBe(1 + map.relays.length + map.people.length)
        const boxes = [...layout.spots.keys()].map((id) => boxOf(layout, id, SELF))
        for (const [i, a] of boxes.entries()) {
          expect(a.left).toBeGreaterThanOrEqual(0)
          expect(a.top).toBeGreaterThanOrEqual(0)
          expect(a.right).toBeLessThanOrEqual(size.width)
          expect(a.bottom).toBeLessThanOrEqual(size.height)
          for (const b of boxes.slice(i + 1)) {
            const apart =
              a.left >= b.right || b.left >= a.right || a.top >= b.bottom || b.top >= a.bottom
            expect(apart).toBe(true)
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  test('the hardest crowds fit, too: all 40 of one kind', () => {
    const kinds: readonly Reach[] = [
      direct,
      { kind: 'heard', by: 'r1' as PeerId },
      { kind: 'unheard' },
    ]
    for (const size of SIZES)
      for (const reach of kinds) {
        const map = roomOf(Array.from({ length: 40 }, (_, i) => someone(`p${i}`, reach)))
        const layout = layoutOf(map, size)
        const boxes = [...layout.spots.keys()].map((id) => boxOf(layout, id, SELF))
        for (const [i, a] of boxes.entries())
          for (const b of boxes.slice(i + 1))
            expect(
              a.left >= b.right || b.left >= a.right || a.top >= b.bottom || b.top >= a.bottom,
            ).toBe(true)
      }
  })

  test('the same room is drawn the same, in whatever order its people came', () => {
    fc.assert(
      fc.property(rooms, (map) => {
        const turned = { ...map, people: [...map.people].reverse() }
        const [a, b] = [layoutOf(map, SIZES[2]!), layoutOf(turned, SIZES[2]!)]
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
    const [r, c] = [spots.get('r1' as PeerId)!, spots.get('c' as PeerId)!]
    expect(r.x).toBeCloseTo(centre.x)
    expect(r.y).toBeLessThan(centre.y)
    expect(c.x).toBeCloseTo(centre.x)
    expect(c.y).toBeLessThan(r.y)
  })

  test('names are shown where there is room for them', () => {
    const people = (n: number) => Array.from({ length: n }, (_, i) => someone(`p${i}`, direct))
    expect(layoutOf(roomOf(people(2)), SIZES[2]!).scale.label).toBeGreaterThan(100)
    expect(layoutOf(roomOf(people(12)), SIZES[2]!).scale.label).toBeGreaterThan(60)
    expect(layoutOf(roomOf(people(8)), SIZES[1]!).scale.label).toBeGreaterThan(60)
  })
})
