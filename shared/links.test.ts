import { describe, expect, test } from 'vitest'
import { DIAL_PATIENCE_MS, DIRECT_LINKS_MAX } from './limits.ts'
import type { PeerId } from './ids.ts'
import { alice, bob, carol, person } from './testing/people.ts'
import type { Member } from './testing/simulation.ts'
import { story } from './testing/story.ts'

function directTo(member: Member): readonly PeerId[] {
  return member.network
    .links()
    .flatMap((link) => (link.path === 'direct' && !link.relay ? [link.peer] : []))
}

/** Whom this member dials, and when, from now on. */
function dialsOf(member: Member, now: () => number): { peer: string; at: number }[] {
  const dials: { peer: string; at: number }[] = []
  const dial = member.network.dial.bind(member.network)
  member.network.dial = (address, signal) => {
    dials.push({ peer: address.slice(address.lastIndexOf('/') + 1), at: now() })
    return dial(address, signal)
  }
  return dials
}

const [lower, higher] = alice.peerId < bob.peerId ? [alice, bob] : [bob, alice]

describe('of two', () => {
  story('the lower id dials, and there is one link', async (simulation) => {
    await simulation.relay()
    const low = await simulation.enter(lower)
    const high = await simulation.enter(higher)
    const [byLow, byHigh] = [dialsOf(low, () => 0), dialsOf(high, () => 0)]
    await simulation.run(20_000)
    expect(byLow.filter(({ peer }) => peer === high.id)).toHaveLength(1)
    expect(byHigh.filter(({ peer }) => peer === low.id)).toEqual([])
    expect([directTo(low), directTo(high)]).toEqual([[high.id], [low.id]])
    expect(low.chat.people(low.room)).toMatchObject([
      { id: high.id, path: 'direct', transport: 'WebRTC' },
    ])
  })

  story('the other dials after five seconds if nothing came', async (simulation) => {
    await simulation.relay()
    const low = await simulation.enter(lower)
    low.network.dial = () =>
      Promise.resolve({ ok: false, failure: { kind: 'unreachable', what: 'anybody' } })
    const high = await simulation.enter(higher)
    const byHigh = dialsOf(high, () => simulation.clock.now())
    const seen = simulation.clock.now() + (await simulation.until(() => high.sees().length === 1))
    await simulation.until(() => directTo(high).length === 1)
    const [first] = byHigh.filter(({ peer }) => peer === low.id)
    expect((first?.at ?? 0) - seen).toBeGreaterThanOrEqual(DIAL_PATIENCE_MS)
    expect((first?.at ?? 0) - seen).toBeLessThan(DIAL_PATIENCE_MS + 2_000)
    await simulation.run(20_000)
    expect(directTo(low)).toEqual([high.id])
  })

  story(
    'who cannot be reached is tried again, more and more rarely',
    async (simulation) => {
      await simulation.relay()
      const [low, high] = [await simulation.enter(lower), await simulation.enter(higher)]
      for (const member of [low, high]) {
        member.network.dial = () =>
          Promise.resolve({ ok: false, failure: { kind: 'unreachable', what: 'anybody' } })
      }
      const dials = dialsOf(low, () => simulation.clock.now())
      await simulation.run(30 * 60_000)
      expect(dials.length).toBeGreaterThan(6)
      // 500 RTCPeerConnections must last a tab's life.
      expect(dials.length).toBeLessThan(20)
      const pauses = dials.slice(1).map(({ at }, i) => at - (dials[i]?.at ?? 0))
      // What failed by chance is mended before anybody looks, and what becomes possible within two minutes.
      expect(pauses[0]).toBeLessThanOrEqual(750 + 1)
      expect(pauses[1]).toBeLessThanOrEqual(1_500 + 1)
      expect(Math.max(...pauses.slice(0, 15))).toBeLessThan(120_000)
      expect(pauses.at(-1)).toBeGreaterThan(8 * 60_000)
      const before = dials.length
      low.chat.nudge()
      await simulation.run(0)
      expect(dials).toHaveLength(before + 1)
      low.chat.nudge()
      await simulation.run(0)
      expect(dials).toHaveLength(before + 1)
      expect(low.chat.people(low.room)).toMatchObject([{ path: 'none' }])
    },
    [1, 2],
  )

  story('a link that breaks is mended', async (simulation) => {
    await simulation.relay()
    const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
    await simulation.run(120_000)
    const [link] = a.network.links().filter(({ peer }) => peer === b.id)
    await b.network.hangUp(a.id)
    const mended = (): boolean =>
      a.network
        .links()
        .some(
          ({ peer, path, since }) =>
            peer === b.id && path === 'direct' && since > (link?.since ?? 0),
        )
    expect(await simulation.until(mended)).toBeLessThan(1_000)
    await simulation.run(10_000)
    expect(directTo(a)).toEqual([b.id])
  })

  story('who reloads the page is linked again without waiting', async (simulation) => {
    await simulation.relay()
    const [a, b] = [await simulation.enter(lower), await simulation.enter(higher)]
    await simulation.run(10_000)
    await b.quit()
    await simulation.run(500)
    await b.wake()
    await b.connect()
    expect(await simulation.until(() => directTo(a).length === 1)).toBeLessThan(2_000)
  })
})

describe('relay-only', () => {
  story(
    'offers no direct link, takes none, hangs up those that stand, and goes back',
    async (simulation) => {
      await simulation.relay()
      const [a, b] = [await simulation.enter(lower), await simulation.enter(higher)]
      await simulation.run(10_000)
      expect(directTo(a)).toEqual([b.id])
      const [byA, byB] = [dialsOf(a, () => 0), dialsOf(b, () => 0)]
      expect(await a.chat.setRelayMode('only')).toEqual({ ok: true, value: 'only' })
      await simulation.run(60_000)
      expect([directTo(a), directTo(b)]).toEqual([[], []])
      expect(byA).toEqual([])
      expect(byB).toEqual([])
      expect(a.network.addresses().some((address) => address.includes('webrtc'))).toBe(false)
      expect(a.chat.connection(a.room)).toEqual({ kind: 'relay-only', people: 1, hidden: true })
      expect(b.chat.connection(b.room)).toEqual({ kind: 'relay-only', people: 1 })
      await a.say('from behind the curtain')
      await simulation.run(1_000)
      expect(await b.read()).toEqual(['from behind the curtain'])
      await a.chat.setRelayMode('auto')
      await simulation.run(20_000)
      expect([directTo(a), directTo(b)]).toEqual([[b.id], [a.id]])
    },
  )

  story(
    'is kept: who comes back is hidden from the first moment on',
    async (simulation) => {
      await simulation.relay()
      const [a, b] = [await simulation.enter(lower), await simulation.enter(higher)]
      await a.chat.setRelayMode('only')
      await a.quit()
      await simulation.run(1_000)
      const said: boolean[] = []
      b.network.changes.subscribe((change) => {
        if (change.kind === 'linked') said.push(!change.link.relay && change.link.path === 'direct')
      })
      await a.wake()
      await a.connect()
      await simulation.run(30_000)
      expect(a.chat.relayMode).toBe('only')
      expect(b.sees()).toEqual([a.chat.name])
      expect(said).not.toContain(true)
    },
    [1, 2],
  )
})

describe('of many', () => {
  story(
    'nobody has more than twelve links, everybody has some, and they do not come and go',
    async (simulation) => {
      await simulation.relay()
      const members: Member[] = []
      for (let i = 0; i < 24; i++)
        members.push(await simulation.enter(await person(`p${i}`, 100 + i)))
      await simulation.run(60_000)
      for (const member of members) {
        expect(directTo(member).length).toBeLessThanOrEqual(DIRECT_LINKS_MAX)
        expect(directTo(member).length).toBeGreaterThanOrEqual(4)
      }
      const before = simulation.story.length
      await simulation.run(60_000)
      expect(
        simulation.story.slice(before).filter((line) => line.includes('direct link')).length,
      ).toBeLessThan(12)
      // What one says, all hear, also when the relay is gone.
      await members[7]?.say('hello, all of you')
      await simulation.run(2_000)
      for (const member of members) expect(await member.read()).toEqual(['hello, all of you'])
    },
    [1, 2],
  )

  story(
    'a small room is linked all to all',
    async (simulation) => {
      await simulation.relay()
      const members: Member[] = []
      for (let i = 0; i < 8; i++)
        members.push(await simulation.enter(await person(`p${i}`, 100 + i)))
      await simulation.run(20_000)
      for (const member of members) expect(new Set(directTo(member)).size).toBe(7)
    },
    [1, 2],
  )

  story(
    'when one too many comes, those known longest keep their links',
    async (simulation) => {
      await simulation.relay()
      const a = await simulation.enter(alice)
      const [b, c] = [await simulation.enter(bob), await simulation.enter(carol)]
      await simulation.run(60_000)
      // Twenty who all dial alice at once.
      const newcomers: Member[] = []
      for (let i = 0; i < 20; i++) {
        const newcomer = await simulation.enter(await person(`p${i}`, 100 + i))
        newcomers.push(newcomer)
        await simulation.run(1_500)
        void newcomer.network.dial(a.network.addresses().at(-1) ?? '', new AbortController().signal)
      }
      await simulation.run(5_000)
      // Some are linked twice: who dials by hand asks nobody.
      expect(new Set(directTo(a)).size).toBe(DIRECT_LINKS_MAX)
      // Who came first stays; who came last goes.
      const first = newcomers.slice(0, 8).map(({ id }) => id)
      expect(directTo(a)).toEqual(expect.arrayContaining([b.id, c.id, ...first]))
      // Also when an elder's link is the youngest of all.
      const dial = b.network.dial.bind(b.network)
      for (const member of [a, b]) {
        member.network.dial = () =>
          Promise.resolve({ ok: false, failure: { kind: 'unreachable', what: 'anybody' } })
      }
      await b.network.hangUp(a.id)
      await simulation.run(100)
      const address = a.network.addresses().at(-1) ?? ''
      void newcomers.at(-1)?.network.dial(address, new AbortController().signal)
      await simulation.run(1_000)
      expect(directTo(a)).not.toContain(b.id)
      expect(new Set(directTo(a)).size).toBe(DIRECT_LINKS_MAX)
      void dial(address, new AbortController().signal)
      await simulation.run(3_000)
      expect(new Set(directTo(a)).size).toBe(DIRECT_LINKS_MAX)
      expect(directTo(a)).toEqual(expect.arrayContaining([b.id, c.id]))
    },
    [1, 2],
  )
})

test('ids are compared as they are written', () => {
  expect(lower.peerId < higher.peerId).toBe(true)
})
