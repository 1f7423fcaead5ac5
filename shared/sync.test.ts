import { describe, expect } from 'vitest'
import type { Bytes } from './bytes.ts'
import type { Entry } from './entry.ts'
import { StorageError } from './history.ts'
import { START } from './ids.ts'
import type { SyncedRoom } from './sync-session.ts'
import { alice, bob, carol, eve, goEntry, lobby, person } from './testing/people.ts'
import type { Member, Simulation } from './testing/simulation.ts'
import { story } from './testing/story.ts'

const MINUTE_MS = 60_000

/** Everybody holds the same, in the same order, and nothing was shown twice. */
async function expectOneHistory(members: readonly Member[], size: number): Promise<void> {
  const [first, ...others] = await Promise.all(members.map((member) => member.read()))
  expect(first).toHaveLength(size)
  for (const other of others) expect(other).toEqual(first)
  for (const member of members) {
    const shown = shownBy(member).map(({ id }) => id)
    expect(new Set(shown).size).toBe(shown.length)
  }
}

function shownBy(member: Member): readonly Entry[] {
  return member.shown.flatMap((change) => (change.kind === 'entries' ? change.entries : []))
}

describe('a network that was torn apart', () => {
  story('into three of one each heals into one history', async (simulation) => {
    await simulation.relay()
    const members: Member[] = []
    for (const who of [alice, bob, carol]) members.push(await simulation.cast(who))
    for (const [i, member] of members.entries()) {
      for (let n = 0; n < 10; n++) await member.say(`${i} alone, ${n}`)
    }
    for (const member of members) await member.connect()
    await simulation.run(10_000)
    await expectOneHistory(members, 30)
    for (const member of members) expect(member.room.queued).toBe(0)
  })
})

describe('who comes later', () => {
  story(
    'sees what was said before, from whoever is there',
    async (simulation) => {
      const a = await simulation.cast(alice)
      for (let i = 0; i < 30; i++) await a.say(`word ${i}`)
      // Older than what gossip would pass on, and than two days.
      await simulation.run(7 * 24 * 3_600_000)
      await simulation.relay()
      await a.connect()
      await simulation.run(5_000)
      const b = await simulation.enter(bob)
      await simulation.run(5_000)
      await expectOneHistory([a, b], 30)
      // It is history, and nothing that came late.
      const late = b.shown.filter((change) => change.kind === 'entries' && change.late.size > 0)
      expect(late).toEqual([])
    },
    [1, 2],
  )

  story('is not given what was cleared here, and does not bring it back', async (simulation) => {
    await simulation.relay()
    const a = await simulation.enter(alice)
    const b = await simulation.enter(bob)
    await simulation.run(5_000)
    await a.say('old')
    await simulation.run(5_000)
    await b.room.clear({ clock: simulation.clock.now() * 1_000, id: START.id })
    await a.say('new')
    await simulation.run(600_000)
    b.room.nudge()
    await simulation.run(10_000)
    expect(await b.read()).toEqual(['new'])
    expect(await a.read()).toEqual(['old', 'new'])
  })

  story('hands over what nobody got, however old it is', async (simulation) => {
    const a = await simulation.cast(alice)
    await a.say('a note from last month')
    await simulation.run(30 * 24 * 3_600_000)
    await simulation.relay()
    const b = await simulation.enter(bob)
    await b.say('what is new?')
    await a.connect()
    await simulation.run(10_000)
    await expectOneHistory([a, b], 2)
    expect(a.room.queued).toBe(0)
  })

  story(
    'is not believed to have what its disk refused, though all of it takes two turns',
    async (simulation) => {
      const a = await simulation.cast(alice)
      await a.say('the last to be handed over')
      for (let n = 0; n < 130; n++) await a.say(`${n} `.padEnd(4_000, '€'))
      // Too old for gossip.
      await simulation.run(700_000)
      await simulation.relay()
      const b = await simulation.cast(bob)
      const add = b.history.add.bind(b.history)
      b.history.add = (entries) =>
        entries.some(({ content }) => content.startsWith('the last'))
          ? Promise.reject(new StorageError({ kind: 'storage-full' }))
          : add(entries)
      await a.connect()
      await b.connect()
      await simulation.run(10_000)
      expect((await b.read()).length).toBeGreaterThan(100)
      const [first] = await a.room.unsent({ ...START, clock: Number.MAX_SAFE_INTEGER })
      expect(first?.content).toBe('the last to be handed over')
    },
    [1, 2],
  )
})

describe('who has forgotten all that the other asks about is not blamed for it', () => {
  /** Alice, and bob who keeps nothing of what is older than now. */
  async function withBobCleared(
    simulation: Simulation,
    say: (a: Member) => Promise<unknown>,
  ): Promise<readonly [Member, Member]> {
    await simulation.relay()
    const a = await simulation.cast(alice)
    await say(a)
    await simulation.run(20 * MINUTE_MS)
    const b = await simulation.enter(bob)
    await b.room.clear({ ...START, clock: simulation.clock.now() * 1_000 })
    await a.connect()
    await simulation.run(10_000)
    return [a, b]
  }

  async function expectToTalk(simulation: Simulation, a: Member, b: Member): Promise<void> {
    const clock = simulation.clock.now() * 1_000
    // In no log: only a sync brings it.
    const timestamp = Math.floor(clock / 1_000_000)
    await a.history.add([await goEntry(carol, { content: 'news', seqno: 1n, timestamp })])
    b.room.nudge()
    await simulation.run(10_000)
    expect(await b.read()).toEqual(['news'])
  }

  story(
    'when something is still to be handed over',
    async (simulation) => {
      const [a, b] = await withBobCleared(simulation, (a) => a.say('long ago'))
      expect(a.room.queued).toBe(1)
      await expectToTalk(simulation, a, b)
    },
    [1, 2],
  )

  story(
    'when somebody scrolls back',
    async (simulation) => {
      const [a, b] = await withBobCleared(simulation, async (a) => {
        await a.history.add([await goEntry(carol, { content: 'long ago', seqno: 2n })])
      })
      const minuteAgo = (simulation.clock.now() - MINUTE_MS) * 1_000
      const older = a.room.older({ ...START, clock: minuteAgo })
      await simulation.run(10_000)
      expect(await older).toBe(false)
      await expectToTalk(simulation, a, b)
    },
    [1, 2],
  )
})

describe.each([
  ['alice', alice, bob],
  ['bob', bob, alice],
])('what %s hands over and the other does not take', (_, writer, other) => {
  /** Said so long ago that it is not published any more. */
  async function saysAlone(simulation: Simulation, skewMs = 0): Promise<Member> {
    const a = await simulation.cast(writer, { skewMs })
    await a.say('long ago')
    await simulation.run(20 * MINUTE_MS)
    return a
  }

  story(
    'as it is dated ahead of the time is not called sent before it is due, nor lost',
    async (simulation) => {
      await simulation.relay()
      const a = await saysAlone(simulation, 60 * MINUTE_MS)
      // By the same clock, but it knows better.
      const b = await simulation.enter(other, { skewMs: 60 * MINUTE_MS })
      for (const voice of ['one', 'two', 'three']) b.chat.time.learn(simulation.clock.now(), voice)
      await a.connect()
      await simulation.run(20_000)
      expect(await b.read()).toEqual([])
      expect(a.room.queued).toBe(1)
      await simulation.run(50 * MINUTE_MS)
      expect(await b.read()).toEqual(['long ago'])
      expect(a.room.queued).toBe(0)
    },
    [1, 2],
  )

  story(
    'as it forgets all of it meanwhile is not called sent',
    async (simulation) => {
      await simulation.relay()
      const a = await saysAlone(simulation)
      const b = await simulation.enter(other)
      const receive = b.room.receive.bind(b.room) as (
        ...handed: Parameters<SyncedRoom['receive']>
      ) => ReturnType<SyncedRoom['receive']>
      b.room.receive = (async (...handed: Parameters<SyncedRoom['receive']>) => {
        if (handed[1].via === 'sync')
          await b.room.clear({ ...START, clock: simulation.clock.now() * 1_000 })
        return receive(...handed)
      }) as typeof b.room.receive
      await a.connect()
      await simulation.run(20_000)
      expect(await b.read()).toEqual([])
      expect(a.room.queued).toBe(1)
    },
    [1, 2],
  )
})

describe('an archive', () => {
  story(
    'tells an author that it keeps no more of theirs, and when it does again',
    async (simulation) => {
      const archive = await simulation.archive()
      const a = await simulation.enter(alice)
      const b = await simulation.enter(bob)
      await simulation.run(5_000)
      await a.say('kept')
      await simulation.run(5_000)
      const { history } = archive
      const add = history.add.bind(history)
      history.add = async (entries) => {
        const [over, others] = [
          entries.filter(({ author }) => author === alice.peerId),
          entries.filter(({ author }) => author !== alice.peerId),
        ]
        await history.stub(
          lobby.id,
          over.map(({ position }) => position),
        )
        return add(others)
      }
      await a.say('too much')
      await b.say('mine is kept')
      await simulation.run(5_000)
      const archived = async (member: Member): Promise<readonly unknown[]> =>
        (await member.room.page({ limit: 9 })).flatMap((entry) => {
          const { archive, unkept } = member.room.evidence(entry, 'sent')
          return entry.author === member.id ? [{ archive, unkept }] : []
        })
      const [kept, unkept] = [
        { archive: true, unkept: false },
        { archive: false, unkept: true },
      ]
      expect(await archived(a)).toEqual([kept, unkept])
      expect(await archived(b)).toEqual([kept])
      history.add = add
      await a.say('kept again')
      await simulation.run(5_000)
      expect((await archived(a)).at(-1)).toEqual(kept)
    },
    [1, 2],
  )

  story(
    'that has no place for more of an author is not said to have been given it',
    async (simulation) => {
      const archive = await simulation.archive()
      const { history } = archive
      // As a real one does beyond an author's share.
      history.add = async (entries) => {
        await history.stub(
          lobby.id,
          entries.map(({ position }) => position),
        )
        return []
      }
      const a = await simulation.cast(alice)
      await a.say('too much')
      await simulation.run(20 * MINUTE_MS)
      await a.connect()
      await simulation.run(20 * MINUTE_MS)
      expect(await archive.read()).toEqual([])
      expect(a.room.queued).toBe(1)
      const b = await simulation.enter(bob)
      await simulation.run(20_000)
      expect(await b.read()).toEqual(['too much'])
      expect(a.room.queued).toBe(0)
    },
    [1, 2],
  )

  story(
    'hands on what somebody said who has gone, a week later and after a restart',
    async (simulation) => {
      const archive = await simulation.archive()
      const a = await simulation.enter(alice)
      await simulation.run(5_000)
      for (let i = 0; i < 30; i++) await a.say(`word ${i}`)
      await simulation.run(10_000)
      await a.quit()
      // Down for a week, for then nothing happens, and a week is told in no time.
      archive.kill()
      await simulation.run(7 * 24 * 3_600_000)
      await archive.start()
      const b = await simulation.enter(bob)
      await simulation.run(3_000)
      const words = Array.from({ length: 30 }, (_, i) => `word ${i}`)
      expect(await b.read()).toEqual(words)
      expect(await archive.read()).toEqual(words)
    },
  )

  story('is named among those who have stored it, after a restart, too', async (simulation) => {
    const archive = await simulation.archive()
    const a = await simulation.enter(alice)
    await simulation.run(5_000)
    await a.say('for the record')
    await simulation.run(5_000)
    for (const again of [false, true]) {
      if (again) {
        a.crash()
        await a.wake()
      }
      const [said] = await a.room.page({ limit: 1 })
      if (said === undefined) throw new Error('nothing said')
      const delivery = (await a.room.deliveries([said.id])).get(said.id) ?? 'queued'
      expect(a.room.evidence(said, delivery)).toEqual({
        delivery: 'stored',
        devices: 0,
        archive: true,
        unkept: false,
      })
    }
    expect(await archive.read()).toEqual(['for the record'])
  })

  story('that was down gets what it missed when it is back', async (simulation) => {
    const archive = await simulation.archive()
    const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
    await simulation.run(10_000)
    archive.kill()
    await a.say('you are not there')
    await simulation.run(5_000)
    await archive.start()
    await simulation.run(10_000)
    expect(await archive.read()).toEqual(['you are not there'])
    expect(await b.read()).toEqual(['you are not there'])
  })
})

describe('whose author was alone', () => {
  story('and went, and came back to somebody: heard once, under one id', async (simulation) => {
    await simulation.relay()
    const a = await simulation.enter(alice)
    await a.say('Hello?')
    await simulation.run(60_000)
    expect(a.room.queued).toBe(1)
    await a.quit()
    const b = await simulation.enter(bob)
    await simulation.run(60_000)
    expect(await b.read()).toEqual([])
    await a.wake()
    await a.connect()
    await simulation.run(10_000)
    await expectOneHistory([a, b], 1)
    expect(a.room.queued).toBe(0)
  })
})

describe('clocks that are wrong', () => {
  story('by an hour, and a liar’s: all who are honest come to one order', async (simulation) => {
    await simulation.relay()
    const skews = [0, 0, 0, 0, 0, 0, 0, 0, 3_600_000, -3_600_000]
    const members: Member[] = []
    for (const [i, skewMs] of skews.entries())
      members.push(await simulation.enter(await person(`person-${i}`, 10 + i), { skewMs }))
    const liar = await simulation.enter(eve, { skewMs: 10 * 365 * 86_400_000 })
    liar.chat.time.learn = () => undefined
    await simulation.run(15_000)
    const words: string[] = []
    for (let i = 0; i < 40; i++) {
      words.push(`word ${i}`)
      await members[i % members.length]?.say(`word ${i}`)
      if (i % 10 === 0) await liar.say(`lie ${i}`)
      await simulation.run(1_500)
    }
    await simulation.run(20_000)
    await expectOneHistory(members, words.length)
    // Everybody is heard, in the order in which they spoke.
    expect(await members[0]?.read()).toEqual(words)
    for (const a of members) for (const b of members) expect(a.network.blameOf(b.id)).toBe(0)
  })
})

/** Ways in which eve, who runs the program otherwise, treats those who ask her. */
const LIES: readonly {
  readonly name: string
  readonly shunned: boolean
  readonly lie: (liar: Member) => void
}[] = [
  {
    name: 'hands over altered entries',
    shunned: true,
    lie: (liar) => {
      const find = liar.history.find.bind(liar.history)
      liar.history.find = async (room, ids) =>
        (await find(room, ids)).map((entry) => altered(entry))
    },
  },
  {
    name: 'lists what she does not give',
    shunned: false,
    lie: (liar) => {
      liar.history.find = () => Promise.resolve([])
    },
  },
  {
    name: 'sees another difference every time she looks',
    shunned: false,
    lie: (liar) => {
      const split = liar.history.split.bind(liar.history)
      liar.history.split = async (room, range, parts) =>
        (await split(room, range, parts)).map((part) => ({
          ...part,
          fingerprint: {
            count: part.fingerprint.count + 100,
            digest: crypto.getRandomValues(new Uint8Array(16)),
          },
        }))
    },
  },
  {
    name: 'stalls',
    shunned: false,
    lie: (liar) => {
      liar.history.fingerprint = () => new Promise(() => undefined)
    },
  },
]

/** The same id claims other bytes. */
function altered(entry: Entry): Entry {
  const bytes: Bytes = entry.bytes.slice()
  const at = bytes.lastIndexOf('w'.charCodeAt(0))
  if (at >= 0) bytes[at] = 'X'.charCodeAt(0)
  return { id: entry.id, form: entry.form, bytes, author: entry.author } as unknown as Entry
}

describe('a partner who lies', () => {
  for (const { name, lie } of LIES) {
    story(
      `${name}: nothing false is shown, and the whole history comes from the others`,
      async (simulation) => {
        await simulation.relay()
        const liar = await simulation.enter(eve)
        const a = await simulation.enter(alice)
        await simulation.run(5_000)
        for (let i = 0; i < 40; i++) await a.say(`word ${i}`)
        await simulation.run(10_000)
        lie(liar)
        const b = await simulation.enter(bob)
        await simulation.run(120_000)
        await expectOneHistory([a, b], 40)
        for (const entry of shownBy(b)) expect(entry.content).toMatch(/^word \d+$/)
      },
      [1, 2],
    )
  }

  story('about the time moves nobody’s clock', async (simulation) => {
    await simulation.relay()
    const liar = await simulation.enter(eve, { skewMs: -3_600_000 })
    liar.chat.time.learn = () => undefined
    const [a, b, c] = [
      await simulation.enter(alice),
      await simulation.enter(bob),
      await simulation.enter(carol),
    ]
    await simulation.run(10_000)
    for (const member of [a, b, c]) expect(member.chat.time.offset).toBe(0)
  })
})

describe('what is known of one’s own entries', () => {
  story('is never more than others have proved', async (simulation) => {
    await simulation.relay()
    const members = [
      await simulation.enter(alice),
      await simulation.enter(bob),
      await simulation.enter(carol),
    ]
    const said: { readonly by: Member; readonly content: string }[] = []
    for (let step = 0; step < 40; step++) {
      const member = members[Math.floor(simulation.random.fraction() * members.length)]
      const dice = simulation.random.fraction()
      if (dice < 0.6 && member !== undefined) {
        const content = `step ${step}`
        await member.say(content)
        said.push({ by: member, content })
      } else if (dice < 0.75 && member !== undefined) simulation.wire.cut([member.id])
      else simulation.wire.heal()
      await simulation.run(Math.floor(simulation.random.fraction() * 4_000))
      for (const { by } of said) await expectProved(by, members)
    }
    simulation.wire.heal()
    await simulation.run(90_000)
    await expectOneHistory(members, said.length)
    for (const member of members) {
      const own = (await member.room.page({ limit: 1_000 })).filter(
        ({ author }) => author === member.id,
      )
      const states = await member.room.deliveries(own.map(({ id }) => id))
      expect(own.map(({ id }) => states.get(id))).toEqual(own.map(() => 'stored'))
    }
  })
})

/** Whatever is called stored is on somebody else's disk. */
async function expectProved(member: Member, members: readonly Member[]): Promise<void> {
  const own = (await member.room.page({ limit: 1_000 })).filter(
    ({ author }) => author === member.id,
  )
  const states = await member.room.deliveries(own.map(({ id }) => id))
  for (const entry of own.filter(({ id }) => states.get(id) === 'stored')) {
    const holders = await Promise.all(
      members
        .filter((other) => other !== member)
        .map((other) => other.history.get(entry.room, [entry.id])),
    )
    expect(holders.flat().length).toBeGreaterThan(0)
  }
}
