import type { Chat } from '../chat.ts'
import { type Measurements, diagnose } from '../doctor.ts'
import { isPeerId } from '../identity.ts'
import type { PeerId } from '../ids.ts'
import { relayIn } from '../live-frame.ts'
import { shortPeerId } from '../names.ts'
import type { Network } from '../network.ts'
import { type KnownRelay, type RelayWord, askRelay } from '../relay-word.ts'
import type { DhtLine, RelayLine } from '../text/network-words.ts'
import type { Words } from '../text/words.ts'
import type { Answer, Command, Context } from './command.ts'
import { nameOf } from './network.ts'
import { personLine, wayLines } from './paths.ts'
import { whom } from './whom.ts'

const PINGS = 3
const PING_TIMEOUT_MS = 3_000
const DIAL_TIMEOUT_MS = 5_000
/** A search that finds nothing asks around for as long as it may. */
const LOOK_UP_MS = 10_000
const ASK_MS = 5_000

export const ping: Command = {
  name: 'ping',
  aliases: [],
  group: 'network',
  arguments: [{ name: 'who', kind: 'who', rest: true }],
  example: '/ping swift-falcon',
  needs: 'network',
  async run([typed = ''], context) {
    const { chat, room, words } = context
    const { network } = chat
    if (network === undefined) return { tone: 'bad', text: words.offline() }
    const relays = network
      .links()
      .filter((link) => link.relay)
      .map((link) => ({ id: link.peer, name: words.relayNode() }))
    const found = whom('ping', typed, context, [...relays, ...room.presence.people])
    if ('answer' in found) return found.answer
    const one = found.who
    if (one.id === chat.id) return { tone: 'bad', text: words.notYourself() }
    const reachable = await linkOrCircuit(one.id, context, network)
    if (!reachable) return { tone: 'bad', text: words.notPingable(one.name) }
    const rttsMs: number[] = []
    for (let i = 0; i < PINGS; i++) {
      const pong = await within(PING_TIMEOUT_MS, context, (signal) => network.ping(one.id, signal))
      if (pong.ok) rttsMs.push(pong.value)
    }
    const links = network.links().filter(({ peer }) => peer === one.id)
    const direct = links.find(({ path }) => path === 'direct')
    const path = [
      words.path(direct?.path ?? 'relayed'),
      ...(direct === undefined ? [] : [direct.transport]),
    ]
    const text = words.pinged({ name: one.name, rttsMs, tried: PINGS, path: path.join(', ') })
    return { tone: rttsMs.length === 0 ? 'bad' : 'good', text }
  },
}

export const mesh: Command = {
  name: 'mesh',
  aliases: [],
  group: 'network',
  arguments: [],
  example: '/mesh',
  needs: 'network',
  run(_, { chat, room, words }) {
    const { network } = chat
    if (network === undefined) return Promise.resolve({ tone: 'bad', text: words.offline() })
    const links = network.links()
    const names = (peers: readonly string[]): string =>
      peers
        .map((peer) => {
          const link = links.find((each) => each.peer === peer)
          return link === undefined ? shortPeerId(peer as PeerId) : nameOf(link, chat, words)
        })
        .join(', ')
    const topics = network
      .snapshot()
      .topics.filter(({ topic }) => topic === room.key.topic || topic === room.key.live)
    const { gossip, sync } = room.arrived
    const lines = [
      ...topics.flatMap((topic) => words.mesh(topic, names)),
      words.deliveryRate(gossip, sync),
    ]
    return Promise.resolve({ tone: 'plain', text: lines.join('\n') })
  },
}

export const routing: Command = {
  name: 'routing',
  aliases: [],
  group: 'network',
  arguments: [],
  example: '/routing',
  needs: 'network',
  run(_, { chat, room, words }) {
    const { network } = chat
    if (network === undefined) return Promise.resolve({ tone: 'bad', text: words.offline() })
    const ways = wayLines(network.snapshot().ways, network.links())
    const people = chat.people(room).map((person) => personLine(person, words))
    return Promise.resolve({ tone: 'plain', text: words.routing(ways, people) })
  },
}

export const relay: Command = {
  name: 'relay',
  aliases: [],
  group: 'network',
  arguments: [{ name: 'only|auto', kind: 'text', optional: true, choices: ['only', 'auto'] }],
  example: '/relay only',
  async run([mode], context) {
    const { chat, room, words, screen } = context
    if (mode !== undefined && mode !== 'only' && mode !== 'auto') {
      const failure = { kind: 'bad-argument', command: 'relay', value: mode } as const
      return { tone: 'bad', text: words.failure({ ...failure, argument: words.relayModes() }) }
    }
    if (mode !== undefined) {
      const set = await chat.setRelayMode(mode)
      return set.ok
        ? { tone: 'good', text: words.relayMode(set.value) }
        : { tone: 'bad', text: words.failure(set.failure) }
    }
    const known = await knownRelays(context)
    const serving = known.filter(({ state }) => state === 'serving').map(({ address }) => address)
    const invite = serving.length === 0 ? undefined : screen.device?.invite(room.name, serving)
    const lines = [
      words.relayMode(chat.relayMode),
      ...words.relays(known.map((each) => relayLine(each, chat))),
    ]
    const details = [
      { label: words.relayAddresses(known.length), lines: known.map(({ address }) => address) },
      { label: words.inviteBy(), lines: invite === undefined ? [] : [invite] },
    ].filter(({ lines: all }) => all.length > 0)
    return { tone: 'plain', text: lines.join('\n'), details }
  },
}

export const dht: Command = {
  name: 'dht',
  aliases: [],
  group: 'network',
  arguments: [],
  example: '/dht',
  async run(_, context) {
    const { room, screen, words } = context
    const found = await within(LOOK_UP_MS, context, (signal) =>
      screen.device === undefined
        ? Promise.resolve(undefined)
        : screen.device.lookUp(room.name, signal),
    )
    return found === undefined
      ? { tone: 'bad', text: words.noDht() }
      : { tone: 'plain', text: words.dht(room.name, found, await dhtLines(context)) }
  },
}

/** A device keeps no records: what is kept is told by the relay-nodes that it is linked to, now. */
async function dhtLines(context: Context): Promise<readonly DhtLine[]> {
  const said = await askRelays(context)
  return [...said].flatMap(([relay, { dht: holding }]) =>
    holding === undefined ? [] : [{ relay, ...holding }],
  )
}

/** What the relay-nodes that this device is linked to say now; who does not answer is left out. */
async function askRelays(context: Context): Promise<ReadonlyMap<PeerId, RelayWord>> {
  const { network } = context.chat
  if (network === undefined) return new Map()
  const relays = new Set(network.links().flatMap((link) => (link.relay ? [link.peer] : [])))
  const said = await within(ASK_MS, context, (signal) =>
    Promise.all(
      [...relays].map(async (relay) => [relay, await askRelay(network, relay, signal)] as const),
    ),
  )
  return new Map(said.flatMap(([relay, word]) => (word === undefined ? [] : [[relay, word]])))
}

export const doctor: Command = {
  name: 'doctor',
  aliases: [],
  group: 'network',
  arguments: [],
  example: '/doctor',
  run(_, { screen: { device }, words, signal }) {
    if (device === undefined) return Promise.resolve({ tone: 'bad', text: words.noDevice() })
    const testing = { tone: 'plain', text: words.testing() } as const
    const more = async (): Promise<Answer> => {
      try {
        return report(await device.examine(signal), words)
      } catch (error) {
        // The room was left: nobody reads it.
        if (signal.aborted) return testing
        throw error
      }
    }
    return Promise.resolve({ ...testing, more })
  },
}

function report(found: Measurements, words: Words): Answer {
  const faults = diagnose(found).map((fault) => words.fault(fault))
  const lines = [
    words.wellness(faults.length),
    ...faults.flatMap(({ what, remedy }) => [`✗ ${what}`, `  → ${remedy}`]),
    ...words.measured(found),
  ]
  return { tone: faults.length === 0 ? 'good' : 'bad', text: lines.join('\n') }
}

/** A circuit shows nobody's address; without any link there would be nothing to measure. */
async function linkOrCircuit(id: PeerId, context: Context, network: Network): Promise<boolean> {
  if (network.links().some(({ peer }) => peer === id)) return true
  const person = context.room.presence.people.find((each) => each.id === id)
  const ours = network.links().flatMap((link) => (link.relay ? [link.peer] : []))
  const circuits = (person?.addresses ?? [])
    .map((address) => address.replace('/p2p-circuit/webrtc/', '/p2p-circuit/'))
    .filter((address) => ours.some((relayNode) => relayNode === relayIn(address)))
  // Who hides announces nothing, but has a place at the relay-node that we share, as likely as not.
  const guesses = ours.map((each) => `/p2p/${each}/p2p-circuit/p2p/${id}`)
  for (const address of [...circuits.slice(0, 1), ...guesses]) {
    const dialled = await within(DIAL_TIMEOUT_MS, context, (signal) =>
      network.dial(address, signal),
    )
    if (dialled.ok) return true
  }
  return false
}

async function within<T>(
  ms: number,
  { chat, signal }: Context,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeout = new AbortController()
  const stop = chat.runtime.clock.after(ms, () => {
    timeout.abort(new Error(`no answer within ${ms} ms`))
  })
  try {
    return await work(AbortSignal.any([signal, timeout.signal]))
  } finally {
    stop()
  }
}

/** With what they say now: what they said last may be half a minute old. */
async function knownRelays(context: Context): Promise<readonly KnownRelay[]> {
  const said = await askRelays(context)
  return (context.screen.device?.relays ?? linkedRelays(context.chat)).map((each) => {
    const word = each.peer === undefined ? undefined : said.get(each.peer)
    return word === undefined ? each : { ...each, word }
  })
}

/** Where nobody supervises relays, those that are linked are all that is known. */
function linkedRelays({ network }: Chat): readonly KnownRelay[] {
  const places = new Set(network?.snapshot().reservations.map(({ relay: peer }) => peer))
  return (network?.links() ?? [])
    .filter((link) => link.relay)
    .map(({ peer, address }) => ({
      peer,
      address,
      state: places.has(peer) ? ('serving' as const) : ('linked' as const),
      failures: 0,
    }))
}

function relayLine(known: KnownRelay, { network, runtime }: Chat): RelayLine {
  const now = runtime.clock.now()
  const link = network?.links().find((each) => each.peer === known.peer)
  const { reservations, circuits } = network?.snapshot() ?? { reservations: [], circuits: [] }
  const expires = reservations.find((each) => each.relay === known.peer)?.expires
  const ours = circuits.filter((each) => each.relay === known.peer)
  return {
    relay: known,
    ...callOf(known),
    circuits: ours.length,
    bytes: ours.reduce((sum, each) => sum + (each.bytes ?? 0), 0),
    ...(link === undefined
      ? {}
      : { linkedForMs: Math.max(0, now - link.since), transport: link.transport }),
    ...(link?.rttMs === undefined ? {} : { rttMs: link.rttMs }),
    ...(expires === undefined ? {} : { placeForMs: Math.max(0, expires - now) }),
  }
}

/** What tells a relay-node from others. */
function callOf({ peer, address }: KnownRelay): Pick<RelayLine, 'key' | 'host'> {
  const key = peer ?? peerIn(address)
  const host = hostIn(address)
  return {
    ...(key === undefined ? {} : { key: shortPeerId(key) }),
    ...(host === undefined ? {} : { host }),
  }
}

/** Of a multiaddr that ends in a peer's id. */
function peerIn(address: string): PeerId | undefined {
  const [, id = ''] = /\/p2p\/([^/]+)$/.exec(address) ?? []
  return isPeerId(id) ? id : undefined
}

/** `/dns4/chat.example/tcp/443/wss/…` is at `chat.example:443`. */
function hostIn(address: string): string | undefined {
  const [, kind, host, port] =
    /^\/(ip4|ip6|dns[46]?|dnsaddr)\/([^/]+)(?:\/(?:tcp|udp)\/(\d+))?/.exec(address) ?? []
  if (host === undefined) return undefined
  const name = kind === 'ip6' ? `[${host}]` : host
  return port === undefined ? name : `${name}:${port}`
}
