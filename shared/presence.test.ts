import { describe, expect, test } from 'vitest'
import { utf8 } from './bytes.ts'
import type { Topic } from './ids.ts'
import {
  AWAY_MAX_GRAPHEMES,
  HERE_FORGET_PERIODS,
  HERE_SLOW_MS,
  LIVE_BURST,
  LIVE_MAX_BYTES,
  STRANGERS_MAX,
  TYPING_FOR_MS,
} from './limits.ts'
import { frame } from './live-frame.ts'
import { Presence, type PresenceChange } from './presence.ts'
import {
  NEW_YEAR,
  type Person,
  alice,
  bob,
  carol,
  eve,
  goLine,
  lobby,
  person,
  pubsub,
} from './testing/people.ts'
import { story } from './testing/story.ts'
import { SeededRandom, VirtualClock } from './testing/virtual-time.ts'

const FORGOTTEN_MS = HERE_FORGET_PERIODS * HERE_SLOW_MS
/** Between one second and the next somebody looks who has fallen silent. */
const SWEEP_MS = 1_000
/** A relay-node's word that somebody subscribes holds so long after the last answer of theirs. */
const PROVED_MS = FORGOTTEN_MS + HERE_SLOW_MS + 3_000 + 2 * SWEEP_MS

describe('who is here', () => {
  story(
    'is seen within two seconds, by everybody, with a direct link soon after',
    async (simulation) => {
      await simulation.relay()
      const a = await simulation.enter(alice)
      await simulation.run(60_000)
      const b = await simulation.enter(bob)
      const took = await simulation.until(
        () => a.sees().includes('bob') && b.sees().includes('alice'),
      )
      expect(took).toBeLessThanOrEqual(2_000)
      const c = await simulation.enter(carol)
      expect(
        await simulation.until(() => a.sees().length + b.sees().length + c.sees().length === 6),
      ).toBeLessThanOrEqual(2_000)
      // Nobody sees the relay-node, nor oneself.
      await simulation.run(60_000)
      expect([a.sees(), b.sees(), c.sees()]).toEqual([
        ['bob', 'carol'],
        ['alice', 'carol'],
        ['alice', 'bob'],
      ])
    },
  )

  story('is told anew at once when the name changes', async (simulation) => {
    await simulation.relay()
    const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
    await simulation.run(40_000)
    await b.chat.rename('robert')
    expect(await simulation.until(() => a.sees().includes('robert'))).toBeLessThanOrEqual(1_000)
    expect(a.sees()).toEqual(['robert'])
  })

  story('who says goodbye is gone within a second', async (simulation) => {
    await simulation.relay()
    const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
    await simulation.run(10_000)
    await b.quit()
    expect(await simulation.until(() => a.sees().length === 0)).toBeLessThanOrEqual(1_000)
    await simulation.run(60_000)
    expect(a.sees()).toEqual([])
  })

  story(
    'who is cut off without a sound is gone after the time for it, and is not called silent instead',
    async (simulation) => {
      await simulation.relay()
      const members = [
        await simulation.enter(alice),
        await simulation.enter(bob),
        await simulation.enter(carol),
      ]
      const [a, b, c] = members
      await simulation.run(40_000)
      simulation.wire.muffle([bob.peerId])
      // The connections stand: the relay-node's, and with them what bob subscribes to.
      await simulation.run(FORGOTTEN_MS + 2 * SWEEP_MS)
      expect(members.map((member) => member.sees())).toEqual([['carol'], [], ['alice']])
      const before = simulation.story.length
      await simulation.run(180_000)
      expect(simulation.story.slice(before).filter((line) => / (came|went)$/.test(line))).toEqual(
        [],
      )
      simulation.wire.heal()
      await simulation.run(15_000)
      expect([a?.sees(), b?.sees(), c?.sees()]).toEqual([
        ['bob', 'carol'],
        ['alice', 'carol'],
        ['alice', 'bob'],
      ])
    },
  )

  story('whose power goes is gone as soon as the relay or the link knows', async (simulation) => {
    await simulation.relay()
    const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
    await simulation.run(10_000)
    b.crash()
    expect(await simulation.until(() => a.sees().length === 0)).toBeLessThanOrEqual(7_000)
  })

  story(
    'who falls silent behind a link that stands is forgotten after two and a half periods',
    async (simulation) => {
      await simulation.relay()
      const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
      await simulation.run(30_000)
      // A page that the browser slows down: its links stand, its timers do not run.
      b.network.publish = () => Promise.resolve({ ok: true, value: { reached: 0 } })
      const took = await simulation.until(() => a.sees().length === 0, 60_000)
      expect(took).toBeGreaterThan(FORGOTTEN_MS - 1.2 * HERE_SLOW_MS - SWEEP_MS)
      expect(took).toBeLessThanOrEqual(FORGOTTEN_MS + 2 * SWEEP_MS)
      // It still subscribes and answers pings, so after a while it is seen again, as somebody silent.
      await simulation.until(() => a.sees().length === 1, 20_000)
      expect(a.room.presence.people).toMatchObject([{ id: b.id, silent: true }])
    },
    [1, 2],
  )

  story(
    'a partition takes half of the people away, and healing brings them back',
    async (simulation) => {
      await simulation.relay()
      const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
      const c = await simulation.enter(carol)
      await simulation.run(20_000)
      simulation.wire.cut([carol.peerId])
      await simulation.run(40_000)
      expect([a.sees(), c.sees()]).toEqual([['bob'], []])
      simulation.wire.heal()
      expect(
        await simulation.until(() => a.sees().length + b.sees().length + c.sees().length === 6),
      ).toBeLessThan(20_000)
    },
  )

  story('a link that is hung up while both are well is no farewell', async (simulation) => {
    await simulation.relay()
    const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
    await simulation.run(40_000)
    const before = simulation.story.length
    await a.network.hangUp(b.id)
    await simulation.run(10_000)
    expect(simulation.story.slice(before).filter((line) => line.endsWith(' went'))).toEqual([])
  })
})

describe('what is old or forged', () => {
  story('a `here` replayed after the goodbye does not bring anybody back', async (simulation) => {
    await simulation.relay()
    const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
    const replayer = await simulation.enter(eve)
    await simulation.run(10_000)
    const here = await b.network.sign(lobby.live, frame({ t: 'here', name: 'bob', since: 1 }))
    await b.quit()
    await simulation.run(1_000)
    // Gossip has forgotten it by then.
    await simulation.run(130_000)
    replayer.network.tell(here)
    await simulation.run(5_000)
    expect(a.sees()).toEqual(['eve'])
  })

  story('a last `here` that comes after the goodbye does not, either', async (simulation) => {
    await simulation.relay()
    const a = await simulation.enter(alice)
    const fast = await simulation.enter(eve)
    await simulation.run(10_000)
    // Of somebody whom alice has never seen; carried by eve, in the wrong order.
    const stranger = await person('stranger', 60)
    const here = await pubsub(
      stranger,
      frame({ t: 'here', name: 'stranger', since: 1 }),
      lobby.live,
      1n,
    )
    const gone = await pubsub(stranger, frame({ t: 'gone' }), lobby.live, 2n)
    fast.network.tell(gone)
    await simulation.run(500)
    fast.network.tell(here)
    await simulation.run(2_000)
    expect(a.sees()).toEqual(['eve'])
  })

  story(
    '`gone {who}` of somebody who is no relay of one’s own is not believed',
    async (simulation) => {
      await simulation.relay()
      const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
      const liar = await simulation.enter(eve)
      await simulation.run(40_000)
      await a.network.hangUp(b.id)
      await simulation.run(100)
      const before = simulation.story.length
      await liar.network.publish(lobby.live, frame({ t: 'gone', who: bob.peerId }))
      await simulation.run(5_000)
      expect(simulation.story.slice(before).filter((line) => line.endsWith('bob went'))).toEqual([])
      expect(a.sees()).toContain('bob')
    },
    [1, 2],
  )

  story(
    '`gone {who}` of one’s own relay is believed, until that person’s next word',
    async (simulation) => {
      const relay = await simulation.relay()
      const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
      await simulation.run(40_000)
      // Without a link of their own, nothing but the relay's word tells.
      b.network.dial = () =>
        Promise.resolve({ ok: false, failure: { kind: 'unreachable', what: 'alice' } })
      a.network.dial = () =>
        Promise.resolve({ ok: false, failure: { kind: 'unreachable', what: 'bob' } })
      await a.network.hangUp(b.id)
      await simulation.run(2_500)
      expect(a.sees()).toEqual(['bob'])
      await relay.network.publish(lobby.live, frame({ t: 'gone', who: bob.peerId }))
      expect(await simulation.until(() => a.sees().length === 0)).toBeLessThan(500)
      await simulation.until(() => a.sees().length === 1, 13_000)
    },
  )

  story(
    '`gone {who}` of one’s own relay is not believed of who answers a ping',
    async (simulation) => {
      const relay = await simulation.relay()
      const [a] = [await simulation.enter(alice), await simulation.enter(bob)]
      await simulation.run(40_000)
      const before = simulation.story.length
      await relay.network.publish(lobby.live, frame({ t: 'gone', who: bob.peerId }))
      await simulation.run(5_000)
      expect(simulation.story.slice(before).filter((line) => line.endsWith('bob went'))).toEqual([])
      expect(a.sees()).toEqual(['bob'])
    },
    [1, 2],
  )

  story(
    'addresses under another key are not kept: nobody is sent to a stranger’s door',
    async (simulation) => {
      await simulation.relay()
      const a = await simulation.enter(alice)
      const liar = await simulation.enter(eve)
      await simulation.run(1_000)
      const address = `/ip4/192.0.2.7/udp/9/webrtc-direct/certhash/uEi/p2p/${bob.peerId}`
      await liar.network.publish(
        lobby.live,
        frame({ t: 'here', name: 'eve', since: -1e300, addrs: [address] }),
      )
      await simulation.run(200)
      const [seen] = a.room.presence.people
      expect(seen?.addresses).not.toContain(address)
      expect(seen?.since).toBe(0)
      expect(seen?.knownSince).toBeGreaterThanOrEqual(NEW_YEAR / 1_000)
    },
    [1],
  )
})

describe('who says no `here`', () => {
  story(
    'becomes a person after fifteen seconds, by subscription, and by the relay’s word',
    async (simulation) => {
      const relay = await simulation.relay()
      // alice is linked to the relay alone; the Go peer as well.
      const a = await simulation.enter(alice)
      await simulation.run(5_000)
      const gopher = simulation.network(eve)
      gopher.join(lobby.topic, () => Promise.resolve('accept'))
      const took = await simulation.until(() => a.sees().length === 1, 40_000)
      expect(took).toBeGreaterThan(14_000)
      expect(took).toBeLessThan(15_000 + 1.2 * HERE_SLOW_MS + 3 * SWEEP_MS)
      expect(a.room.presence.people).toMatchObject([
        { id: eve.peerId, silent: true, addresses: [] },
      ])
      // Their first line tells how they call themselves.
      const timestamp = Math.floor(simulation.clock.now() / 1_000)
      await gopher.publish(
        lobby.topic,
        goLine(eve, { content: 'hi from go', username: 'user_1234', timestamp }),
      )
      await simulation.run(500)
      expect(a.sees()).toEqual(['user_1234'])
      expect(relay.network.blameOf(eve.peerId)).toBe(0)
      await gopher.stop()
      await simulation.until(() => a.sees().length === 0, FORGOTTEN_MS + 5_000)
    },
  )

  story(
    'and is cut off without a sound is gone at everybody’s in time, and back when they answer again',
    async (simulation) => {
      await simulation.relay()
      const a = await simulation.enter(alice)
      const gopher = simulation.network(eve)
      gopher.join(lobby.topic, () => Promise.resolve('accept'))
      await simulation.until(() => a.sees().length === 1, 40_000)
      // Whoever answers stays, however long they say nothing.
      await simulation.run(180_000)
      expect(a.sees()).toHaveLength(1)
      simulation.wire.muffle([eve.peerId])
      await simulation.until(() => a.sees().length === 0, PROVED_MS)
      await simulation.run(180_000)
      expect(a.sees()).toEqual([])
      simulation.wire.heal()
      await simulation.until(() => a.sees().length === 1, 60_000)
    },
  )

  story(
    'the relay-node itself never does',
    async (simulation) => {
      await simulation.relay('one', 200)
      await simulation.relay('two', 201)
      const a = await simulation.enter(alice)
      await simulation.run(120_000)
      expect(a.sees()).toEqual([])
      expect(simulation.story.filter((line) => / (came|updated)$/.test(line))).toEqual([])
    },
    [1, 2],
  )
})

describe('a crowd', () => {
  story(
    'of forty costs about two messages a second',
    async (simulation) => {
      await simulation.relay()
      const members = []
      for (let i = 0; i < 40; i++)
        members.push(await simulation.enter(await person(`p${i}`, 100 + i)))
      await simulation.run(60_000)
      for (const member of members) expect(member.sees()).toHaveLength(39)
      const before = simulation.story.length
      const SECONDS = 60
      await simulation.run(SECONDS * 1_000)
      // What the relay hears first-hand or through others, each message once.
      const told = simulation.story
        .slice(before)
        .filter((line) => / relay: \w+ p2p-chat\/live\//.test(line))
      expect(told.length / SECONDS).toBeGreaterThan(1)
      expect(told.length / SECONDS).toBeLessThanOrEqual(3)
      for (const member of members) expect(member.sees()).toHaveLength(39)
    },
    [1],
  )
})

describe('the gate of the live topic', () => {
  async function bobsPresence(): Promise<{
    presence: Presence
    changes: PresenceChange[]
    clock: VirtualClock
  }> {
    const clock = new VirtualClock(NEW_YEAR / 1_000)
    const runtime = { clock, random: new SeededRandom(1), log: () => undefined }
    const presence = new Presence({ key: lobby, runtime, self: bob.peerId, name: () => 'bob' })
    const changes: PresenceChange[] = []
    presence.changes.subscribe((change) => changes.push(change))
    return { presence, changes, clock }
  }

  let seqno = 0n
  async function hear(
    presence: Presence,
    who: Person,
    bytes: ReturnType<typeof frame>,
  ): Promise<string> {
    const proof = await pubsub(who, bytes, lobby.live, ++seqno)
    return presence.receive(bytes, { author: who.peerId, proof })
  }
  const here = (more: Record<string, unknown> = {}): ReturnType<typeof frame> =>
    frame({ t: 'here', name: 'alice', since: 1, ...more })

  test('rejects only what is over its limit; unknown shapes are ignored; nothing of it is shown', async () => {
    const { presence, changes } = await bobsPresence()
    const padding = LIVE_MAX_BYTES - here({ pad: '' }).length
    expect(await hear(presence, alice, here({ pad: 'x'.repeat(padding + 1) }))).toBe('reject')
    expect(await hear(presence, alice, utf8('rubbish'))).toBe('ignore')
    expect(await hear(presence, alice, frame({ t: 'dance' }))).toBe('ignore')
    expect(changes).toEqual([])
    expect(await hear(presence, alice, here({ pad: 'x'.repeat(padding) }))).toBe('accept')
    expect(changes).toMatchObject([{ kind: 'came', person: { name: 'alice', id: alice.peerId } }])
  })

  test('passes on that a stranger writes, and shows it only of somebody who is here', async () => {
    const { presence } = await bobsPresence()
    const typing = (): Promise<string> => hear(presence, alice, frame({ t: 'typing' }))
    expect(await typing()).toBe('accept')
    expect(presence.typing.people).toEqual([])
    await hear(presence, alice, here())
    expect(await typing()).toBe('accept')
    expect(presence.typing.people).toEqual([alice.peerId])
    await hear(presence, alice, frame({ t: 'gone' }))
    expect(presence.typing.people).toEqual([])
  })

  test('knows a replay of it, and of a `here` that it has overtaken makes none', async () => {
    const { presence, clock } = await bobsPresence()
    const say = async (what: ReturnType<typeof frame>, at: bigint): Promise<string> => {
      const proof = await pubsub(alice, what, lobby.live, at)
      return presence.receive(what, { author: alice.peerId, proof })
    }
    await say(here(), 1_000_001n)
    expect(await say(frame({ t: 'typing' }), 1_000_003n)).toBe('accept')
    expect(await say(here({ name: 'alicia' }), 1_000_002n)).toBe('accept')
    await clock.run(TYPING_FOR_MS + 1)
    expect(presence.typing.people).toEqual([])
    expect(await say(frame({ t: 'typing' }), 1_000_003n)).toBe('ignore')
    expect(presence.typing.people).toEqual([])
  })

  test('a reason for being away is cleaned and cut', async () => {
    const { presence } = await bobsPresence()
    await hear(presence, alice, here({ away: `\u202Eout\nto ${'lunch '.repeat(100)}` }))
    const away = presence.people[0]?.away ?? ''
    expect(away.startsWith('out to lunch lunch')).toBe(true)
    expect([...away].length).toBeLessThanOrEqual(AWAY_MAX_GRAPHEMES)
    await hear(presence, alice, here())
    expect(presence.people[0]).not.toHaveProperty('away')
  })

  test('takes ten at once and five a second of one author', async () => {
    const { presence, clock } = await bobsPresence()
    const verdicts = async (n: number): Promise<number> => {
      let accepted = 0
      for (let i = 0; i < n; i++) if ((await hear(presence, eve, here())) === 'accept') accepted++
      return accepted
    }
    expect(await verdicts(30)).toBe(LIVE_BURST)
    await clock.run(1_000)
    expect(await verdicts(30)).toBe(5)
    expect(await hear(presence, alice, here())).toBe('accept')
  })

  test('names are made fit for a screen', async () => {
    const { presence } = await bobsPresence()
    await hear(presence, alice, here({ name: '\u202Eeve\u200B' }))
    await hear(presence, carol, here({ name: '\u200B' }))
    expect(presence.people.map(({ name }) => name).sort()).toEqual(
      ['eve', `…${carol.peerId.slice(-6)}`].sort(),
    )
  })

  test('holds no more strangers than it may, and does not lose those it holds', async () => {
    const { presence, changes } = await bobsPresence()
    const proof = await pubsub(alice, here(), lobby.live, 1n)
    const tell = (id: string, n: bigint): string => {
      const author = id as typeof alice.peerId
      return presence.receive(here({ name: id }), {
        author,
        proof: { ...proof, seqno: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, Number(n)) },
      })
    }
    tell('first', 1n)
    for (let i = 0; i < STRANGERS_MAX + 50; i++) tell(`stranger ${i}`, 1n)
    expect(presence.people).toHaveLength(STRANGERS_MAX)
    changes.length = 0
    presence.receive(here({ name: 'renamed' }), {
      author: 'first' as typeof alice.peerId,
      proof: { ...proof, seqno: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 2) },
    })
    expect(changes).toMatchObject([{ kind: 'updated', person: { name: 'renamed' } }])
  })

  story(
    'speaks on its own topic only, and no more once stopped',
    async (simulation) => {
      await simulation.relay()
      await simulation.enter(alice)
      const b = await simulation.enter(bob)
      await simulation.run(10_000)
      const { network } = b
      const published: Topic[] = []
      const publish = network.publish.bind(network)
      network.publish = (topic, bytes) => {
        published.push(topic)
        return publish(topic, bytes)
      }
      await b.room.presence.stop()
      published.length = 0
      b.room.presence.hurry()
      await simulation.run(60_000)
      expect(published).toEqual([])
    },
    [1],
  )
})
