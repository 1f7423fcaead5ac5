import { describe, expect, test, vi } from 'vitest'
import { shortPeerId } from '../names.ts'
import { alice, bob, carol, eve, must, person } from '../testing/people.ts'
import { type Member, Simulation } from '../testing/simulation.ts'
import { story } from '../testing/story.ts'
import { en } from '../text/en.ts'
import type { Context } from './command.ts'
import { complete } from './complete.ts'
import { commands } from './registry.ts'
import { submit } from './submit.ts'
import { matching, nameAndKey } from './whom.ts'

/** What the one who typed it reads. */
async function answerTo(text: string, { chat, room }: Member): Promise<string> {
  const context: Context = {
    chat,
    room,
    words: en,
    screen: {
      showRoom: () => undefined,
      showOlder: () => undefined,
      showEntry: () => Promise.resolve('shown' as const),
      quit: () => Promise.resolve(),
      save: () => Promise.resolve(),
      storage: () => Promise.resolve({ keeps: 'safe' }),
      wipe: () => Promise.resolve(),
    },
    commands,
    version: '1.2.3',
    signal: new AbortController().signal,
  }
  const submitted = await submit(text, context)
  if (!submitted.ok) return `bad: ${en.failure(submitted.failure)}`
  if (submitted.value.kind === 'said') return `said: ${submitted.value.entry.content}`
  const { answer } = submitted.value
  const picks = answer?.picks?.map(({ text: pick }) => `\n[${pick}]`) ?? []
  return answer === undefined ? 'done' : `${answer.tone}: ${answer.text}${picks.join('')}`
}

const texts = ({ chat, room }: Member, typed: string, caret?: number): readonly string[] =>
  complete(typed, { chat, room }, caret).suggestions.map(({ text }) => text)

test('of more people of one name than are listed, it is said how many there are, and how to name one', async () => {
  const member = await new Simulation(1).cast(alice)
  const annas = await Promise.all(
    Array.from({ length: 11 }, (_, i) => person(`anna ${i}`, 100 + i)),
  )
  vi.spyOn(member.chat.company, 'known').mockReturnValue(
    annas.map(({ peerId }) => ({ id: peerId, name: 'anna' })),
  )
  const answer = await answerTo('/whois anna', member)
  expect(answer.split('\n[')).toHaveLength(1 + 8)
  expect(answer).toMatch(
    /These are 8 of 11: for another, type the name and the last six characters/,
  )
  const [, , , , , , , , , , last] = annas
  if (last === undefined) throw new Error('eleven')
  expect(await answerTo(`/whois anna ${shortPeerId(last.peerId)}`, member)).toContain(last.peerId)
})

describe('with others there', () => {
  story('/block and /unblock, by name', async (simulation) => {
    await simulation.relay()
    const [a, e] = [await simulation.enter(alice), await simulation.enter(eve)]
    await simulation.run(10_000)
    await e.say('buy this')
    await simulation.run(2_000)
    const who = `eve ${shortPeerId(e.id)}`
    expect(await answerTo('/block', a)).toMatch(/^plain: You have blocked nobody/)
    expect(await answerTo('/block alice', a)).toBe('bad: That is you.')
    expect(await answerTo('/block nobody', a)).toMatch(/^bad: Nobody here is called “nobody”/)
    expect(await answerTo('/ignore @EVE', a)).toMatch(new RegExp(`^good: ${who} is blocked: `))
    expect(await answerTo('/block', a)).toBe(`plain: You have blocked (1):\n- ${who}`)
    expect(await answerTo('/who', a)).toMatch(/^plain: Nobody else is in lobby/)
    expect(await answerTo('/history', a)).toBe('plain: Nothing has been said here yet.')
    expect(await answerTo('/search buy', a)).toMatch(/^plain: Nothing that this device holds/)
    expect([texts(a, '@'), texts(a, '/block ')]).toEqual([[], []])
    expect(texts(a, '/unblock ')).toEqual(['/unblock eve'])
    expect(await answerTo('/whois eve', a)).toContain('You have blocked them')
    expect(await answerTo('/unblock eve', a)).toMatch(/^good: eve .* is not blocked any more/)
    expect(await answerTo('/history', a)).toMatch(/\[eve\] buy this/)
    expect(await answerTo('/unblock eve', a)).toMatch(/^bad: Nobody here is called “eve”/)
    expect(texts(a, '@')).toEqual(['@eve '])
  })

  story('two of one name are told apart by the end of the key', async (simulation) => {
    await simulation.relay()
    const a = await simulation.enter(alice)
    const others = [await simulation.enter(bob), await simulation.enter(carol)]
    await simulation.run(5_000)
    for (const other of others) await other.chat.rename('swift falcon')
    await simulation.run(5_000)
    const spellings = others.map(({ id }) => `swift falcon ${shortPeerId(id)}`)
    const asked = await answerTo('/block Swift Falcon', a)
    expect(asked.split('\n')[0]).toBe(
      'plain: Several are called “Swift Falcon”, or look like it. Whom do you mean?',
    )
    expect(asked.split('\n').slice(1).sort()).toEqual(
      spellings.map((each) => `[/block ${each}]`).sort(),
    )
    expect([...texts(a, '/block swift fal')].sort()).toEqual(
      spellings.map((each) => `/block ${each}`).sort(),
    )
    expect(texts(a, '@sw')).toEqual(['@swift falcon '])
    const [first = ''] = spellings
    expect(await answerTo(`/block ${first}`, a)).toContain(`${first} is blocked`)
    expect(a.chat.company.regard.blocked.map(({ id }) => id)).toEqual([bob.peerId])
    expect(await answerTo(`/block ${carol.peerId}`, a)).toMatch(/^good: /)
    expect(a.chat.people(a.room)).toEqual([])
  })

  story('/whois says in sentences what is known, and what is proved', async (simulation) => {
    await simulation.relay()
    const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
    await simulation.run(30_000)
    await b.chat.rename('robert')
    must(await b.chat.company.setAway('lunch'))
    for (const word of ['one', 'two']) await a.say(word)
    await simulation.run(40_000)
    const lines = (await answerTo('/whois robert', a)).split('\n')
    expect(lines.slice(0, 5)).toEqual([
      `plain: robert has the key ${b.id}`,
      'Called bob before.',
      'Came to this room 1m ago, by their own word.',
      'Known to this device since 1 January 2025.',
      'Away: lunch.',
    ])
    expect(lines[5]).toMatch(/^Directly connected \(WebRTC(, \d+ ms)?\)\. The link is encrypted/)
    expect(lines[6]).toBe('They have said that they keep 2 messages of yours in this room.')
    expect(lines[7]).toMatch(/^Proved: .*Not proved: who holds the key/)
    expect(await answerTo('/whois bob', a)).toMatch(/^bad: Nobody here is called “bob”/)
    await b.quit()
    await simulation.run(125_000)
    const gone = await answerTo('/whois robert', a)
    expect(gone).toContain('Last seen 2m ago, in lobby.\nNot in this room now.')
    expect(await answerTo('/whois alice', a)).toContain(`You are alice. Your key is ${a.id}`)
    // She speaks, and is no second alice for that.
    await a.say('hello')
    await simulation.run(1_000)
    expect(await answerTo('/whois alice', a)).toContain(`You are alice. Your key is ${a.id}`)
    const stranger = (await person('stranger', 77)).peerId
    expect(await answerTo(`/whois ${stranger}`, a)).toContain(`has the key ${stranger}`)
  })

  story('/away and /back are seen by others', async (simulation) => {
    await simulation.relay()
    const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
    await simulation.run(5_000)
    expect(await answerTo('/back', b)).toBe('plain: You were not away.')
    expect(await answerTo('/away lunch', b)).toMatch(/^good: You are away: lunch\. /)
    await simulation.run(2_000)
    expect(await answerTo('/who', a)).toMatch(/- bob \(direct, .*, Away: lunch\)$/)
    expect(await answerTo('/back', b)).toBe('good: You are back.')
    await simulation.run(2_000)
    expect(await answerTo('/who', a)).not.toContain('Away')
    expect(await answerTo(`/away ${'x'.repeat(81)}`, b)).toMatch(/^bad: \/away: .*80 characters/)
  })

  story('/topic is for everybody, and for whoever comes later', async (simulation) => {
    await simulation.archive()
    const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
    await simulation.run(5_000)
    expect(await answerTo('/topic', a)).toMatch(/^plain: lobby has no topic/)
    expect(await answerTo('/topic roses, and what eats them', a)).toBe('done')
    await simulation.run(2_000)
    expect(await answerTo('/topic', b)).toMatch(
      /^plain: Topic: roses, and what eats them\nSet by alice, \ds ago\./,
    )
    expect(await b.read()).toEqual(['Topic: roses, and what eats them'])
    await a.quit()
    await b.quit()
    const c = await simulation.enter(carol)
    await simulation.until(() => c.chat.company.topic('lobby') !== undefined)
    expect(await answerTo('/topic -', c)).toBe('done')
    expect(await answerTo('/topic', c)).toMatch(/has no topic/)
    await b.wake()
    expect(b.chat.company.topic('lobby')?.text).toBe('roses, and what eats them')
    await b.connect()
    await simulation.until(() => b.chat.company.topic('lobby') === undefined)
    expect(await answerTo(`/topic ${'x'.repeat(201)}`, c)).toMatch(/^bad: \/topic: .*200 visible/)
    expect(await answerTo('/topic \u200B', c)).toMatch(/^bad: \/topic: /)
  })

  story('/mute and /unmute, people and rooms', async (simulation) => {
    await simulation.relay()
    const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
    await simulation.run(5_000)
    const { regard } = a.chat.company
    expect(await answerTo('/mute', a)).toMatch(/^good: lobby is muted/)
    expect(regard.isMuted({ room: 'lobby' })).toBe(true)
    expect(await answerTo('/mute #garden', a)).toBe('bad: You are not in garden.')
    expect(await answerTo('/mute bob', a)).toMatch(/^good: bob .* is muted/)
    expect([...texts(a, '/unmute ')].sort()).toEqual(['/unmute #lobby', '/unmute bob'])
    expect(regard.isMuted({ id: b.id })).toBe(true)
    expect(await answerTo('/unmute #lobby', a)).toBe('good: lobby is not muted.')
    expect(await answerTo('/unmute bob', a)).toMatch(/^good: bob .* is not muted\.$/)
    // Whom nothing else is known of any more is still whom completion offers.
    const stranger = (await person('stranger', 77)).peerId
    expect(await answerTo(`/mute ${stranger}`, a)).toMatch(/^good: /)
    const [offered = ''] = texts(a, '/unmute ')
    expect(await answerTo(offered, a)).toMatch(/^good: .* is not muted\.$/)
    expect(regard.muted).toEqual({ people: [], rooms: [] })
  })
})

test('/shrug', async () => {
  const a = await new Simulation(1).cast(alice)
  expect(await answerTo('/shrug', a)).toBe('done')
  expect(await answerTo('/shrug who knows', a)).toBe('done')
  expect(await a.read()).toEqual(['¯\\_(ツ)_/¯', 'who knows ¯\\_(ツ)_/¯'])
})

describe('a mention', () => {
  story('completes names, the latest speaker first, wherever the caret is', async (simulation) => {
    await simulation.relay()
    const [a, b] = [await simulation.enter(alice), await simulation.enter(bob)]
    const c = await simulation.enter(carol)
    await simulation.run(5_000)
    await c.say('one')
    await simulation.run(2_000)
    await b.say('two')
    await simulation.run(2_000)
    expect(texts(a, 'hello @')).toEqual(['hello @bob ', 'hello @carol '])
    expect(texts(a, '/me waves at @C')).toEqual(['/me waves at @carol '])
    expect(texts(a, '(@c and others', 3)).toEqual(['(@carol and others'])
    const { suggestions } = complete('@c, hi', { chat: a.chat, room: a.room }, 2)
    expect(suggestions).toMatchObject([{ kind: 'person', text: '@carol , hi', caret: 7 }])
    for (const none of ['mail@c', 'hello @bob', '@zzz', '@bob ', '//x @@', 'hello'])
      expect(texts(a, none)).toEqual([])
  })

  test('of a room, and of a name that is a part of another', async () => {
    const simulation = new Simulation(1)
    const a = await simulation.cast(alice)
    must(await a.chat.open('garden'))
    must(await a.chat.open('garden-of-roses'))
    expect(texts(a, 'see #gard')).toEqual(['see #garden ', 'see #garden-of-roses '])
    expect(texts(a, 'see #garden')).toEqual(['see #garden ', 'see #garden-of-roses '])
    expect(texts(a, 'see #ros')).toEqual(['see #garden-of-roses '])
    expect(texts(a, 'see #arden')).toEqual([])
  })

  test('offers a few of a room of 1,000, and fewer with each letter', async () => {
    const simulation = new Simulation(1)
    const a = await simulation.cast(alice)
    const { presence } = a.room
    const everybody = Array.from({ length: 1_000 }, (_, i) => ({
      id: `12D3KooW${String(i).padStart(44, 'x')}` as typeof a.id,
      name: `swift-falcon-${i}`,
      since: i,
      knownSince: i,
      addresses: [],
      silent: false,
    }))
    Object.defineProperty(presence, 'people', { get: () => everybody })
    for (let i = 0; i < 14; i++)
      expect(texts(a, `hello @${'swift-falcon-7'.slice(0, i)}`)).toHaveLength(12)
    expect(texts(a, '/block swift-falcon-99')).toHaveLength(10)
  })
})

test('a name that looks like the beginning of a key is a name', () => {
  const one = { id: bob.peerId, name: carol.peerId.slice(0, 20) }
  const other = { id: carol.peerId, name: 'carol' }
  expect(matching(carol.peerId.slice(0, 20), [one, other])).toEqual([one])
  expect(matching(carol.peerId, [one, other])).toEqual([other])
  expect(matching(shortPeerId(carol.peerId), [one, other])).toEqual([other])
  expect(matching('…', [one, other])).toEqual([])
  expect(matching('', [one, other])).toEqual([])
})

test('a name means all that look like it, until a key tells which', () => {
  const real = { id: bob.peerId, name: 'swift-falcon' }
  const alike = { id: carol.peerId, name: 'swift-faIcon' }
  const posing = { id: eve.peerId, name: nameAndKey(real) }
  const all = [real, alike, posing]
  expect(matching('swift-falcon', all)).toEqual([real, alike])
  expect(matching('@Swift Falcon', all)).toEqual([real, alike])
  expect(all.map((each) => matching(nameAndKey(each), all))).toEqual([[real], [alike], [posing]])
})
