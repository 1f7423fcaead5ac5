import { type Entry, shortId } from '../entry.ts'
import { fail } from '../failure.ts'
import type { Delivery } from '../history.ts'
import { END, type EntryId, START } from '../ids.ts'
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
import { NEW_YEAR, alice, bob, entry, eve, garden, lobby, logId, must, saying } from './people.ts'
import { sumOf, fingerprintOf } from '../sums.ts'

/** One's own log. */
export const sayingCases: readonly HistoryCase[] = [
  {
    name: "one's own log counts from 1, each names the one before, and clocks rise above the room's",
    async run(store) {
      const one = must(await store.say(lobby.id, saying(alice, 'one')))
      const ahead = await entry(bob, { content: 'ahead', clock: one.clock + 60 * SECOND })
      await store.add([ahead])
      const two = must(await store.say(lobby.id, saying(alice, 'two')))
      same([one.head?.seq, one.head?.prev], [1, undefined], 'the first')
      same([two.head?.seq, two.head?.prev], [2, shortId(one.id)], 'the second')
      same(two.log, one.log, 'log')
      check(two.clock > ahead.clock, 'a reply stands below what it answers')
      same(await everything(store), ['one', 'ahead', 'two'], 'page')
    },
  },
  {
    name: 'another key that goes on in the log is not said to hold what the one before has said',
    async run(store) {
      for (const who of [alice, alice, bob, alice, bob])
        must(await store.say(lobby.id, saying(who, who.name)))
      const logs = (await store.logs(lobby.id)).map(({ author, lo, hi, holes }) => [
        author === alice.peerId ? 'alice' : 'bob',
        lo,
        hi,
        holes,
      ])
      same(
        logs.sort(),
        [
          ['alice', 4, 4, [3]],
          ['bob', 5, 5, [4]],
        ],
        'logs',
      )
    },
  },
  {
    name: 'what is said at once is said one after the other',
    async run(store) {
      const said = await Promise.all(
        ['a', 'b', 'c', 'd'].map((word) => store.say(lobby.id, saying(alice, word))),
      )
      const entries = said.map(must)
      same(
        entries.map((e) => e.head?.seq),
        [1, 2, 3, 4],
        'seqs',
      )
      same(
        entries.map((e) => e.head?.prev),
        [undefined, ...entries.slice(0, 3).map((e) => shortId(e.id))],
        'prevs',
      )
      same(await everything(store), ['a', 'b', 'c', 'd'], 'page')
    },
  },
  {
    name: 'what could not be signed leaves no trace',
    async run(store) {
      must(await store.say(lobby.id, saying(alice, 'one')))
      const failed = await store.say(lobby.id, () =>
        Promise.resolve(fail({ kind: 'nothing-to-say' })),
      )
      same(failed, fail({ kind: 'nothing-to-say' }), 'its failure')
      const thrown = await store
        .say(lobby.id, () => Promise.reject(new Error('no key')))
        .then(
          () => 'resolved',
          (error: unknown) => String(error),
        )
      same(thrown, 'Error: no key', 'a mistake is thrown')
      const two = must(await store.say(lobby.id, saying(alice, 'two')))
      same(two.head?.seq, 2, 'seq')
      same(await everything(store), ['one', 'two'], 'page')
    },
  },
  {
    name: 'an entry that does not continue the log is refused with a throw',
    async run(store) {
      const wrong = await store
        .say(lobby.id, (head) => saying(alice, 'wrong')({ ...head, seq: 7 }))
        .then(
          () => 'resolved',
          (error: unknown) => String(error),
        )
      same(wrong, 'Error: the entry does not continue its log at seq 1', 'the throw')
      same(await everything(store), [], 'page')
    },
  },
  {
    name: "one's own entry that comes back moves the head past it, a forger's does not",
    async run(store) {
      const one = must(await store.say(lobby.id, saying(alice, 'one')))
      const log = one.log
      if (log === undefined) throw new Error('a log')
      const clock = one.clock + SECOND
      const forged = await entry(eve, { content: 'not alice', log, seq: 900, clock })
      await store.add([forged])
      const two = must(await store.say(lobby.id, saying(alice, 'two')))
      same(two.head?.seq, 2, 'a stranger cannot move it')
      const lost = await entry(alice, {
        content: 'lost by this disk',
        log,
        seq: 3,
        prev: shortId(two.id),
        clock: two.clock + SECOND,
      })
      await store.add([lost])
      const four = must(await store.say(lobby.id, saying(alice, 'four')))
      same([four.head?.seq, four.head?.prev], [4, shortId(lost.id)], 'no seq is used twice')
      same(
        [...(await store.deliveries(lobby.id, [lost.id, forged.id]))],
        [[lost.id, 'sent']],
        'somebody had it',
      )
    },
  },
  {
    name: "one's own entry that comes back below the head leaves the head where it is, and somebody had it",
    async run(store) {
      const one = must(await store.say(lobby.id, saying(alice, 'one')))
      const two = must(await store.say(lobby.id, saying(alice, 'two')))
      if (one.log === undefined) throw new Error('a log')
      const other = await entry(alice, {
        content: 'said under the same seq, before this disk was put back',
        log: one.log,
        clock: two.clock + SECOND,
      })
      const forged = await entry(eve, { content: 'not alice', log: one.log, seq: 2 })
      await store.add([other, forged])
      same(
        [...(await store.deliveries(lobby.id, [other.id, forged.id]))],
        [[other.id, 'sent']],
        'deliveries',
      )
      await store.witness(lobby.id, [other.id], 'stored')
      same(
        [...(await store.deliveries(lobby.id, [other.id]))],
        [[other.id, 'stored']],
        'and keeps it',
      )
      const three = must(await store.say(lobby.id, saying(alice, 'three')))
      same([three.head?.seq, three.head?.prev], [3, shortId(two.id)], 'the head')
    },
  },
  {
    name: 'tells which seqs of a log two entries share',
    async run(store) {
      const bobs = logId('bob')
      const twin = (content: string, seq: number): Promise<Entry> =>
        entry(bob, { content, seq, clock: NEW_YEAR + (20 + seq) * SECOND })
      const entries = await run(6)
      const [five, two, two2, seven] = await Promise.all([
        twin('other 5', 5),
        twin('other 2', 2),
        twin('another 2', 2),
        twin('7', 7),
      ])
      await store.add(entries)
      same(await store.twins(lobby.id, bob.peerId, bobs), [], 'none')
      await store.add([five, seven, two])
      await store.add([two2])
      same(await store.twins(lobby.id, bob.peerId, bobs), [2, 5], 'rising')
      same(await store.twins(garden.id, bob.peerId, bobs), [], 'in another room')
      same(await store.twins(lobby.id, bob.peerId, logId('other')), [], 'in another log')
      same(await store.twins(lobby.id, eve.peerId, bobs), [], 'of somebody else')
      // The first of the two 5 goes.
      await store.trim(lobby.id, at(entries, 5).position)
      same(await store.twins(lobby.id, bob.peerId, bobs), [2], 'one of them is gone')
    },
  },
  {
    name: 'a disk that lost the beginning of its log takes it up where others bring it back',
    async run(store) {
      const log = must(await store.say(garden.id, saying(alice, 'elsewhere', garden.id))).log
      if (log === undefined) throw new Error('a log')
      const one = await entry(alice, { content: 'one', log })
      const two = await entry(alice, {
        content: 'two',
        log,
        seq: 2,
        prev: shortId(one.id),
        clock: one.clock + SECOND,
      })
      const forged = await entry(eve, {
        content: 'not alice',
        log,
        seq: 900,
        clock: one.clock + SECOND,
      })
      await store.add([forged, two, one])
      const three = must(await store.say(lobby.id, saying(alice, 'three')))
      same([three.head?.seq, three.head?.prev], [3, shortId(two.id)], 'seq and prev')
    },
  },
  {
    name: 'deliveries only rise, and only for what was said here',
    async run(store) {
      const [other] = await run(1)
      if (other === undefined) throw new Error('one')
      await store.add([other])
      const said = must(await store.say(lobby.id, saying(alice, 'mine')))
      const ids = [said.id, other.id, 'unknown' as EntryId]
      const states = async (): Promise<unknown> => [...(await store.deliveries(lobby.id, ids))]
      same(await states(), [[said.id, 'queued']], 'at first')
      await store.witness(lobby.id, ids, 'sent')
      same(await states(), [[said.id, 'sent']], 'sent')
      await store.witness(lobby.id, ids, 'queued')
      same(await states(), [[said.id, 'sent']], 'never back')
      await Promise.all([
        store.witness(lobby.id, ids, 'stored'),
        store.witness(lobby.id, ids, 'sent'),
      ])
      same(await states(), [[said.id, 'stored']], 'stored')
      await store.witness(garden.id, ids, 'sent')
      same([...(await store.deliveries(garden.id, ids))], [], 'in no other room')
    },
  },
  {
    name: 'queued gives what nobody else has, oldest first',
    async run(store) {
      const said: Entry[] = []
      for (const word of ['a', 'b', 'c', 'd'])
        said.push(must(await store.say(lobby.id, saying(alice, word))))
      await store.add(await run(3))
      await store.witness(lobby.id, [at(said, 1).id], 'sent')
      same(contents(await store.queued(lobby.id, 9)), ['a', 'c', 'd'], 'all')
      same(contents(await store.queued(lobby.id, 2)), ['a', 'c'], 'the oldest')
      same(await store.queued(lobby.id, 0), [], 'none')
    },
  },
  {
    name: 'undelivered gives the newest that have not got so far, oldest first',
    async run(store) {
      const said: Entry[] = []
      for (const word of ['a', 'b', 'c', 'd'])
        said.push(must(await store.say(lobby.id, saying(alice, word))))
      await store.add(await run(3))
      await store.witness(lobby.id, [at(said, 1).id], 'sent')
      await store.witness(lobby.id, [at(said, 2).id], 'stored')
      const told = async (than: Delivery, limit: number): Promise<readonly string[]> =>
        contents(await store.undelivered(lobby.id, than, limit))
      same(await told('stored', 9), ['a', 'b', 'd'], 'all that are not stored')
      same(await told('stored', 2), ['b', 'd'], 'the newest')
      same(await told('sent', 9), ['a', 'd'], 'all that are not sent')
      same([await told('queued', 9), await told('stored', 0)], [[], []], 'none')
    },
  },
  ...aheadCases(),
]

/** A wrong clock has dated something far ahead. */
function aheadCases(): readonly HistoryCase[] {
  const LIMIT = NEW_YEAR + 60 * SECOND
  const FAR = NEW_YEAR + 3 * 365 * 86_400 * SECOND
  return [
    {
      name: 'what is dated later than counts does not pull along what is said',
      async run(store) {
        const near = await entry(bob, { content: 'near', clock: LIMIT })
        const far = await entry(bob, { content: 'far', clock: FAR, seq: 2 })
        await store.add([near, far])
        await store.stub(lobby.id, [{ clock: FAR + 1, id: far.id }])
        const heads: number[] = []
        const said = must(
          await store.say(
            lobby.id,
            (head) => {
              heads.push(head.clock)
              return saying(alice, 'mine')(head)
            },
            { notAfter: LIMIT },
          ),
        )
        same([heads, said.clock], [[LIMIT], LIMIT + SECOND], 'the clock before')
        same(await everything(store), ['near', 'mine', 'far'], 'page')
        const free = must(await store.say(lobby.id, saying(alice, 'as ever')))
        check(free.clock > FAR, 'without a limit the greatest clock counts')
        same([free.head?.seq, free.head?.prev], [2, shortId(said.id)], 'the log goes on')
      },
    },
    {
      name: 'what is said instead of something leaves nothing of it',
      async run(store) {
        const say = async (content: string, clock?: number): Promise<Entry> =>
          must(
            await store.say(lobby.id, (head) =>
              saying(alice, content)({ ...head, clock: clock ?? head.clock }),
            ),
          )
        const before = await say('before')
        const wrong = await say('dated wrongly', FAR)
        const instead = must(
          await store.say(lobby.id, saying(alice, 'dated rightly'), {
            notAfter: LIMIT,
            insteadOf: wrong,
          }),
        )
        const after = must(await store.say(lobby.id, saying(alice, 'after'), { notAfter: LIMIT }))
        same(await everything(store), ['before', 'dated rightly', 'after'], 'page')
        same([instead.head?.seq, instead.head?.prev], [3, shortId(wrong.id)], 'no seq twice')
        same([after.head?.seq, after.head?.prev], [4, shortId(instead.id)], 'the log goes on')
        same(await store.get(lobby.id, [wrong.id]), [], 'get')
        same(await store.find(lobby.id, [shortId(wrong.id)]), [], 'find')
        const kept = [before.id, instead.id, after.id]
        same(
          await store.fingerprint(lobby.id, { from: START, to: END }),
          fingerprintOf(sumOf(kept)),
          'sums',
        )
        same(
          (await store.logs(lobby.id)).map(({ lo, hi, holes }) => [lo, hi, holes]),
          [[3, 4, [2]]],
          'logs',
        )
        same(
          contents(await store.queued(lobby.id, 9)),
          ['before', 'dated rightly', 'after'],
          'queued',
        )
        same(contents(await store.add([wrong])), ['dated wrongly'], 'it is not forbidden either')
      },
    },
    {
      name: 'a floor that was set too high comes down, and only down',
      async run(store) {
        await store.lower(lobby.id, { ...START, clock: 1 })
        same(await store.floor(lobby.id), START, 'of a room that nothing is known of')
        await store.add(await run(3))
        await store.trim(lobby.id, { ...START, clock: FAR })
        same(await store.add(await run(3)), [], 'below the floor')
        const right = { ...START, clock: NEW_YEAR + SECOND }
        await store.lower(lobby.id, right)
        same(await store.floor(lobby.id), right, 'floor')
        await store.lower(lobby.id, { ...START, clock: FAR })
        same(await store.floor(lobby.id), right, 'it does not rise')
        same(contents(await store.add(await run(3))), ['2', '3'], 'what is above it is taken')
        must(await store.say(lobby.id, saying(alice, 'mine')))
        same(await everything(store), ['2', '3', 'mine'], 'page')
      },
    },
  ]
}

/** Data that outlives its store, and two stores over one database: tabs, or a restart. */
export const sharedCases: readonly HistoryCase[] = [
  {
    name: 'everything survives a reopen',
    async run(store, again) {
      await store.add(await run(5))
      const one = must(await store.say(lobby.id, saying(alice, 'one')))
      const two = must(await store.say(lobby.id, saying(alice, 'two')))
      await store.witness(lobby.id, [one.id], 'stored')
      const floor = at(await run(5), 2).position
      await store.trim(lobby.id, floor)
      const logs = await store.logs(lobby.id)
      await store.close()
      const next = await again()
      same(await everything(next), ['3', '4', '5', 'one', 'two'], 'page')
      same(await next.floor(lobby.id), floor, 'floor')
      same(await next.logs(lobby.id), logs, 'logs')
      same(
        [...(await next.deliveries(lobby.id, [one.id, two.id]))],
        [
          [one.id, 'stored'],
          [two.id, 'queued'],
        ],
        'deliveries',
      )
      same(contents(await next.queued(lobby.id, 9)), ['two'], 'queued')
      const three = must(await next.say(lobby.id, saying(alice, 'three')))
      same(
        [three.log, three.head?.seq, three.head?.prev],
        [one.log, 3, shortId(two.id)],
        'the log goes on',
      )
      same(await next.add(await run(5)), [], 'nothing comes back')
    },
  },
  {
    name: 'two stores that speak at once never use a seq twice',
    async run(store, again) {
      const other = await again()
      const words = ['a', 'b', 'c', 'd', 'e', 'f']
      const said = await Promise.all(
        words.map((word, i) => (i % 2 === 0 ? store : other).say(lobby.id, saying(alice, word))),
      )
      const entries = said.map(must).sort((a, b) => a.clock - b.clock)
      same(
        entries.map((e) => e.head?.seq),
        [1, 2, 3, 4, 5, 6],
        'seqs',
      )
      same(
        entries.map((e) => e.head?.prev),
        [undefined, ...entries.slice(0, 5).map((e) => shortId(e.id))],
        'prevs',
      )
      same(new Set(entries.map((e) => e.log)).size, 1, 'one log')
      same((await everything(other)).length, 6, 'page')
      same(
        (await store.logs(lobby.id)).map(({ lo, hi, holes }) => [lo, hi, holes]),
        [[1, 6, []]],
        'logs',
      )
    },
  },
  {
    name: 'two stores over the same data agree',
    async run(store, again) {
      const other = await again()
      const all = await run(20)
      const added = await Promise.all([store.add(all.slice(0, 15)), other.add(all.slice(5))])
      same(added.flat().length, 20, 'each is new to one of them only')
      same(await everything(store), await everything(other), 'page')
      await store.trim(lobby.id, at(all, 10).position)
      same(await other.add(all), [], 'the floor holds for both')
      same((await everything(other)).length, 10, 'page after the trim')
    },
  },
]
