import type { PeerId } from '../../shared/ids.ts'
import {
  type MapPerson,
  type MapRelay,
  type RoomMap,
  behindRelays,
  isCutOff,
} from '../../shared/room-map.ts'

/** Names for ids, where a sentence is about somebody else, too. */
export type NameOf = (id: PeerId) => string

const number = new Intl.NumberFormat('en')
const count = (n: number, one: string, many: string): string =>
  `${number.format(n)} ${n === 1 ? one : many}`
const ms = (value: number): string => `${number.format(Math.max(1, Math.round(value)))} ms`
const listed = (all: readonly string[]): string => new Intl.ListFormat('en').format(all)

/** One sentence that says what the picture shows. */
function summary({ people, relays }: RoomMap): string {
  const direct = people.filter(({ reach }) => reach.kind === 'direct').length
  const relay = count(relays.length, 'relay-node', 'relay-nodes')
  if (people.length === 0)
    return relays.length === 0
      ? 'Nobody else is here, and this browser is connected to nothing.'
      : `Nobody else is here. This browser is connected to ${relay}, which will introduce whoever comes.`
  if (direct === people.length)
    return people.length === 1
      ? 'This browser is linked directly to the one other person here.'
      : people.length === 2
        ? 'This browser is linked directly to both others.'
        : `This browser is linked directly to all ${number.format(direct)} others.`
  if (isCutOff({ people, relays }))
    return people.length === 1
      ? 'This browser has no link to anybody now, so the one person here is not heard.'
      : `This browser has no link to anybody now, so none of the ${number.format(people.length)} people here is heard.`
  return direct === 0
    ? `No direct link to anybody: ${further({ people, relays })}.`
    : `This browser is linked directly to ${count(direct, 'person', 'people')}; ${further({ people, relays })}.`
}

/** What is heard of those who have no direct link. */
function further({ people, relays }: Pick<RoomMap, 'people' | 'relays'>): string {
  const unheard = people.filter(({ reach }) => reach.kind === 'unheard')
  const heard = people.filter(
    ({ reach }) => reach.kind === 'heard' || reach.kind === 'relayed',
  ).length
  const by = behindRelays({ people: people.filter((each) => !unheard.includes(each)), relays })
    ? 'a relay-node'
    : 'others'
  return [
    ...(heard > 0 ? [`${count(heard, 'person is', 'people are')} heard through ${by}`] : []),
    ...(unheard.length > 0
      ? [`${count(unheard.length, 'person is', 'people are')} not heard now`]
      : []),
  ].join(', and ')
}

/** What is known of the way to somebody; what was not measured says so. */
function way({ reach }: MapPerson, nameOf: NameOf): string {
  switch (reach.kind) {
    case 'direct':
      return reach.rttMs === undefined
        ? `Directly connected by ${reach.transport}; the round trip is not measured yet.`
        : `Directly connected by ${reach.transport}, ${ms(reach.rttMs)} there and back.`
    case 'relayed': {
      const by =
        reach.relay === undefined ? 'a relay-node' : `the relay-node ${nameOf(reach.relay)}`
      return reach.rttMs === undefined
        ? `Connected through ${by}: no direct link has come about. The round trip is not measured yet.`
        : `Connected through ${by}, ${ms(reach.rttMs)} there and back: no direct link has come about.`
    }
    case 'heard':
      return `Not connected to this browser. What they say is passed on by others; the last of it was brought by ${nameOf(reach.by)}.`
    case 'unheard':
      return 'Not connected to this browser, and no link that stands has brought anything of theirs.'
  }
}

function gossip(mesh: boolean): string {
  return mesh
    ? 'You pass on to each other what is said here, at once.'
    : 'What is said here reaches you through other links first; over this one you only tell each other what there is, and ask for what is missing.'
}

function traffic(brought: number, handed: number): string {
  if (brought === 0 && handed === 0) return 'No message has crossed this link yet.'
  return `Over this link, ${count(brought, 'message', 'messages')} reached you first, and ${number.format(handed)} went out.`
}

function person(each: MapPerson, nameOf: NameOf, at: (time: number) => string): readonly string[] {
  const { reach, crossed, keeps, silent, since, knownSince } = each
  return [
    way(each, nameOf),
    ...(reach.kind === 'direct'
      ? [gossip(reach.mesh), traffic(crossed.brought, crossed.handed)]
      : []),
    silent
      ? `Says nothing about itself, as programs of the Go edition do; seen in this room since ${at(knownSince)}.`
      : `Here since ${at(since)} by their own word; this device has known it since ${at(knownSince)}.`,
    keeps === 0
      ? 'They have not said yet that they keep any of your messages.'
      : `They have said that they keep ${count(keeps, 'message', 'messages')} of yours.`,
  ]
}

function relay({
  transport,
  rttMs,
  mesh,
  reserved,
  archive,
  crossed,
}: MapRelay): readonly string[] {
  return [
    rttMs === undefined
      ? `A relay-node, connected by ${transport}; the round trip is not measured yet.`
      : `A relay-node, connected by ${transport}, ${ms(rttMs)} there and back.`,
    'It introduces people to each other. What it passes on, it can neither forge nor change.',
    reserved
      ? 'It holds a place for this browser, so that others can find it.'
      : 'It holds no place for this browser now.',
    ...(archive ? ['It keeps what is said for those who come later.'] : []),
    ...(mesh ? [] : [gossip(false)]),
    traffic(crossed.brought, crossed.handed),
  ]
}

function myself({ people, relays }: RoomMap): readonly string[] {
  const direct = people.filter(({ reach }) => reach.kind === 'direct').length
  return [
    'This browser is one of the computers that the room is made of. There is no server in the middle.',
    direct === 0
      ? 'Nobody is linked to it directly now.'
      : `What you write goes straight to ${direct === 1 ? 'the one person' : `some of the ${number.format(direct)} people`} linked to it, and they pass it on.`,
    relays.length === 0
      ? 'It is connected to no relay-node, so nobody new can find it; links that stand go on without one.'
      : 'A relay-node introduces people. Once they are linked, they need it no more.',
  ]
}

export const mapEn = {
  title: 'How this room is connected',
  lead: 'Every line is a connection that this browser has; every moving dot is a message or a sign of life on its way, slowed down so that you can see it.',
  close: 'Close the map',
  picture: 'Picture of the links',
  nodes: 'People and relay-nodes',
  you: 'you',
  relay: 'relay-node',
  summary,
  person,
  relayCard: relay,
  myself,
  /** How a thing in the picture is called for those who cannot see it. */
  nodeName: (name: string, way: string) => `${name}: ${way}`,
  wayOf: way,
  roundTrip: ms,
  unmeasured: 'not measured',
  back: 'Back to the whole room',
  pick: 'Choose somebody in the picture or the table to read how you are connected.',
  table: {
    caption: 'The same as a table',
    who: 'Who',
    way: 'Way',
    roundTrip: 'Round trip',
    relay: (transport: string) => `relay-node · ${transport}`,
    direct: (transport: string) => `direct · ${transport}`,
    relayed: (by: string) => `through ${by}`,
    heard: (by: string) => `heard by way of ${by}`,
    unheard: 'not heard now',
    noLink: 'no link',
  },
  legend: {
    direct: 'direct link',
    relay: 'link to a relay-node',
    beyond: 'through a relay-node',
    mesh: 'thicker: passes on at once',
    message: 'message, in its author’s colour',
    life: 'sign of life',
  },
  last: {
    none: 'Nothing has been said since the map was opened. Write something, and watch it leave.',
    straight: (author: string) => `${author}’s last message came straight from them.`,
    brought: (author: string, by = 'somebody else') =>
      `${author}’s last message was brought by ${by}.`,
    /** `to`: those at the other end of the links that have a name. */
    mine: (to: readonly string[], links: number) =>
      `Your last message left ${links > 3 || to.length < links ? `over ${count(links, 'link', 'links')}` : `for ${listed(to)}`}.`,
  },
}

export type MapText = typeof mapEn
