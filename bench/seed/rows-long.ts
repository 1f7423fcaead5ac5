import { Lab, PUBLIC } from '../../e2e/nat/lab.ts'
import type { HeadlessPeer } from './headless-peer.ts'
import { type Outcome, type Row, type Stage, pause, seconds, seeEachOther, within } from './row.ts'

const MINUTE_MS = 60_000
const MEGABYTE = 1_000_000
const RELAY_PORT = 4001
const MEET_MS = 60_000

/** Twenty peers, one that talks now and then, and what each of them costs. */
async function twenty(stage: Stage): Promise<Outcome> {
  const relay = await stage.relay()
  const peers = await stage.peers(20, { relays: [relay.tcpAddress] })
  const met = await within(MEET_MS, seeEachOther(peers))
  const before = await Promise.all(peers.map((peer) => peer.usage()))
  for (let i = 0; i < 18; i++) {
    await peers[i]?.say(`still here, ${i}`)
    await pause((3 * MINUTE_MS) / 18)
  }
  const after = await Promise.all(peers.map((peer) => peer.usage()))
  const cpu = after.map(({ cpuMs, at }, i) => {
    const from = before[i] ?? { cpuMs: 0, at: 0 }
    return ((cpuMs - from.cpuMs) / (at - from.at)) * 100
  })
  const memory = after.map(({ rss }) => rss / MEGABYTE)
  const see = await seeEachOther(peers)()
  const [mostMemory, mostCpu] = [Math.max(...memory), Math.max(...cpu)]
  return {
    passed: met !== undefined && see && mostMemory < 100 && mostCpu < 10,
    measured: `all see all after ${seconds(met)}${see ? ' and at the end' : ', not at the end'}; each at most ${mostMemory.toFixed(0)} MB and ${mostCpu.toFixed(1)} % CPU${mostMemory < 100 ? '' : ` (${(mostMemory - 100).toFixed(0)} MB too much)`}`,
  }
}

/** Two homes, each with people of its own; the second one's cable is pulled, so nobody hears a goodbye. */
function split(near: number, far: number, minutes: number): (stage: Stage) => Promise<Outcome> {
  return async (stage) => {
    const lab = Lab.build({ a: 'cone', b: 'cone' })
    stage.later(() => lab.destroy())
    const relay = await stage.relay(
      { HOST: PUBLIC[0], PORT: '8080', TCP_PORT: String(RELAY_PORT) },
      Lab.within('public'),
    )
    const relays = [`/ip4/${PUBLIC[0]}/tcp/${RELAY_PORT}/p2p/${relay.peerId}`]
    const at = (side: 'a' | 'b') => ({
      within: Lab.within(`home-${side}`),
      host: Lab.homeOf(side),
      relays,
    })
    const [here, there] = [await stage.peers(near, at('a')), await stage.peers(far, at('b'))]
    for (const side of [here, there]) await link(side)
    const all = [...here, ...there]
    if ((await within(MEET_MS, seeEachOther(all))) === undefined)
      throw new Error('they do not meet')
    lab.cut('b')
    await pause(5_000)
    const texts: string[] = []
    const end = performance.now() + minutes * MINUTE_MS
    for (let i = 0; performance.now() < end; i++) {
      for (const [name, side] of [
        ['here', here],
        ['there', there],
      ] as const) {
        const text = `${name}, ${i}`
        await side[i % side.length]?.say(text)
        texts.push(text)
      }
      await pause(10_000)
    }
    const crossed = (await here[0]?.shown())?.some(({ text }) => text.startsWith('there')) ?? true
    lab.mend('b')
    const healed = performance.now()
    const met = await within(MEET_MS, seeEachOther(all))
    const had = async (): Promise<boolean> => {
      const shown = await Promise.all(all.map((peer) => peer.shown()))
      return shown.every((each) => texts.every((text) => each.some((line) => line.text === text)))
    }
    const whole = await within(MEET_MS, had)
    const orders = await Promise.all(all.map((peer) => peer.history()))
    const order = new Set(orders.map((lines) => lines.map(({ text }) => text).join('\n'))).size
    return {
      passed: !crossed && met !== undefined && whole !== undefined && order === 1,
      measured: `${crossed ? 'the split leaked; ' : ''}reconnected after ${seconds(met)}, all ${texts.length} messages everywhere ${whole === undefined ? 'never' : `after ${seconds(performance.now() - healed)}`}, ${order === 1 ? 'in one order' : `in ${order} orders`}`,
    }
  }
}

/** A home is one LAN: its people find each other with no relay. */
async function link(peers: readonly HeadlessPeer[]): Promise<void> {
  for (const [i, peer] of peers.entries())
    for (const other of peers.slice(i + 1)) await peer.dial((await other.address()) ?? '')
}

export const longRows: readonly Row[] = [
  {
    id: '6.2',
    criterion: '20 peers for 3 min: each sees all; < 100 MB and < 10 % CPU each',
    run: twenty,
  },
  {
    id: '6.3',
    criterion: 'split A,B | C,D for 3 min: reconnected ≤ 60 s, both sides’ messages everywhere',
    lab: true,
    run: split(2, 2, 3),
  },
  {
    id: 'R4.4',
    criterion: '3 + 2 split for 5 min: reconnected, history the same',
    lab: true,
    run: split(3, 2, 5),
  },
]
