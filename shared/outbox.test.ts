import { describe, expect, test } from 'vitest'
import { Changes } from './changes.ts'
import { TrueTime } from './guard.ts'
import { FORWARD_MAX_AGE_MS } from './limits.ts'
import { StorageError } from './history.ts'
import { START } from './ids.ts'
import { MemoryHistory } from './memory-history.ts'
import { Outbox } from './outbox.ts'
import { NEW_YEAR, alice, bob, carol, entry, lobby, logId } from './testing/people.ts'
import type { Member } from './testing/simulation.ts'
import { Simulation } from './testing/simulation.ts'
import { story } from './testing/story.ts'

/** The states that each of one's own entries went through on the screen. */
function states(member: Member): readonly string[] {
  return member.shown.flatMap((change) => (change.kind === 'delivery' ? [change.delivery] : []))
}

/** How often anything new was shown. */
function showings(member: Member): readonly string[] {
  return member.shown.flatMap((change) =>
    change.kind === 'entries' ? change.entries.map((entry) => entry.content) : [],
  )
}

/** What comes by gossip to somebody who only listens, as it comes. */
function heardBySomebody(simulation: Simulation): readonly string[] {
  const heard: string[] = []
  const gopher = simulation.outsider(carol, { here: false })
  gopher.join(lobby.topic, (bytes) => {
    heard.push((JSON.parse(new TextDecoder().decode(bytes)) as { content: string }).content)
    return Promise.resolve('accept')
  })
  return heard
}

test('what is too old is not published, though something dated later waits before it', async () => {
  const simulation = new Simulation(1)
  await simulation.relay()
  const network = simulation.network(alice)
  simulation.outsider(bob)
  await simulation.run(1_000)
  const { clock } = simulation
  const time = new TrueTime(clock)
  let somebody = false
  const published: string[] = []
  const outbox = new Outbox({
    key: lobby,
    history: new MemoryHistory(logId('alice')),
    runtime: { clock, random: simulation.random, log: () => undefined },
    time,
    changes: new Changes(),
    handing: ({ content }) => published.push(content),
    anybody: () => somebody,
  })
  outbox.attach(network)
  // As a clock that is set back leaves them: the one that was said first is dated last.
  const ahead = await entry(alice, { content: 'ahead', clock: NEW_YEAR + 900_000_000 })
  const right = await entry(alice, { content: 'right', clock: NEW_YEAR + 1, seq: 2 })
  time.learn(clock.now())
  outbox.put(ahead)
  outbox.put(right)
  await simulation.run(FORWARD_MAX_AGE_MS + 10_000)
  somebody = true
  outbox.nudge()
  await simulation.run(5_000)
  expect(published).toEqual([])
  expect(outbox.oldest).toEqual(right.position)
  outbox.stop()
})

test('the oldest that nobody has is told of, though something dated later was said before it', async () => {
  const simulation = new Simulation(2)
  await simulation.relay()
  const a = await simulation.cast(alice)
  const { clock } = simulation
  const outbox = new Outbox({
    key: lobby,
    history: a.history,
    runtime: { clock, random: simulation.random, log: () => undefined },
    time: new TrueTime(clock),
    changes: new Changes(),
    handing: () => undefined,
    anybody: () => false,
  })
  outbox.attach(simulation.network(bob))
  const ahead = await entry(alice, { content: 'ahead', clock: NEW_YEAR + 300_000_000 })
  const right = await entry(alice, { content: 'right', clock: NEW_YEAR + 1, seq: 2 })
  outbox.put(ahead)
  outbox.put(right)
  expect(outbox.oldest).toEqual(right.position)
  await simulation.run(2 * FORWARD_MAX_AGE_MS)
  outbox.nudge()
  expect(outbox.oldest).toEqual(right.position)
  outbox.stop()
})

describe('what nobody has heard yet', () => {
  story('waits while alone, and goes out once when somebody comes', async (simulation) => {
    await simulation.relay()
    const a = await simulation.enter(alice)
    await a.say('Hello?')
    await simulation.run(60_000)
    expect(states(a)).toEqual(['queued'])
    expect(a.room.queued).toBe(1)

    const b = await simulation.enter(bob)
    await simulation.until(() => showings(b).length > 0, 5_000)
    await simulation.run(30_000)
    expect(showings(b)).toEqual(['Hello?'])
    expect(states(a)).toEqual(['queued', 'sent', 'stored'])
    expect(a.room.queued).toBe(0)
    // One id, one place in the log.
    const [entry] = await b.room.page({ limit: 10 })
    expect(entry?.head?.seq).toBe(1)
    expect(await a.read()).toEqual(['Hello?'])
  })

  story('waits without a network at all, in order', async (simulation) => {
    const a = await simulation.cast(alice)
    for (const word of ['one', 'two', 'three']) await a.say(word)
    expect(a.chat.connection(a.room)).toEqual({ kind: 'offline', queued: 3 })
    await simulation.relay()
    await a.connect()
    const b = await simulation.enter(bob)
    await simulation.run(5_000)
    expect(await b.read()).toEqual(['one', 'two', 'three'])
    expect(a.room.queued).toBe(0)
  })

  story(
    'reaches who only hears gossip, though the archive had it by a sync',
    async (simulation) => {
      await simulation.archive()
      // As a peer of the Go system: no presence, no sync.
      const heard = heardBySomebody(simulation)
      await simulation.run(5_000)
      const a = await simulation.cast(alice)
      // More than is said in one breath: the archive has the last of them long before their turn.
      for (let n = 0; n < 110; n++) await a.say(`said alone, ${n}`)
      await a.connect()
      await simulation.run(10_000)
      expect(heard.filter((content) => content.startsWith('said'))).toHaveLength(110)
      expect(a.room.queued).toBe(0)
      expect(states(a).at(-1)).toBe('stored')
    },
  )

  story('survives a crash between the store and the publishing', async (simulation) => {
    await simulation.relay()
    const a = await simulation.enter(alice)
    await a.say('written down')
    a.crash()
    const b = await simulation.enter(bob)
    await simulation.run(5_000)
    expect(await b.read()).toEqual([])
    await a.wake()
    await a.connect()
    await simulation.run(5_000)
    await a.say('and so on')
    await simulation.run(1_000)
    expect(await b.read()).toEqual(['written down', 'and so on'])
    expect(showings(b)).toEqual(['written down', 'and so on'])
    expect((await b.room.page({ limit: 10 })).map((entry) => entry.head?.seq)).toEqual([1, 2])
  })

  story('survives that the relay dies and comes back', async (simulation) => {
    const relay = await simulation.relay()
    const a = await simulation.enter(alice)
    const b = await simulation.enter(bob)
    await simulation.run(5_000)
    simulation.wire.cut([alice.peerId])
    relay.kill()
    await simulation.run(20_000)
    await a.say('in the dark')
    expect(a.chat.connection(a.room)).toMatchObject({ kind: 'offline', queued: 1 })
    simulation.wire.heal()
    await relay.start()
    await simulation.run(10_000)
    expect(showings(b)).toEqual(['in the dark'])
    expect(states(a)).toEqual(['queued', 'sent', 'stored'])
  })

  story(
    'is paced, so that an honest author never meets the bucket of others',
    async (simulation) => {
      await simulation.relay()
      const a = await simulation.enter(alice)
      const b = await simulation.enter(bob)
      await simulation.run(5_000)
      let published = 0
      const publish = a.network.publish.bind(a.network)
      a.network.publish = (topic, bytes) => {
        if (topic === a.room.key.topic) published++
        return publish(topic, bytes)
      }
      const words = Array.from({ length: 400 }, (_, i) => `${i}`)
      for (const word of words) await a.say(word)
      await simulation.run(5_000)
      // What reconciliation has handed over meanwhile needs no publishing any more.
      expect(published).toBeGreaterThan(90)
      expect(published).toBeLessThan(160)
      await simulation.run(30_000)
      expect(await b.read()).toEqual(words)
      expect(a.room.queued).toBe(0)
    },
    [1, 2],
  )

  story(
    'is handed over by reconciliation once it is too old to be published',
    async (simulation) => {
      await simulation.relay()
      const a = await simulation.enter(alice)
      await a.say('long ago')
      await simulation.run(FORWARD_MAX_AGE_MS + 1_000)
      await a.say('just now')
      const b = await simulation.enter(bob)
      await simulation.run(10_000)
      expect(await b.read()).toEqual(['long ago', 'just now'])
      expect(a.room.queued).toBe(0)
    },
    [1],
  )

  story(
    'is not told to anybody once it was forgotten here',
    async (simulation) => {
      const a = await simulation.cast(alice)
      await a.say('never mind')
      await a.room.clear({ clock: simulation.clock.now() * 1_000 + 1, id: START.id })
      expect(a.room.queued).toBe(0)
      await simulation.relay()
      await a.connect()
      const b = await simulation.enter(bob)
      await simulation.run(10_000)
      expect(await b.read()).toEqual([])
    },
    [1],
  )

  story(
    'is told of by a device whose clock was corrected',
    async (simulation) => {
      await simulation.relay()
      const a = await simulation.enter(alice, { skewMs: 3_600_000 })
      for (let i = 0; i < 3; i++) a.chat.time.learn(simulation.clock.now())
      const b = await simulation.enter(bob)
      await simulation.run(5_000)
      await a.say('what time is it?')
      await simulation.run(1_000)
      expect(await b.read()).toEqual(['what time is it?'])
    },
    [1],
  )

  story(
    'is heard though much older things wait before it, after a restart, too',
    async (simulation) => {
      await simulation.relay()
      const heard = heardBySomebody(simulation)
      const a = await simulation.cast(alice)
      for (let n = 0; n < 500; n++) await a.say(`long ago, ${n}`)
      await simulation.run(2 * FORWARD_MAX_AGE_MS)
      await a.say('just now')
      await a.quit()
      await a.wake()
      expect(a.room.queued).toBe(501)
      await a.connect()
      await simulation.run(10_000)
      expect(heard).toContain('just now')
    },
    [1],
  )

  story(
    'is heard though the disk failed over what was said before it',
    async (simulation) => {
      await simulation.relay()
      const heard = heardBySomebody(simulation)
      const a = await simulation.cast(alice)
      await a.connect()
      await simulation.run(30_000)
      const witness = a.history.witness.bind(a.history)
      let count = 0
      a.history.witness = (...evidence) =>
        ++count === 105
          ? Promise.reject(new StorageError({ kind: 'storage-failed', what: 'for once' }))
          : witness(...evidence)
      // More than is said in one breath: the last of them wait.
      for (let n = 0; n < 110; n++) await a.say(`word ${n}`)
      await simulation.run(10_000)
      expect(heard.filter((content) => content.startsWith('word'))).toHaveLength(110)
    },
    [1],
  )

  story('many say at once, and nothing stays behind', async (simulation) => {
    await simulation.relay()
    const [a, b, c] = [
      await simulation.enter(alice),
      await simulation.enter(bob),
      await simulation.enter(carol),
    ]
    await simulation.run(5_000)
    await Promise.all(
      [1, 2, 3, 4, 5].flatMap((i) => [a.say(`a${i}`), b.say(`b${i}`), c.say(`c${i}`)]),
    )
    await simulation.run(2_000)
    for (const member of [a, b, c]) {
      expect(member.room.queued).toBe(0)
      expect(await member.read()).toEqual(await a.read())
    }
    expect(await a.read()).toHaveLength(15)
  })
})
