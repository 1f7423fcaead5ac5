import { beforeEach, expect, test } from 'vitest'
import { en } from '../../shared/text/en.ts'
import { th } from '../../shared/text/th.ts'
import { alice, bob, carol, must } from '../../shared/testing/people.ts'
import { type Member, Simulation } from '../../shared/testing/simulation.ts'
import { plain } from './paint.ts'
import { Terminal } from './terminal.ts'

let simulation: Simulation
let a: Member
let b: Member
let terminal: Terminal
let lines: string[]
let prompts: string[]
let asked: string[]
/** Something of the program has a mistake. */
let broken: boolean

const SAFE = { keeps: 'safe' } as const

beforeEach(async () => {
  simulation = new Simulation(1)
  await simulation.relay()
  a = await simulation.enter(alice)
  b = await simulation.enter(bob)
  await simulation.run(20_000)
  ;[lines, prompts, asked, broken] = [[], [], [], false]
  terminal = terminalOf(a)
  await terminal.start(a.room)
  lines.splice(0)
})

function terminalOf({ chat }: Member): Terminal {
  const note = (what: string) => () => {
    asked.push(what)
    return Promise.resolve()
  }
  return new Terminal({
    chat,
    tty: {
      print: (more) => {
        lines.push(...more)
      },
      prompt: (text) => {
        prompts.push(text)
      },
    },
    paint: plain,
    words: { en, th },
    language: 'en',
    version: '1.2.3',
    screen: {
      quit: note('quit'),
      wipe: note('wipe'),
      save: note('save'),
      storage: () => (broken ? Promise.reject(new Error('boom')) : Promise.resolve(SAFE)),
    },
    timeZone: 'UTC',
  })
}

async function typed(text: string): Promise<readonly string[]> {
  lines.splice(0)
  const done = terminal.submit(text)
  await simulation.run(500)
  await done
  return lines.splice(0)
}

test('what is said stands there once, with its time and name, and what others say below it', async () => {
  expect(await typed('hello')).toEqual(['[00:00:20] alice: hello'])
  await b.say('hello, alice')
  await b.say('/me is no command here')
  await simulation.run(1_000)
  expect(lines.splice(0)).toEqual([
    '[00:00:20] bob: hello, alice',
    '[00:00:20] bob: /me is no command here',
  ])
  expect(await typed('/me waves')).toEqual(['[00:00:21] * alice waves'])
  expect(await typed('//me')).toEqual(['[00:00:22] alice: /me'])
  expect(await typed('   ')).toEqual([])
})

test('whoever comes sees the last ten, and of a burst its end', async () => {
  for (let i = 1; i <= 30; i++) await b.say(`message ${i}`)
  await simulation.run(10_000)
  await terminal.stop()
  const read = lines.filter((line) => line.includes('message'))
  expect(new Set(read).size).toBe(read.length)
  lines.splice(0)
  const again = terminalOf(a)
  await again.start(a.room)
  expect(lines.slice(0, 3)).toEqual(['', '#lobby', expect.stringContaining('bob: message 21')])
  expect(lines.at(-1)).toContain('bob: message 30')
  await again.stop()

  a.crash()
  for (let i = 31; i <= 90; i++) await b.say(`message ${i}`)
  await simulation.run(10_000)
  await a.wake()
  terminal = terminalOf(a)
  lines.splice(0)
  await terminal.start(a.room)
  lines.splice(0)
  await a.connect()
  await simulation.run(30_000)
  expect(lines.filter((line) => line.includes('message '))).toHaveLength(10)
  expect(lines).toContainEqual(expect.stringMatching(/^\d+ messages came that were said meanwhile/))
  expect(lines.at(-1)).toContain('bob: message 90')
})

test('nothing that others write reaches the terminal as a command', async () => {
  const hostile = '\u001b[2J\u001b]0;mine\u0007red\u202Edetrevni\r\nand\ta line\u009b31m'
  await b.say(hostile)
  await simulation.run(1_000)
  expect(lines.splice(0)).toEqual([
    '[00:00:20] bob: [2J]0;minereddetrevni',
    '           and  a line31m',
  ])
  await b.say('x')
  await simulation.run(1_000)
  expect(lines.join('').match(/[\p{Cc}]/u)).toBeNull()
})

test('commands answer, a slip is told, and a command is never said', async () => {
  expect(await typed('/who')).toEqual([
    'In lobby (1):',
    expect.stringMatching(/^- bob \(direct, .*\)$/),
  ])
  expect(await typed('/jion garden')).toEqual(['Unknown command: /jion — did you mean /join?'])
  expect(await typed('/nick zoe')).toEqual(['You are zoe now.'])
  expect(await typed('/map')).toEqual([
    'There is no screen here to draw on; /peers and /who say the same in words.',
  ])
  expect(await typed('/theme dark')).toEqual([en.noLook()])
  await b.say('the needle')
  await b.say('another needle')
  await simulation.run(1_000)
  const found = await typed('/search needle')
  expect(found[0]).toMatch(/^2 messages with “needle”/)
  expect(found.slice(1)).toEqual([
    '  1. [bob] another needle (00:00:22)',
    '  2. [bob] the needle (00:00:22)',
  ])
  expect(await typed('/goto 2')).toEqual(['[00:00:22] bob: the needle'])
  expect(await a.read()).not.toContainEqual(expect.stringMatching(/^\//))
})

test('every command of the registry has something to say, and ends', async () => {
  const help = (await typed('/help')).join('\n')
  for (const [, name = ''] of help.matchAll(/^ {2}\/([a-z]+)/gm)) {
    if (['quit', 'wipe', 'leave', 'clear'].includes(name)) continue
    const done = terminal.submit(`/${name}`)
    await simulation.run(30_000)
    await done
    expect(lines.splice(0).join('\n'), name).not.toBe('')
  }
})

test('rooms: what is said elsewhere names its room, and the way back is there', async () => {
  must(await b.chat.open('garden'))
  expect(await typed('/join garden')).toEqual(expect.arrayContaining(['#garden']))
  expect(prompts.at(-1)).toMatch(/^#garden · Live · \d > $/)
  await b.say('in the lobby')
  await simulation.run(3_000)
  expect(lines.splice(0)).toContain('#lobby [00:00:20] bob: in the lobby')
  expect(await typed('in the garden')).toEqual(['[00:00:23] alice: in the garden'])
  const left = await typed('/leave')
  expect(left).toContain('#p2p-chat-default')
})

test('the prompt claims what the pill of a page does', async () => {
  await simulation.run(1_000)
  expect(prompts.at(-1)).toBe('#lobby · Live · 1 > ')
  await b.quit()
  await simulation.run(30_000)
  expect(prompts.at(-1)).toBe('#lobby · Live · 0 > ')
  expect(lines).toContainEqual(
    expect.stringMatching(/^\*\*\* bob left the chat \(at 00:00:\d\d\)$/),
  )
  await simulation.enter(carol)
  await simulation.run(5_000)
  expect(lines.filter((line) => line.startsWith('*** carol joined the chat'))).toHaveLength(1)
})

test('whoever is blocked is not shown, and a language is changed for what comes', async () => {
  await typed('/block bob')
  await b.say('do you see me?')
  await simulation.run(1_000)
  expect(lines.join()).not.toContain('do you see me?')
  expect(await typed('/lang th')).toEqual([th.spoken()])
  expect((await typed('/jion x'))[0]).toBe(
    th.failure({ kind: 'unknown-command', name: 'jion', suggestion: 'join' }),
  )
  expect(prompts.at(-1)).toContain('ออนไลน์')
})

test('Tab offers what begins so: commands, people and rooms', () => {
  expect(terminal.complete('/whoi')).toEqual(['/whois '])
  expect(terminal.complete('/whois b')).toEqual(['/whois bob'])
  expect(terminal.complete('hello @b')).toEqual(['hello @bob '])
  expect(terminal.complete('/jion')).toEqual([])
})

test('to leave and to wipe is asked of whoever runs it', async () => {
  expect(await typed('/quit')).toEqual([en.goodbye()])
  await typed('/wipe everything')
  expect(asked).toEqual(['quit', 'wipe'])
})

test('who has left is told nothing more', async () => {
  await terminal.stop()
  lines.splice(0)
  await b.say('anybody?')
  await simulation.run(2_000)
  expect(lines).toEqual([])
})

test('a mistake of the program is told to whoever typed, and the next line is heard', async () => {
  broken = true
  expect(await typed('/storage')).toEqual(['A mistake of this program: boom'])
  expect(await typed('still here')).toEqual([expect.stringMatching(/\] alice: still here$/)])
  await terminal.stop(true)
})
