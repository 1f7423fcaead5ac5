import { expect, test } from 'vitest'
import { fromBase64url } from '../bytes.ts'
import { Entry } from '../entry.ts'
import { alice, bob, carol, goEntry, must } from '../testing/people.ts'
import { type Member, Simulation } from '../testing/simulation.ts'
import { en } from '../text/en.ts'
import type { Answer, Context, Holding } from './command.ts'
import { exporting, storage, wipe } from './data.ts'
import { commands } from './registry.ts'

interface Saved {
  readonly name: string
  readonly text: string
}

interface Desk {
  readonly context: Context
  readonly saved: Saved[]
  wiped: boolean
}

/** Somebody in a simulated room, and a screen that remembers what it was asked for. */
async function desk(holding: Holding): Promise<{ member: Member; desk: Desk }> {
  const member = await new Simulation(1).cast(alice)
  const saved: Saved[] = []
  const desk: Desk = {
    saved,
    wiped: false,
    context: {
      chat: member.chat,
      room: member.room,
      words: en,
      commands,
      version: '0',
      signal: new AbortController().signal,
      screen: {
        showRoom: () => undefined,
        showOlder: () => undefined,
        showEntry: () => Promise.resolve('shown' as const),
        quit: () => Promise.resolve(),
        save: async (name, parts) => {
          saved.push({ name, text: await new Blob([...parts]).text() })
        },
        storage: () => Promise.resolve(holding),
        wipe: () => {
          desk.wiped = true
          return Promise.resolve()
        },
      },
    },
  }
  return { member, desk }
}

/** As anybody would read the file who knows PROTOCOL.md: each line by itself, and each is verified. */
async function verified({ text }: Saved): Promise<readonly Entry[]> {
  expect(text.endsWith('\n')).toBe(true)
  const lines = text.slice(0, -1).split('\n')
  return Promise.all(lines.map(async (line) => must(await open(line))))
}

function open(line: string): ReturnType<typeof Entry.open> {
  const json = JSON.parse(line) as { form?: number; proof?: string; line?: string }
  const wrapped = json.form === 2 ? json.proof : json.line
  return wrapped === undefined
    ? Entry.open(1, new TextEncoder().encode(line))
    : Entry.open(json.form === 2 ? 2 : 1, must(fromBase64url(wrapped, base64Bytes(wrapped))))
}

function base64Bytes(text: string): number {
  return Math.floor((text.length * 3) / 4)
}

function textOf(answer: Answer | undefined): string {
  return answer === undefined ? '' : `${answer.tone}: ${answer.text}`
}

test('an export holds both forms, byte for byte and in order, and proves each line', async () => {
  const { member, desk: mine } = await desk({ keeps: 'safe' })
  await member.say('Hello\nin two lines')
  const now = Math.floor(member.chat.time.now() / 1_000)
  const fromGo = await goEntry(bob, { content: 'from Go', timestamp: now - 60 })
  await member.history.add([fromGo])
  await member.say('the end')
  const told = await exporting.run([], mine.context)
  const [file] = mine.saved
  if (file === undefined) throw new Error('nothing was saved')
  expect(file.name).toMatch(/^p2p-chat-lobby-\d{4}-\d\d-\d\d\.jsonl$/)
  expect(textOf(told)).toBe(
    `good: 3 messages saved as ${file.name}: one a line, each with the signature that proves it.`,
  )
  const [first, ...rest] = await verified(file)
  expect([first, ...rest].map((entry) => entry?.content)).toEqual([
    'from Go',
    'Hello\nin two lines',
    'the end',
  ])
  expect([first, ...rest].map((entry) => entry?.id)).toEqual(
    (await member.room.page({ limit: 10 })).map(({ id }) => id),
  )
  expect(first?.author).toBe(bob.peerId)
  expect(file.text).toContain(`"content":"the end"`)
})

test('more than one page is exported whole; one flipped letter does not verify', async () => {
  const { member, desk: mine } = await desk({ keeps: 'safe' })
  for (let i = 0; i < 501; i++) await member.say(`message ${i}`)
  await exporting.run([], mine.context)
  const entries = await verified(mine.saved[0] ?? { name: '', text: '' })
  expect(entries.map(({ content }) => content)).toEqual(
    Array.from({ length: 501 }, (_, i) => `message ${i}`),
  )
  const line = (mine.saved[0]?.text ?? '').split('\n')[7] ?? ''
  expect((await open(line.replace('message 7', 'massage 7'))).ok).toBe(false)
})

test('all rooms go into one file; an empty one and a wrong word say so', async () => {
  const { member, desk: mine } = await desk({ keeps: 'safe' })
  expect(textOf(await exporting.run([], mine.context))).toBe(
    'plain: Nothing has been said here yet.',
  )
  await member.say('in the lobby')
  const garden = must(await member.chat.open('garden'))
  must(await garden.say('in the garden'))
  expect(textOf(await exporting.run(['all'], mine.context))).toMatch(
    /^good: 2 messages saved as p2p-chat-all-/,
  )
  const entries = await verified(mine.saved[0] ?? { name: '', text: '' })
  expect(new Set(entries.map(({ room }) => room)).size).toBe(2)
  expect(textOf(await exporting.run(['garden'], mine.context))).toBe(
    'bad: /export: “garden” cannot be a room to save: /export saves this one, /export all all open ones.',
  )
})

test('an export that is no longer wanted ends', async () => {
  const { member, desk: mine } = await desk({ keeps: 'safe' })
  await member.say('never mind')
  const signal = AbortSignal.abort(new Error('left'))
  await expect(exporting.run([], { ...mine.context, signal })).rejects.toThrow('left')
  expect(mine.saved).toEqual([])
})

test.each<[Holding, string]>([
  [
    { keeps: 'safe', usedBytes: 12_345_678, quotaBytes: 60e9 },
    '12.3 MB in all, of 60 GB that the browser allows.\nIt stays until you delete it.',
  ],
  [
    { keeps: 'at-will', usedBytes: 0 },
    '0 byte in all.\nThe browser may drop it when the disk is nearly full; it did not grant more. /export saves a room as a file.',
  ],
  [{ keeps: 'passing' }, 'It is gone with this tab: nothing is kept here.'],
])('/storage says how much is held, and how safely: %o', async (holding, said) => {
  const { member, desk: mine } = await desk(holding)
  await member.say('one')
  await member.say('two')
  await member.history.add([await goEntry(carol, { content: 'three' })])
  expect(textOf(await storage.run([], mine.context))).toBe(
    `plain: This device holds:\n- lobby (3 messages)\n${said}`,
  )
})

test('/storage counts what is held of rooms that were left, too', async () => {
  const { member, desk: mine } = await desk({ keeps: 'passing' })
  await member.say('one')
  const garden = must(await member.chat.open('garden'))
  must(await garden.say('two'))
  must(await garden.say('three'))
  await member.chat.leave('garden')
  expect(textOf(await storage.run([], mine.context))).toMatch(
    /:\n- lobby \(1 message\)\n- rooms that are not open \(2 messages\)\n/,
  )
})

test('/wipe does nothing without its word', async () => {
  const { desk: mine } = await desk({ keeps: 'safe' })
  expect(textOf(await wipe.run([], mine.context))).toMatch(
    /^bad: This deletes your key, .* type \/wipe everything$/,
  )
  expect(textOf(await wipe.run(['Everything'], mine.context))).toBe(
    'bad: Nothing was done: “Everything” is not understood. Did you mean /wipe everything?',
  )
  expect(mine.wiped).toBe(false)
  expect(textOf(await wipe.run(['everything'], mine.context))).toBe(
    'good: Everything is deleted on this device.',
  )
  expect(mine.wiped).toBe(true)
})
