import { shortId } from '../entry.ts'
import { END, type EntryId, type Position } from '../ids.ts'
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
import { NEW_YEAR, alice, bob, carol, entry, goEntry, lobby, must, saying } from './people.ts'

/** Floors. */
export const trimmingCases: readonly HistoryCase[] = [
  {
    name: 'what lies below the floor is gone and never comes back; what stands on it stays',
    async run(store) {
      const all = await run(10)
      await store.add(all)
      const fifth = at(all, 4)
      same(await store.trim(lobby.id, fifth.position), 4, 'how many went')
      same(await everything(store), ['5', '6', '7', '8', '9', '10'], 'what stays')
      same(await store.floor(lobby.id), fifth.position, 'floor')
      same(await store.add(all), [], 'brought back')
      same(await store.get(lobby.id, [at(all, 0).id]), [], 'by id')
      same(
        (await store.logs(lobby.id)).map(({ lo, hi, holes }) => [lo, hi, holes]),
        [[5, 10, []]],
        'logs',
      )
      same(await store.trim(lobby.id, at(all, 2).position), 0, 'a floor is never lowered')
      same(await store.floor(lobby.id), fifth.position, 'floor, still')
    },
  },
  {
    name: 'a trim takes more than one batch, and lines that are in no log',
    async run(store) {
      const theirs = Array.from({ length: 30 }, (_, i) =>
        goEntry(carol, { content: `go ${i}`, seqno: BigInt(i) }),
      )
      await store.add([...(await run(700)), ...(await Promise.all(theirs))])
      same(
        await store.trim(lobby.id, { clock: NEW_YEAR + 690 * SECOND, id: '' as EntryId }),
        720,
        'how many went',
      )
      same((await everything(store)).length, 10, 'what stays')
      same(
        (await store.logs(lobby.id)).map(({ lo, hi, holes }) => [lo, hi, holes]),
        [[691, 700, []]],
        'logs',
      )
    },
  },
  {
    name: 'of two entries under one seq, a trim of one leaves the seq held',
    async run(store) {
      const twin = await entry(bob, {
        content: 'twin of 2',
        seq: 2,
        clock: NEW_YEAR + 900 * SECOND,
      })
      await store.add([...(await run(3)), twin])
      same(
        await store.trim(lobby.id, { clock: NEW_YEAR + 2 * SECOND, id: '' as EntryId }),
        2,
        'how many went',
      )
      same(
        (await store.logs(lobby.id)).map(({ lo, hi }) => [lo, hi]),
        [[2, 3]],
        'logs',
      )
      await store.trim(lobby.id, END)
      same(await store.logs(lobby.id), [], 'a log of which nothing is left')
    },
  },
  {
    name: "the head of one's own log outlives a trim, and what is said next stands above the floor",
    async run(store) {
      must(await store.say(lobby.id, saying(alice, 'one')))
      const two = must(await store.say(lobby.id, saying(alice, 'two')))
      const floor = { clock: two.clock + 3_600 * SECOND, id: '' as EntryId }
      same(await store.trim(lobby.id, floor), 2, 'how many went')
      const three = must(await store.say(lobby.id, saying(alice, 'three')))
      same([three.head?.seq, three.head?.prev], [3, shortId(two.id)], 'seq and prev')
      check(three.clock > floor.clock, 'above the floor')
      same(await everything(store), ['three'], 'page')
      same(contents(await store.queued(lobby.id, 9)), ['three'], 'queued')
      same(
        [...(await store.deliveries(lobby.id, [two.id, three.id]))],
        [[three.id, 'queued']],
        'deliveries',
      )
    },
  },
  {
    name: 'a floor raised while something is being said does not swallow it',
    async run(store) {
      let floor: Position | undefined
      const said = must(
        await store.say(lobby.id, async (head) => {
          const next = await saying(alice, 'still here')(head)
          if (floor === undefined) {
            floor = { clock: must(next).clock + SECOND, id: '' as EntryId }
            await store.trim(lobby.id, floor)
          }
          return next
        }),
      )
      check(floor !== undefined && said.clock > floor.clock, 'above the floor')
      same(await everything(store), ['still here'], 'page')
      same(said.head?.seq, 1, 'seq')
    },
  },
]
