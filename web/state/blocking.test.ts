import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Chat } from '../../shared/chat.ts'
import type { Entry } from '../../shared/entry.ts'
import { MemoryHistory } from '../../shared/memory-history.ts'
import type { Room } from '../../shared/room.ts'
import { systemRuntime } from '../../shared/runtime.ts'
import { MemorySettings } from '../../shared/settings.ts'
import {
  NEW_YEAR,
  type Person,
  bob,
  carol,
  alice,
  entry,
  eve,
  lobby,
  logId,
  must,
} from '../../shared/testing/people.ts'
import { en } from '../text/en.ts'
import { Timeline } from './timeline.svelte.ts'

const runtime = systemRuntime()
const EVE = { id: eve.peerId, name: 'eve' }
let history: MemoryHistory
let chat: Chat
let room: Room
let timeline: Timeline

beforeEach(async () => {
  history = new MemoryHistory(logId('alice'))
  chat = new Chat({ identity: alice.identity, history, settings: new MemorySettings(), runtime })
  await chat.start()
  room = must(await chat.open('lobby'))
  timeline = new Timeline(runtime.clock, () => en.words)
})

afterEach(async () => {
  timeline.detach()
  await chat.stop()
})

/** Said in this order, a second apart. */
async function kept(...said: readonly (readonly [Person, string])[]): Promise<readonly Entry[]> {
  const entries = await Promise.all(
    said.map(([who, content], i) =>
      entry(who, { content, seq: i + 1, clock: NEW_YEAR + i * 1_000_000, room: lobby.id }),
    ),
  )
  await history.add(entries)
  return entries
}

function shown(): readonly string[] {
  return timeline.rows.flatMap((row) => {
    if (row.kind === 'message') return row.item.kind === 'said' ? [row.item.entry.content] : []
    return row.kind === 'passing' ? [`${row.came.join()} came, ${row.went.join()} went`] : []
  })
}

test('past and future are gone at once, and all of it comes back in its place', async () => {
  await kept([bob, 'one'], [eve, 'two'], [carol, 'three'], [eve, 'four'])
  await timeline.attach(chat, room)
  expect(shown()).toEqual(['one', 'two', 'three', 'four'])
  must(await chat.company.block(EVE))
  expect(shown()).toEqual(['one', 'three'])
  const [late] = await kept([eve, 'five'])
  room.changes.emit({ kind: 'entries', entries: late === undefined ? [] : [late], late: new Set() })
  room.changes.emit({ kind: 'passing', type: 'join', author: eve.peerId, name: 'eve', at: 0 })
  expect(shown()).toEqual(['one', 'three'])
  expect(timeline.arrivals.unread).toBe(0)
  must(await chat.company.unblock(EVE.id))
  await vi.waitFor(() => {
    expect(shown()).toHaveLength(5)
  })
  // Those that tie stand in the order of the history, which is that of their ids.
  const page = await room.page({ limit: 10 })
  expect(shown()).toEqual(page.map(({ content }) => content))
})

test('joins of somebody who is blocked leave the screen, too', async () => {
  await timeline.attach(chat, room)
  room.changes.emit({ kind: 'passing', type: 'join', author: eve.peerId, name: 'eve', at: 0 })
  room.changes.emit({ kind: 'passing', type: 'join', author: bob.peerId, name: 'bob', at: 0 })
  expect(shown()).toEqual(['eve,bob came,  went'])
  must(await chat.company.block(EVE))
  expect(shown()).toEqual(['bob came,  went'])
})

test('a flood of somebody who is blocked hides nothing of what others said before', async () => {
  const flood = Array.from({ length: 500 }, (_, i) => [eve, `buy ${i}`] as const)
  await kept([bob, 'the first'], ...flood, [bob, 'the last'])
  must(await chat.company.block(EVE))
  await timeline.attach(chat, room)
  expect(shown()).toEqual(['the first', 'the last'])
  expect(timeline.complete).toBe(true)
  must(await chat.company.unblock(EVE.id))
  await vi.waitFor(() => {
    expect(shown()).toHaveLength(60)
  })
  expect([shown()[0], shown().at(-1)]).toEqual(['buy 441', 'the last'])
  must(await chat.company.block(EVE))
  await vi.waitFor(() => {
    expect(shown()).toEqual(['the first', 'the last'])
  })
})

test('what I write while it is read again stays', async () => {
  await kept([bob, 'one'], [eve, 'two'])
  must(await chat.company.block(EVE))
  await timeline.attach(chat, room)
  timeline.write('not stored yet')
  const unblocked = chat.company.unblock(EVE.id)
  must(await room.say('stored meanwhile'))
  must(await unblocked)
  await vi.waitFor(() => {
    expect(shown()).toEqual(['one', 'two', 'stored meanwhile'])
  })
  const pending = timeline.rows.some((row) => row.kind === 'message' && row.item.kind === 'pending')
  expect(pending).toBe(true)
})

test('what is unread of somebody is not counted any more once they are blocked', async () => {
  must(await chat.rename('alice'))
  await timeline.attach(chat, room)
  room.changes.emit({ kind: 'syncing', on: false })
  const now = chat.time.now() * 1_000
  const all = await Promise.all(
    (
      [
        [eve, 'alice, buy'],
        [bob, 'alice, listen'],
        [eve, 'buy'],
      ] as const
    ).map(([who, content], i) =>
      entry(who, { content, seq: i + 1, clock: Math.ceil(now) + i, room: lobby.id }),
    ),
  )
  room.changes.emit({ kind: 'entries', entries: all, late: new Set() })
  const { arrivals } = timeline
  expect([arrivals.unread, arrivals.fresh, arrivals.mentions]).toEqual([3, 3, 2])
  must(await chat.company.block(EVE))
  expect([arrivals.unread, arrivals.fresh, arrivals.mentions]).toEqual([1, 1, 1])
})
