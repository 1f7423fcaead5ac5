import { afterEach, beforeEach, expect, test } from 'vitest'
import { Chat } from '../../shared/chat.ts'
import type { NoticeState } from '../../shared/commands/command.ts'
import { MemoryHistory } from '../../shared/memory-history.ts'
import type { Room } from '../../shared/room.ts'
import { systemRuntime } from '../../shared/runtime.ts'
import { MemorySettings } from '../../shared/settings.ts'
import { alice, bob, entry, lobby, logId, must } from '../../shared/testing/people.ts'
import { en } from '../text/en.ts'
import { Attention, type Notice } from './attention.svelte.ts'

const runtime = systemRuntime()
let chat: Chat
let room: Room
let attention: Attention
let shown: Notice[]
let said: number
let visible: boolean
let state: NoticeState
let seq: number
/** What waits for its time. */
let waiting: (() => void)[]

beforeEach(async () => {
  const settings = new MemorySettings()
  await settings.set('name', 'alice')
  const history = new MemoryHistory(logId('alice'))
  chat = new Chat({ identity: alice.identity, history, settings, runtime })
  await chat.start()
  room = must(await chat.open('lobby'))
  shown = []
  waiting = []
  said = 0
  seq = 0
  visible = false
  state = 'shown'
  attention = new Attention({
    clock: {
      now: () => runtime.clock.now(),
      after: (_, then) => {
        waiting.push(then)
        return () => undefined
      },
    },
    text: () => en,
    notices: {
      get state() {
        return state
      },
      ask: () => Promise.resolve(state),
      show: (notice) => shown.push(notice),
      clear: () => (shown = []),
      count: () => undefined,
    },
    isVisible: () => visible,
    onsaid: () => said++,
  })
  attention.attach(chat)
})

afterEach(async () => {
  attention.detach()
  await chat.stop()
})

/** @param ago when it was said, ms */
async function come(content: string, ago = 0, kind = 'text'): Promise<void> {
  const clock = Math.ceil((chat.time.now() - ago) * 1_000)
  const one = await entry(bob, { content, kind, seq: ++seq, clock, room: lobby.id })
  room.changes.emit({ kind: 'entries', entries: [one], late: new Set() })
}

function pass(): void {
  for (const then of waiting.splice(0)) then()
}

const bodies = (): readonly string[] => shown.map(({ body }) => body.replace(/^[^:]*: /, ''))

test('by itself, a mention is told and the rest is not', async () => {
  await come('hello all')
  await come('hello alice')
  expect(bodies()).toEqual(['hello alice'])
})

test('all, none, and another room’s own', async () => {
  await chat.setNotify('lobby', 'all')
  await come('hello all')
  expect(bodies()).toEqual(['hello all'])
  pass()
  await chat.setNotify('lobby', 'none')
  await come('hello alice')
  expect(bodies()).toEqual(['hello all'])
  expect(chat.notifyOf('garden')).toBe('mentions')
})

test('without a sound, until one is wanted', async () => {
  await come('hello alice')
  pass()
  must(await chat.setNotifiesAloud(true))
  await come('alice?')
  expect(shown.map(({ silent }) => silent)).toEqual([true, false])
})

test('nothing is told of whoever is blocked', async () => {
  await chat.company.block({ id: bob.peerId, name: 'bob' })
  await come('hello alice')
  expect(shown).toEqual([])
  await chat.company.unblock(bob.peerId)
  await come('hello alice')
  expect(bodies()).toEqual(['hello alice'])
})

test('what was said before the room was open, or is old by now, is history', async () => {
  await come('alice, yesterday', 86_400_000)
  await come('alice, just before you came', 2_000)
  expect(shown).toEqual([])
})

test('whoever looks is not called, and what was told is taken back when they come', async () => {
  visible = true
  await come('alice?')
  expect(shown).toEqual([])
  visible = false
  await come('alice??')
  expect(bodies()).toEqual(['alice??'])
  attention.look()
  expect(bodies()).toEqual(['alice??'])
  visible = true
  attention.look()
  expect(shown).toEqual([])
})

test('a flood is one notice a second, which counts', async () => {
  for (let i = 1; i <= 50; i++) await come(`alice ${i}`)
  expect(bodies()).toEqual(['alice 1'])
  pass()
  expect(shown.map(({ title }) => title)).toEqual(['lobby', 'lobby · 50 new'])
  expect(bodies()).toEqual(['alice 1', 'alice 50'])
  pass()
  expect(waiting).toEqual([])
  await come('alice 51')
  expect(shown.at(-1)?.title).toBe('lobby · 51 new')
})

test('what this version cannot read calls nobody, and a long message is cut', async () => {
  await come('alice', 0, 'react')
  expect(shown).toEqual([])
  await come(`alice ${'x'.repeat(3_000)}`)
  expect(shown[0]?.body.length).toBeLessThan(250)
})

test('the reader may be asked after a missed mention, and not again once they said no', async () => {
  state = 'unasked'
  await come('hello all')
  expect(attention.offer).toBeUndefined()
  // Whoever only says what they want to be told of is not asked yet.
  expect(attention.want()).toBe('unasked')
  expect(attention.offer).toBeUndefined()
  await come('hello alice')
  expect(attention.offer).toBe('missed')
  attention.decline()
  await come('hello alice!')
  expect(attention.offer).toBeUndefined()
  expect(attention.want()).toBe('unasked')
  expect(attention.offer).toBe('wanted')
  state = 'blocked'
  await attention.allow()
  expect([attention.offer, attention.refused]).toEqual([undefined, 'blocked'])
})

test('what I say myself is told to whoever keeps, and calls nobody', async () => {
  await chat.setNotify('lobby', 'all')
  must(await room.say('alice says alice'))
  expect(said).toBe(1)
  expect(shown).toEqual([])
})

test('what is stopped hears nothing more', async () => {
  attention.detach()
  await come('alice?')
  expect(shown).toEqual([])
})
