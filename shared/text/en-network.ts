import {
  type IceMeasurement,
  type Measurements,
  type Probe,
  isSymmetric,
  stunAnswered,
  tellsNat,
} from '../doctor.ts'
import { fault } from './en-faults.ts'
import { bytes, duration, number, plural } from './en-numbers.ts'
import type { DhtLine, NetworkWords, RelayLine, TraceStep, WayLine } from './network-words.ts'

function ms(value: number): string {
  return `${number.format(Math.max(1, Math.round(value)))} ms`
}

function median(value: number | undefined): string {
  return value === undefined ? 'not measured yet' : `median ${ms(value)}`
}

function percent(share: number): string {
  return `${number.format(Math.round(share * 1_000) / 10)} %`
}

function trace({ step, peers }: TraceStep): string {
  switch (step) {
    case 'kept':
      return 'signed, and kept on this device'
    case 'sent':
      return peers === 0 ? 'handed over' : `handed to ${plural(peers, 'peer', 'peers')} at once`
    case 'stored':
      return 'somebody else says that it is on their disk'
  }
}

function way({ way: kind, links, medianMs, received, handed, share }: WayLine): string {
  const name = kind === 'direct' ? 'direct' : 'through relay-nodes'
  const part = share === undefined ? '' : ` (${percent(share)})`
  return `- ${name}: ${plural(links, 'link', 'links')}, ${median(medianMs)}; ${plural(received, 'message', 'messages')} came first this way${part}, ${number.format(handed)} handed over`
}

function relay(line: RelayLine): string {
  const { relay: known, linkedForMs, rttMs, transport, placeForMs, circuits, bytes: used } = line
  const parts = [
    relayName(line),
    relayState(line),
    ...(transport === undefined ? [] : [transport]),
    ...(rttMs === undefined ? [] : [ms(rttMs)]),
    ...(linkedForMs === undefined ? [] : [`connected for ${duration(linkedForMs)}`]),
    ...(placeForMs === undefined ? [] : [`place renewed within ${duration(placeForMs)}`]),
    ...(linkedForMs === undefined
      ? []
      : [`${plural(circuits, 'circuit', 'circuits')} of yours, ${bytes(used)}`]),
  ]
  const { word } = known
  const says =
    word?.places === undefined
      ? []
      : [
          `  it says: ${number.format(word.places.taken)} of ${number.format(word.places.all)} places taken, ${plural(word.circuits ?? 0, 'circuit', 'circuits')} in all, ${plural(word.relays.length === 0 ? 0 : new Set(word.relays.map((each) => each.split('/').at(-1))).size, 'other relay-node', 'other relay-nodes')} known`,
        ]
  return [`- ${parts.join(' · ')}`, ...says].join('\n')
}

function relayName({ relay: { address }, key, host }: RelayLine): string {
  if (key === undefined && host === undefined) return address
  return [
    'relay-node',
    ...(key === undefined ? [] : [key]),
    ...(host === undefined ? [] : [`at ${host}`]),
  ].join(' ')
}

function dhtLine({ relay: peer, records, bytes: size, lifeMs, nextMs }: DhtLine): string {
  const next =
    nextMs === undefined ? '' : `, the next one ends in ${duration(nextMs)} unless renewed`
  return `Kept at relay-node ${peer}: ${plural(records, 'record', 'records')}, ${bytes(size)}; time to live ${duration(lifeMs)}${next}.`
}

function relayState({ relay: { state, failures } }: RelayLine): string {
  switch (state) {
    case 'serving':
      return 'holds a place for you'
    case 'linked':
      return 'connected, but holds no place for you'
    case 'dialling':
      return 'being dialled'
    case 'waiting':
      return `did not answer (${plural(failures, 'time', 'times')}), is tried again`
    case 'spare':
      return 'known, not needed now'
  }
}

function probe(what: string, found: Probe): string {
  if (found.ok) return `✓ ${what}: answered in ${ms(found.ms)}`
  switch (found.why) {
    case 'refused':
      return `✗ ${what}: refused`
    case 'silent':
      return `✗ ${what}: no answer within 5 s`
    case 'answer':
      return `✗ ${what}: answered with status ${found.status ?? 0}`
  }
}

function measured(found: Measurements): readonly string[] {
  const { host, http, webSocket, clockAheadMs, versions, relays, ice, storage, hidden } = found
  return [
    probe(`HTTP at ${host}`, http),
    ...(webSocket === undefined ? [] : [probe(`WebSocket at ${host}`, webSocket)]),
    `${relays.serving > 0 ? '✓' : '✗'} Relay-nodes: ${number.format(relays.linked)} connected, ${number.format(relays.serving)} of them hold a place for you`,
    ...(clockAheadMs === undefined
      ? ['? Clock: not compared, no relay-node told the time']
      : [
          `${Math.abs(clockAheadMs) < 60_000 ? '✓' : '✗'} Clock: ${duration(Math.abs(clockAheadMs))} ${clockAheadMs > 0 ? 'behind' : 'ahead of'} the relay-node’s`,
        ]),
    ...(versions.relay === undefined
      ? [`? Version: ${versions.page} here, the relay-node’s is not known`]
      : [
          `${versions.relay === versions.page ? '✓' : '✗'} Version: ${versions.page} here, the relay-node serves ${versions.relay}`,
        ]),
    ...iceLines(ice),
    ...storageLines(storage),
    ...(hidden ? ['  Relay-only mode is on: direct links are neither offered nor taken'] : []),
  ]
}

function storageLines({ usedBytes, full }: Measurements['storage']): readonly string[] {
  const used = usedBytes === undefined ? '' : `, ${bytes(usedBytes)} used`
  if (full === undefined) return [`? Storage: could not be tried${used}`]
  return [
    `${full ? '✗ Storage: a megabyte more is refused' : '✓ Storage: a megabyte more is kept'}${used}`,
  ]
}

function iceLines(ice: Measurements['ice']): readonly string[] {
  if (ice === undefined) return ['✗ WebRTC: this browser has none']
  const { stun, mappings, turn, hosts } = ice
  const nat = isSymmetric(ice)
    ? '✗ NAT: symmetric, each server sees another port'
    : mappings.length > 0
      ? `${tellsNat(ice) ? '✓ NAT: one port for all' : '? NAT: it takes two STUN servers to tell its kind'}; seen from outside as ${mappings.map(({ outside }) => outside).join(', ')}`
      : stun?.some(({ answered }) => answered) === true
        ? '✓ NAT: none between this device and the STUN server'
        : '? NAT: not known'
  return [
    `${hosts > 0 ? '✓' : '?'} UDP: ${plural(hosts, 'local address', 'local addresses')}`,
    stunLine(ice),
    ...(stun === undefined || stun.length === 0 ? [] : [nat]),
    ...(turn === 'none' ? [] : [`${turn === 'answered' ? '✓' : '✗'} TURN: ${turn}`]),
  ]
}

function stunLine(ice: IceMeasurement): string {
  const { stun } = ice
  if (stun === undefined) return '? STUN: not known, the relay-node names the server'
  if (stun.length === 0) return '✗ STUN: no server is configured'
  const answered = stunAnswered(ice)
  const unknown = stun.some((each) => each.answered === undefined)
  const sign = answered > 0 ? '✓' : unknown ? '?' : '✗'
  return `${sign} STUN: ${number.format(answered)} of ${plural(stun.length, 'server', 'servers')} answered`
}

export const enNetwork: NetworkWords = {
  direction: (direction) => direction,
  link: ({ transport, direction, forMs, rttMs, relay: through }) => {
    const rest = [
      enNetwork.direction(direction),
      ...(rttMs === undefined ? [] : [ms(rttMs)]),
      `for ${duration(forMs)}`,
    ].join(', ')
    if (through === undefined) return `${transport} (direct, ${rest})`
    return `through ${through === '' ? 'a relay-node' : `relay-node ${through}`} (${rest})`
  },
  linkKinds: (kinds) => [
    ...(kinds.length === 0 ? [] : ['By kind:']),
    ...kinds.map(
      ({ transport, relayed, count, medianMs }) =>
        `- ${relayed ? 'through a relay' : `${transport}, direct`}: ${number.format(count)}, ${median(medianMs)}`,
    ),
  ],
  pathChanged: (name, direct, transport, rttMs) =>
    direct
      ? `✓ ${name} is reached directly now (${transport}${rttMs === undefined ? '' : `, ${ms(rttMs)}`}), no longer through the relay`
      : `✗ No direct link to ${name} any more: messages go through the relay, and a direct link is tried again`,
  trace: (text, step, afterMs) =>
    `→ “${text}”: ${trace(step)}${step.step === 'kept' ? '' : ` after ${ms(afterMs)}`}`,
  pinged: ({ name, rttsMs, tried, path }) => {
    if (rttsMs.length === 0)
      return `${name} did not answer (${path}, tried ${plural(tried, 'time', 'times')}).`
    const sorted = [...rttsMs].sort((a, b) => a - b)
    const range = `${ms(sorted[0] ?? 0)} at best, ${ms(sorted.at(-1) ?? 0)} at worst`
    return `${name}: ${ms(sorted[Math.floor(sorted.length / 2)] ?? 0)} ${path} (${number.format(rttsMs.length)} of ${number.format(tried)} answered, ${range})`
  },
  notPingable: (name) =>
    `${name} is heard through others, and announces no address: there is nothing to ping.`,
  mesh: (topic, names) => [
    `- ${topic.topic}: ${plural(topic.mesh.length, 'mesh peer', 'mesh peers')} of ${plural(topic.subscribers.length, 'subscriber', 'subscribers')}${topic.mesh.length === 0 ? '' : ` (${names(topic.mesh)})`}`,
    `  fanout ${number.format(topic.fanout.length)}, grafts ${number.format(topic.grafts)}, prunes ${number.format(topic.prunes)}`,
    `  received ${number.format(topic.accepted)}, ignored ${number.format(topic.ignored)}, rejected ${number.format(topic.rejected)}; published ${number.format(topic.published)}, handed to ${number.format(topic.handed)} in all`,
  ],
  deliveryRate: (gossip, sync) =>
    gossip + sync === 0
      ? 'Delivery rate: nobody else has said anything here since the start.'
      : `Delivery rate: ${percent(gossip / (gossip + sync))} of what others said meanwhile came by itself (${number.format(gossip)}), the rest (${number.format(sync)}) was fetched.`,
  routing: (ways, people) =>
    [
      'Paths, since the start:',
      ...ways.map(way),
      ...(people.length === 0 ? [] : ['People here:', ...people]),
    ].join('\n'),
  relayMode: (mode) =>
    mode === 'only'
      ? 'Relay-only mode: nobody in the room sees the address of this device; the relay-nodes below do. /relay auto ends it.'
      : 'Mode: auto. Direct links come before the relay, and people with one see this device’s address. /relay only hides it.',
  relays: (lines) =>
    lines.length === 0
      ? ['No relay-node is known.']
      : [`Relay-nodes (${lines.length}):`, ...lines.map(relay)],
  relayAddresses: (count) => `Their addresses (${number.format(count)})`,
  inviteBy: () => 'An invite that names them',
  relayModes: () => '“only” or “auto”',
  hiddenDial: () =>
    'Relay-only mode is on, so nobody is dialled directly: that would show them the address of this device. /relay auto ends it.',
  dht: (room, { mode, table, records, key, providers, asked, tookMs }, kept) =>
    [
      `DHT: ${mode}, ${plural(table, 'peer', 'peers')} in the routing table, ${records === undefined ? 'no records kept, as clients keep none' : `${plural(records, 'record', 'records')} kept here`}.`,
      `Searched for ${room} (${key}) just now: ${plural(providers.length, 'provider', 'providers')} after asking ${plural(asked, 'peer', 'peers')}, ${ms(tookMs)}.`,
      ...providers.map((peer) => `- ${peer}`),
      ...(kept.length === 0 ? ['No relay-node says what it keeps.'] : kept.map(dhtLine)),
    ].join('\n'),
  noDht: () =>
    'The DHT is not up: it is loaded some seconds after the start, once a relay is there.',
  noDevice: () => 'This cannot be found out here.',
  noMap: () => 'There is no screen here to draw on; /peers and /who say the same in words.',
  testing: () => 'Testing the network: this takes some seconds…',
  measured,
  fault,
  wellness: (faults) =>
    faults === 0 ? 'Nothing is wrong.' : `${plural(faults, 'fault', 'faults')} found:`,
}
