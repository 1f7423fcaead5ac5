import { Sync } from './sync.ts'
import { describe, expect, test, vi } from 'vitest'
import { utf8 } from './bytes.ts'
import { Entry } from './entry.ts'
import { TrueTime } from './guard.ts'
import { StorageError } from './history.ts'
import { MemoryHistory } from './memory-history.ts'
import { START } from './ids.ts'
import { AUTHOR_BURST_LINES, FORWARD_MAX_AGE_MS, STRANGERS_MAX } from './limits.ts'
import { Room, type RoomChange } from './room.ts'
import {
  NEW_YEAR,
  alice,
  bob,
  carol,
  entry,
  eve,
  goJoin,
  goLine,
  lobby,
  logId,
  must,
  person,
} from './testing/people.ts'
import { type Member, ROOM } from './testing/simulation.ts'
import { story } from './testing/story.ts'
import { SeededRandom, VirtualClock } from './testing/virtual-time.ts'

function shownBy(member: Member): readonly string[] {
  return member.shown.flatMap((change) =>
    change.kind === 'entries' ? change.entries.map((each) => each.content) : [],
  )
}

function lateBy(member: Member): readonly string[] {
  return member.shown.flatMap((change) =>
    change.kind === 'entries'
      ? change.entries.filter(({ id }) => change.late.has(id)).map((each) => each.content)
      : [],
  )
}

async function expectAgreement(
  members: readonly Member[],
  words: readonly string[],
): Promise<void> {
  const [first, ...others] = await Promise.all(members.map((member) => member.read()))
  for (const other of others) expect(other).toEqual(first)
  expect([...(first ?? [])].sort()).toEqual([...words].sort())
  // Nothing was shown twice.
  for (const member of members) expect([...shownBy(member)].sort()).toEqual([...words].sort())
}

describe('everybody holds the same, in the same order', () => {
  story('three people, without a word lost or doubled', async (simulation) => {
    await simulation.relay()
    const members = [
      await simulation.enter(alice),
      await simulation.enter(bob),
      await simulation.enter(carol),
    ]
    await simulation.run(5_000)
    const words: string[] = []
    for (let i = 0; i < 30; i++) {
      const member = members[Math.floor(simulation.random.between(0, 3))]
      const word = `${member?.name} ${i}`
      words.push(word)
      await member?.say(word)
      await simulation.run(simulation.random.between(0, 100))
    }
    await simulation.run(2_000)
    await expectAgreement(members, words)
  })

  story('also when everything comes up to five times and in any order', async (simulation) => {
    await simulation.relay()
    const members = [
      await simulation.enter(alice),
      await simulation.enter(bob),
      await simulation.enter(carol),
    ]
    await simulation.run(5_000)
    simulation.wire.weather = { latencyMs: [1, 800], loss: 0, duplicates: 4, reorder: true }
    const words: string[] = []
    for (let i = 0; i < 20; i++) {
      const member = members[i % 3]
      words.push(`${i}`)
      await member?.say(`${i}`)
    }
    await simulation.run(5_000)
    await expectAgreement(members, words)
  })

  story('also when the relay dies in the middle', async (simulation) => {
    const relay = await simulation.relay()
    const members = [
      await simulation.enter(alice),
      await simulation.enter(bob),
      await simulation.enter(carol),
    ]
    await simulation.run(8_000)
    await members[0]?.say('before')
    await simulation.run(1_000)
    relay.kill()
    await members[1]?.say('during')
    await simulation.run(5_000)
    await members[2]?.say('after')
    await simulation.run(1_000)
    await expectAgreement(members, ['before', 'during', 'after'])
  })

  story(
    'and an answer stands below what it answers, with clocks that are off by an hour',
    async (simulation) => {
      await simulation.relay()
      const a = await simulation.enter(alice)
      const b = await simulation.enter(bob, { skewMs: -3_600_000 })
      const c = await simulation.enter(carol, { skewMs: 3_600_000 })
      await simulation.run(5_000)
      const words = ['question', 'answer', 'remark', 'last word']
      for (const [i, word] of words.entries()) {
        await [a, b, c][i % 3]?.say(word)
        await simulation.run(500)
      }
      expect(await a.read()).toEqual(words)
      await expectAgreement([a, b, c], words)
    },
  )

  story(
    'a liar whose clock is ten years ahead is not heard, and moves nobody’s clock',
    async (simulation) => {
      const relay = await simulation.relay()
      const a = await simulation.enter(alice)
      const b = await simulation.enter(bob)
      const liar = await simulation.enter(eve, { skewMs: 10 * 365 * 86_400_000 })
      // Whoever errs is told by the first Hello; a liar does not listen.
      liar.chat.time.learn = () => undefined
      await simulation.run(5_000)
      await a.say('one')
      await liar.say('I come from the future')
      await simulation.run(1_000)
      await b.say('two')
      await simulation.run(1_000)
      await expectAgreement([a, b], ['one', 'two'])
      // Nor is anybody blamed who forwarded it.
      for (const member of [a, b]) expect(member.network.blameOf(relay.id)).toBe(0)
      expect(relay.network.blameOf(liar.id)).toBe(0)
    },
  )
})

describe('what comes late', () => {
  story(
    'is shown once, marked, and forwarded never, however often it is replayed',
    async (simulation) => {
      const relay = await simulation.relay()
      const a = await simulation.enter(alice)
      const b = await simulation.enter(bob)
      await simulation.run(5_000)
      const old = await entry(alice, { content: 'yesterday', clock: NEW_YEAR - 86_400_000_000 })
      const start = simulation.story.length
      for (let i = 0; i < 100; i++) {
        await a.network.publish(lobby.topic, old.bytes)
        await simulation.run(300)
      }
      expect(shownBy(b)).toEqual(['yesterday'])
      expect(lateBy(b)).toEqual(['yesterday'])
      const told = simulation.story.slice(start).filter((line) => line.includes(' lobby of alice'))
      expect(told.length).toBeGreaterThan(100)
      expect(told.filter((line) => line.includes('accept'))).toEqual([])
      expect(told.filter((line) => line.includes('bob') && line.includes('by relay'))).toEqual([])
      expect(b.network.blameOf(alice.peerId) + relay.network.blameOf(alice.peerId)).toBe(0)
    },
    [1, 2],
  )

  story('ten minutes and a little count as late, a little less does not', async (simulation) => {
    await simulation.relay()
    const a = await simulation.enter(alice)
    const b = await simulation.enter(bob)
    await simulation.run(5_000)
    const now = simulation.clock.now()
    for (const [content, ageMs] of [
      ['late', FORWARD_MAX_AGE_MS],
      ['in time', FORWARD_MAX_AGE_MS - 1_000],
    ] as const) {
      await a.network.publish(
        lobby.topic,
        (await entry(alice, { content, clock: (now - ageMs) * 1_000 })).bytes,
      )
      await simulation.run(100)
    }
    expect(shownBy(b)).toEqual(['late', 'in time'])
    expect(lateBy(b)).toEqual(['late'])
  })
})

describe('those who mean no good', () => {
  story(
    'a flood of one author ends at the bucket; the others are heard',
    async (simulation) => {
      await simulation.relay()
      const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
      const flooder = await simulation.enter(eve)
      await simulation.run(5_000)
      for (let i = 0; i < 600; i++) {
        const line = await entry(eve, {
          content: `buy ${i}`,
          clock: simulation.clock.now() * 1_000 + i,
        })
        void flooder.network.publish(lobby.topic, line.bytes)
      }
      await simulation.run(1_000)
      await a.say('does anybody hear me?')
      await simulation.run(1_000)
      const ads = shownBy(b).filter((word) => word.startsWith('buy'))
      expect(ads.length).toBeGreaterThanOrEqual(AUTHOR_BURST_LINES)
      expect(ads.length).toBeLessThan(AUTHOR_BURST_LINES + 60)
      expect(shownBy(b)).toContain('does anybody hear me?')
    },
    [1],
  )

  story(
    'a line under somebody else’s name is never shown under it, nor blamed on the relay',
    async (simulation) => {
      const relay = await simulation.relay()
      const b = await simulation.enter(bob)
      const forger = await simulation.enter(eve)
      await simulation.run(5_000)
      const mine = await entry(alice, {
        content: 'alice was here',
        clock: simulation.clock.now() * 1_000,
      })
      await forger.network.publish(lobby.topic, mine.bytes)
      await forger.network.publish(
        lobby.topic,
        goLine(eve, { content: 'I am alice', from: alice.peerId }),
      )
      // A name is no identity: this one is shown, under eve's key.
      const timestamp = Math.floor(simulation.clock.now() / 1_000)
      await forger.network.publish(
        lobby.topic,
        goLine(eve, { content: 'call me alice', username: 'alice', timestamp }),
      )
      await simulation.run(1_000)
      const shown = b.shown.flatMap((change) => (change.kind === 'entries' ? change.entries : []))
      expect(shown.map(({ content, author }) => [content, author])).toEqual([
        ['call me alice', eve.peerId],
      ])
      expect(b.network.blameOf(relay.id) + b.network.blameOf(eve.peerId)).toBe(0)
    },
  )

  story(
    'three forged pubsub signatures, and nothing of that peer is heard any more',
    async (simulation) => {
      await simulation.relay()
      const b = await simulation.enter(bob)
      const forger = await simulation.enter(eve)
      await simulation.run(5_000)
      for (let i = 0; i < 3; i++) {
        const signed = await forger.network.sign(
          ROOM,
          goJoin(eve, Math.floor(simulation.clock.now() / 1_000)),
        )
        const other = await person('nobody', 99)
        forger.network.tell({
          ...signed,
          from: Uint8Array.from([...signed.from.slice(0, 6), ...other.publicKey]),
        })
        await simulation.run(200)
      }
      expect(b.network.blameOf(eve.peerId)).toBe(3)
      await forger.say('but now I am honest')
      await simulation.run(2_000)
      expect(shownBy(b)).toEqual([])
    },
  )

  story(
    'what Go too would refuse counts against who forwards it',
    async (simulation) => {
      await simulation.relay()
      const b = await simulation.enter(bob)
      const forger = await simulation.enter(eve)
      await simulation.run(5_000)
      await forger.network.publish(lobby.topic, utf8('rubbish'))
      await simulation.run(500)
      expect(b.network.blameOf(eve.peerId)).toBe(1)
    },
    [1],
  )
})

describe('a disk that fails', () => {
  class BrokenHistory extends MemoryHistory {
    broken = true
    override add(entries: Parameters<MemoryHistory['add']>[0]): ReturnType<MemoryHistory['add']> {
      return this.broken
        ? Promise.reject(new StorageError({ kind: 'storage-full' }))
        : super.add(entries)
    }
    override say(...said: Parameters<MemoryHistory['say']>): ReturnType<MemoryHistory['say']> {
      return this.broken
        ? Promise.reject(new StorageError({ kind: 'storage-failed', what: 'fire' }))
        : super.say(...said)
    }
  }

  async function roomOver(
    history: MemoryHistory,
  ): Promise<{ room: Room; changes: RoomChange[]; clock: VirtualClock }> {
    const clock = new VirtualClock(NEW_YEAR / 1_000)
    const runtime = { clock, random: new SeededRandom(1), log: () => undefined }
    const room = new Room({
      key: lobby,
      identity: bob.identity,
      history,
      runtime,
      time: new TrueTime(clock),
      sync: new Sync({ runtime, time: new TrueTime(clock) }),
      name: () => 'bob',
    })
    const changes: RoomChange[] = []
    room.changes.subscribe((change) => changes.push(change))
    await room.start()
    return { room, changes, clock }
  }

  const heard = async (room: Room, content: string): Promise<string> => {
    const { bytes } = await entry(alice, { content })
    const proof = { from: bytes, data: bytes, seqno: bytes, topic: 'lobby', signature: bytes }
    return room.receive(bytes, {
      via: 'gossip',
      forwarder: alice.peerId,
      author: alice.peerId,
      proof,
    })
  }

  test('tells the reason of the store, shows nothing, and hears again when it is mended', async () => {
    const history = new BrokenHistory(logId('bob'))
    const { room, changes, clock } = await roomOver(history)
    expect(await room.say('hi')).toEqual({
      ok: false,
      failure: { kind: 'storage-failed', what: 'fire' },
    })
    // The verdict does not wait for the disk.
    expect(await heard(room, 'hello')).toBe('accept')
    await clock.run(0)
    expect(changes).toEqual([{ kind: 'not-kept', failure: { kind: 'storage-full' } }])
    history.broken = false
    expect(await heard(room, 'again')).toBe('accept')
    await clock.run(0)
    expect(changes.at(-1)).toMatchObject({ kind: 'entries', entries: [{ content: 'again' }] })
    expect((await room.say('hi')).ok).toBe(true)
  })

  test('what comes in just as the disk is done with the last is kept, too', async () => {
    const [one, two] = [
      await entry(alice, { content: 'one' }),
      await entry(alice, { content: 'two', seq: 2, clock: NEW_YEAR + 1 }),
    ]
    const from = { via: 'sync', partner: alice.peerId, form: 1 } as const
    for (let turns = 0; turns < 12; turns++) {
      const history = new MemoryHistory(logId('bob'))
      const { room, clock } = await roomOver(history)
      const written = Promise.withResolvers<undefined>()
      const add = history.add.bind(history)
      history.add = async (entries) => {
        const added = await add(entries)
        await written.promise
        return added
      }
      await room.receive(one.bytes, from)
      // The disk is done while the second is on its way through the gate, sooner or later.
      const open = vi.spyOn(Entry, 'open').mockImplementationOnce(async () => {
        written.resolve(undefined)
        for (let turn = 0; turn < turns; turn++) await Promise.resolve()
        return { ok: true, value: two }
      })
      await room.receive(two.bytes, from)
      open.mockRestore()
      await room.settled()
      expect((await room.page({ limit: 9 })).map(({ content }) => content)).toEqual(['one', 'two'])
      await clock.run(0)
    }
  })

  test('a room that is left while it still starts does nothing more', async () => {
    const history = new MemoryHistory(logId('bob'))
    const ahead = { ...START, clock: 2 * NEW_YEAR }
    await history.trim(lobby.id, ahead)
    const read = Promise.withResolvers<undefined>()
    const queued = history.queued.bind(history)
    history.queued = async (...asked) => {
      await read.promise
      return queued(...asked)
    }
    const clock = new VirtualClock(NEW_YEAR / 1_000)
    const runtime = { clock, random: new SeededRandom(1), log: () => undefined }
    const time = new TrueTime(clock)
    const room = new Room({
      key: lobby,
      identity: bob.identity,
      history,
      runtime,
      time,
      sync: new Sync({ runtime, time }),
      name: () => 'bob',
    })
    const starting = room.start()
    await clock.run(0)
    await room.stop()
    read.resolve(undefined)
    await starting
    // It would lower the floor.
    time.learn(clock.now())
    await clock.run(1_000)
    expect(await history.floor(lobby.id)).toEqual(ahead)
  })

  test('what was refused is not forgotten over what is taken after it', async () => {
    const history = new BrokenHistory(logId('bob'))
    const { room } = await roomOver(history)
    const from = { via: 'sync', partner: alice.peerId, form: 1 } as const
    const [one, two] = [
      await entry(alice, { content: 'one' }),
      await entry(alice, { content: 'two', seq: 2, clock: NEW_YEAR + 1 }),
    ]
    await room.receive(one.bytes, from)
    await room.settled()
    history.broken = false
    await room.receive(two.bytes, from)
    await room.settled()
    expect(room.refusals).toBe(1)
  })

  test('what comes in after the room was left is neither shown nor kept', async () => {
    const history = new MemoryHistory(logId('bob'))
    const { room, changes, clock } = await roomOver(history)
    const hearing = heard(room, 'too late')
    await room.stop()
    await hearing
    await clock.run(0)
    expect(changes).toEqual([])
    expect(await room.page({ limit: 1 })).toEqual([])
  })

  test('nor is whoever hands it over told that it is', async () => {
    const { room } = await roomOver(new MemoryHistory(logId('bob')))
    const { bytes } = await entry(alice, { content: 'too late' })
    const hearing = room.receive(bytes, { via: 'sync', partner: alice.peerId, form: 1 })
    await room.stop()
    await hearing
    expect(room.refusals).toBe(1)
  })

  test('what could not be forgotten is forgotten by the next try', async () => {
    const history = new MemoryHistory(logId('bob'))
    const { room } = await roomOver(history)
    must(await room.say('hi'))
    const trim = history.trim.bind(history)
    history.trim = () => Promise.reject(new StorageError({ kind: 'storage-full' }))
    const before = { ...START, clock: NEW_YEAR + 1_000_000 }
    await expect(room.clear(before)).rejects.toThrow(StorageError)
    history.trim = trim
    expect(await room.clear(before)).toBe(1)
  })
})

describe('forgetting', () => {
  story(
    'what was forgotten does not come back, and the floor only ever rises',
    async (simulation) => {
      await simulation.relay()
      const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
      await simulation.run(5_000)
      await b.say('old')
      await simulation.run(1_000)
      const old = must(await b.room.say('older still'))
      await simulation.run(1_000)
      const floor = { clock: simulation.clock.now() * 1_000, id: START.id }
      expect(await a.room.clear(floor)).toBe(2)
      expect(await a.room.clear({ clock: 1, id: START.id })).toBe(0)
      // Gossip forgets after two minutes what it has seen.
      await simulation.run(130_000)
      const before = simulation.story.length
      await b.network.publish(lobby.topic, old.bytes)
      await simulation.run(1_000)
      expect(await a.read()).toEqual([])
      // Nor is it passed on: what one does not accept for oneself one does not vouch for.
      const judged = simulation.story
        .slice(before)
        .filter((line) => line.includes(' alice: ') && line.includes(' lobby of bob'))
      expect(judged).toHaveLength(1)
      expect(judged[0]).toContain('ignore')
      expect(a.shown.filter(({ kind }) => kind === 'trimmed')).toHaveLength(1)
      await b.say('new')
      await simulation.run(1_000)
      expect(await a.read()).toEqual(['new'])
    },
    [1, 2],
  )
})

describe('what cannot be said', () => {
  story(
    'stays with its writer, and the log has no hole',
    async (simulation) => {
      const a = await simulation.cast(alice)
      expect(await a.room.say('   \n')).toMatchObject({ failure: { kind: 'nothing-to-say' } })
      expect(await a.room.say('x'.repeat(4_001))).toMatchObject({
        failure: { kind: 'too-large', unit: 'characters', actual: 4_001 },
      })
      // Within the characters, and beyond the bytes.
      expect(await a.room.say('\u0001'.repeat(4_000))).toMatchObject({
        failure: { kind: 'too-large', unit: 'bytes' },
      })
      expect(await a.room.say('\u{1F600}'.repeat(4_000))).toMatchObject({ ok: true })
      expect((await a.room.say('x'.repeat(4_000))).ok).toBe(true)
      expect((await a.room.page({ limit: 9 })).map((each) => each.head?.seq)).toEqual([1, 2])
      expect(await a.read()).toHaveLength(2)
    },
    [1],
  )
})

story(
  'what there was no place for while the disk hung is fetched as soon as it works again',
  async (simulation) => {
    await simulation.relay()
    const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
    const gopher = simulation.outsider(eve, { here: false })
    await simulation.run(20_000)
    const mended = Promise.withResolvers<undefined>()
    const add = b.history.add.bind(b.history)
    b.history.add = async (entries) => {
      await mended.promise
      return add(entries)
    }
    const clock = simulation.clock.now() * 1_000
    const much: Entry[] = []
    for (let n = 0; n < STRANGERS_MAX + AUTHOR_BURST_LINES; n++)
      much.push(await entry(carol, { content: `${n}`, seq: n + 1, clock: clock + n }))
    // So that she lacks nothing of it, and does not ask.
    await a.history.add(much)
    for (const { bytes } of much)
      await b.room.receive(bytes, { via: 'sync', partner: eve.peerId, form: 1 })
    // In no log: nobody says that they hold it.
    const timestamp = Math.floor(clock / 1_000_000)
    await gopher.publish(lobby.topic, goLine(eve, { content: 'from the Go system', timestamp }))
    await simulation.run(1_000)
    expect(await a.read()).toContain('from the Go system')
    mended.resolve(undefined)
    await simulation.run(30_000)
    expect(await b.read()).toContain('from the Go system')
  },
  [1],
)
