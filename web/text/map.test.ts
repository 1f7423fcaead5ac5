import { describe, expect, test } from 'vitest'
import type { PeerId } from '../../shared/ids.ts'
import type { MapPerson, MapRelay, Reach, RoomMap } from '../../shared/room-map.ts'
import { mapEn } from './map-en.ts'
import { mapTh } from './map-th.ts'
import { mapTextOf } from './map.ts'

const NOTHING = { brought: 0, handed: 0 }
const RELAY: MapRelay = {
  id: 'relay' as PeerId,
  place: 'chat.example:443',
  transport: 'WebSocket',
  mesh: false,
  reserved: true,
  archive: true,
  crossed: NOTHING,
}
const personBy = (reach: Reach, rest: Partial<MapPerson> = {}): MapPerson => ({
  id: 'bob' as PeerId,
  name: 'bob',
  reach,
  since: 0,
  knownSince: 0,
  silent: false,
  crossed: NOTHING,
  keeps: 0,
  ...rest,
})
const mapWith = (people: readonly MapPerson[], relays: readonly MapRelay[] = [RELAY]): RoomMap => ({
  self: 'me' as PeerId,
  name: 'me',
  relays,
  people,
})
const nameOf = (id: string): string => `<${id}>`
const at = (time: number): string => `at ${time}`

const REACHES: readonly Reach[] = [
  { kind: 'direct', transport: 'WebRTC', rttMs: 12.4, mesh: true },
  { kind: 'direct', transport: 'WebRTC', mesh: false },
  { kind: 'relayed', relay: RELAY.id, rttMs: 81 },
  { kind: 'relayed' },
  { kind: 'heard', by: RELAY.id },
  { kind: 'unheard' },
]

test('a person is told of in sentences, each of them measured', () => {
  const [direct, unmeasured, relayed, , heard, unheard] = REACHES.map(
    (reach) => mapEn.person(personBy(reach), nameOf, at)[0],
  )
  expect(direct).toBe('Directly connected by WebRTC, 12 ms there and back.')
  expect(unmeasured).toBe('Directly connected by WebRTC; the round trip is not measured yet.')
  expect(relayed).toBe(
    'Connected through the relay-node <relay>, 81 ms there and back: no direct link has come about.',
  )
  expect(heard).toMatch(/^Not connected to this browser\..* brought by <relay>\.$/)
  expect(unheard).toMatch(/no link that stands has brought anything of theirs\.$/)
})

test('what was not measured has no figure, in either language', () => {
  for (const words of [mapEn, mapTh])
    for (const reach of REACHES) {
      const way = words.wayOf(personBy(reach), nameOf)
      const measured = 'rttMs' in reach
      expect(/\d/.test(way), way).toBe(measured)
    }
})

test('who keeps what, and what crossed a link, is counted', () => {
  const told = mapEn
    .person(
      personBy(REACHES[0] as Reach, { keeps: 1, crossed: { brought: 1, handed: 2 } }),
      nameOf,
      at,
    )
    .join(' ')
  expect(told).toContain('they keep 1 message of yours')
  expect(told).toContain('1 message reached you first, and 2 went out')
  const silent = mapEn.person(personBy(REACHES[0] as Reach, { silent: true }), nameOf, at).join(' ')
  expect(silent).toContain('seen in this room since at 0')
  expect(silent).not.toContain('by their own word')
})

describe('one sentence for the whole room', () => {
  const direct = personBy(REACHES[0] as Reach)
  const heard = personBy({ kind: 'heard', by: RELAY.id })
  const unheard = personBy({ kind: 'unheard' })
  test.each([
    [mapWith([], []), /connected to nothing/],
    [mapWith([]), /connected to 1 relay-node, which will introduce/],
    [mapWith([direct]), /directly to the one other person/],
    [mapWith([direct, direct]), /directly to both others/],
    [mapWith([direct, direct, direct]), /directly to all 3 others/],
    [mapWith([direct, heard]), /directly to 1 person; 1 person is heard through a relay-node/],
    [mapWith([heard, heard]), /No direct link to anybody: 2 people are heard through a relay-node/],
    [
      mapWith([heard, personBy({ kind: 'heard', by: 'x' as PeerId })]),
      /2 people are heard through others/,
    ],
    [mapWith([unheard]), /^No direct link to anybody: 1 person is not heard now\.$/],
    [
      mapWith([direct, heard, unheard]),
      /to 1 person; 1 person is heard through a relay-node, and 1 person is not heard now\.$/,
    ],
    // Nobody is heard through others where there are none.
    [mapWith([unheard], []), /no link to anybody now, so the one person here is not heard\.$/],
    [mapWith([unheard, unheard], []), /no link to anybody now, so none of the 2 people here/],
  ])('%#', (map, sentence) => {
    expect(mapEn.summary(map)).toMatch(sentence)
    const inThai = mapTh.summary(map)
    expect(inThai).toMatch(/[ก-๙]/)
    const isHeard = map.people.some(({ reach }) => reach.kind === 'heard')
    expect(/ได้ยินผ่าน/.test(inThai)).toBe(isHeard)
  })
})

test('Thai is whole: every sentence is in Thai, with the same names and figures', () => {
  const compare = (en: readonly string[], th: readonly string[]): void => {
    expect(th).toHaveLength(en.length)
    th.forEach((sentence, i) => {
      expect(sentence).toMatch(/[ก-๙]/)
      const figures = (text = ''): readonly string[] => (text.match(/<\w+>|\d+/g) ?? []).toSorted()
      expect(figures(sentence)).toEqual(figures(en[i]))
    })
  }
  for (const reach of REACHES)
    for (const rest of [{}, { silent: true, keeps: 4, crossed: { brought: 3, handed: 5 } }])
      compare(
        mapEn.person(personBy(reach, rest), nameOf, at),
        mapTh.person(personBy(reach, rest), nameOf, at),
      )
  compare(mapEn.relayCard(RELAY), mapTh.relayCard(RELAY))
  compare(
    mapEn.relayCard({ ...RELAY, rttMs: 7, reserved: false }),
    mapTh.relayCard({ ...RELAY, rttMs: 7, reserved: false }),
  )
  for (const [to, links] of [
    [['<a>', '<b>'], 2],
    [['<a>'], 2],
    [[], 5],
  ] as const)
    compare([mapEn.last.mine(to, links)], [mapTh.last.mine(to, links)])
  compare([mapEn.last.brought('<a>')], [mapTh.last.brought('<a>')])
})

test('every moving dot is what the legend says, and joins are no messages', () => {
  for (const words of [mapEn, mapTh]) {
    expect(words.lead).toContain(words.legend.life)
    const crossed = { brought: 3, handed: 4 }
    const told = words.person(personBy(REACHES[0] as Reach, { crossed }), nameOf, at).join(' ')
    expect(told).not.toMatch(/join|เข้าห้อง/)
  }
})

test('the language is the page’s', () => {
  expect(mapTextOf('th')).toBe(mapTh)
  expect(mapTextOf('en')).toBe(mapEn)
})
