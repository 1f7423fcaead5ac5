import { cpus } from 'node:os'
import type { HeadlessPeer } from './headless-peer.ts'
import {
  type Outcome,
  type Row,
  type Stage,
  millis,
  pause,
  seconds,
  seeEachOther,
  within,
} from './row.ts'

const MEET_MS = 60_000

/** Peers at one relay-node; `linked`: each has dialled the others' TCP addresses, as `/add` does. */
async function roomOf(
  stage: Stage,
  count: number,
  linked: boolean,
): Promise<readonly HeadlessPeer[]> {
  const relay = await stage.relay()
  const peers = await stage.peers(count, { relays: [relay.tcpAddress] })
  if (linked) await linkAll(peers)
  if ((await within(MEET_MS, seeEachOther(peers))) === undefined)
    throw new Error('they do not meet')
  return peers
}

async function linkAll(peers: readonly HeadlessPeer[]): Promise<void> {
  for (const [i, peer] of peers.entries())
    for (const other of peers.slice(i + 1)) await peer.dial((await other.address()) ?? '')
}

interface Said {
  readonly text: string
  readonly by: number
  readonly at: number
}

interface Delivered {
  readonly share: number
  readonly duplicates: number
  readonly averageMs: number
  readonly at: (share: number) => number
}

/** What came of it at all others, `patience` ms later at the latest. */
async function deliveredOf(
  peers: readonly HeadlessPeer[],
  said: readonly Said[],
  patience = 10_000,
): Promise<Delivered> {
  const all = async (): Promise<boolean> => {
    const shown = await Promise.all(peers.map((peer) => peer.shown()))
    return shown.every((texts) =>
      said.every(({ text }) => texts.some((each) => each.text === text)),
    )
  }
  await within(patience, all)
  const times: number[] = []
  let duplicates = 0
  for (const [i, peer] of peers.entries()) {
    const shown = new Map((await peer.shown()).map((each) => [each.text, each]))
    for (const { text, by, at } of said) {
      const there = shown.get(text)
      duplicates += Math.max((there?.times ?? 1) - 1, 0)
      if (by !== i && there !== undefined) times.push(there.at - at)
    }
  }
  times.sort((a, b) => a - b)
  return {
    share: times.length / (said.length * (peers.length - 1)),
    duplicates,
    averageMs: times.reduce((sum, ms) => sum + ms, 0) / times.length,
    at: (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? NaN,
  }
}

/** Says `count` texts, one each `every` ms, in turn. */
async function sayInTurn(
  peers: readonly HeadlessPeer[],
  count: number,
  every: number,
): Promise<{ readonly said: readonly Said[]; readonly tookMs: number }> {
  const start = performance.now()
  const saying: Promise<Said>[] = []
  for (let i = 0; i < count; i++) {
    const by = i % peers.length
    const text = `message ${i}`
    const peer = peers[by]
    if (peer !== undefined) saying.push(peer.say(text).then((at) => ({ text, by, at })))
    await pause(Math.max(start + (i + 1) * every - performance.now(), 0))
  }
  return { said: await Promise.all(saying), tookMs: performance.now() - start }
}

async function meet(stage: Stage): Promise<Outcome> {
  const relay = await stage.relay()
  const peers = await stage.peers(3, { relays: [relay.tcpAddress] })
  const took = await within(MEET_MS, seeEachOther(peers))
  return { passed: took !== undefined, measured: `all three after ${seconds(took)}` }
}

async function eachSends(stage: Stage): Promise<Outcome> {
  const peers = await roomOf(stage, 3, false)
  const { said } = await sayInTurn(peers, 3, 300)
  const { share, at } = await deliveredOf(peers, said)
  const kept = await Promise.all(peers.map((peer) => peer.history()))
  const signed = kept.every((lines) => lines.every(({ name, clock }) => name !== '' && clock > 0))
  return {
    passed: share === 1 && signed && at(1) < 2_000,
    measured: `${share * 100} %, the slowest after ${millis(at(1))}`,
  }
}

async function historyOfOneGone(stage: Stage): Promise<Outcome> {
  const relay = await stage.relay()
  const place = { relays: [relay.tcpAddress] }
  const first = await stage.peer(place)
  await stage.peers(2, place)
  const texts = ['one of three', 'two of three', 'three of three']
  for (const text of texts) await first.say(text)
  // A quit closes at once: what was said must have left the house.
  await pause(1_000)
  await first.quit()
  const late = await stage.peer(place)
  const came = async (): Promise<boolean> =>
    (await late.history()).map(({ text }) => text).join() === texts.join()
  const took = await within(30_000, came)
  return { passed: took !== undefined, measured: `all three, in order, after ${seconds(took)}` }
}

async function saidAlone(stage: Stage): Promise<Outcome> {
  const relay = await stage.relay({ ARCHIVE_DAYS: '0' })
  const place = { relays: [relay.tcpAddress] }
  const first = await stage.peer(place)
  await first.say('Hello?')
  await pause(5_000)
  const late = await stage.peer(place)
  const came = async (): Promise<boolean> =>
    (await late.shown()).some(({ text }) => text === 'Hello?')
  const took = await within(60_000, came)
  return {
    passed: took !== undefined,
    measured: `after ${seconds(took)}, with no archive: from the first one's own history`,
  }
}

async function hundred(stage: Stage): Promise<Outcome> {
  const peers = await roomOf(stage, 5, true)
  const { value, cost } = await costOf(peers, () => sayInTurn(peers, 100, 100))
  const { said } = value
  const { share, duplicates, averageMs } = await deliveredOf(peers, said)
  return {
    passed: share === 1 && duplicates === 0 && averageMs < 500,
    measured: `${(share * 100).toFixed(1)} %, average ${millis(averageMs)}, ${duplicates} duplicates; ${cost}`,
  }
}

/** ms that all processors of the machine have worked and been idle so far. */
function machine(): { readonly busyMs: number; readonly allMs: number } {
  const times = cpus().map((each) => each.times)
  const busyMs = times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, 0)
  return { busyMs, allMs: times.reduce((sum, { idle }) => sum + idle, busyMs) }
}

/**
 * Calls `talk`, and says how much of the machine that cost the peers and how much it was busy in all: on
 * one that is full of other work, what takes long is waiting for a processor.
 */
async function costOf<T>(
  peers: readonly HeadlessPeer[],
  talk: () => Promise<T>,
): Promise<{ readonly value: T; readonly cost: string }> {
  const cpuMs = async (): Promise<number> => {
    const usage = await Promise.all(peers.map((peer) => peer.usage()))
    return usage.reduce((sum, each) => sum + each.cpuMs, 0)
  }
  const [usedBefore, before] = [await cpuMs(), machine()]
  const value = await talk()
  const [used, after] = [await cpuMs(), machine()]
  const share = (ms: number): string => `${Math.round((ms / (after.allMs - before.allMs)) * 100)} %`
  const cost = `the peers took ${share(used - usedBefore)} of a machine that was ${share(after.busyMs - before.busyMs)} busy`
  return { value, cost }
}

/** 25 a second for 20 s. */
function load(linked: boolean): (stage: Stage) => Promise<Outcome> {
  return async (stage) => {
    const peers = await roomOf(stage, 5, linked)
    const { value, cost } = await costOf(peers, () => sayInTurn(peers, 500, 40))
    const { said, tookMs } = value
    const { share, averageMs, at } = await deliveredOf(peers, said)
    const rate = said.length / (tookMs / 1_000)
    const fast = linked ? averageMs < 100 && at(0.95) < 200 && at(0.99) < 500 : averageMs < 500
    return {
      passed: rate > 20 && share > 0.99 && fast,
      measured: `${rate.toFixed(0)} messages/s, ${(share * 100).toFixed(2)} %, average ${millis(averageMs)}, p50 ${millis(at(0.5))}, p95 ${millis(at(0.95))}, p99 ${millis(at(0.99))}; ${cost}`,
    }
  }
}

export const talkRows: readonly Row[] = [
  { id: '1.2', criterion: '3 peers: each sees the other two within 60 s', run: meet },
  {
    id: '1.3',
    criterion: 'each of 3 sends: on every screen within 2 s, with name and time',
    run: eachSends,
  },
  {
    id: '2.2',
    criterion: 'P1 sends 3 and quits; new P4 sees all three, in order',
    run: historyOfOneGone,
  },
  {
    id: '6.1',
    criterion: '5 peers, 100 messages at 100 ms: all, < 500 ms, none twice',
    run: hundred,
  },
  { id: 'R4.3', criterion: '`Hello?` said alone arrives when a peer joins', run: saidAlone },
  {
    id: 'R5',
    criterion: 'direct: > 20/s, > 99 %, average < 100, p95 < 200, p99 < 500 ms',
    run: load(true),
  },
  { id: 'R5', criterion: 'by relay: > 20/s, > 99 %, average < 500 ms', run: load(false) },
]
