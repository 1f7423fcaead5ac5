import { describe, expect, test } from 'vitest'
import { MET_MAX, TYPING_EVERY_MS, TYPING_FOR_MS } from './limits.ts'
import { Acquaintances } from './met.ts'
import type { PeerId } from './ids.ts'
import { Speakers } from './speakers.ts'
import { NEW_YEAR, alice, bob, carol, entry, eve, must } from './testing/people.ts'
import { type Member, ROOM } from './testing/simulation.ts'
import { story } from './testing/story.ts'
import { Topics, topicContent } from './topics.ts'

const names = (all: readonly { readonly name: string }[]): readonly string[] =>
  all.map(({ name }) => name)
const writing = (member: Member): readonly string[] =>
  names(member.chat.company.writing(member.room))

describe('writing', () => {
  story(
    'is seen by the others within a second, and ends with what was written',
    async (simulation) => {
      await simulation.relay()
      const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
      await simulation.run(10_000)
      b.chat.company.write(b.room)
      expect(await simulation.until(() => writing(a).length > 0)).toBeLessThanOrEqual(1_000)
      expect([writing(a), writing(b)]).toEqual([['bob'], []])
      await b.say('there it is')
      expect(await simulation.until(() => writing(a).length === 0)).toBeLessThanOrEqual(1_000)
    },
  )

  story('is over by itself when nothing more is written', async (simulation) => {
    await simulation.relay()
    const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
    await simulation.run(10_000)
    b.chat.company.write(b.room)
    await simulation.until(() => writing(a).length > 0)
    expect(await simulation.until(() => writing(a).length === 0)).toBeLessThanOrEqual(TYPING_FOR_MS)
  })

  story('is told no more often than others want to hear it', async (simulation) => {
    await simulation.relay()
    const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
    await simulation.run(10_000)
    let frames = 0
    const { network } = b
    const publish = network.publish.bind(network)
    network.publish = (topic, bytes) => {
      if (new TextDecoder().decode(bytes).includes('"typing"')) frames++
      return publish(topic, bytes)
    }
    for (let i = 0; i < 40; i++) {
      b.chat.company.write(b.room)
      await simulation.run(TYPING_EVERY_MS / 10)
    }
    expect(frames).toBe(4)
    expect(writing(a)).toEqual(['bob'])
  })

  story(
    'stays unseen by whoever does not want it seen, also after a restart',
    async (simulation) => {
      await simulation.relay()
      const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
      must(await b.chat.company.setShowsTyping(false))
      await simulation.run(10_000)
      b.chat.company.write(b.room)
      await simulation.run(2_000)
      expect(writing(a)).toEqual([])
      await b.quit()
      await b.wake()
      expect(b.chat.company.showsTyping).toBe(false)
    },
  )
})

describe('being away', () => {
  story('is told to the others at once, survives a restart, and ends', async (simulation) => {
    await simulation.relay()
    const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
    await simulation.run(30_000)
    const away = (): string | undefined => a.room.presence.people[0]?.away
    must(await b.chat.company.setAway('lunch'))
    expect(await simulation.until(() => away() === 'lunch')).toBeLessThanOrEqual(1_000)
    await b.quit()
    await simulation.run(2_000)
    await b.wake()
    await b.connect()
    await simulation.until(() => away() === 'lunch')
    must(await b.chat.company.setAway(''))
    await simulation.until(() => away() === '')
    must(await b.chat.company.setAway(undefined))
    await simulation.until(() => away() === undefined && a.sees().length === 1)
  })
})

describe('blocking', () => {
  story('hides somebody here, and changes nothing for others', async (simulation) => {
    await simulation.relay()
    const [a, b, e] = [
      await simulation.enter(alice),
      await simulation.enter(bob),
      await simulation.enter(eve),
    ]
    await simulation.run(10_000)
    await e.say('buy this')
    await simulation.run(5_000)
    const { company } = a.chat
    must(await company.block({ id: e.id, name: 'eve' }))
    expect(names(a.chat.people(a.room))).toEqual(['bob'])
    expect(names(company.around(a.room))).not.toContain('eve')
    e.chat.company.write(e.room)
    await e.say('and this')
    await simulation.run(2_000)
    expect(writing(a)).toEqual([])
    // Kept and passed on all the same: who comes later gets all of it from alice alone.
    expect(await a.read()).toEqual(['buy this', 'and this'])
    await b.quit()
    await e.quit()
    const c = await simulation.enter(carol)
    await simulation.run(20_000)
    expect(await c.read()).toEqual(['buy this', 'and this'])
  })

  story('survives a restart, and is undone', async (simulation) => {
    await simulation.relay()
    const [a, e] = [await simulation.enter(alice), await simulation.enter(eve)]
    await simulation.run(10_000)
    must(await a.chat.company.block({ id: e.id, name: 'eve' }))
    must(await a.chat.company.mutePerson({ id: bob.peerId, name: 'bob' }, true))
    must(await a.chat.company.muteRoom('garden', true))
    await a.quit()
    await a.wake()
    await a.connect()
    await simulation.run(10_000)
    const { company } = a.chat
    expect([a.chat.people(a.room), a.sees()]).toEqual([[], ['eve']])
    const { regard } = company
    expect(regard.isQuiet('lobby', e.id)).toBe(true)
    expect(regard.isQuiet('lobby', bob.peerId)).toBe(true)
    expect(regard.isQuiet('garden', carol.peerId)).toBe(true)
    expect(regard.isQuiet('lobby', carol.peerId)).toBe(false)
    must(await company.unblock(e.id))
    must(await company.mutePerson({ id: bob.peerId, name: 'bob' }, false))
    must(await company.muteRoom('garden', false))
    expect(names(a.chat.people(a.room))).toEqual(['eve'])
    expect(regard.muted).toEqual({ people: [], rooms: [] })
  })
})

describe('who is around', () => {
  story(
    'stands in the order in which they spoke last, by the names they go by now',
    async (simulation) => {
      await simulation.relay()
      const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
      const c = await simulation.enter(carol)
      const e = await simulation.enter(eve)
      await simulation.run(10_000)
      await c.say('one')
      await simulation.run(2_000)
      await b.say('two')
      await simulation.run(2_000)
      await c.chat.rename('caroline')
      await simulation.run(2_000)
      const others = (): readonly string[] =>
        names(a.chat.company.around(a.room)).filter((name) => name !== 'alice')
      expect(others()).toEqual(['bob', 'caroline', 'eve'])
      await e.quit()
      await simulation.run(2_000)
      expect(others()).toEqual(['bob', 'caroline'])
      // Read from the disk, with nobody there.
      await a.quit()
      await a.wake()
      await simulation.run(2_000)
      expect(others()).toEqual(['bob', 'carol'])
    },
  )

  story('who went is remembered, with the time and the room', async (simulation) => {
    await simulation.relay()
    const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
    await simulation.run(10_000)
    await b.quit()
    await simulation.run(5_000)
    const wentAt = a.chat.runtime.clock.now() - 5_000
    const absent = (): readonly (readonly [string | undefined, boolean])[] =>
      a.chat.company
        .absent(a.room)
        .map(({ names: [name], last }) => [name, Math.abs(last - wentAt) < 2_000])
    expect(absent()).toEqual([['bob', true]])
    await simulation.run(60_000)
    await b.wake()
    await b.connect()
    await simulation.run(65_000)
    expect(absent()).toEqual([])
    await a.quit()
    await a.wake()
    expect(a.chat.company.met(b.id)).toMatchObject({ names: ['bob'], room: ROOM })
  })

  test('of too many acquaintances those stay who are known longest', () => {
    const met = new Acquaintances()
    const see = (id: string, first: number, last: number): void => {
      const somebody = { id: id as PeerId, name: id, since: 0, addresses: [], silent: false }
      met.see({ ...somebody, knownSince: first }, 'lobby', last)
    }
    see('a friend', 0, 1_000_000)
    for (let i = 0; i < 5 * MET_MAX; i++) see(`made up ${i}`, 2_000_000, 2_000_001)
    expect(met.all.length).toBeLessThanOrEqual(2 * MET_MAX)
    const kept = met.kept()
    expect(kept).toHaveLength(MET_MAX)
    expect(kept[0]).toMatchObject({ id: 'a friend', first: 0, last: 1_000_000 })
  })

  test('an older word changes nothing', async () => {
    const speakers = new Speakers()
    speakers.hear([await entry(bob, { content: 'new', clock: NEW_YEAR + 2, username: 'robert' })])
    speakers.hear([await entry(bob, { content: 'old', clock: NEW_YEAR + 1 })])
    expect(names(speakers.people)).toEqual(['robert'])
  })
})

describe('what a room is about', () => {
  const given = (topic: string, clock: number, who = alice): ReturnType<typeof entry> =>
    entry(who, {
      content: topicContent(topic),
      kind: 'topic',
      body: { topic },
      clock: NEW_YEAR + clock,
    })

  test('is the last word in the order of the history, of those one wants to hear', async () => {
    const topics = new Topics()
    const isEve = (id: PeerId): boolean => id === eve.peerId
    expect(topics.hear([await given('roses', 2)])).toBe(true)
    expect(topics.hear([await given('older', 1)])).toBe(false)
    expect(topics.hear([await given('buy this', 3, eve)])).toBe(true)
    expect(topics.now(() => false)?.text).toBe('buy this')
    expect(topics.now(isEve)?.text).toBe('roses')
    expect(topics.hear([await given('', 4)])).toBe(true)
    expect(topics.now(isEve)?.text).toBe('')
    expect(topics.forget(NEW_YEAR + 4)).toBe(true)
    expect(topics.given.map(({ text }) => text)).toEqual([''])
  })

  test('is one clean line, whatever somebody sends', async () => {
    const topics = new Topics()
    const topic = `\u202Ea\nb ${'x'.repeat(3_000)}`
    topics.hear([await given(topic, 1)])
    expect(topics.now(() => false)?.text).toMatch(/^a b x{190,196}$/)
    topics.hear([
      await entry(bob, { content: 'x', kind: 'topic', body: { topic: 7 }, clock: NEW_YEAR + 9 }),
    ])
    expect(topics.now(() => false)?.by).toBe('alice')
  })
})
