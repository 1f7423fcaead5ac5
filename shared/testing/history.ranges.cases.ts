import { type Entry, shortId } from '../entry.ts'
import type { HistoryStore } from '../history.ts'
import {
  END,
  type EntryId,
  type Position,
  type Range,
  START,
  type ShortId,
  compareIds,
} from '../ids.ts'
import { HOUR_US } from '../limits.ts'
import { hourOf } from '../tally.ts'
import { type HistoryCase, SECOND, at, check, contents, run, same } from './history.cases.ts'
import { NEW_YEAR, bob, carol, entry, garden, lobby } from './people.ts'
import {
  WHOLE,
  checkRange,
  checkSums,
  recomputed,
  sameFingerprint,
  startOf,
  within,
} from './sums.ts'

const MINUTE_US = HOUR_US / 60

/** `n` entries of bob in lobby, `gapUs` apart. */
async function spread(n: number, gapUs: number): Promise<readonly Entry[]> {
  const entries = Array.from({ length: n }, (_, i) =>
    entry(bob, { content: `${i + 1}`, seq: i + 1, clock: NEW_YEAR + i * gapUs }),
  )
  return Promise.all(entries)
}

function clockAt(clock: number): Position {
  return { clock, id: START.id }
}

async function parts(store: HistoryStore, range: Range, n: number): Promise<readonly number[]> {
  const found = await store.split(lobby.id, range, n)
  const positions = await store.positions(lobby.id, range, 100_000)
  check(found.length >= 1 && found.length <= n, `${found.length} parts of ${n}`)
  same(at(found, 0).range.from, range.from, 'the first begins where the range does')
  same(at(found, -1).range.to, range.to, 'the last ends where the range does')
  found.slice(1).forEach((part, i) => {
    same(part.range.from, at(found, i).range.to, 'each begins where the one before ends')
    check(part.range.from.id.length <= 22, 'a border of at most 16 bytes')
  })
  for (const part of found)
    sameFingerprint(part.fingerprint, await recomputed(within(positions, part.range)), 'a part')
  const counts = found.map((part) => part.fingerprint.count)
  check(counts.every((count) => count > 0) || positions.length === 0, 'no empty part')
  return counts
}

/** What reconciliation asks of a store. */
export const rangeCases: readonly HistoryCase[] = [
  {
    name: 'a fingerprint is that of the ids in the range, wherever it begins and ends',
    async run(store) {
      sameFingerprint(await store.fingerprint(lobby.id, WHOLE), await recomputed([]), 'of nothing')
      const all = await spread(40, 7 * MINUTE_US)
      await store.add(all)
      await store.add(await run(5, carol, garden.id))
      const positions = all.map(({ position }) => position)
      const hour = hourOf(NEW_YEAR)
      const ranges: readonly Range[] = [
        WHOLE,
        { from: startOf(hour), to: startOf(hour + 3) },
        { from: startOf(hour + 1), to: startOf(hour + 2) },
        { from: clockAt(NEW_YEAR + 20 * MINUTE_US), to: clockAt(NEW_YEAR + 40 * MINUTE_US) },
        { from: clockAt(NEW_YEAR + 50 * MINUTE_US), to: clockAt(NEW_YEAR + 80 * MINUTE_US) },
        { from: clockAt(NEW_YEAR + 20 * MINUTE_US), to: clockAt(NEW_YEAR + 200 * MINUTE_US) },
        { from: at(positions, 3), to: at(positions, 30) },
        { from: at(positions, 3), to: at(positions, 4) },
        { from: at(positions, 3), to: at(positions, 3) },
        { from: at(positions, 30), to: at(positions, 3) },
        { from: START, to: at(positions, 0) },
        { from: clockAt(at(positions, -1).clock + 1), to: END },
      ]
      for (const range of ranges) await checkRange(store, lobby.id, range, positions)
      same(await checkSums(store, lobby.id), 40, 'positions in the lobby')
      same(await checkSums(store, garden.id), 5, 'positions in the garden')
    },
  },
  {
    name: 'among equal clocks the order is that of the bytes of the ids, in pages and in ranges',
    async run(store) {
      const twins = await Promise.all(
        Array.from({ length: 24 }, (_, i) => entry(bob, { content: `${i}`, seq: i + 1 })),
      )
      const byBytes = twins.toSorted((a, b) => compareIds(a.id, b.id))
      const byText = twins.toSorted((a, b) => (a.id < b.id ? -1 : 1))
      check(contents(byBytes).join() !== contents(byText).join(), 'the two orders differ')
      same(contents(await store.add(twins)), contents(byBytes), 'what is new')
      same(contents(await store.page(lobby.id, { limit: 99 })), contents(byBytes), 'a page')
      const positions = byBytes.map(({ position }) => position)
      same(await store.positions(lobby.id, WHOLE, 99), positions, 'positions')
      const before = at(positions, 7)
      const page = await store.page(lobby.id, { before, limit: 3 })
      same(contents(page), contents(byBytes.slice(4, 7)), 'a page before one of them')
      const range = { from: at(positions, 5), to: at(positions, 20) }
      await checkRange(store, lobby.id, range, positions)
      const { clock } = before
      for (const id of ['A', 'Z', 'a', 'f0', '-w', '_']) {
        const border = { clock, id: id as EntryId }
        await checkRange(store, lobby.id, { from: border, to: END }, positions)
        await checkRange(store, lobby.id, { from: START, to: border }, positions)
      }
      same(await parts(store, WHOLE, 24), Array(24).fill(1), 'cut between equal clocks')
      await store.trim(lobby.id, at(positions, 10))
      same(await store.positions(lobby.id, WHOLE, 99), positions.slice(10), 'after a trim there')
      await checkSums(store, lobby.id)
    },
  },
  {
    name: 'split covers the range in parts of about equal count',
    async run(store) {
      same(await parts(store, WHOLE, 16), [0], 'nothing is one part')
      await store.add(await spread(100, 3 * MINUTE_US))
      for (const n of [1, 2, 7, 16, 100, 300]) {
        const counts = await parts(store, WHOLE, n)
        const [least, most] = [Math.min(...counts), Math.max(...counts)]
        check(most - least <= 1, `even: ${counts.join()}`)
        same(counts.length, Math.min(n, 100), 'as many as there can be')
      }
      const start = clockAt(NEW_YEAR + 10 * MINUTE_US)
      const counts = await parts(store, { from: start, to: clockAt(start.clock + HOUR_US) }, 4)
      same(counts, [5, 5, 5, 5], 'of an hour that begins within one')
    },
  },
  {
    name: 'split of much cuts at hours where it can, and within an hour that holds nearly all',
    async run(store) {
      // 1,200 in one hour, and 30 in each of 20 others.
      const full = await spread(1_200, 2 * SECOND)
      const thin = Array.from({ length: 600 }, (_, i) =>
        entry(carol, { content: 'x', seq: i + 1, clock: NEW_YEAR + HOUR_US + i * 2 * MINUTE_US }),
      )
      await store.add(full)
      await store.add(await Promise.all(thin))
      const counts = await parts(store, WHOLE, 16)
      check(counts.length > 8, `parts: ${counts.join()}`)
      const hour = { from: startOf(hourOf(NEW_YEAR)), to: startOf(hourOf(NEW_YEAR) + 1) }
      same(await parts(store, hour, 16), Array(16).fill(75), 'of the full hour')
      const others = await parts(store, { from: hour.to, to: END }, 16)
      check(Math.max(...others) <= 60, `of the others: ${others.join()}`)
      // However it is cut, going on leads to single entries.
      let range: Range = WHOLE
      for (let round = 0; round < 6; round++) {
        const found = await store.split(lobby.id, range, 16)
        const most = found.reduce((a, b) => (a.fingerprint.count >= b.fingerprint.count ? a : b))
        if (most.fingerprint.count === 1) return
        range = most.range
      }
      throw new Error('six rounds of 16 parts leave more than one of 1,800')
    },
  },
  {
    name: 'positions come in order, from the first in the range, up to the limit',
    async run(store) {
      const all = await spread(30, 10 * MINUTE_US)
      await store.add(all)
      const positions = all.map(({ position }) => position)
      const asked = async (range: Range, limit: number): Promise<readonly Position[]> =>
        store.positions(lobby.id, range, limit)
      same(await asked(WHOLE, 99), positions, 'all')
      same(await asked(WHOLE, Infinity), positions, 'all, without a limit')
      same(await asked(WHOLE, 5), positions.slice(0, 5), 'the first')
      same(await asked(WHOLE, 0), [], 'none')
      const range = { from: at(positions, 4), to: at(positions, 20) }
      same(await asked(range, 99), positions.slice(4, 20), 'from is included, to is not')
      same(await asked(range, 3), positions.slice(4, 7), 'the first in it')
      same(await asked({ from: range.to, to: range.from }, 9), [], 'in a range the wrong way round')
      same(await store.positions(garden.id, WHOLE, 9), [], 'of another room')
    },
  },
  {
    name: 'entries are found by the first 16 bytes of their ids',
    async run(store) {
      const [one, two, three] = await run(3)
      if (one === undefined || two === undefined || three === undefined) throw new Error('three')
      await store.add([one, two, three])
      const unknown = 'A'.repeat(22) as ShortId
      const found = await store.find(lobby.id, [shortId(three.id), unknown, shortId(one.id)])
      same([...contents(found)].sort(), ['1', '3'], 'found')
      same(await store.find(garden.id, [shortId(one.id)]), [], 'in another room')
      same(await store.find(lobby.id, []), [], 'nothing asked for')
    },
  },
  {
    name: 'a window reaches as far as its span or its count, whichever is further',
    async run(store) {
      const empty = await store.window(lobby.id, { entries: 5, spanUs: HOUR_US })
      same((await store.positions(lobby.id, empty, 9)).length, 0, 'of nothing')
      const all = await spread(50, 10 * MINUTE_US)
      await store.add(all)
      const held = async (before: Position | undefined, entries: number, spanUs: number) => {
        const given = before === undefined ? {} : { before }
        const range = await store.window(lobby.id, { ...given, entries, spanUs })
        check(range.from.id.length <= 22 && range.to.id.length <= 22, 'fits on the wire')
        return (await store.positions(lobby.id, range, 99)).length
      }
      same(await held(undefined, 5, 1), 5, 'by count')
      same(await held(undefined, 1, 60 * MINUTE_US), 7, 'by span')
      same(await held(undefined, 99, 1), 50, 'more than there are')
      const thirtieth = clockAt(at(all, 29).clock)
      same(await held(thirtieth, 5, 1), 5, 'by count, before')
      same(await held(thirtieth, 1, 60 * MINUTE_US), 6, 'by span, before')
      await store.trim(lobby.id, at(all, 47).position)
      same(await held(undefined, 5, 100 * HOUR_US), 3, 'not below the floor')
      const { from } = await store.window(lobby.id, { entries: 5, spanUs: 100 * HOUR_US })
      same(from.clock, at(all, 47).clock, 'begins at the floor')
    },
  },
]
