import { afterEach, describe, expect, test } from 'vitest'
import { Changes } from '../changes.ts'
import { type Result, fail, ok } from '../failure.ts'
import type { PeerId } from '../ids.ts'
import type { FramedStream, Link, NetworkChange } from '../network.ts'
import { encodeRelayWord } from '../relay-word.ts'
import type { Runtime } from '../runtime.ts'
import { VirtualClock } from '../testing/virtual-time.ts'
import { Relays } from './relays.ts'

type Mood = 'up' | 'down' | 'silent'

/** Relays that are up, refuse, or never answer; and when each was dialled. */
class Wire {
  readonly changes = new Changes<NetworkChange>()
  readonly dials: { address: string; at: number }[] = []
  readonly moods = new Map<PeerId, Mood>()
  /** Who answers, and names these when asked for other relays. */
  readonly words = new Map<PeerId, readonly string[]>()
  /** Who lets people link, but holds no place for them. */
  readonly full = new Set<PeerId>()
  /** Peers that only say that they are relay-nodes. */
  readonly impostors = new Set<PeerId>()
  /** Relays that close each link before the dial is over. */
  readonly brief = new Set<PeerId>()
  readonly #links = new Map<PeerId, Link>()
  readonly #clock: VirtualClock

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  links(): readonly Link[] {
    return [...this.#links.values()]
  }

  dial(address: string, signal: AbortSignal): Promise<Result<PeerId>> {
    this.dials.push({ address, at: this.#clock.now() })
    const peer = peerIn(address)
    const mood = this.moods.get(peer) ?? 'up'
    const failed = fail({ kind: 'unreachable', what: address })
    if (mood === 'silent')
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          resolve(failed)
        })
      })
    if (mood === 'down' || address.includes('bad')) return Promise.resolve(failed)
    const link: Link = {
      peer,
      path: 'direct',
      transport: 'WebSocket',
      address,
      direction: 'outbound',
      since: 0,
      relay: !this.impostors.has(peer),
    }
    this.#links.set(peer, link)
    this.changes.emit({ kind: 'linked', link })
    if (this.brief.has(peer)) this.lose(peer)
    return Promise.resolve(ok(peer))
  }

  ping(peer: PeerId, signal: AbortSignal): Promise<Result<number>> {
    if (this.moods.get(peer) !== 'silent') return Promise.resolve(ok(1))
    const failed = fail({ kind: 'unreachable', what: peer })
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        resolve(failed)
      })
    })
  }

  addresses(): readonly string[] {
    return this.linked
      .filter((relay) => !this.full.has(relay))
      .map((relay) => `/a/p2p/${relay}/p2p-circuit/webrtc/p2p/me`)
  }

  open(peer: PeerId): Promise<Result<FramedStream>> {
    const relays = this.words.get(peer)
    if (relays === undefined) return Promise.resolve(fail({ kind: 'unreachable', what: peer }))
    return Promise.resolve(
      ok({
        peer,
        read: () => Promise.resolve(ok(encodeRelayWord({ relays, circuits: 3 }))),
        write: () => Promise.resolve(ok(undefined)),
        close: () => Promise.resolve(),
        abort: () => undefined,
      }),
    )
  }

  hangUp(peer: PeerId): Promise<void> {
    this.lose(peer)
    return Promise.resolve()
  }

  lose(peer: PeerId): void {
    const link = this.#links.get(peer)
    this.#links.delete(peer)
    if (link !== undefined) this.changes.emit({ kind: 'unlinked', link })
  }

  get linked(): readonly PeerId[] {
    return [...this.#links.keys()]
  }
}

function peerIn(address: string): PeerId {
  return address.split('/').at(-1) as PeerId
}

const ONE = 'one' as PeerId
let relays: Relays | undefined

afterEach(() => {
  relays?.stop()
})

function setUp(
  addresses: readonly string[],
  moods: Record<string, Mood> = {},
  chance = 1,
  prepare: (network: Wire) => void = () => undefined,
) {
  const clock = new VirtualClock(0)
  const network = new Wire(clock)
  for (const [peer, mood] of Object.entries(moods)) network.moods.set(peer as PeerId, mood)
  const runtime: Runtime = {
    clock,
    random: { bytes: (length) => new Uint8Array(length), fraction: () => chance },
    log: () => undefined,
  }
  const remembered: (readonly string[])[] = []
  relays = new Relays({
    network,
    runtime,
    addresses,
    isDialable: (address) => !address.startsWith('/tcp'),
    remember: (best) => remembered.push(best),
  })
  prepare(network)
  relays.start()
  return { clock, network, relays, remembered }
}

describe('relays', () => {
  test('are dialled at once, the own origin first, by the next address if one fails', async () => {
    const { clock, network } = setUp(['/bad/p2p/one', '/good/p2p/one'])
    await clock.run(0)
    expect(network.dials.map(({ address }) => address)).toEqual(['/bad/p2p/one', '/good/p2p/one'])
    expect(network.linked).toEqual([ONE])
    await clock.run(60_000)
    expect(network.dials).toHaveLength(2)
  })

  test('are dialled again after 1, 2, 4 … 30 s while they are away', async () => {
    const { clock, network } = setUp(['/a/p2p/one'], { one: 'down' })
    await clock.run(95_000)
    const pauses = network.dials.map(({ at }, i) => (at - (network.dials[i - 1]?.at ?? 0)) / 1_000)
    expect(pauses).toEqual([0, 1, 2, 4, 8, 16, 30, 30])
  })

  test('that have many addresses are asked at the best one, and now and then at another', async () => {
    const list = ['/a/p2p/one', '/b/p2p/one', '/c/p2p/one', '/bad/p2p/one']
    const { clock, network } = setUp(['/bad2/p2p/one', ...list])
    await clock.run(10_000)
    expect(network.linked).toEqual([ONE])
    network.moods.set(ONE, 'down')
    network.lose(ONE)
    network.dials.length = 0
    await clock.run(30_000)
    const dialled = (): readonly string[] => network.dials.map(({ address }) => address)
    expect(dialled()).toEqual([
      ...['/a/p2p/one', '/a/p2p/one', '/a/p2p/one', '/bad2/p2p/one'],
      ...['/a/p2p/one', '/a/p2p/one'],
    ])
    await clock.run(600_000)
    expect(new Set(dialled())).toEqual(new Set(['/bad2/p2p/one', ...list]))
  })

  test('do not all come back in the same moment', async () => {
    const { clock, network } = setUp(['/a/p2p/one'], { one: 'down' }, 0)
    await clock.run(600)
    expect(network.dials.map(({ at }) => at)).toEqual([0, 500])
  })

  test('that are lost are back within a second, and patience starts anew', async () => {
    const { clock, network } = setUp(['/a/p2p/one'])
    await clock.run(100_000)
    network.lose(ONE)
    await clock.run(1_000)
    expect(network.linked).toEqual([ONE])
  })

  test('that close the link as soon as it stands are dialled again, with the same patience', async () => {
    const { clock, network } = setUp(['/a/p2p/one'], {}, 1, ({ brief }) => brief.add(ONE))
    await clock.run(20_000)
    expect(network.dials.map(({ at }) => at)).toEqual([0, 1_000, 3_000, 7_000, 15_000])
    network.brief.delete(ONE)
    await clock.run(30_000)
    expect(network.linked).toEqual([ONE])
  })

  test('are dialled at once on a nudge', async () => {
    const { clock, network, relays } = setUp(['/a/p2p/one'], { one: 'down' })
    await clock.run(70_000)
    network.moods.set(ONE, 'up')
    relays.nudge()
    await clock.run(0)
    expect(network.linked).toEqual([ONE])
  })

  test('a nudge ends a dial that hangs, but not one that has just begun', async () => {
    const { clock, network, relays } = setUp(['/a/p2p/one'], { one: 'silent' })
    await clock.run(500)
    relays.nudge()
    await clock.run(500)
    expect(network.dials).toHaveLength(1)
    network.moods.set(ONE, 'up')
    relays.nudge()
    await clock.run(0)
    expect(network.linked).toEqual([ONE])
  })

  test('a nudge finds out that a link is dead', async () => {
    const { clock, network, relays } = setUp(['/a/p2p/one'])
    await clock.run(0)
    network.moods.set(ONE, 'silent')
    relays.nudge()
    await clock.run(2_000)
    expect(network.linked).toEqual([])
    network.moods.set(ONE, 'up')
    await clock.run(1_000)
    expect(network.linked).toEqual([ONE])
  })

  test('one that never answers is given up after 10 s', async () => {
    const { clock, network } = setUp(['/a/p2p/one'], { one: 'silent' })
    await clock.run(11_000)
    expect(network.dials.map(({ at }) => at)).toEqual([0, 11_000])
  })

  test('two are kept of many, and another one takes the place of a dead one', async () => {
    const list = ['/a/p2p/one', '/a/p2p/two', '/a/p2p/three']
    const { clock, network } = setUp(list)
    await clock.run(5_000)
    expect(network.linked).toEqual(['one', 'two'])
    network.moods.set(ONE, 'down')
    network.lose(ONE)
    await clock.run(2_000)
    expect(network.linked).toEqual(['two', 'three'])
    const before = network.dials.length
    await clock.run(120_000)
    expect(network.dials).toHaveLength(before)
  })

  test('an address that hangs does not hold up the next one', async () => {
    const { clock, network } = setUp(['/a/p2p/silent', '/b/p2p/silent'], { silent: 'silent' })
    await clock.run(4_000)
    expect(network.dials).toEqual([
      { address: '/a/p2p/silent', at: 0 },
      { address: '/b/p2p/silent', at: 2_000 },
    ])
  })

  test('when the last one dies, all others that are known are dialled at once', async () => {
    const { clock, network } = setUp(['/a/p2p/one', '/a/p2p/two'], { two: 'down' })
    await clock.run(100_000)
    expect(network.linked).toEqual([ONE])
    network.moods.set('two' as PeerId, 'up')
    network.moods.set(ONE, 'down')
    network.lose(ONE)
    await clock.run(0)
    expect(network.linked).toEqual(['two'])
  })

  test('when stopped, nothing is dialled any more', async () => {
    const { clock, network, relays } = setUp(['/a/p2p/one'], { one: 'down' })
    await clock.run(0)
    relays.stop()
    relays.nudge()
    await clock.run(120_000)
    expect(network.dials).toHaveLength(1)
  })
})

describe('relays that are learnt', () => {
  const TWO = 'two' as PeerId

  test('from another relay are dialled until two serve, and remembered in that order', async () => {
    const { clock, network, relays, remembered } = setUp(['/a/p2p/one'], {}, 1, (wire) => {
      wire.words.set(ONE, ['/tcp/p2p/two', '/b/p2p/two', '/b/p2p/three'])
    })
    await clock.run(20_000)
    expect(network.linked).toEqual(['one', 'two'])
    expect(remembered.at(-1)).toEqual(['/b/p2p/two', '/a/p2p/one'])
    expect(relays.known).toMatchObject([
      { peer: 'two', address: '/b/p2p/two', state: 'serving' },
      { peer: 'one', state: 'serving', word: { circuits: 3 } },
      { peer: 'three', state: 'spare' },
    ])
  })

  test('later, from one that has just heard of it', async () => {
    const { clock, network } = setUp(['/a/p2p/one'], {}, 1, (wire) => wire.words.set(ONE, []))
    await clock.run(20_000)
    network.words.set(ONE, ['/b/p2p/two'])
    await clock.run(30_000)
    expect(network.linked).toEqual(['one', 'two'])
  })

  test('and are none are hung up on and forgotten', async () => {
    const { clock, network, relays } = setUp(['/a/p2p/one'], {}, 1, (wire) => {
      wire.words.set(ONE, ['/b/p2p/two'])
      wire.impostors.add(TWO)
    })
    await clock.run(20_000)
    expect(network.linked).toEqual(['one'])
    expect(relays.known.map(({ peer }) => peer)).toEqual([ONE])
  })

  test('and are full stay linked, but another one is sought', async () => {
    const { clock, network, relays } = setUp(['/a/p2p/one', '/a/p2p/two'], {}, 1, (wire) => {
      wire.words.set(ONE, ['/b/p2p/three'])
      wire.full.add(TWO)
    })
    await clock.run(20_000)
    expect(network.linked).toEqual(['one', 'two', 'three'])
    expect(relays.known.find(({ peer }) => peer === TWO)?.state).toBe('linked')
  })

  test('are no more than a few, however many are named', async () => {
    const many = Array.from({ length: 500 }, (_, i) => `/b/p2p/n${i}`)
    const { relays } = setUp(['/a/p2p/one'])
    relays.learn(many)
    relays.learn(Array.from({ length: 500 }, (_, i) => `/c${i}/p2p/one`))
    expect(relays.known.length).toBeLessThanOrEqual(16)
    expect(relays.has('/c3/p2p/one')).toBe(true)
    expect(relays.has('/b/p2p/n400')).toBe(false)
  })
})
