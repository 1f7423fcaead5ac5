import process from 'node:process'
import { describe, expect } from 'vitest'
import type { Bytes } from './bytes.ts'
import type { Entry } from './entry.ts'
import { START } from './ids.ts'
import { alice, bob, carol, eve, person } from './testing/people.ts'
import type { Member, Simulation } from './testing/simulation.ts'
import { SEEDS, story } from './testing/story.ts'

const FIRST_FILL = 10
/** `npm run test:long` tells the big stories for a hundred seeds. */
const BIG_SEEDS = Array.from(
  { length: Number(process.env['STORY_SEEDS'] ?? SEEDS.length) },
  (_, i) => i + 1,
)
const BIG_TIMEOUT_MS = 240_000

/** So many people in one room, linked through one relay and to each other. */
async function crowd(simulation: Simulation, size: number): Promise<readonly Member[]> {
  await simulation.relay()
  const members: Member[] = []
  for (let i = 0; i < size; i++) {
    members.push(await simulation.enter(await person(`person-${i}`, FIRST_FILL + i)))
  }
  await simulation.run(15_000)
  return members
}

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

async function sayInHalves(simulation: Simulation, members: readonly Member[]): Promise<void> {
  simulation.wire.cut(members.slice(0, members.length / 2).map(({ id }) => id))
  for (let i = 0; i < 400; i++) {
    await members[i % members.length]?.say(`word ${i}`)
    if (i % 20 === 19) await simulation.run(1_000)
  }
  await simulation.run(20_000)
  simulation.wire.heal()
}

describe('a network that was torn apart', () => {
  story(
    'of fifty, in two halves, comes to one history within a minute',
    async (simulation) => {
      const members = await crowd(simulation, 50)
      await sayInHalves(simulation, members)
      await simulation.run(60_000)
      await expectOneHistory(members, 400)
    },
    BIG_SEEDS,
    BIG_TIMEOUT_MS,
  )

  story(
    'does so with a fifth of all messages lost, within three minutes',
    async (simulation) => {
      simulation.wire.weather = { latencyMs: [250, 350], loss: 0.2, duplicates: 0, reorder: true }
      const members = await crowd(simulation, 50)
      await sayInHalves(simulation, members)
      await simulation.run(180_000)
      await expectOneHistory(members, 400)
    },
    BIG_SEEDS.slice(0, Math.ceil(BIG_SEEDS.length / 2)),
    BIG_TIMEOUT_MS,
  )

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
