import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Chat } from '../../shared/chat.ts'
import type { Answer, Context } from '../../shared/commands/command.ts'
import { search } from '../../shared/commands/search.ts'
import type { Entry } from '../../shared/entry.ts'
import { StorageError } from '../../shared/history.ts'
import { MemoryHistory } from '../../shared/memory-history.ts'
import type { EntryId, PeerId } from '../../shared/ids.ts'
import { shortPeerId } from '../../shared/names.ts'
import type { Room } from '../../shared/room.ts'
import { Search } from '../../shared/search.ts'
import { systemRuntime } from '../../shared/runtime.ts'
import { MemorySettings } from '../../shared/settings.ts'
import {
  NEW_YEAR,
  alice,
  bob,
  entry,
  eve,
  lobby,
  logId,
  must,
} from '../../shared/testing/people.ts'
import { en as enWords } from '../../shared/text/en.ts'
import { en } from '../text/en.ts'
import type { Row } from './rows.ts'
import { Timeline } from './timeline.svelte.ts'

const runtime = systemRuntime()
const MINUTE = 60_000_000
let history: MemoryHistory
let chat: Chat
let room: Room
let timeline: Timeline

beforeEach(async () => {
  history = new MemoryHistory(logId('alice'))
  await arrive({ lobby: NEW_YEAR / 1_000 })
})

/** @param joinedAt the rooms that alice was in before */
async function arrive(joinedAt: Readonly<Record<string, number>>): Promise<void> {
  const settings = new MemorySettings()
  await settings.set('joinedAt', joinedAt)
  chat = new Chat({ identity: alice.identity, history, settings, runtime })
  await chat.start()
  room = must(await chat.open('lobby'))
  timeline = new Timeline(runtime.clock, () => en.words)
}

afterEach(async () => {
  timeline.detach()
  await chat.stop()
})

/** Bob's, said so many minutes into the year. */
async function said(minute: number): Promise<Entry> {
  const clock = NEW_YEAR + minute * MINUTE
  return entry(bob, { content: `at ${minute}`, seq: minute + 1, clock, room: lobby.id })
}

async function come(minutes: readonly number[], late: readonly number[] = []): Promise<void> {
  const entries = await Promise.all(minutes.map(said))
  const lateIds = entries.filter((_, i) => late.includes(minutes[i] ?? -1)).map(({ id }) => id)
  await history.add(entries)
  room.changes.emit({ kind: 'entries', entries, late: new Set(lateIds) })
}

function shown(): readonly string[] {
  return timeline.rows.filter(({ kind }) => kind !== 'day').map(drawn)
}

function drawn(row: Row): string {
  if (row.kind !== 'message') return `[${row.kind}]`
  if (row.item.kind === 'pending') return `(${row.item.content})`
  return row.item.entry.content + (row.item.late ? ', late' : '')
}

test('what comes into the middle is marked where it stands, and told until it was in view', async () => {
  await timeline.attach(chat, room)
  timeline.show()
  await come([0, 10])
  await come([3, 5], [3, 5])
  expect(shown()).toEqual(['at 0', 'at 3, late', 'at 5, late', 'at 10'])
  const { arrivals } = timeline
  expect(arrivals.fresh).toBe(0)
  const [three, five] = arrivals.above.map(({ id }) => id)
  expect([three, five]).toEqual([(await said(3)).id, (await said(5)).id])
  if (three === undefined) throw new Error('not told')
  arrivals.see([three])
  expect(arrivals.unread).toBe(1)
  room.changes.emit({ kind: 'trimmed', floor: (await said(10)).position })
  expect(arrivals.unread).toBe(0)
})

test('what comes late at the very end is marked, and is no news from above', async () => {
  await timeline.attach(chat, room)
  timeline.show()
  await come([0])
  await come([5], [5])
  expect(shown()).toEqual(['at 0', 'at 5, late'])
  expect(timeline.arrivals.unread).toBe(0)
})

test('what was said between two messages of this device, before it was opened, came late as well', async () => {
  await history.add(await Promise.all([said(1), said(10)]))
  await timeline.attach(chat, room)
  timeline.show()
  await come([0, 5, 12])
  expect(shown()).toEqual(['at 0', 'at 1', 'at 5, late', 'at 10', '[new]', 'at 12'])
})

test('a late mark outlives being scrolled away', async () => {
  await timeline.attach(chat, room)
  timeline.show()
  await come(Array.from({ length: 399 }, (_, i) => 2 * i))
  await come([1], [1])
  await come([900])
  expect(shown()).toHaveLength(240)
  await timeline.seek((await said(1)).id)
  expect(shown()).toContain('at 1, late')
})

test('what was said before all that is here is told above, not as news at the bottom', async () => {
  await timeline.attach(chat, room)
  timeline.show()
  room.changes.emit({ kind: 'syncing', on: false })
  await come([10, 11])
  timeline.pinned = false
  await come([1, 2, 3])
  expect(shown()).toEqual(['at 1, late', 'at 2, late', 'at 3, late', 'at 10', 'at 11'])
  expect([timeline.arrivals.fresh, timeline.arrivals.above.length]).toEqual([0, 3])
})

test('what was said before all that was here when the page opened is history', async () => {
  await history.add(await Promise.all([said(10)]))
  await timeline.attach(chat, room)
  timeline.show()
  timeline.pinned = false
  await come([1, 2, 3])
  expect(shown()).toEqual(['at 1', 'at 2', 'at 3', 'at 10'])
  expect(timeline.arrivals.unread).toBe(0)
})

test('mine that could not be kept is not let go with what is old', async () => {
  await timeline.attach(chat, room)
  timeline.show()
  const key = timeline.write('no room left')
  timeline.fail(key, { kind: 'storage-full' })
  room.changes.emit({ kind: 'syncing', on: false })
  const now = Math.floor(runtime.clock.now() / 60_000) - NEW_YEAR / MINUTE
  const later = Array.from({ length: 500 }, (_, i) => now + 1 + i)
  await come(later.slice(0, 300))
  await come(later.slice(300))
  expect(shown().filter((row) => row === '(no room left)')).toHaveLength(1)
  expect(shown().length).toBeLessThan(300)
})

test('mine that is dated anew is one thing, and goes to its place with what is no message', async () => {
  await timeline.attach(chat, room)
  timeline.show()
  const wrong = await entry(alice, {
    content: 'mine',
    clock: NEW_YEAR + 2e6 * MINUTE,
    log: logId('alice'),
  })
  room.changes.emit({ kind: 'entries', entries: [wrong], late: new Set() })
  timeline.note({ tone: 'plain', text: 'a notice' })
  await come([5])
  expect(shown()).toEqual(['at 5', 'mine', '[notice]'])
  const [row] = timeline.rows.filter((each) => each.key === wrong.id)
  const right = await entry(alice, {
    content: 'mine',
    clock: NEW_YEAR + 6 * MINUTE,
    seq: 2,
    log: logId('alice'),
  })
  room.changes.emit({ kind: 'redated', old: wrong.id, entry: right })
  await come([7])
  expect(shown()).toEqual(['at 5', 'mine', 'at 7', '[notice]'])
  expect(timeline.rows.find(({ key }) => key === row?.key)).toMatchObject({
    item: { entry: right },
  })
})

test('of a long history that comes in, the newest first, the end is shown and no more', async () => {
  await timeline.attach(chat, room)
  timeline.show()
  const minutes = Array.from({ length: 1_000 }, (_, i) => i)
  await come(minutes.slice(900))
  // Whoever has scrolled up already must not get it all, either.
  timeline.pinned = false
  await come(minutes.slice(550, 900))
  await come(minutes.slice(0, 550))
  expect(shown()).toEqual(minutes.slice(600).map((minute) => `at ${minute}`))
  expect(timeline.complete).toBe(false)
  await timeline.seek((await said(0)).id)
  const met = new Set(shown())
  while (!timeline.ends) {
    await timeline.onward()
    for (const each of shown()) met.add(each)
  }
  expect([...met]).toEqual(minutes.map((minute) => `at ${minute}`))
})

test('"New messages" stands before what was missed and does not move while it is read', async () => {
  await timeline.attach(chat, room)
  const stop = timeline.show()
  await come([0])
  expect(shown()).toEqual(['at 0'])
  stop()
  await come([1, 2])
  timeline.show()
  expect(timeline.arrivals.fresh).toBe(0)
  const before = ['at 0', '[new]', 'at 1', 'at 2']
  expect(shown()).toEqual(before)
  await come([3])
  expect(shown()).toEqual([...before, 'at 3'])
  timeline.pinned = false
  await come([4])
  expect(shown()).toEqual(['at 0', 'at 1', 'at 2', 'at 3', '[new]', 'at 4'])
  timeline.write('I have read it')
  expect(shown()).toEqual(['at 0', 'at 1', 'at 2', 'at 3', 'at 4', '(I have read it)'])
})

test('what others said while this device was off is new; a newcomer sees no divider', async () => {
  await timeline.attach(chat, room)
  timeline.show()
  await come([0, 1])
  expect(shown()).toEqual(['at 0', 'at 1'])
  timeline.detach()
  timeline = new Timeline(runtime.clock, () => en.words)
  await timeline.attach(chat, room)
  timeline.show()
  await come([3])
  await come([2])
  room.changes.emit({ kind: 'syncing', on: true })
  room.changes.emit({ kind: 'syncing', on: false })
  await come([4])
  expect(shown()).toEqual(['at 0', 'at 1', '[new]', 'at 2', 'at 3', 'at 4'])
})

test('at the beginning of this device, those who are here are asked, once', async () => {
  await history.add([await said(50)])
  await timeline.attach(chat, room)
  expect(timeline.complete).toBe(true)
  const older = vi.spyOn(room, 'older')
  await timeline.back()
  expect(older).not.toHaveBeenCalled()
  expect(timeline.fetching.beyond).toBe('unknown')

  vi.spyOn(room.presence, 'people', 'get').mockReturnValue([
    { id: bob.peerId, name: 'bob', since: 0, knownSince: 0, addresses: [], silent: false },
  ])
  older.mockImplementationOnce(async (before) => {
    expect(before).toEqual((await said(50)).position)
    await come([1, 2])
    return true
  })
  const asked = timeline.back()
  expect(timeline.fetching.beyond).toBe('asking')
  expect(timeline.complete).toBe(false)
  await asked
  expect(shown()).toEqual(['at 1', 'at 2', 'at 50'])
  expect(timeline.complete).toBe(true)

  older.mockResolvedValueOnce(false)
  await timeline.back()
  expect(timeline.fetching.beyond).toBe('nothing')
  await timeline.back()
  expect(older).toHaveBeenCalledTimes(2)
  expect(timeline.complete).toBe(true)
})

test('nobody is asked for ever: a disk that fails meanwhile ends it', async () => {
  await history.add([await said(50)])
  await timeline.attach(chat, room)
  vi.spyOn(room.presence, 'people', 'get').mockReturnValue([
    { id: bob.peerId, name: 'bob', since: 0, knownSince: 0, addresses: [], silent: false },
  ])
  vi.spyOn(history, 'floor').mockRejectedValueOnce(new StorageError({ kind: 'storage-full' }))
  expect(await timeline.back()).toBe(false)
  expect(timeline.fetching.beyond).toBe('unknown')
})

test('a message is gone to, also while more and more is being read', async () => {
  await history.add(await Promise.all(Array.from({ length: 400 }, (_, i) => said(i))))
  await timeline.attach(chat, room)
  const { id } = await said(5)
  const reaching = timeline.reach(300)
  expect(await timeline.seek(id)).toBe('shown')
  await reaching
})

test('history on its way is told once it takes a moment, and no longer when it has come', () => {
  vi.useFakeTimers()
  const { fetching } = timeline
  fetching.heed(true)
  vi.advanceTimersByTime(399)
  expect(fetching.coming).toBe(false)
  vi.advanceTimersByTime(1)
  expect(fetching.coming).toBe(true)
  fetching.heed(false)
  expect(fetching.coming).toBe(false)
  fetching.heed(true)
  fetching.heed(false)
  vi.advanceTimersByTime(1_000)
  expect(fetching.coming).toBe(false)
  vi.useRealTimers()
})

test('one’s own that comes back from others says so', async () => {
  await timeline.attach(chat, room)
  const lost = await entry(alice, { content: 'lost', log: logId('alice'), room: lobby.id })
  await history.add([lost])
  room.changes.emit({ kind: 'entries', entries: [lost], late: new Set() })
  await vi.waitFor(() => {
    expect(timeline.whereabouts(lost)).toMatchObject({ state: 'returned' })
  })
  const next = must(await room.say('not lost', 'action'))
  await vi.waitFor(() => {
    expect(timeline.deliveries.get(next.id)).toBe('queued')
  })
  expect(timeline.whereabouts(next)).toMatchObject({ state: 'queued', devices: 0, archive: false })
  expect(timeline.whereabouts(next)).not.toHaveProperty('refusal')
  expect(timeline.whereabouts(next, 'full')).toMatchObject({ refusal: 'full' })
})

test.each([
  [undefined, 'Being kept on this device'],
  [{ state: 'queued', devices: 0, others: 0, archive: false }, /^Waiting on this device/],
  [{ state: 'sent', devices: 0, others: 3, archive: false }, /^Handed to others/],
  [{ state: 'returned', devices: 0, others: 3, archive: false }, /^Came back from others/],
  [
    { state: 'stored', devices: 2, others: 3, archive: true },
    'Stored on 3 of 4 devices, and in the relay’s archive',
  ],
  // Some that keep it are not here any more.
  [{ state: 'stored', devices: 2, others: 1, archive: false }, 'Stored on 3 of 3 devices'],
  [
    { state: 'stored', devices: 0, others: 1, archive: true },
    'Stored on this device and in the relay’s archive',
  ],
  [{ state: 'stored', devices: 0, others: 0, archive: false }, 'Stored by at least one other'],
] as const)('%o in words', (where, said) => {
  expect(en.delivery(where)).toMatch(said)
})

test('what the disk does not give is told once, and tried again', async () => {
  await history.add(await Promise.all(Array.from({ length: 150 }, (_, minute) => said(minute))))
  await timeline.attach(chat, room)
  const broken = vi
    .spyOn(history, 'page')
    .mockRejectedValue(new StorageError({ kind: 'storage-full' }))
  expect([await timeline.older(), await timeline.back()]).toEqual([false, false])
  await timeline.reach(150)
  const notices = timeline.rows.filter(({ kind }) => kind === 'notice')
  expect(notices).toMatchObject([{ item: { answer: { tone: 'bad' } } }])
  broken.mockRestore()
  await timeline.reach(150)
  expect(shown()).toHaveLength(151)
})

test('a reader goes all the way up and down again, and never more than a window of it is drawn', async () => {
  const all = await Promise.all(Array.from({ length: 1_500 }, (_, minute) => said(minute)))
  await history.add(all)
  const everything = all.map(({ content }) => content)
  await timeline.attach(chat, room)
  timeline.pinned = false
  while (!timeline.complete) {
    await timeline.older()
    expect(shown().length).toBeLessThanOrEqual(600)
    expect(everything.join()).toContain(shown().join())
  }
  expect(shown()[0]).toBe('at 0')
  expect(timeline.ends).toBe(false)
  const met = new Set(shown())
  while (!timeline.ends) {
    await timeline.onward()
    expect(shown().length).toBeLessThanOrEqual(600)
    expect(everything.join()).toContain(shown().join())
    for (const each of shown()) met.add(each)
  }
  expect(shown().at(-1)).toBe('at 1499')
  expect([...met]).toEqual(everything)
  expect(timeline.complete).toBe(false)
})

test('what comes while the reader is far up stands at the end, and is there at once', async () => {
  await history.add(await Promise.all(Array.from({ length: 1_000 }, (_, minute) => said(minute))))
  await timeline.attach(chat, room)
  timeline.pinned = false
  while (!timeline.complete) await timeline.older()
  await come([1_000, 1_001])
  expect(timeline.arrivals.fresh).toBe(2)
  expect(shown()).not.toContain('at 1000')
  timeline.note({ tone: 'plain', text: 'noted' })
  timeline.toEnd()
  expect(shown().slice(-3)).toEqual(['at 1000', 'at 1001', '[notice]'])
  expect([timeline.ends, timeline.pinned, timeline.complete]).toEqual([true, true, false])
  const above = shown().indexOf('at 999')
  await timeline.older()
  expect(shown().indexOf('at 999')).toBe(above + 30)
})

test('what I write from far up is drawn at once, at the end', async () => {
  await history.add(await Promise.all(Array.from({ length: 1_000 }, (_, minute) => said(minute))))
  await timeline.attach(chat, room)
  timeline.pinned = false
  while (!timeline.complete) await timeline.older()
  timeline.write('mine')
  expect(shown().slice(-2)).toEqual(['at 999', '(mine)'])
})

test('any message is brought onto the screen with what stands around it', async () => {
  const all = await Promise.all(Array.from({ length: 2_000 }, (_, minute) => said(minute)))
  await history.add(all)
  await timeline.attach(chat, room)
  for (const minute of [1_000, 3, 1_999, 1_950, 1_880, 1_690]) {
    const { id } = must({ ok: true, value: all[minute] as Entry })
    expect(await timeline.seek(id)).toBe('shown')
    const drawn = shown()
    const at = drawn.indexOf(`at ${minute}`)
    expect(at).toBeGreaterThanOrEqual(Math.min(minute, 50))
    const expected = all.slice(minute - at, minute - at + drawn.length)
    expect(drawn).toEqual(expected.map(({ content }) => content))
    while (!timeline.ends) await timeline.onward()
    expect(shown().at(-1)).toBe('at 1999')
  }
  expect(await timeline.seek('nowhere' as EntryId)).toBe('gone')
})

test('of what is unread it is counted how often I am named, until it is read', async () => {
  must(await chat.rename('at 2'))
  await timeline.attach(chat, room)
  await come([0, 1])
  expect([timeline.arrivals.unread, timeline.arrivals.mentions]).toEqual([2, 0])
  await come([2, 20])
  expect([timeline.arrivals.unread, timeline.arrivals.mentions]).toEqual([4, 1])
  timeline.show()
  expect([timeline.arrivals.unread, timeline.arrivals.mentions]).toEqual([0, 0])
  // Seen at once.
  await come([21])
  expect(timeline.arrivals.mentions).toBe(0)
})

test('what was said before somebody ever came is not unread in a room they do not look at', async () => {
  await chat.stop()
  await arrive({})
  await timeline.attach(chat, room)
  await come([0, 1])
  expect([shown(), timeline.arrivals.unread]).toEqual([['at 0', 'at 1'], 0])
  timeline.arrivals.caughtUp()
  await come([2])
  expect([shown(), timeline.arrivals.unread]).toEqual([['at 0', 'at 1', '[new]', 'at 2'], 1])
})

function noticed(): readonly string[] {
  return timeline.rows.flatMap((row) => (row.kind === 'notice' ? [row.item.answer.text] : []))
}

test('an answer that grows is replaced in its place; no more is asked for once it is gone', async () => {
  await timeline.attach(chat, room)
  const steps = Array.from({ length: 4 }, () => Promise.withResolvers<undefined>())
  let asked = 0
  const answer = (n: number): Answer => ({
    tone: 'plain',
    text: `answer ${n}`,
    more: async () => {
      asked++
      await steps[n]?.promise
      return answer(n + 1)
    },
  })
  const key = timeline.note(answer(0), '/search x')
  timeline.note({ tone: 'plain', text: 'after it' })
  expect(noticed()).toEqual(['answer 0', 'after it'])
  steps[0]?.resolve(undefined)
  await vi.waitFor(() => {
    expect(noticed()).toEqual(['answer 1', 'after it'])
  })
  timeline.drop(key)
  steps[1]?.resolve(undefined)
  await steps[1]?.promise
  await new Promise((resolve) => setTimeout(resolve))
  expect([noticed(), asked]).toEqual([['after it'], 2])
})

test('a long room is searched from its end: what is found stands there while the rest is still read', async () => {
  const all = await Promise.all(Array.from({ length: 3_000 }, (_, minute) => said(minute)))
  await history.add(all)
  await timeline.attach(chat, room)
  const context = { chat, room, words: enWords, screen: {}, signal: new AbortController().signal }
  const run = (query: string): Promise<Answer | undefined> =>
    search.run([query], context as unknown as Context)
  const first = await run('"at 2"')
  expect(first?.text).toBe(
    '1,000 messages with “at 2” among the newest 2,000 of lobby; still searching…',
  )
  expect(first?.found).toHaveLength(20)
  if (first !== undefined) timeline.note(first, '/search')
  await vi.waitFor(() => {
    expect(noticed()).toEqual(['1,111 messages with “at 2” in lobby, the newest 20:'])
  })
  expect((await run('nowhere'))?.more).toBeUndefined()
})

test.each([
  [
    new StorageError({ kind: 'storage-full' }),
    /older was not searched\. This device has no room left/,
  ],
  [new DOMException('left', 'AbortError'), /older was not searched\.$/],
])(
  'a search that ends before its time does not go on saying that it searches: %s',
  async (why, says) => {
    await timeline.attach(chat, room)
    const [one] = [await said(1)]
    vi.spyOn(Search.prototype, 'find').mockResolvedValue({
      entries: [one],
      total: 1,
      read: 2_000,
      more: () => Promise.reject(why),
    })
    const context = { chat, room, words: enWords, screen: {}, signal: new AbortController().signal }
    const answer = await search.run(['at'], context as unknown as Context)
    if (answer !== undefined) timeline.note(answer, '/search at')
    expect(noticed()).toEqual([expect.stringContaining('still searching')])
    await vi.waitFor(() => {
      expect(noticed()).toEqual([expect.stringMatching(says)])
    })
  },
)

test('who goes by another name is told once, by the key: not whoever takes theirs, nor who has no name before', async () => {
  await timeline.attach(chat, room)
  const tell = (kind: 'came' | 'updated', who: { peerId: PeerId }, name: string): void => {
    const since = runtime.clock.now()
    const person = { id: who.peerId, name, since, knownSince: since, addresses: [], silent: false }
    room.presence.changes.emit({ kind, person })
  }
  const told = (): readonly string[] =>
    timeline.rows.flatMap((row) =>
      row.kind === 'passing'
        ? [...row.came, ...row.renamed.map(({ was, name }) => `${was} → ${name}`)]
        : [],
    )
  tell('came', bob, 'bob')
  await come([1])
  timeline.note({ tone: 'plain', text: 'between' })
  tell('updated', bob, 'robert')
  tell('updated', bob, 'robert')
  expect(told()).toEqual(['bob', 'bob → robert'])
  // Eve takes the name that is free now.
  tell('came', eve, shortPeerId(eve.peerId))
  tell('updated', eve, 'bob')
  expect(told().some((line) => line.includes('→ bob'))).toBe(false)
  must(await chat.company.block({ id: eve.peerId, name: 'bob' }))
  tell('updated', eve, 'robert')
  expect(told()).toEqual(['bob', 'bob → robert'])
})
