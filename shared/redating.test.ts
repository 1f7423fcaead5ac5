import { describe, expect, test } from 'vitest'
import { commands } from './commands/registry.ts'
import { submit } from './commands/submit.ts'
import type { RoomChange } from './room.ts'
import { type EntryId, START } from './ids.ts'
import { FUTURE_MAX_MS } from './limits.ts'
import { sleep } from './runtime.ts'
import { alice, bob, carol, entry, lobby, must } from './testing/people.ts'
import { type Archive, type Member, Simulation } from './testing/simulation.ts'
import { en } from './text/en.ts'

const MINUTE_MS = 60_000
const YEAR_MS = 365 * 86_400_000

/** What the relay-node's answer to `/bootstrap.json` tells a page. */
function tellTime(member: Member, simulation: Simulation, ...others: readonly string[]): void {
  member.chat.time.learn(simulation.clock.now())
  for (const other of others) member.chat.time.learn(simulation.clock.now(), other)
}

function onScreen(changes: readonly RoomChange[]): readonly string[] {
  const shown = new Map<EntryId, string>()
  for (const change of changes) {
    if (change.kind === 'entries')
      for (const { id, content } of change.entries) shown.set(id, content)
    if (change.kind !== 'redated') continue
    expect(shown.delete(change.old)).toBe(true)
    shown.set(change.entry.id, change.entry.content)
  }
  return [...shown.values()]
}

/** Two who go by the same wrong clock. */
async function twoAhead(simulation: Simulation): Promise<readonly [Member, Member]> {
  await simulation.relay()
  return [
    await simulation.enter(alice, { skewMs: 10 * MINUTE_MS }),
    await simulation.enter(bob, { skewMs: 10 * MINUTE_MS }),
  ]
}

/** Others have it so many ms before one's own stack says so. */
function publishSlowly({ network }: Member, { clock }: Simulation, ms: number): void {
  const publish = network.publish.bind(network)
  network.publish = async (topic, bytes) => {
    const published = await publish(topic, bytes)
    if (topic === lobby.topic) await sleep(clock, ms)
    return published
  }
}

async function onlyBothWrong(...members: readonly Member[]): Promise<void> {
  for (const each of members) expect(await each.read()).toEqual(['both wrong'])
}

async function aheadOfTime(member: Member, simulation: Simulation): Promise<number> {
  const entries = await member.history.page(lobby.id, { limit: 100 })
  const latest = Math.max(...entries.map(({ clock }) => clock / 1_000))
  return latest - simulation.clock.now()
}

describe.each([
  ['ten minutes', 10 * MINUTE_MS],
  ['three years', 3 * YEAR_MS],
])('a clock that is %s ahead', (_, ahead) => {
  test('before the time is known: what was said is said once more, once, and others get it', async () => {
    const simulation = new Simulation(1)
    await simulation.archive()
    const b = await simulation.enter(bob)
    const a = await simulation.cast(alice, { skewMs: ahead })
    await a.say('one')
    await a.say('two')
    await a.connect()
    await simulation.run(1_000)
    tellTime(a, simulation)
    await a.say('three')
    await b.say('hello')
    await simulation.run(30_000)
    expect(await b.read()).toEqual(expect.arrayContaining(['one', 'two', 'three', 'hello']))
    expect(await b.read()).toHaveLength(4)
    expect(await a.read()).toEqual(await b.read())
    expect(await aheadOfTime(a, simulation)).toBeLessThan(0)
    expect([...onScreen(a.shown)].sort()).toEqual(['hello', 'one', 'three', 'two'])
    expect(a.room.queued).toBe(0)
  })

  test('however much was said by it: it stays in the order in which it was said', async () => {
    const simulation = new Simulation(12)
    const a = await simulation.cast(alice, { skewMs: ahead })
    const words = Array.from({ length: 410 }, (_, n) => `word ${n}`)
    for (const word of words) await a.say(word)
    tellTime(a, simulation)
    await simulation.run(1_000)
    expect(await aheadOfTime(a, simulation)).toBeLessThan(1_000)
    expect(await a.read()).toEqual(words)
  })

  test('that jumps there in mid-session and back: nothing is lost, nothing is doubled', async () => {
    const simulation = new Simulation(2)
    await simulation.archive()
    const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
    a.chat.time.changes.subscribe(({ kind }) => {
      // The page asks the relay-node again.
      if (kind === 'jumped')
        simulation.clock.after(200, () => {
          tellTime(a, simulation)
        })
    })
    tellTime(a, simulation)
    await a.say('before')
    await simulation.run(3_000)
    a.setClock(ahead)
    await a.say('right after the jump')
    await b.say('can you hear me?')
    await simulation.run(10_000)
    await a.say('a while after')
    await simulation.run(5_000)
    a.setClock(0)
    await a.say('and back')
    await simulation.run(10_000)
    const all = ['before', 'right after the jump', 'can you hear me?', 'a while after', 'and back']
    expect([...(await b.read())].sort()).toEqual([...all].sort())
    expect(await a.read()).toEqual(await b.read())
    expect(await aheadOfTime(a, simulation)).toBeLessThan(0)
    expect(onScreen(a.shown)).toHaveLength(all.length)
  })

  test('said offline, and the program closed: the next start, by a right clock, mends it', async () => {
    const simulation = new Simulation(3)
    await simulation.archive()
    const a = await simulation.cast(alice, { skewMs: ahead })
    await a.say('written in the plane')
    await a.quit()
    a.setClock(0)
    await a.wake()
    tellTime(a, simulation)
    await a.connect()
    const b = await simulation.enter(bob)
    await simulation.run(20_000)
    expect(await b.read()).toEqual(['written in the plane'])
    expect(await a.read()).toEqual(['written in the plane'])
    await a.say('landed')
    await simulation.run(5_000)
    expect(await b.read()).toEqual(['written in the plane', 'landed'])
  })

  test('does not make /clear deaf', async () => {
    const simulation = new Simulation(4)
    await simulation.archive()
    const [a, b] = [await simulation.enter(alice, { skewMs: ahead }), await simulation.enter(bob)]
    await a.say('to be forgotten')
    const { chat, room } = a
    must(
      await submit('/clear', {
        chat,
        room,
        words: en,
        commands,
        version: '1',
        signal: new AbortController().signal,
        screen: {} as never,
      }),
    )
    await simulation.run(1_000)
    tellTime(a, simulation)
    await simulation.run(1_000)
    await b.say('are you there?')
    await a.say('I am')
    await simulation.run(10_000)
    expect(await a.read()).toEqual(expect.arrayContaining(['are you there?', 'I am']))
    expect(await b.read()).toEqual(expect.arrayContaining(['are you there?', 'I am']))
    expect((await a.history.floor(lobby.id)).clock / 1_000).toBeLessThan(simulation.clock.now())
  })
})

test('a clock that jumps three years back hears others again once the time is told', async () => {
  const simulation = new Simulation(5)
  await simulation.archive()
  const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
  a.chat.time.changes.subscribe(({ kind }) => {
    if (kind === 'jumped')
      simulation.clock.after(200, () => {
        tellTime(a, simulation)
      })
  })
  tellTime(a, simulation)
  await a.say('before')
  await simulation.run(3_000)
  a.setClock(-3 * YEAR_MS)
  await b.say('news')
  await simulation.run(1_000)
  await a.say('mine')
  await simulation.run(10_000)
  expect(await a.read()).toEqual(['before', 'news', 'mine'])
  expect(await b.read()).toEqual(['before', 'news', 'mine'])
  expect(Math.abs(a.chat.time.offset - 3 * YEAR_MS)).toBeLessThan(1_000)
})

test('what is being dated anew is not handed to whoever comes meanwhile: nothing is doubled', async () => {
  const simulation = new Simulation(13)
  await simulation.relay()
  // Others take what is so far ahead.
  const a = await simulation.cast(alice, { skewMs: 1.5 * MINUTE_MS })
  const words = ['one', 'two', 'three']
  for (const word of words) await a.say(word)
  const say = a.history.say.bind(a.history)
  a.history.say = async (...said) => {
    await sleep(simulation.clock, 1_000)
    return say(...said)
  }
  const b = await simulation.enter(bob)
  await simulation.run(5_000)
  tellTime(a, simulation)
  await a.connect()
  await simulation.run(30_000)
  expect(await b.read()).toEqual(words)
  expect(await a.read()).toEqual(words)
})

test('what somebody else keeps is not said again', async () => {
  const simulation = new Simulation(6)
  const [a, b] = await twoAhead(simulation)
  await simulation.run(2_000)
  await a.say('both wrong')
  await simulation.run(10_000)
  expect(await b.read()).toEqual(['both wrong'])
  // More than the two of them, who agree with each other.
  for (const each of [a, b]) tellTime(each, simulation, 'one', 'two')
  await simulation.run(10_000)
  expect(a.shown.filter(({ kind }) => kind === 'redated')).toEqual([])
  expect(await a.read()).toEqual(['both wrong'])
  // What is said now is not dated after it: whoever has the right clock takes it.
  await a.say('right')
  await simulation.run(2_000)
  const c = await simulation.enter(carol)
  tellTime(c, simulation, 'one', 'two')
  await simulation.run(10_000)
  expect(await c.read()).toEqual(['right'])
  await simulation.run(12 * MINUTE_MS)
  expect(await c.read()).toEqual(['right', 'both wrong'])
})

test('what somebody else has just taken, and has not said yet, is not said again', async () => {
  const simulation = new Simulation(11)
  const [a, b] = await twoAhead(simulation)
  await simulation.run(5_000)
  await a.say('both wrong')
  await simulation.run(500)
  expect(await b.read()).toEqual(['both wrong'])
  for (const each of [a, b]) tellTime(each, simulation, 'one', 'two')
  await simulation.run(30_000)
  await onlyBothWrong(b, a)
})

test('what is being published when the time becomes known is not said again at once', async () => {
  const simulation = new Simulation(14)
  const [a, b] = await twoAhead(simulation)
  await simulation.run(5_000)
  publishSlowly(a, simulation, 1_000)
  await a.say('both wrong')
  await simulation.run(500)
  expect(await b.read()).toEqual(['both wrong'])
  for (const each of [a, b]) tellTime(each, simulation, 'one', 'two')
  await simulation.run(30_000)
  await onlyBothWrong(b, a)
})

test('a stranger cannot pull what one says towards the limit', async () => {
  const simulation = new Simulation(7)
  await simulation.archive()
  const a = await simulation.enter(alice)
  tellTime(a, simulation)
  const far = (simulation.clock.now() + FUTURE_MAX_MS - 1_000) * 1_000
  const pull = await entry(bob, { content: 'as far as it goes', clock: far })
  await a.history.add([pull])
  await a.say('mine')
  expect(await aheadOfTime(a, simulation)).toBeGreaterThan(FUTURE_MAX_MS / 2)
  const mine = (await a.history.undelivered(lobby.id, 'stored', 9)).at(-1)
  expect((mine?.clock ?? 0) / 1_000 - simulation.clock.now()).toBeLessThan(FUTURE_MAX_MS / 2)
})

test('a floor of an earlier run that lies ahead of the time is not believed', async () => {
  const simulation = new Simulation(8)
  await simulation.archive()
  const a = await simulation.cast(alice)
  await a.history.trim(lobby.id, { ...START, clock: (simulation.clock.now() + YEAR_MS) * 1_000 })
  await a.quit()
  await a.wake()
  await a.connect()
  tellTime(a, simulation)
  const b = await simulation.enter(bob)
  await simulation.run(2_000)
  await b.say('hello')
  await a.say('hello too')
  await simulation.run(10_000)
  expect([...(await a.read())].sort()).toEqual(['hello', 'hello too'])
  expect([...(await b.read())].sort()).toEqual(['hello', 'hello too'])
})

/** What `/bootstrap.json` and its `Date` tell. */
function load(member: Member, archive: Archive): void {
  member.chat.time.originIs(archive.id)
  member.chat.time.learn(archive.clock)
}

test('what a sync is handing over when the time becomes known, on a slow disk, is not said again', async () => {
  for (const delay of [300, 1_000, 2_500]) {
    const simulation = new Simulation(16)
    await simulation.relay()
    const a = await simulation.cast(alice, { skewMs: 60 * MINUTE_MS })
    await a.say('both wrong')
    // Too old to be published.
    await simulation.run(20 * MINUTE_MS)
    const b = await simulation.enter(bob, { skewMs: 60 * MINUTE_MS })
    const add = b.history.add.bind(b.history)
    b.history.add = async (entries) => {
      for (const each of [a, b]) tellTime(each, simulation, 'one', 'two')
      await sleep(simulation.clock, delay)
      return add(entries)
    }
    await a.connect()
    await simulation.run(2 * MINUTE_MS)
    await onlyBothWrong(b, a)
  }
})

test('what an archive has, whose clock was wrong, too, is not said again by whoever comes back', async () => {
  const simulation = new Simulation(17)
  const archive = await simulation.archive('archive', 201, 10 * MINUTE_MS)
  const a = await simulation.enter(alice, { skewMs: 10 * MINUTE_MS })
  load(a, archive)
  await simulation.run(5_000)
  await a.say('both wrong')
  await simulation.run(300)
  expect(await archive.read()).toEqual(['both wrong'])
  a.crash()
  a.setClock(0)
  await a.wake()
  tellTime(a, simulation, 'one', 'two')
  // There is no network for a while.
  await simulation.run(MINUTE_MS)
  await a.connect()
  const c = await simulation.enter(carol)
  tellTime(c, simulation, 'one', 'two')
  await simulation.run(15 * MINUTE_MS)
  await onlyBothWrong(c, a)
})

test('what was on its way when the clock jumped is not said again at once', async () => {
  const simulation = new Simulation(18)
  const [a, b] = await twoAhead(simulation)
  await simulation.run(5_000)
  publishSlowly(a, simulation, 3_000)
  await a.say('both wrong')
  await simulation.until(() => b.shown.some(({ kind }) => kind === 'entries'))
  a.setClock(0)
  a.chat.time.now()
  await simulation.run(50)
  for (const each of [a, b]) tellTime(each, simulation, 'one', 'two')
  await simulation.run(60_000)
  await onlyBothWrong(b, a)
})

test('said by a wrong clock to an archive whose clock is right: once, also when its time has come', async () => {
  const simulation = new Simulation(19)
  const archive = await simulation.archive()
  const [a, c] = [
    await simulation.enter(alice, { skewMs: 10 * MINUTE_MS }),
    await simulation.enter(carol),
  ]
  load(c, archive)
  await a.say('hello')
  await simulation.run(300)
  load(a, archive)
  await simulation.run(15 * MINUTE_MS)
  for (const each of [a, c, archive]) expect(await each.read()).toEqual(['hello'])
})

describe('a page whose relay-node’s clock is five minutes ahead', () => {
  test('alone with it, what it says is kept there at once', async () => {
    const simulation = new Simulation(20)
    const archive = await simulation.archive('archive', 201, 5 * MINUTE_MS)
    const a = await simulation.cast(alice)
    load(a, archive)
    await a.connect()
    await simulation.run(5_000)
    await a.say('alone')
    await simulation.run(10_000)
    expect(await archive.read()).toEqual(['alone'])
  })

  test('gets what others have said by that clock, though it has heard a third one first', async () => {
    const simulation = new Simulation(21)
    const archive = await simulation.archive('archive', 201, 5 * MINUTE_MS)
    const a = await simulation.cast(alice)
    load(a, archive)
    await a.connect()
    await simulation.run(5_000)
    await a.say('alone')
    await simulation.run(10_000)
    await a.quit()
    const c = await simulation.cast(carol)
    load(c, archive)
    c.chat.time.learn(simulation.clock.now(), 'a third one')
    await c.connect()
    await simulation.run(10_000)
    expect(await c.read()).toEqual(['alone'])
  })
})

test('made-up peers that say it is an hour earlier make nobody deaf whose relay-node agrees with the device', async () => {
  const simulation = new Simulation(22)
  const archive = await simulation.archive()
  const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
  for (const each of [a, b]) load(each, archive)
  const hourAgo = simulation.clock.now() - 60 * MINUTE_MS
  for (let i = 0; i < 20; i++) a.chat.time.learn(hourAgo, `eve ${i}`)
  await simulation.run(2_000)
  await b.say('do you hear me?')
  await simulation.run(500)
  await a.say('I do')
  await simulation.run(2_000)
  for (const each of [a, b, archive]) expect(await each.read()).toEqual(['do you hear me?', 'I do'])
})

describe('a page whose relay-node’s clock is two years ahead', () => {
  test('alone with it, what it says is dated by its own clock: whoever comes later gets it', async () => {
    const simulation = new Simulation(9)
    const archive = await simulation.archive('archive', 201, 2 * YEAR_MS)
    const a = await simulation.cast(alice)
    load(a, archive)
    await a.connect()
    await simulation.run(2_000)
    await a.say('alone')
    await simulation.run(10_000)
    expect(await archive.read()).toEqual(['alone'])
    expect(a.chat.time.disputed).toBeGreaterThan(YEAR_MS)
    expect(await aheadOfTime(a, simulation)).toBeLessThan(0)
    await a.quit()
    archive.kill()
    archive.setClock(0)
    await archive.start()
    const c = await simulation.cast(carol)
    load(c, archive)
    await c.connect()
    await simulation.run(10_000)
    expect(await c.read()).toEqual(['alone'])
  })

  test('hears whoever has the right time, who settles it', async () => {
    const simulation = new Simulation(10)
    const archive = await simulation.archive('archive', 201, 2 * YEAR_MS)
    const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
    load(a, archive)
    load(b, archive)
    await simulation.run(10_000)
    await b.say('here')
    await a.say('too')
    await simulation.run(5_000)
    expect(await a.read()).toEqual(['here', 'too'])
    expect(await b.read()).toEqual(['here', 'too'])
    expect(a.chat.time).toMatchObject({ known: true, offset: 0, disputed: 0 })
  })
})

test('a clock three days behind the relay-node’s: alone with it, nothing that it keeps is refused', async () => {
  const simulation = new Simulation(11)
  const archive = await simulation.archive()
  const b = await simulation.enter(bob)
  await simulation.run(2_000)
  await b.say('yesterday’s news')
  await simulation.run(5_000)
  await b.quit()
  const a = await simulation.cast(alice, { skewMs: -3 * 24 * 60 * MINUTE_MS })
  a.chat.time.originIs(archive.id)
  a.chat.time.learn(archive.clock)
  await a.connect()
  await simulation.run(5_000)
  expect(await a.read()).toEqual(['yesterday’s news'])
  // And an answer stands below what it answers.
  await a.say('thanks')
  await simulation.run(5_000)
  expect(await a.read()).toEqual(['yesterday’s news', 'thanks'])
  expect(await archive.read()).toEqual(['yesterday’s news', 'thanks'])
})
