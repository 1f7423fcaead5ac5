import { Person } from '../../e2e/person.ts'
import type { RelayNode } from '../../e2e/relay.ts'
import { Lab, type Nat, PUBLIC } from '../../e2e/nat/lab.ts'
import { type Outcome, type Row, type Stage, millis, pause, seconds, within } from './row.ts'

const PAGE_PORT = '8080'
const TCP_PORT = '4001'
const ORIGINS = PUBLIC.map((address) => `http://${address}:${PAGE_PORT}`)
const LINK_MS = 30_000
const UPGRADE_MS = 120_000
const DHT_MS = 60_000
type Side = 'a' | 'b'

/** The lab, as a row sees it. */
class Town {
  readonly lab: Lab
  readonly #stage: Stage

  private constructor(stage: Stage, lab: Lab) {
    this.#stage = stage
    this.lab = lab
  }

  static lay(stage: Stage, a: Nat, b: Nat): Town {
    const lab = Lab.build({ a, b })
    stage.later(() => lab.destroy())
    return new Town(stage, lab)
  }

  relay(n: 0 | 1, environment: Readonly<Record<string, string>> = {}): Promise<RelayNode> {
    const place = { HOST: PUBLIC[n], PORT: PAGE_PORT, TCP_PORT, STUN_PORT: '3478' }
    return this.#stage.relay({ ...place, ...environment }, Lab.within('public'))
  }

  async person(side: Side, relay: RelayNode): Promise<Person> {
    const person = await Person.open(await this.lab.browser(side, ORIGINS), relay.url)
    this.#stage.later(() => person.close())
    return person
  }
}

function addressOf(relay: RelayNode, n: 0 | 1): string {
  return `/ip4/${PUBLIC[n]}/tcp/${TCP_PORT}/p2p/${relay.peerId}`
}

/** What a command says; asked anew each time. */
async function ask(person: Person, command: string, word: RegExp): Promise<string> {
  await person.say(command)
  return person.answer(word).last().innerText()
}

async function pillOf(person: Person): Promise<string> {
  return (await person.pill.textContent()) ?? ''
}

function show(people: readonly Person[], pill: string): () => Promise<boolean> {
  return async () => (await Promise.all(people.map(pillOf))).every((text) => text.trim() === pill)
}

/** ms from Enter to the other screen, both ways; nothing if one never comes. */
async function talk(alice: Person, bob: Person, about: string): Promise<number | undefined> {
  const times: number[] = []
  for (const [from, to] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    const text = `${about}, ${times.length === 0 ? 'there' : 'and back'}`
    await from.say(text)
    const took = await within(LINK_MS, async () => (await to.message(text).count()) === 1)
    if (took === undefined) return undefined
    times.push(took)
  }
  return Math.max(...times)
}

/** What `/dht` has to show, and the words that it is shown in. */
const DHT_FIGURES = {
  'routing table': /(\d+) peers? in the routing table/,
  providers: /(\d+) providers?/,
  records: /([\d,]+) records?, [\d.,]+ \w+;/,
  size: /records?, ([\d.,]+ \w+);/,
  'time to live': /time to live ([\d.]+ \w+)/,
  'next end': /ends in ([\d.]+ \w+)/,
}

async function dht(stage: Stage): Promise<Outcome> {
  const town = Town.lay(stage, 'cone', 'cone')
  const relay = await town.relay(0)
  const [alice] = [await town.person('a', relay), await town.person('b', relay)]
  let answer = ''
  const found = async (): Promise<boolean> => {
    answer = await ask(alice, '/dht', /DHT/)
    await pause(1_000)
    return answer.includes(`- ${relay.peerId}`)
  }
  const took = await within(DHT_MS, found)
  const figures = Object.entries(DHT_FIGURES).map(
    ([name, pattern]) => [name, pattern.exec(answer)?.[1]] as const,
  )
  const shown = figures.map(([name, figure]) => `${name} ${figure ?? 'not shown'}`)
  return {
    passed:
      took !== undefined && figures.every(([, figure]) => figure !== undefined && figure !== '0'),
    measured: `the relay-node found as a provider of the room after ${seconds(took)}; ${shown.join(', ')}`,
  }
}

async function relayTruth(stage: Stage): Promise<Outcome> {
  const town = Town.lay(stage, 'symmetric', 'symmetric')
  const relay = await town.relay(0)
  const [alice, bob] = [await town.person('a', relay), await town.person('b', relay)]
  await within(LINK_MS, show([alice, bob], 'Relay only · 1'))
  const taken = async (): Promise<string> => {
    const answer = await ask(alice, '/relay', /Relay-nodes/)
    const holds = answer.includes('holds a place for you')
    return `${holds ? 'holds a place' : 'no place'}, ${/(\d+) of [\d,]+ places/.exec(answer)?.[1] ?? '?'} taken`
  }
  const both = await within(40_000, async () => (await taken()) === 'holds a place, 2 taken')
  await bob.page.goto('about:blank')
  const one = await within(60_000, async () => (await taken()) === 'holds a place, 1 taken')
  return {
    passed: both !== undefined && one !== undefined,
    measured: `with two behind NATs: ${both === undefined ? 'not ' : ''}2 places taken; after one left: ${one === undefined ? await taken() : '1'}`,
  }
}

async function threePlaces(stage: Stage): Promise<Outcome> {
  const town = Town.lay(stage, 'cone', 'cone')
  const relay = await town.relay(0)
  const place = { within: Lab.within('public'), host: PUBLIC[2], relays: [addressOf(relay, 0)] }
  const carol = await stage.peer(place)
  const [alice, bob] = [await town.person('a', relay), await town.person('b', relay)]
  await within(LINK_MS, show([alice, bob], 'Live · 2'))
  const took = await talk(alice, bob, 'three places')
  const answer = await ask(alice, '/conn', /Connections/)
  const path = /WebRTC \(([^,]+)/.exec(answer)?.[1] ?? 'nothing'
  const heard = await within(10_000, async () => (await carol.shown()).length === 2)
  return {
    passed: took !== undefined && path === 'direct' && heard !== undefined,
    measured: `${took === undefined ? 'they do not talk' : `there and back in at most ${millis(took)}`}; \`/conn\`: WebRTC, ${path}; C heard ${heard === undefined ? 'not all' : 'all'}`,
  }
}

async function oneOfTwoRelays(stage: Stage): Promise<Outcome> {
  const town = Town.lay(stage, 'symmetric', 'symmetric')
  const second = await town.relay(1)
  const first = await town.relay(0, { BOOTSTRAP: addressOf(second, 1) })
  const [alice, bob] = [await town.person('a', first), await town.person('b', first)]
  await within(LINK_MS, show([alice, bob], 'Relay only · 1'))
  await talk(alice, bob, 'two relays')
  await first.kill()
  const start = performance.now()
  const took = await talk(alice, bob, 'one relay left')
  const elapsed = performance.now() - start
  const answered = async (): Promise<boolean> => {
    const answer = await ask(alice, '/relay', /Relay-nodes/)
    return answer
      .split('\n')
      .some((line) => line.includes(second.peerId.slice(-6)) && line.includes('holds a place'))
  }
  const said = await within(30_000, answered)
  return {
    passed: took !== undefined && elapsed < 30_000 && said !== undefined,
    measured: `${took === undefined ? 'they do not talk any more' : `they talk on after ${seconds(elapsed)}`}; \`/relay\` names the other one after ${seconds(said)}`,
  }
}

async function routing(stage: Stage): Promise<Outcome> {
  const town = Town.lay(stage, 'cone', 'cone')
  const relay = await town.relay(0)
  const [alice, bob] = [await town.person('a', relay), await town.person('b', relay)]
  await within(LINK_MS, show([alice, bob], 'Live · 1'))
  for (let i = 0; i < 20; i++) {
    await bob.say(`routed ${i}`)
    await pause(100)
  }
  await within(10_000, async () => (await alice.message('routed 19').count()) === 1)
  await pause(3_000)
  const answer = await ask(alice, '/routing', /Paths/)
  const line = (name: string): { readonly ms: number; readonly share: number } => {
    const found = answer.split('\n').find((each) => each.includes(name)) ?? ''
    const figure = (pattern: RegExp): number => Number(pattern.exec(found)?.[1] ?? NaN)
    return { ms: figure(/(\d+) ms/), share: figure(/\(([\d.]+)\s?%\)/) }
  }
  const [direct, relayed] = [line('- direct'), line('- through relay-nodes')]
  return {
    passed: direct.ms <= relayed.ms && direct.share > relayed.share,
    measured: `direct ${direct.ms} ms and ${direct.share} % of messages, relay-nodes ${relayed.ms} ms and ${relayed.share} %`,
  }
}

async function upgrade(stage: Stage): Promise<Outcome> {
  const town = Town.lay(stage, 'symmetric', 'symmetric')
  const relay = await town.relay(0)
  const [alice, bob] = [await town.person('a', relay), await town.person('b', relay)]
  await alice.say('/verbose')
  const relayed = await within(LINK_MS, show([alice, bob], 'Relay only · 1'))
  await pause(5_000)
  town.lab.setNat('a', 'cone')
  town.lab.setNat('b', 'cone')
  const took = await within(UPGRADE_MS, show([alice, bob], 'Live · 1'))
  const said = await within(
    5_000,
    async () => (await alice.log.getByText('is reached directly now').count()) > 0,
  )
  return {
    passed: relayed !== undefined && took !== undefined && said !== undefined,
    measured: `direct after ${seconds(took)}, ${said === undefined ? 'and not a word of it' : 'and said so'}`,
  }
}

async function oneLan(stage: Stage): Promise<Outcome> {
  const town = Town.lay(stage, 'cone', 'cone')
  const relay = await town.relay(0)
  const people = [
    await town.person('a', relay),
    await town.person('a', relay),
    await town.person('a', relay),
  ]
  const direct = async (): Promise<boolean> => {
    const counts = await Promise.all(
      people.map((person) => person.people.getByText('direct').count()),
    )
    return counts.every((count) => count === 2)
  }
  const took = await within(LINK_MS, direct)
  return { passed: took !== undefined, measured: `all six ends direct after ${seconds(took)}` }
}

/** Strict on one side, or on both: in either case two networks and a relay. */
async function strict(stage: Stage): Promise<Outcome> {
  const town = Town.lay(stage, 'symmetric', 'symmetric')
  const relay = await town.relay(0)
  const [alice, bob] = [await town.person('a', relay), await town.person('b', relay)]
  const relayed = await within(LINK_MS, show([alice, bob], 'Relay only · 1'))
  const took = await talk(alice, bob, 'two networks')
  await alice.pill.getByRole('button').click()
  const why = alice.page.getByText('no direct link to anybody here came about').first()
  const said = await within(5_000, () => why.isVisible())
  return {
    passed: relayed !== undefined && took !== undefined && said !== undefined,
    measured: `${took === undefined ? 'they do not talk' : `there and back in at most ${millis(took)}`}; the note ${said === undefined ? 'does not say why' : 'says that no direct link came about'}`,
  }
}

export const labRows: readonly Row[] = [
  { id: '2.1', criterion: '`/dht`: records, providers, sizes, time to live', run: dht },
  { id: '3.1', criterion: '`/relay` tells the truth', run: relayTruth },
  {
    id: '3.2',
    criterion: 'NAT A, NAT B, public C: A and B talk, `/conn` names the path',
    run: threePlaces,
  },
  {
    id: '3.3',
    criterion: 'two relays, the one in use stopped: reconnected within 30 s, and says so',
    run: oneOfTwoRelays,
  },
  {
    id: '4.1',
    criterion: '`/routing`: direct has the lowest latency and the highest share',
    run: routing,
  },
  {
    id: '4.2',
    criterion: 'relayed pair, then direct becomes possible: switches within 2 min, and says so',
    run: upgrade,
  },
  { id: '5.1', criterion: 'one LAN, 3 peers: all links direct', run: oneLan },
  { id: '5.2–3', criterion: 'two networks, strict NATs: they talk, and it says why', run: strict },
].map((row) => ({ ...row, lab: true }))
