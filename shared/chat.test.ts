import { describe, expect, test } from 'vitest'
import { DEFAULT_ROOM, HERE_SLOW_MS, JOIN_EVERY_MS } from './limits.ts'
import type { Topic } from './ids.ts'
import { alice, bob, carol, eve, goLine, lobby, must } from './testing/people.ts'
import { sleep } from './runtime.ts'
import { type Member, ROOM, Simulation } from './testing/simulation.ts'
import { story } from './testing/story.ts'

async function threeTalk(seed: number): Promise<readonly string[]> {
  const simulation = new Simulation(seed)
  await simulation.relay()
  const [a, b, c] = [
    await simulation.enter(alice),
    await simulation.enter(bob),
    await simulation.enter(carol),
  ]
  await simulation.run(3_000)
  await Promise.all([a.say('one'), b.say('two'), c.say('three')])
  await simulation.run(20_000)
  await c.quit()
  await simulation.run(20_000)
  return simulation.story
}

test('one seed tells one story, and another seed another', async () => {
  const first = await threeTalk(1)
  expect(first.length).toBeGreaterThan(50)
  expect(await threeTalk(1)).toEqual(first)
  expect(await threeTalk(2)).not.toEqual(first)
})

describe('people chat', () => {
  story('alice and bob', async (simulation) => {
    await simulation.relay()
    const a = await simulation.enter(alice)
    const b = await simulation.enter(bob)
    await simulation.run(5_000)
    await a.say('Hello, bob')
    await simulation.run(500)
    await b.say('Hello, alice')
    await simulation.run(500)
    expect(await a.read()).toEqual(['Hello, bob', 'Hello, alice'])
    expect(await b.read()).toEqual(['Hello, bob', 'Hello, alice'])
  })
})

function pill(member: Member): string {
  const said = member.chat.connection(member.room)
  return 'people' in said
    ? `${said.kind} ${said.people}`
    : 'queued' in said
      ? `${said.kind} ${said.queued}`
      : said.kind
}

/** What the pill shows of its own accord: it is looked at only when something is said to have changed. */
function watchedPill(member: Member): () => string {
  let shown = pill(member)
  member.chat.changes.subscribe(() => {
    shown = pill(member)
  })
  return () => shown
}

describe('the pill', () => {
  story('tells the truth at every turn, without being asked', async (simulation) => {
    const relay = await simulation.relay()
    const a = await simulation.cast(alice)
    const shown = watchedPill(a)
    expect(shown()).toBe('offline 0')
    await a.say('is this on?')
    expect(shown()).toBe('offline 1')
    await a.connect()
    await simulation.until(() => shown() === 'live 0', 2_000)

    const b = await simulation.enter(bob)
    await simulation.until(() => shown() === 'live 1', 10_000)
    expect(a.room.queued).toBe(0)
    relay.kill()
    await simulation.run(30_000)
    expect(shown()).toBe('live 1')

    b.crash()
    await simulation.until(() => shown() === 'reconnecting', 10_000)
    const lasted = await simulation.until(() => shown().startsWith('offline'), 20_000)
    expect(lasted).toBeGreaterThan(14_000)
    expect(lasted).toBeLessThanOrEqual(15_000)
    await a.say('anybody?')
    expect(shown()).toBe('offline 1')
    await relay.start()
    await simulation.until(() => shown() === 'live 0', 10_000)
  })

  story('says that only the relay carries what is said, while that is so', async (simulation) => {
    await simulation.relay()
    const a = await simulation.enter(alice)
    a.network.dial = () =>
      Promise.resolve({ ok: false, failure: { kind: 'unreachable', what: 'bob' } })
    const shown = watchedPill(a)
    const b = await simulation.enter(bob)
    const { dial } = b.network
    b.network.dial = () =>
      Promise.resolve({ ok: false, failure: { kind: 'unreachable', what: 'alice' } })
    await simulation.until(() => shown() === 'relay-only 1', 5_000)
    await simulation.run(10_000)
    expect(shown()).toBe('relay-only 1')
    b.network.dial = dial.bind(b.network)
    await simulation.until(() => shown() === 'live 1', 60_000)
  })
})

describe('joining, as the Go system hears it', () => {
  const joins = (member: Member): readonly string[] =>
    member.shown.flatMap((change) =>
      change.kind === 'passing' ? [`${change.name} ${change.type}`] : [],
    )

  story(
    'is said once, at most once an hour, also over reloads',
    async (simulation) => {
      await simulation.relay()
      const a = await simulation.enter(alice)
      const b = await simulation.enter(bob)
      await simulation.run(10_000)
      expect(joins(a)).toEqual(['bob join'])
      for (let i = 0; i < 4; i++) {
        await b.quit()
        await simulation.run(5_000)
        await b.wake()
        await b.connect()
        await simulation.run(5_000)
      }
      expect(joins(a)).toEqual(['bob join'])
      await b.quit()
      await simulation.run(JOIN_EVERY_MS)
      await b.wake()
      await b.connect()
      await simulation.run(10_000)
      expect(joins(a)).toEqual(['bob join', 'bob join'])
      // It is shown, and never kept.
      expect(await a.read()).toEqual([])
    },
    [1, 2],
  )

  story(
    'is not said to a relay alone, where it would be lost',
    async (simulation) => {
      await simulation.relay()
      const a = await simulation.enter(alice)
      await simulation.run(60_000)
      const gopher = simulation.network(eve)
      const heard: string[] = []
      gopher.join(lobby.topic, (bytes) => {
        heard.push(new TextDecoder().decode(bytes))
        return Promise.resolve('accept')
      })
      await simulation.until(() => heard.length > 0, 40_000)
      const said = JSON.parse(heard[0] ?? '') as Record<string, unknown>
      expect(said).toEqual({
        type: 'join',
        content: 'alice joined the chat',
        username: 'alice',
        timestamp: expect.any(Number) as number,
        from: a.id,
      })
      // Go takes whole seconds, and nothing else.
      expect(Number.isInteger(said['timestamp'])).toBe(true)
      await simulation.run(60_000)
      expect(heard).toHaveLength(1)
    },
    [1, 2],
  )

  story(
    'is said at once to those who were in the room before',
    async (simulation) => {
      await simulation.relay()
      const a = await simulation.enter(alice)
      const gopher = simulation.network(eve)
      const heard: string[] = []
      gopher.join('garden' as Topic, (bytes) => {
        heard.push((JSON.parse(new TextDecoder().decode(bytes)) as { type: string }).type)
        return Promise.resolve('accept')
      })
      await simulation.run(2_000)
      void a.network.dial(gopher.addresses().at(-1) ?? '', new AbortController().signal)
      await simulation.run(5_000)
      must(await a.chat.open('garden'))
      await simulation.run(500)
      expect(heard).toEqual(['join'])
    },
    [1, 2],
  )

  story('whoever leaves for good says so, and is gone', async (simulation) => {
    await simulation.relay()
    const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
    await simulation.run(5_000)
    await b.chat.leave(ROOM)
    await simulation.run(500)
    expect(joins(a)).toEqual(['bob join', 'bob leave'])
    expect(a.sees()).toEqual([])
    await simulation.run(60_000)
    expect(a.sees()).toEqual([])
  })

  story(
    'names of others are made fit for a screen',
    async (simulation) => {
      await simulation.relay()
      const a = await simulation.enter(alice)
      await simulation.run(1_000)
      const gopher = simulation.network(eve)
      gopher.join(lobby.topic, () => Promise.resolve('accept'))
      await simulation.run(1_000)
      const timestamp = Math.floor(simulation.clock.now() / 1_000)
      const join = JSON.parse(
        new TextDecoder().decode(
          goLine(eve, { content: 'x', timestamp, username: 'al\u202Eice\u0007' }),
        ),
      ) as object
      await gopher.publish(
        lobby.topic,
        new TextEncoder().encode(JSON.stringify({ ...join, type: 'join' })),
      )
      await simulation.run(1_000)
      expect(joins(a)).toEqual(['alice join'])
    },
    [1],
  )
})

describe('rooms', () => {
  story(
    'never mix, and are open again next time in the same order',
    async (simulation) => {
      await simulation.relay()
      const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
      for (const name of ['zoo', 'attic', DEFAULT_ROOM])
        for (const member of [a, b]) must(await member.chat.open(name))
      await simulation.run(3_000)
      must(
        (await a.chat.room('zoo')?.say('roar')) ?? { ok: false, failure: { kind: 'wrong-room' } },
      )
      await simulation.run(1_000)
      const contents = async (member: Member, name: string): Promise<readonly string[]> =>
        ((await member.chat.room(name)?.page({ limit: 9 })) ?? []).map((entry) => entry.content)
      expect(await contents(b, 'zoo')).toEqual(['roar'])
      for (const name of ['attic', ROOM, DEFAULT_ROOM]) expect(await contents(b, name)).toEqual([])
      await b.quit()
      // A crash while they are opened one by one loses none: the list is never written shorter.
      const written: unknown[] = []
      const set = b.settings.set.bind(b.settings)
      b.settings.set = (key, value) => {
        if (key === 'rooms') written.push(value)
        return set(key, value)
      }
      await b.wake()
      await simulation.run(1)
      expect(written).toEqual([[ROOM, 'zoo', 'attic']])
      expect(b.chat.rooms.map((room) => room.name)).toEqual([ROOM, 'zoo', 'attic'])
      expect(await contents(b, 'zoo')).toEqual(['roar'])
    },
    [1, 2],
  )

  story('one that is left is entered again at once, and is one', async (simulation) => {
    await simulation.relay()
    const a = await simulation.enter(alice)
    await simulation.run(1_000)
    // A goodbye that takes its time.
    const publish = a.network.publish.bind(a.network)
    a.network.publish = async (topic, bytes) => {
      await sleep(simulation.clock, 100)
      return publish(topic, bytes)
    }
    const coming = Promise.all([a.chat.leave(ROOM), a.chat.open(ROOM), a.chat.open(ROOM)])
    await simulation.run(1_000)
    const [, one, other] = await coming
    a.network.publish = publish
    expect(must(one)).toBe(must(other))
    expect(a.room).toBe(must(one))
    expect(await a.chat.leave('nowhere')).toBe(false)
    const b = await simulation.enter(bob)
    await simulation.run(5_000)
    must(await a.room.say('back again'))
    await simulation.run(1_000)
    expect(await b.read()).toEqual(['back again'])
  })

  test.each(['__proto__', 'constructor', 'a b', '', 'ä'])('“%s” is none', async (name) => {
    const a = await new Simulation(1).cast(alice)
    expect(await a.chat.open(name)).toEqual({ ok: false, failure: { kind: 'bad-room-name', name } })
    expect(a.chat.rooms.map((room) => room.name)).toEqual([ROOM])
  })
})

describe('settings', () => {
  test('a first start draws a name, and keeps it', async () => {
    const simulation = new Simulation(1)
    const a = await simulation.cast(alice)
    expect(a.chat.name).toBe('alice')
    must(await a.chat.rename('  swift-falcon '))
    expect(a.chat.name).toBe('swift-falcon')
    expect(await a.settings.get('name')).toBe('swift-falcon')
  })

  test('a name that cannot be kept is not taken', async () => {
    const a = await new Simulation(1).cast(alice)
    a.settings.set = () => Promise.reject(new Error('full'))
    expect(await a.chat.rename('other')).toMatchObject({
      ok: false,
      failure: { kind: 'storage-failed' },
    })
    expect(a.chat.name).toBe('alice')
    // Nor does anything else that is not kept do harm.
    a.chat.setVerbose(true)
    expect(a.chat.verbose).toBe(true)
  })
})

describe('what is stopped', () => {
  story(
    'does nothing more',
    async (simulation) => {
      await simulation.relay()
      const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
      await simulation.run(20_000)
      const { chat, network } = b
      const room = b.room
      await b.quit()
      let changes = 0
      chat.changes.subscribe(() => changes++)
      room.changes.subscribe(() => changes++)
      room.presence.changes.subscribe(() => changes++)
      let published = 0
      network.publish = () => {
        published++
        return Promise.resolve({ ok: true, value: { reached: 1 } })
      }
      await a.say('bob?')
      await simulation.run(10 * HERE_SLOW_MS)
      expect([changes, published]).toEqual([0, 0])
      expect(chat.rooms).toEqual([])
    },
    [1, 2],
  )

  test('opens no more rooms, and forgets none of those that were open', async () => {
    const simulation = new Simulation(1)
    const a = await simulation.cast(alice)
    for (const name of ['garden', 'kitchen']) must(await a.chat.open(name))
    await simulation.run(1_000)
    await a.quit()
    const rooms = await a.settings.get('rooms')
    expect(rooms).toEqual(['lobby', 'garden', 'kitchen'])
    const floor = a.history.floor.bind(a.history)
    let opened = 0
    a.history.floor = async (room) => {
      opened++
      await sleep(simulation.clock, 1_000)
      return floor(room)
    }
    const waking = a.wake().catch(() => undefined)
    await simulation.run(1_500)
    const { chat } = a
    await a.quit()
    const before = opened
    await simulation.run(10_000)
    await waking
    expect(chat.rooms).toEqual([])
    expect(opened).toBe(before)
    expect(await a.settings.get('rooms')).toEqual(rooms)
  })
})
