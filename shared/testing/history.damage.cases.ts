import type { Bytes } from '../bytes.ts'
import { type Entry, shortId } from '../entry.ts'
import type { HistoryStore, Lost } from '../history.ts'
import { type EntryId, type RoomId, START, comparePositions } from '../ids.ts'
import { HOUR_US } from '../limits.ts'
import { at, check, contents, everything, run, same } from './history.cases.ts'
import { NEW_YEAR, alice, lobby, must, saying } from './people.ts'
import { WHOLE, checkSums } from './sums.ts'

/** What a failing disk does to a store, behind its back. */
export interface Tamper {
  /** Changes the line in the row of an entry. */
  readonly bytes: (id: EntryId, change: (bytes: Bytes) => unknown) => Promise<void>
  /** Changes columns of an entry's row that others find it by. */
  readonly place: (id: EntryId, to: Misplaced) => Promise<void>
  readonly room: (room: RoomId, damage: 'no-row' | 'rubbish' | 'no-prev') => Promise<void>
  /** The name of this installation's own log is rubbish. */
  readonly ownLog: () => Promise<void>
  /** Changes all that is told of a room: its sums, or its logs. */
  readonly tally: (room: RoomId, of: 'sums' | 'logs') => Promise<void>
}

/** What of a row may become something else. */
export type Misplaced = Readonly<
  Partial<Record<'clock' | 'id' | 'log' | 'seq', string | number | Bytes>>
>

export interface DamageCase {
  readonly name: string
  run(store: HistoryStore, again: () => Promise<HistoryStore>, tamper: Tamper): Promise<void>
}

/** A byte in the middle of the line, and one of the signature, which the id does not cover. */
const inside = (bytes: Bytes): Bytes => flipped(bytes, 20)
const inSignature = (bytes: Bytes): Bytes => {
  const text = new TextDecoder().decode(bytes)
  return flipped(bytes, text.indexOf('"sig":"') + 12)
}

function flipped(bytes: Bytes, index: number): Bytes {
  const other = bytes.slice()
  // Another letter, so that it is text still.
  other[index] = (bytes[index] ?? 0) === 0x41 ? 0x42 : 0x41
  return other
}

function heeding(store: HistoryStore): readonly Lost[] {
  const lost: Lost[] = []
  store.lost.subscribe((each) => lost.push(each))
  return lost
}

/** All that is told of the room says what is there. */
async function checkAll(store: HistoryStore, entries: readonly Entry[]): Promise<void> {
  same(await checkSums(store, lobby.id), entries.length, 'positions')
  const seqs = new Set(seqsOf(entries))
  check(
    (await seqsIn(store)).every((seq) => seqs.has(seq)),
    'no log tells of what is gone',
  )
}

async function seqsIn(store: HistoryStore): Promise<readonly string[]> {
  const logs = await store.logs(lobby.id)
  const seqs = logs.flatMap(({ log, lo, hi, holes }) =>
    Array.from({ length: hi - lo + 1 }, (_, i) => lo + i)
      .filter((seq) => !holes.includes(seq))
      .map((seq) => `${log} ${seq}`),
  )
  return seqs.sort()
}

function seqsOf(entries: readonly Entry[]): readonly string[] {
  return entries.flatMap(({ head }) => (head === undefined ? [] : `${head.log} ${head.seq}`)).sort()
}

/** What somebody does first with what is damaged. */
const firsts: readonly (readonly [string, (store: HistoryStore) => Promise<unknown>])[] = [
  ['looks', () => Promise.resolve()],
  ['says something', async (store) => must(await store.say(lobby.id, saying(alice, 'next')))],
  ['takes something', async (store) => store.add([at(await run(13), 12)])],
  ['forgets something', async (store) => store.trim(lobby.id, at(await run(4), 3).position)],
]

const damages: readonly (readonly [string, (bytes: Bytes) => unknown])[] = [
  ['a flipped byte', inside],
  ['text instead of bytes', () => 'rubbish'],
  ['a number instead of bytes', () => 4_000_000_000],
  ['no bytes at all', () => new Uint8Array()],
]

const places: readonly (readonly [string, Misplaced])[] = [
  ['a text for a clock', { clock: 'rubbish' }],
  ['half a microsecond', { clock: NEW_YEAR + 0.5 }],
  ['a time before time', { clock: -7 }],
  ['a time after all time', { clock: Number.MAX_SAFE_INTEGER }],
  ['another hour', { clock: NEW_YEAR + 2 * HOUR_US }],
  ['an earlier hour', { clock: NEW_YEAR - 2 * HOUR_US }],
  ['a text for an id', { id: 'rubbish' }],
  ['too short an id', { id: new Uint8Array(5) }],
  ['a text for a seq', { seq: 'rubbish' }],
  ['a log that is none', { log: new Uint8Array(5) }],
]

/** Whatever somebody does first; what forgets comes last. */
const uses: readonly (readonly [
  string,
  (store: HistoryStore, entries: readonly Entry[]) => Promise<unknown>,
])[] = [
  ['looks', (store) => store.page(lobby.id, { limit: 5 })],
  ['reads on', (store) => store.onward(lobby.id, { after: START, limit: 50 })],
  ['takes the same', (store, entries) => store.add(entries)],
  ['takes something', async (store) => store.add([at(await run(13), 12)])],
  ['says something', async (store) => must(await store.say(lobby.id, saying(alice, 'next')))],
  ['sums up', (store) => store.fingerprint(lobby.id, WHOLE)],
  ['splits', (store) => store.split(lobby.id, WHOLE, 4)],
  ['lists', (store) => store.positions(lobby.id, WHOLE, 50)],
  ['opens a window', (store) => store.window(lobby.id, { entries: 6, spanUs: 1 })],
  ['stubs', async (store) => store.stub(lobby.id, [at(await run(15), 14).position])],
  ['names logs', (store) => store.logs(lobby.id)],
  ['forgets', (store, entries) => store.trim(lobby.id, at(entries, 2).position)],
]

export const damageCases: readonly DamageCase[] = [
  ...damages.map(([what, change]): DamageCase => ({
    name: `a row with ${what} is dropped by whoever reads it, told once, and comes again`,
    async run(store, _, tamper) {
      const lost = heeding(store)
      const entries = await run(12)
      await store.add(entries)
      const damaged = [at(entries, 5), at(entries, 11)]
      for (const { id } of damaged) await tamper.bytes(id, change)
      const sound = entries.filter((entry) => !damaged.includes(entry))
      same(contents(await store.page(lobby.id, { limit: 5 })).length, 5, 'a full page')
      same(await everything(store), contents(sound), 'what is sound')
      same(
        lost.reduce((sum, loss) => sum + (loss.kind === 'damaged' ? loss.count : 0), 0),
        2,
        'told',
      )
      await checkAll(store, sound)
      same((await store.add(entries)).length, 2, 'they come again')
      same(await everything(store), contents(entries), 'all of it')
      await checkAll(store, entries)
    },
  })),
  ...places.map(([what, to]): DamageCase => ({
    name: `a row with ${what} is in nobody's way, whatever they do, and comes again`,
    async run(store, _, tamper) {
      const entries = await run(12)
      await store.add(entries)
      for (const [who, use] of uses) {
        await tamper.place(at(entries, 6).id, to)
        await use(store, entries)
        // Some damage is found only by whoever reads it.
        await store.page(lobby.id, { limit: 100 })
        await store.add(entries)
        const floor = await store.floor(lobby.id)
        const all = entries.filter(({ position }) => comparePositions(position, floor) >= 0)
        const kept = contents(await store.page(lobby.id, { limit: 100 }))
        check(
          contents(all).every((content) => kept.includes(content)),
          `${who}: comes again`,
        )
        same(contents(await store.onward(lobby.id, { after: START, limit: 100 })), kept, who)
        check((await checkSums(store, lobby.id)) >= kept.length, `${who}: positions`)
      }
    },
  })),
  {
    name: 'what is listed and handed to others has a signature that holds, or is dropped',
    async run(store, _, tamper) {
      const lost = heeding(store)
      const entries = await run(4)
      await store.add(entries)
      const { id } = at(entries, 2)
      await tamper.bytes(id, inSignature)
      const ids = entries.map((entry) => shortId(entry.id))
      same((await store.find(lobby.id, ids)).length, 3, 'found')
      same(lost.length, 1, 'told')
      const listed = await store.positions(lobby.id, WHOLE, 100)
      check(!listed.some((position) => position.id === id), 'listed no more')
      await checkAll(
        store,
        entries.filter((entry) => entry.id !== id),
      )
      same((await store.add(entries)).length, 1, 'it comes again')
      same((await store.find(lobby.id, ids)).length, 4, 'found again')
    },
  },
  {
    name: "one's own entry that is damaged is not published, and its seq is not used again",
    async run(store, _, tamper) {
      const first = must(await store.say(lobby.id, saying(alice, 'first')))
      const second = must(await store.say(lobby.id, saying(alice, 'second')))
      await tamper.bytes(second.id, inSignature)
      same(contents(await store.queued(lobby.id, 10)), ['first'], 'queued')
      const third = must(await store.say(lobby.id, saying(alice, 'third')))
      same(third.head?.seq, 3, 'the next seq')
      await checkAll(store, [first, third])
    },
  },
  ...(['sums', 'logs'] as const).flatMap((of) =>
    firsts.map(([who, first]): DamageCase => ({
      name: `${of} that make no sense are reckoned anew by whoever ${who}`,
      async run(store, again, tamper) {
        await store.add(await run(12))
        must(await store.say(lobby.id, saying(alice, 'mine')))
        await store.stub(lobby.id, [at(await run(14), 13).position])
        await store.close()
        await tamper.tally(lobby.id, of)
        const after = await again()
        await first(after)
        const kept = await after.page(lobby.id, { limit: 100 })
        same(await checkSums(after, lobby.id), kept.length + 1, 'positions')
        same(await seqsIn(after), seqsOf(kept), 'what the logs tell')
      },
    })),
  ),
  {
    name: 'an own log whose name is none begins anew under another',
    async run(store, again, tamper) {
      const first = must(await store.say(lobby.id, saying(alice, 'one')))
      await store.close()
      await tamper.ownLog()
      const after = await again()
      const second = must(await after.say(lobby.id, saying(alice, 'two')))
      check(second.log !== first.log, 'another log')
      same(await everything(after), ['one', 'two'], 'all of it')
      await checkAll(after, [first, second])
      await after.close()
      const third = must(await (await again()).say(lobby.id, saying(alice, 'three')))
      same(third.log, second.log, 'the log of the third')
    },
  },
  ...(
    [
      ['no-row', 'no row'],
      ['rubbish', 'a row of rubbish'],
      ['no-prev', 'a head that names nothing before it'],
    ] as const
  ).map(([damage, what]): DamageCase => ({
    name: `a room with ${what} goes on where its entries end`,
    async run(store, again, tamper) {
      const said: Entry[] = []
      for (const each of ['one', 'two', 'three'])
        said.push(must(await store.say(lobby.id, saying(alice, each))))
      await store.close()
      await tamper.room(lobby.id, damage)
      const after = await again()
      same(await everything(after), ['one', 'two', 'three'], 'all of it')
      const others = await run(2)
      same((await after.add(others)).length, 2, 'others are kept')
      const next = must(await after.say(lobby.id, saying(alice, 'four')))
      same(next.head?.seq, 4, 'the next seq')
      same(next.head?.prev, shortId(at(said, 2).id), 'the one before')
      await checkAll(after, [...said, ...others, next])
    },
  })),
]
