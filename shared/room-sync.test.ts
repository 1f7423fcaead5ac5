import { describe, expect } from 'vitest'
import { type Entry, shortId } from './entry.ts'
import { StorageError } from './history.ts'
import type { MemoryHistory } from './memory-history.ts'
import {
  SYNC_EVERY_MS,
  SYNC_PARTNER_OWN_PER_MINUTE,
  SYNC_SESSION_ENTRIES,
  SYNC_WINDOW_ENTRIES,
} from './limits.ts'
import { NEW_YEAR, alice, bob, carol, entry, eve, goEntry, lobby, logId } from './testing/people.ts'
import type { Member, Simulation } from './testing/simulation.ts'
import { story } from './testing/story.ts'

/** Long enough to find each other, and for every session of the beginning to be over. */
const SETTLE_MS = 20_000

async function pair(simulation: Simulation): Promise<readonly [Member, Member]> {
  await simulation.relay()
  const members = [await simulation.enter(alice), await simulation.enter(bob)] as const
  await simulation.run(SETTLE_MS)
  return members
}

/** Some of carol's, one after the other. */
async function carols(simulation: Simulation, contents: readonly string[]): Promise<Entry[]> {
  const said: Entry[] = []
  for (const [i, content] of contents.entries()) {
    const before = said.at(-1)
    said.push(
      await entry(carol, {
        content,
        seq: i + 1,
        clock: simulation.clock.now() * 1_000 + i,
        ...(before === undefined ? {} : { prev: shortId(before.id) }),
      }),
    )
  }
  return said
}

/** How long it took until a member held so many, ms. */
async function untilHeld(
  simulation: Simulation,
  member: Member,
  count: number,
  withinMs: number,
): Promise<number> {
  const STEP_MS = 250
  for (let passed = 0; passed <= withinMs; passed += STEP_MS) {
    if ((await member.read()).length >= count) return passed
    await simulation.run(STEP_MS)
  }
  throw new Error(`${member.name} holds ${(await member.read()).length} of ${count}`)
}

describe('a room is synced', () => {
  story('when a hole shows in what somebody says', async (simulation) => {
    const [a, b] = await pair(simulation)
    const hers = simulation.outsider(carol, { here: false })
    const [one, two] = await carols(simulation, ['one', 'two'])
    if (one === undefined || two === undefined) throw new Error('nothing said')
    // Gossip lost it on the way to bob; alice has it.
    await a.history.add([one])
    await simulation.run(2_000)
    await hers.publish(lobby.topic, two.bytes)
    expect(await untilHeld(simulation, b, 2, 6_000)).toBeGreaterThan(1_500)
    expect(await b.read()).toEqual(['one', 'two'])
  })

  story(
    'every few minutes, also when the clocks were set back by a day',
    async (simulation) => {
      await simulation.relay()
      const members: Member[] = []
      for (const who of [alice, bob])
        members.push(await simulation.enter(who, { skewMs: 20 * 3_600_000 }))
      await simulation.run(SETTLE_MS)
      for (const member of members) member.setClock(0)
      await simulation.run(SETTLE_MS)
      const [a, b] = members
      if (a === undefined || b === undefined) throw new Error('nobody there')
      await a.history.add(await carols(simulation, ['nobody says it again']))
      await untilHeld(simulation, b, 1, 2 * SYNC_EVERY_MS)
    },
    [1, 2],
  )

  story(
    'until all has been taken of what was said long ago, however much it is',
    async (simulation) => {
      await simulation.relay()
      const [a, b] = [await simulation.cast(alice), await simulation.cast(bob)]
      const old = SYNC_PARTNER_OWN_PER_MINUTE + 100
      for (let n = 0; n < old; n++) await a.say(`alone, ${n}`)
      await simulation.run(3 * 24 * 3_600_000)
      // So busy a room that what is synced first does not reach so far.
      const since = await carols(
        simulation,
        Array.from({ length: SYNC_WINDOW_ENTRIES + 50 }, (_, i) => `busy ${i}`),
      )
      await b.history.add(since)
      for (const member of [a, b]) await member.connect()
      await untilHeld(simulation, b, old + since.length, 4 * SYNC_EVERY_MS)
      expect(a.room.queued).toBe(0)
    },
    [1],
    20_000,
  )

  story('when somebody answers what is not here', async (simulation) => {
    const [a, b] = await pair(simulation)
    const hers = simulation.outsider(eve, { here: false })
    const [one] = await carols(simulation, ['one'])
    if (one === undefined) throw new Error('nothing said')
    await a.history.add([one])
    const answer = await entry(eve, {
      content: '👍',
      kind: 'reaction',
      target: one.id,
      clock: simulation.clock.now() * 1_000 + 5,
    })
    await simulation.run(2_000)
    await hers.publish(lobby.topic, answer.bytes)
    await untilHeld(simulation, b, 2, 6_000)
  })

  story('when somebody says that they hold what is not here', async (simulation) => {
    const [a, b] = await pair(simulation)
    const [one] = await carols(simulation, ['one'])
    if (one === undefined) throw new Error('nothing said')
    await a.room.receive(one.bytes, { via: 'sync', partner: carol.peerId, form: 1 })
    await untilHeld(simulation, b, 1, 8_000)
  })

  story(
    'when the page is looked at again, and otherwise every five minutes',
    async (simulation) => {
      const [a, b] = await pair(simulation)
      // A Go peer's line is in no log: nothing tells of it.
      await a.history.add([await goEntry(carol, { content: 'one', seqno: 1n })])
      b.room.nudge()
      await untilHeld(simulation, b, 1, 5_000)
      await simulation.run(10_000)
      await a.history.add([await goEntry(carol, { content: 'two', seqno: 2n })])
      await simulation.run(10_000)
      expect(await b.read()).toEqual(['one'])
      await untilHeld(simulation, b, 2, 300_000)
    },
  )

  story('soon after a link was lost for a few seconds', async (simulation) => {
    const [a, b] = await pair(simulation)
    simulation.wire.cut([alice.peerId])
    await simulation.run(8_000)
    await a.history.add([await goEntry(carol, { content: 'meanwhile', seqno: 1n })])
    await simulation.run(8_000)
    simulation.wire.heal()
    await untilHeld(simulation, b, 1, 10_000)
  })

  story('at once with what an author has that nobody else has', async (simulation) => {
    await simulation.relay()
    const a = await simulation.cast(alice)
    await a.say('in the train')
    // Too old to be published.
    await simulation.run(20 * 60_000)
    const others = [
      await simulation.enter(bob),
      await simulation.enter(carol),
      await simulation.enter(eve),
    ]
    await simulation.run(SETTLE_MS)
    await a.connect()
    for (const other of others) await untilHeld(simulation, other, 1, 4_000)
    await simulation.run(5_000)
    expect(a.room.queued).toBe(0)
  })
})

describe('what a sync brings', () => {
  story(
    'goes on though one of much was refused',
    async (simulation) => {
      await simulation.relay()
      const a = await simulation.cast(alice)
      const lines = Array.from({ length: SYNC_SESSION_ENTRIES + 500 }, (_, i) => `line ${i}`)
      const said = await carols(simulation, lines)
      // Not due yet for others: the newest, so it is handed over first.
      const clock = (simulation.clock.now() + 3_600_000) * 1_000
      await a.history.add([...said, await entry(eve, { content: 'from the future', clock })])
      await a.connect()
      const b = await simulation.enter(bob)
      const took = await untilHeld(simulation, b, said.length, 2 * SYNC_EVERY_MS)
      expect(took).toBeLessThan(SYNC_EVERY_MS / 2)
    },
    [1],
    30_000,
  )

  story(
    'is not more than five hundred new lines of the partner’s own a minute, and then the rest',
    async (simulation) => {
      await simulation.relay()
      const b = await simulation.enter(bob)
      const a = await simulation.cast(alice)
      const lines = SYNC_PARTNER_OWN_PER_MINUTE + 100
      for (let i = 0; i < lines; i++) await a.say(`${i}`)
      await simulation.run(20 * 60_000)
      await a.connect()
      await simulation.run(10_000)
      const soFar = (await b.read()).length
      expect(soFar).toBeGreaterThanOrEqual(SYNC_PARTNER_OWN_PER_MINUTE)
      expect(soFar).toBeLessThan(lines)
      await untilHeld(simulation, b, lines, 120_000)
    },
    [1],
  )

  story(
    'that the disk does not take is taken when there is room again, and not called sent before',
    async (simulation) => {
      await simulation.relay()
      const b = await simulation.enter(bob)
      const add = b.history.add.bind(b.history)
      const full: MemoryHistory['add'] = () =>
        Promise.reject(new StorageError({ kind: 'storage-full' }))
      b.history.add = full
      const a = await simulation.cast(alice)
      await a.say('into the void')
      await simulation.run(20 * 60_000)
      await a.connect()
      await simulation.run(30_000)
      expect(b.shown.filter(({ kind }) => kind === 'not-kept').length).toBeGreaterThan(0)
      expect(a.room.queued).toBe(1)
      b.history.add = add
      await untilHeld(simulation, b, 1, 120_000)
      await simulation.run(5_000)
      expect(a.room.queued).toBe(0)
    },
    [1, 2],
  )

  story(
    'that the disk has lost is fetched again, though it is older than what is synced by itself',
    async (simulation) => {
      const HOUR_US = 3_600_000_000
      const size = SYNC_WINDOW_ENTRIES + 50
      await simulation.relay()
      const a = await simulation.cast(alice)
      const old = await Promise.all(
        Array.from({ length: size }, (_, i) =>
          entry(carol, { content: `${i}`, seq: i + 1, clock: NEW_YEAR - (size - i) * HOUR_US }),
        ),
      )
      await a.history.add(old)
      await a.connect()
      const b = await simulation.cast(bob)
      await b.history.add(old.slice(1))
      await b.connect()
      const [lost] = old
      if (lost === undefined) return
      await simulation.run(10_000)
      expect(await b.history.get(lobby.id, [lost.id])).toEqual([])
      b.history.lost.emit({ kind: 'damaged', room: lobby.id, count: 1, newest: lost.clock })
      await untilHeld(simulation, b, old.length, 60_000)
      expect(b.shown.filter(({ kind }) => kind === 'damaged')).toHaveLength(1)
    },
    [1, 2],
  )

  story(
    'of a long history is the newest first, and the rest on scrolling back',
    async (simulation) => {
      const HOUR_US = 3_600_000_000
      await simulation.relay()
      const a = await simulation.cast(alice)
      const extra = 150
      const size = SYNC_WINDOW_ENTRIES + extra
      const old = await Promise.all(
        Array.from({ length: size }, (_, i) =>
          entry(carol, {
            content: `${i}`,
            seq: i + 1,
            // One an hour, the last one a week ago.
            clock: NEW_YEAR - (size - i) * HOUR_US - 7 * 24 * HOUR_US,
          }),
        ),
      )
      await a.history.add(old)
      await a.connect()
      const b = await simulation.enter(bob)
      await untilHeld(simulation, b, SYNC_WINDOW_ENTRIES, 20_000)
      await simulation.run(10_000)
      const held = await b.read()
      expect(held).toHaveLength(SYNC_WINDOW_ENTRIES)
      expect(held[0]).toBe(`${extra}`)
      const [oldest] = await b.room.page({ limit: SYNC_WINDOW_ENTRIES })
      if (oldest === undefined) throw new Error('nothing held')
      let came: boolean | undefined
      void b.room.older(oldest.position).then((value) => (came = value))
      await simulation.run(10_000)
      expect(came).toBe(true)
      expect(await b.read()).toHaveLength(size)
      void b.room.older(old[0]?.position ?? oldest.position).then((value) => (came = value))
      await simulation.run(10_000)
      expect(came).toBe(false)
    },
    [1],
  )

  story(
    'back of one’s own, which this disk lost, is shown as stored at once: who gave it has it',
    async (simulation) => {
      const [a, b] = await pair(simulation)
      await a.say('one')
      await simulation.run(1_000)
      const log = (await a.room.page({ limit: 1 }))[0]?.head?.log ?? logId('none')
      const two = await entry(alice, {
        content: 'two',
        log,
        seq: 2,
        clock: simulation.clock.now() * 1_000,
      })
      // Said before the disk lost it; bob has it.
      await b.history.add([two])
      a.room.nudge()
      await untilHeld(simulation, a, 2, 5_000)
      const states = a.shown.flatMap((change) =>
        change.kind === 'delivery' && change.id === two.id ? [change.delivery] : [],
      )
      expect(states).toEqual(['stored'])
      await a.say('three')
      expect((await a.room.page({ limit: 1 }))[0]?.head?.seq).toBe(3)
    },
    [1, 2],
  )

  story(
    'does not include what is only remembered by its name, nor is it asked for again and again',
    async (simulation) => {
      await simulation.relay()
      const a = await simulation.cast(alice)
      const said = await Promise.all(
        Array.from({ length: 600 }, (_, i) =>
          entry(carol, { content: `${i}`, seq: i + 1, clock: NEW_YEAR + i }),
        ),
      )
      // More than what a liar could deny: a third is kept, the rest is not.
      await a.history.add(said.slice(0, 200))
      await a.history.stub(
        lobby.id,
        said.slice(200).map(({ position }) => position),
      )
      await a.connect()
      const b = await simulation.enter(bob)
      await untilHeld(simulation, b, 200, 10_000)
      b.room.nudge()
      await simulation.run(10_000)
      expect(await b.read()).toHaveLength(200)
      // And nobody is blamed: what alice says next is heard by sync as well.
      await a.history.add([await goEntry(eve, { content: 'still friends', seqno: 1n })])
      b.room.nudge()
      await untilHeld(simulation, b, 201, 5_000)
    },
    [1, 2],
  )
})
