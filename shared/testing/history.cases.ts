import type { Entry } from '../entry.ts'
import type { HistoryStore } from '../history.ts'
import { END, type EntryId, type Position, START, compareIds } from '../ids.ts'
import {
  NEW_YEAR,
  alice,
  bob,
  carol,
  entry,
  garden,
  goEntry,
  lobby,
  logId,
  must,
  saying,
} from './people.ts'

/** One promise of a HistoryStore. Runs in vitest and in a page: it asserts by itself. */
export interface HistoryCase {
  readonly name: string
  /** @param again opens a second store over the same data */
  run(store: HistoryStore, again: () => Promise<HistoryStore>): Promise<void>
}

export function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}

export function same(actual: unknown, expected: unknown, what: string): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)]
  check(a === b, `${what}: ${a} is not ${b}`)
}

export function contents(entries: readonly Entry[]): readonly string[] {
  return entries.map(({ content }) => content)
}

export const SECOND = 1_000_000

export async function everything(store: HistoryStore, room = lobby.id): Promise<readonly string[]> {
  return contents(await store.page(room, { limit: 1_000 }))
}

/** `n` entries of one author, a second apart. */
export async function run(n: number, who = bob, room = lobby.id): Promise<readonly Entry[]> {
  const entries = Array.from({ length: n }, (_, i) =>
    entry(who, { content: `${i + 1}`, room, seq: i + 1, clock: NEW_YEAR + i * SECOND }),
  )
  return Promise.all(entries)
}

export function at<T>(list: readonly T[], index: number): T {
  const item = list.at(index)
  if (item === undefined) throw new Error(`nothing at ${index}`)
  return item
}

/** Order, pages, rooms, forms. */
export const keepingCases: readonly HistoryCase[] = [
  {
    name: 'an empty room has nothing, and says so',
    async run(store) {
      same(await store.page(lobby.id, { limit: 10 }), [], 'page')
      same(await store.page(lobby.id, { limit: 10, before: START }), [], 'page before the start')
      same(await store.logs(lobby.id), [], 'logs')
      same(await store.floor(lobby.id), START, 'floor')
      same(await store.queued(lobby.id, 10), [], 'queued')
      same(await store.get(lobby.id, ['x' as EntryId]), [], 'get')
      same(await store.add([]), [], 'add nothing')
    },
  },
  {
    name: 'entries stand in the order of (clock, id), however they come, and add returns them so',
    async run(store) {
      const [a, b, c, d] = await Promise.all([
        entry(bob, { content: 'first' }),
        entry(bob, { content: 'same clock', clock: NEW_YEAR + 1, seq: 2 }),
        entry(carol, { content: 'same clock too', clock: NEW_YEAR + 1 }),
        entry(carol, { content: 'last', clock: NEW_YEAR + 2, seq: 2 }),
      ])
      const middle = compareIds(b.id, c.id) < 0 ? [b, c] : [c, b]
      const ordered = contents([a, ...middle, d])
      same(contents(await store.add([d, c])), contents([c, d]), 'what is new')
      same(contents(await store.add([b, d, a])), contents([a, b]), 'what is new of the second')
      same(await everything(store), ordered, 'page')
    },
  },
  {
    name: 'one entry is kept once, in one batch or in many, at once or later',
    async run(store) {
      const [one, two] = await run(2)
      check(one !== undefined && two !== undefined, 'two entries')
      if (one === undefined || two === undefined) return
      same(contents(await store.add([one, one, two, one])), ['1', '2'], 'a batch with doubles')
      same(await store.add([two, one]), [], 'again')
      const both = await Promise.all([store.add(await run(3)), store.add(await run(3))])
      same(contents(both.flat()), ['3'], 'two batches at once')
      same(await everything(store), ['1', '2', '3'], 'page')
    },
  },
  {
    name: 'both forms are kept with their bytes as they came',
    async run(store) {
      const ours = await entry(bob, {
        content: 'ours 👋',
        kind: 'shiny-new',
        body: { deep: { list: [1, '𝄞'] } },
      })
      const theirs = await goEntry(carol, {
        content: 'from Go\u2028',
        timestamp: NEW_YEAR / SECOND + 1,
        seqno: 7_000_042n,
      })
      await store.add([theirs, ours])
      const kept = await store.page(lobby.id, { limit: 10 })
      same(contents(kept), [ours.content, theirs.content], 'contents')
      same(
        kept.map((k) => k.form),
        [1, 2],
        'forms',
      )
      same(
        kept.map((k) => [...k.bytes]),
        [[...ours.bytes], [...theirs.bytes]],
        'bytes',
      )
      same(
        kept.map((k) => [k.id, k.clock, k.author, k.kind]),
        [ours, theirs].map((k) => [k.id, k.clock, k.author, k.kind]),
        'facts',
      )
      same(at(kept, 1).clock, NEW_YEAR + SECOND + 42, "a Go peer's clock")
    },
  },
  {
    name: 'pages from the end, page by page, meet every entry once',
    async run(store) {
      await store.add(await run(25))
      const pages: string[][] = []
      let before: Position | undefined
      for (;;) {
        const page = await store.page(lobby.id, {
          limit: 10,
          ...(before === undefined ? {} : { before }),
        })
        const [oldest] = page
        if (oldest === undefined) break
        pages.unshift([...contents(page)])
        before = oldest.position
      }
      same(
        pages.map((page) => page.length),
        [5, 10, 10],
        'page lengths',
      )
      same(
        pages.flat(),
        Array.from({ length: 25 }, (_, i) => `${i + 1}`),
        'all',
      )
      same((await store.page(lobby.id, { limit: 0 })).length, 0, 'a page of nothing')
      same(contents(await store.page(lobby.id, { limit: 1 })), ['25'], 'a page of one')
      same(
        contents(await store.page(lobby.id, { limit: 2, before: END })),
        ['24', '25'],
        'before the end',
      )
      const tenth = at(await run(25), 9)
      const between = { clock: tenth.clock, id: 'zzz' as EntryId }
      same(
        contents(await store.page(lobby.id, { limit: 1, before: between })),
        ['10'],
        'before no entry in particular',
      )
    },
  },
  {
    name: 'onward from anywhere, entry by entry or many at once, everything is met once',
    async run(store) {
      const entries = await run(25)
      await store.add([...entries, ...(await run(2, carol, garden.id))])
      await store.stub(lobby.id, [at(await run(26), 25).position])
      const met: string[] = []
      let after = START
      for (;;) {
        const some = await store.onward(lobby.id, { after, limit: 10 })
        met.push(...contents(some))
        const last = some.at(-1)
        if (last === undefined) break
        after = last.position
      }
      same(met, contents(entries), 'all')
      const tenth = at(entries, 9).position
      const one = await store.onward(lobby.id, { after: tenth, limit: 1 })
      same(contents(one), ['11'], 'the next one')
      const between = { clock: tenth.clock, id: 'zzz' as EntryId }
      const two = await store.onward(lobby.id, { after: between, limit: 2 })
      same(contents(two), ['11', '12'], 'after no entry in particular')
      same((await store.onward(lobby.id, { after: tenth, limit: 0 })).length, 0, 'nothing')
      same((await store.onward(lobby.id, { after: END, limit: 9 })).length, 0, 'after the end')
    },
  },
  {
    name: 'rooms never mix',
    async run(store) {
      await store.add([...(await run(3)), ...(await run(2, carol, garden.id))])
      const green = at(await store.page(garden.id, { limit: 1 }), 0)
      same(await everything(store, lobby.id), ['1', '2', '3'], 'lobby')
      same(await everything(store, garden.id), ['1', '2'], 'garden')
      same((await store.held()).toSorted(), [garden.id, lobby.id].toSorted(), 'rooms')
      same(await store.get(lobby.id, [green.id]), [], "another room's entry by its id")
      same(
        (await store.logs(garden.id)).map((log) => log.author),
        [carol.peerId],
        'logs',
      )
      must(await store.say(lobby.id, saying(alice, 'mine')))
      const first = must(await store.say(garden.id, saying(alice, 'mine', garden.id)))
      same(first.head?.seq, 1, 'seq counts in each room')
      same(contents(await store.queued(garden.id, 9)), ['mine'], 'queued')
      await store.trim(lobby.id, END)
      same(await everything(store, lobby.id), [], 'lobby, cleared')
      same(await everything(store, garden.id), ['1', '2', 'mine'], 'garden, untouched')
      same(await store.floor(garden.id), START, "garden's floor")
    },
  },
  {
    name: 'entries are found by id, in the order asked for',
    async run(store) {
      const [one, two, three] = await run(3)
      if (one === undefined || two === undefined || three === undefined) throw new Error('three')
      await store.add([one, two, three])
      const found = await store.get(lobby.id, [three.id, 'A'.repeat(43) as EntryId, one.id])
      same(contents(found), ['3', '1'], 'found')
    },
  },
  {
    name: 'logs tell the newest unbroken run and what is missing below it',
    async run(store) {
      const all = await run(60)
      const pick = (...seqs: number[]): readonly Entry[] =>
        all.filter((e) => seqs.includes(e.head?.seq ?? 0))
      const held = async (): Promise<unknown> =>
        (await store.logs(lobby.id)).map(({ lo, hi, holes }) => [lo, hi, holes])
      await store.add(pick(5))
      same(await held(), [[5, 5, []]], 'one entry: what came before it is not a hole')
      await store.add(pick(9, 8, 3))
      same(await held(), [[8, 9, [7, 6, 4]]], 'holes, newest first')
      await store.add(pick(7, 6))
      same(await held(), [[5, 9, [4]]], 'filled')
      await store.add(pick(60))
      const holes = Array.from({ length: 32 }, (_, i) => 59 - i)
      same(await held(), [[60, 60, holes]], 'at most 32')
      const again = await entry(bob, {
        content: 'another 9',
        seq: 9,
        clock: NEW_YEAR + 900 * SECOND,
      })
      await store.add([again, ...all])
      same(await held(), [[1, 60, []]], 'whole; two entries of one seq count once')
      await store.add([
        await goEntry(carol, { content: 'no log' }),
        await entry(carol, { content: 'a log', log: logId('x') }),
      ])
      const logs = (await store.logs(lobby.id)).map(({ author, log }) => `${author} ${log}`)
      same(
        [...logs].sort(),
        [`${bob.peerId} ${logId('bob')}`, `${carol.peerId} ${logId('x')}`].sort(),
        'whose',
      )
    },
  },
]
