import { shortId } from '../entry.ts'
import { HOLDERS_MAX, type HeldRun } from '../history.ts'
import type { EntryId, LogId, PeerId } from '../ids.ts'
import { HOUR_US } from '../limits.ts'
import {
  type HistoryCase,
  SECOND,
  at,
  check,
  contents,
  everything,
  run,
  same,
} from './history.cases.ts'
import {
  NEW_YEAR,
  alice,
  bob,
  carol,
  entry,
  eve,
  garden,
  lobby,
  logId,
  must,
  saying,
} from './people.ts'
import { WHOLE, checkSums, recomputed, sameFingerprint } from './sums.ts'

function claim(log: LogId | undefined, lo: number, hi: number, archive = false): HeldRun {
  if (log === undefined) throw new Error('a log')
  return { log, lo, hi, archive }
}

/** What is remembered but not kept, who holds what, and the sums through all that can happen. */
export const stubCases: readonly HistoryCase[] = [
  {
    name: 'a stub counts in ranges, is never given out, and is not kept later',
    async run(store) {
      const all = await run(10)
      const positions = all.map(({ position }) => position)
      const stubs = positions.filter((_, i) => i % 3 === 0)
      await store.stub(lobby.id, stubs)
      await store.stub(lobby.id, [...stubs, ...stubs])
      same(await store.positions(lobby.id, WHOLE, 99), stubs, 'positions of stubs alone')
      same(contents(await store.add(all)), ['2', '3', '5', '6', '8', '9'], 'what is new')
      same(await everything(store), ['2', '3', '5', '6', '8', '9'], 'page')
      same(await store.positions(lobby.id, WHOLE, 99), positions, 'positions')
      same(await store.positions(lobby.id, WHOLE, 4), positions.slice(0, 4), 'the first of them')
      const [first, fourth] = [at(all, 0), at(all, 3)]
      same(await store.get(lobby.id, [first.id, fourth.id]), [], 'by id')
      same(await store.find(lobby.id, [shortId(first.id), shortId(fourth.id)]), [], 'by short id')
      sameFingerprint(
        await store.fingerprint(lobby.id, WHOLE),
        await recomputed(positions),
        'as if they were kept',
      )
      const window = await store.window(lobby.id, { entries: 4, spanUs: 1 })
      same((await store.positions(lobby.id, window, 99)).length, 4, 'counted in a window')
      const page = await store.page(lobby.id, { before: at(positions, 4), limit: 2 })
      same(contents(page), ['2', '3'], 'a page over a stub')
      await checkSums(store, lobby.id)
      same(await store.positions(garden.id, WHOLE, 9), [], 'in no other room')
    },
  },
  {
    name: 'what is kept or below the floor is not stubbed, and a trim takes stubs with it',
    async run(store) {
      const all = await run(10)
      const positions = all.map(({ position }) => position)
      await store.add(all.slice(0, 5))
      await store.stub(lobby.id, positions)
      same(await everything(store), ['1', '2', '3', '4', '5'], 'what was kept')
      same(await store.trim(lobby.id, at(positions, 7)), 5, 'entries that went')
      await store.stub(lobby.id, positions)
      same(await store.positions(lobby.id, WHOLE, 99), positions.slice(7), 'what stays')
      same(await checkSums(store, lobby.id), 3, 'positions')
      same(await store.add(all), [], 'nothing comes back')
    },
  },
  {
    name: 'what is said next stands above a stub',
    async run(store) {
      const ahead = await entry(bob, { content: 'ahead', clock: NEW_YEAR + 9 * HOUR_US })
      must(await store.say(lobby.id, saying(alice, 'one')))
      await store.stub(lobby.id, [ahead.position])
      const two = must(await store.say(lobby.id, saying(alice, 'two')))
      check(two.clock > ahead.clock, 'above it')
      same(await checkSums(store, lobby.id), 3, 'positions')
    },
  },
  {
    name: "holders of one's own log: the last word of each, the oldest goes in a full room",
    async run(store) {
      const log = must(await store.say(lobby.id, saying(alice, 'one'))).log
      same(await store.holders(lobby.id), [], 'at first')
      await store.heldBy(lobby.id, bob.peerId, claim(log, 1, 1))
      await store.heldBy(lobby.id, carol.peerId, claim(log, 1, 3, true))
      await store.heldBy(lobby.id, bob.peerId, claim(log, 2, 5))
      const told = async (): Promise<unknown> =>
        (await store.holders(lobby.id)).map(({ holder, lo, hi, archive }) => [
          holder,
          lo,
          hi,
          archive,
        ])
      const [carols, bobs] = [
        [carol.peerId, 1, 3, true],
        [bob.peerId, 2, 5, false],
      ]
      same(await told(), [carols, bobs], 'the last word is last')
      await store.heldBy(lobby.id, eve.peerId, claim(logId('bob'), 1, 9))
      same(await told(), [carols, bobs], "another's log does not matter")
      same(await store.holders(garden.id), [], 'in no other room')
      for (let i = 0; i < HOLDERS_MAX - 1; i++)
        await store.heldBy(lobby.id, `12D3KooW${i}` as PeerId, claim(log, 1, 1))
      const full = await store.holders(lobby.id)
      same(full.length, HOLDERS_MAX, 'as many as there may be')
      same(at(full, 0).holder, bob.peerId, 'the oldest word has gone')
    },
  },
  {
    name: 'sums stay right through all that adds, drops and refuses',
    async run(store) {
      const all = await Promise.all(
        Array.from({ length: 60 }, (_, i) =>
          entry(bob, { content: `${i}`, seq: i + 1, clock: NEW_YEAR + i * 600 * SECOND }),
        ),
      )
      const positions = all.map(({ position }) => position)
      await store.add(all.slice(20, 40))
      same(await checkSums(store, lobby.id), 20, 'after an add')
      await store.add(all.slice(0, 30))
      same(await checkSums(store, lobby.id), 40, 'after an add of some again')
      await Promise.all([
        store.add(all.slice(35, 45)),
        store.say(lobby.id, saying(alice, 'said')),
        store.stub(lobby.id, positions.slice(43, 50)),
        store.add(all.slice(40, 45)),
        store.say(lobby.id, saying(alice, 'said too')),
      ])
      same(await checkSums(store, lobby.id), 52, 'after much at once')
      await store.trim(lobby.id, { ...at(positions, 10), id: '' as EntryId })
      same(await checkSums(store, lobby.id), 42, 'after a trim within an hour')
      await store.add(all.slice(0, 10))
      same(await checkSums(store, lobby.id), 42, 'after an add below the floor')
      await store.trim(lobby.id, { clock: NEW_YEAR + 5 * HOUR_US, id: '' as EntryId })
      same(await checkSums(store, lobby.id), 22, 'after a trim at an hour')
      must(await store.say(lobby.id, saying(alice, 'and on')))
      await Promise.all([
        store.trim(lobby.id, at(positions, 47)),
        store.add(all),
        store.say(lobby.id, saying(alice, 'meanwhile')),
      ])
      // Where what was said in between stands depends on who came first.
      const kept = (await everything(store)).length
      check(kept >= 12, 'what others and alice said above the floor')
      same(await checkSums(store, lobby.id), kept + 3, 'after a trim amid the rest')
      await store.trim(lobby.id, { clock: NEW_YEAR + 99 * HOUR_US, id: '' as EntryId })
      same(await checkSums(store, lobby.id), 0, 'after a trim of all')
    },
  },
]

/** Sums and stubs that outlive their store. */
export const sharedStubCases: readonly HistoryCase[] = [
  {
    name: 'stubs, sums and holders survive a reopen, and two stores keep them right together',
    async run(store, again) {
      const all = await run(20)
      const log = must(await store.say(lobby.id, saying(alice, 'one'))).log
      await store.add(all.slice(0, 10))
      await store.stub(
        lobby.id,
        all.slice(10, 15).map(({ position }) => position),
      )
      await store.heldBy(lobby.id, bob.peerId, claim(log, 1, 1))
      await store.heldBy(lobby.id, carol.peerId, claim(log, 1, 1, true))
      const before = await store.fingerprint(lobby.id, WHOLE)
      await store.close()
      const [one, two] = [await again(), await again()]
      sameFingerprint(await one.fingerprint(lobby.id, WHOLE), before, 'the fingerprint')
      same(
        (await one.holders(lobby.id)).map(({ holder }) => holder),
        [bob.peerId, carol.peerId],
        'holders',
      )
      same(contents(await one.add(all.slice(8, 16))), ['16'], 'a stub is still one')
      await Promise.all([
        one.add(all.slice(15)),
        two.add(all),
        one.say(lobby.id, saying(alice, 'two')),
        two.say(lobby.id, saying(alice, 'three')),
        two.stub(
          lobby.id,
          all.map(({ position }) => position),
        ),
      ])
      same(await checkSums(one, lobby.id), 23, 'positions')
      must(await one.say(lobby.id, saying(alice, 'four')))
      must(await two.say(lobby.id, saying(alice, 'five')))
      await one.trim(lobby.id, at(all, 12).position)
      must(await two.say(lobby.id, saying(alice, 'six')))
      const kept = (await everything(two)).length
      same(await checkSums(two, lobby.id), kept + 3, 'positions after a trim')
    },
  },
]
