import { describe, expect, test } from 'vitest'
import type { Stop } from './changes.ts'
import type { Entry } from './entry.ts'
import { ok } from './failure.ts'
import { type Delivery, lessThan } from './history.ts'
import type { EntryId, LogId, PeerId } from './ids.ts'
import { type HeldClaim, parseFrame } from './live-frame.ts'
import { HAS_CROWD, HAS_EVERY_MS, SYNC_HOLE_PATIENCE_MS } from './limits.ts'
import { MemoryHistory } from './memory-history.ts'
import { Receipts } from './receipts.ts'
import type { Clock } from './runtime.ts'
import {
  NEW_YEAR,
  alice,
  bob,
  carol,
  entry,
  eve,
  lobby,
  logId,
  must,
  saying,
} from './testing/people.ts'
import { SeededRandom } from './testing/virtual-time.ts'

const LOG = logId('alice')
const SEED = 1
const RUNS = 10_000
const STEPS = 40
const WORDS = 6

/** Time that a test moves by hand; nothing waits for it. */
class HandClock implements Clock {
  #now = NEW_YEAR / 1_000
  #timers: { readonly at: number; readonly run: () => void }[] = []
  now(): number {
    return this.#now
  }
  after(ms: number, run: () => void): Stop {
    const timer = { at: this.#now + ms, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer)
    }
  }
  async pass(ms: number): Promise<void> {
    this.#now += ms
    const due = this.#timers.filter(({ at }) => at <= this.#now)
    this.#timers = this.#timers.filter(({ at }) => at > this.#now)
    for (const { run } of due) run()
    for (let i = 0; i < 20; i++) await Promise.resolve()
  }
}

/** What alice says, signed once: the runs say it again and again on disks of their own. */
const chain: readonly Entry[] = await (async () => {
  const history = new MemoryHistory(LOG)
  const said: Entry[] = []
  for (let i = 0; i < WORDS; i++)
    said.push(must(await history.say(lobby.id, saying(alice, `word ${i}`))))
  return said
})()

class Desk {
  readonly clock = new HandClock()
  readonly history = new MemoryHistory(LOG)
  readonly archives = new Set<PeerId>()
  readonly told: HeldClaim[][] = []
  readonly shown: { readonly id: EntryId; readonly delivery: Delivery }[] = []
  readonly lacking: PeerId[] = []
  /** Whom this device has synced with; anew after each start. */
  readonly level: readonly PeerId[]
  crowd = 2
  receipts = this.#open(false)

  constructor(...level: readonly PeerId[]) {
    this.level = level
  }

  async start(): Promise<void> {
    await this.receipts.start()
    for (const peer of this.level) this.receipts.levelled(peer)
  }

  #open(archive: boolean): Receipts {
    const receipts = new Receipts({
      key: lobby,
      history: this.history,
      runtime: { clock: this.clock, random: new SeededRandom(1), log: () => undefined },
      self: alice.peerId,
      archive,
      say: (bytes) => {
        const said = parseFrame(bytes)
        if (said?.t === 'has') this.told.push([...said.logs])
      },
      isArchive: (peer) => this.archives.has(peer),
      crowd: () => this.crowd,
    })
    receipts.changes.subscribe((change) => {
      if (change.kind === 'delivery') this.shown.push(change)
      else this.lacking.push(change.from)
    })
    return receipts
  }

  async restart(archive = false): Promise<void> {
    this.receipts.stop()
    this.receipts = this.#open(archive)
    await this.start()
  }

  async say(): Promise<Entry | undefined> {
    let next: Entry | undefined
    const said = await this.history.say(lobby.id, ({ seq }) => {
      next = chain[seq - 1]
      return Promise.resolve(
        next === undefined ? { ok: false, failure: { kind: 'nothing-to-say' } } : ok(next),
      )
    })
    if (!said.ok) return undefined
    this.receipts.said(said.value)
    return said.value
  }

  async stateOf({ id }: Entry): Promise<Delivery | undefined> {
    return (await this.history.deliveries(lobby.id, [id])).get(id)
  }
}

function statesOf(
  desk: Desk,
  entries: readonly (Entry | undefined)[],
): Promise<readonly (Delivery | undefined)[]> {
  return Promise.all(
    entries.map((each) => (each === undefined ? Promise.resolve(undefined) : desk.stateOf(each))),
  )
}

/** On how many devices each is known to be. */
function evidenceOf(desk: Desk, entries: readonly (Entry | undefined)[]): readonly number[] {
  return entries.map((each) =>
    each === undefined ? -1 : desk.receipts.evidence(each, 'sent').devices,
  )
}

function claim(lo: number, hi: number, log: LogId = LOG, author = alice.peerId): HeldClaim {
  return { author, log, lo, hi }
}

/** The newest unbroken run of a disk, as its owner tells it. */
function runOn(disk: ReadonlySet<number>): HeldClaim | undefined {
  if (disk.size === 0) return undefined
  const hi = Math.max(...disk)
  let lo = hi
  while (disk.has(lo - 1)) lo--
  return claim(lo, hi)
}

interface Other {
  readonly id: PeerId
  readonly disk: Set<number>
  /** What they said last, and everything they ever said. */
  last: HeldClaim | undefined
  readonly words: HeldClaim[]
}

/** One life of a few messages, told from chance; throws when a state claims too much or falls. */
async function live(random: SeededRandom): Promise<number> {
  const desk = new Desk(bob.peerId, carol.peerId, eve.peerId)
  desk.archives.add(carol.peerId)
  await desk.start()
  const others: Other[] = [bob, carol, eve].map(({ peerId }) => ({
    id: peerId,
    disk: new Set(),
    last: undefined,
    words: [],
  }))
  const said: Entry[] = []
  const everHeld = new Set<number>()
  const known = new Map<EntryId, Delivery>()
  const pick = <T>(items: readonly T[]): T | undefined =>
    items[Math.floor(random.fraction() * items.length)]
  const hear = async (other: Other, word: HeldClaim | undefined): Promise<void> => {
    if (word === undefined) return
    other.last = word
    other.words.push(word)
    await desk.receipts.heard(other.id, [word])
  }
  for (let step = 0; step < STEPS; step++) {
    const other = pick(others)
    const entry = pick(said)
    if (other === undefined) throw new Error('nobody')
    switch (Math.floor(random.fraction() * 9)) {
      case 0:
      case 1: {
        const next = await desk.say()
        if (next !== undefined) said.push(next)
        break
      }
      case 2:
        if (entry !== undefined) await desk.history.witness(lobby.id, [entry.id], 'sent')
        break
      case 3:
      case 4:
        if (entry?.head === undefined) break
        other.disk.add(entry.head.seq)
        everHeld.add(entry.head.seq)
        break
      case 5:
        await hear(other, runOn(other.disk))
        break
      case 6:
        // What was true once is said again, late.
        await hear(other, pick(other.words))
        break
      case 7:
        // More than was ever said, another log, somebody else's: none of it is evidence.
        await desk.receipts.heard(other.id, [
          claim(1, said.length + 1 + Math.floor(random.fraction() * 1e9)),
          claim(1, WORDS, logId('other')),
          claim(1, WORDS, LOG, bob.peerId),
        ])
        break
      case 8:
        if (random.fraction() < 0.5) other.disk.clear()
        else await desk.restart()
    }
    await check(desk, said, others, everHeld, known)
  }
  return [...known.values()].filter((delivery) => delivery === 'stored').length
}

async function check(
  desk: Desk,
  said: readonly Entry[],
  others: readonly Other[],
  everHeld: ReadonlySet<number>,
  known: Map<EntryId, Delivery>,
): Promise<void> {
  for (const each of said) {
    const seq = each.head?.seq ?? 0
    const state = await desk.stateOf(each)
    const before = known.get(each.id) ?? 'queued'
    if (state === undefined || lessThan(state, before)) throw new Error(`${seq} fell to ${state}`)
    if (state === 'stored' && !everHeld.has(seq)) throw new Error(`nobody ever had ${seq}`)
    known.set(each.id, state)
    const covering = others.filter(
      ({ last }) => last !== undefined && last.lo <= seq && seq <= last.hi,
    )
    if (covering.length > 0 && state !== 'stored')
      throw new Error(`${seq} is on a disk, and ${state}`)
    const { devices, archive } = desk.receipts.evidence(each, state)
    const keepers = covering.filter(({ id }) => desk.archives.has(id)).length
    if (devices !== covering.length - keepers || archive !== keepers > 0)
      throw new Error(`${seq}: ${devices} devices and ${archive}, not ${covering.length}`)
  }
  const ids = desk.shown.map(({ id }) => id)
  if (new Set(ids).size !== ids.length) throw new Error('told twice that something is stored')
}

describe('the state of one’s own entries', () => {
  test(`is never more than others had on their disks, and only rises: ${RUNS} lives from seed ${SEED}`, async () => {
    const random = new SeededRandom(SEED)
    let stored = 0
    for (let run = 0; run < RUNS; run++) {
      try {
        stored += await live(random)
      } catch (error) {
        throw new Error(`run ${run} of seed ${SEED}`, { cause: error })
      }
    }
    // The lives are about something.
    expect(stored).toBeGreaterThan(RUNS)
  }, 60_000)

  test('survives a restart, with its evidence', async () => {
    const desk = new Desk(bob.peerId, carol.peerId)
    await desk.start()
    const first = await desk.say()
    const second = await desk.say()
    if (first === undefined || second === undefined) throw new Error('nothing said')
    desk.archives.add(carol.peerId)
    await desk.receipts.heard(bob.peerId, [claim(1, 1)])
    await desk.receipts.heard(carol.peerId, [claim(1, 1)])
    await desk.restart()
    expect(desk.receipts.evidence(first, 'stored')).toEqual({
      delivery: 'stored',
      devices: 1,
      archive: true,
      unkept: false,
    })
    expect(desk.receipts.evidence(second, 'sent')).toEqual({
      delivery: 'sent',
      devices: 0,
      archive: false,
      unkept: false,
    })
    // What was open is still watched.
    await desk.receipts.heard(bob.peerId, [claim(1, 2)])
    expect(await desk.stateOf(second)).toBe('stored')
    expect(desk.shown.map(({ id }) => id)).toEqual([first.id, second.id])
  })

  test('is not raised by a word that may be about what this disk said before it was put back', async () => {
    const desk = new Desk()
    await desk.start()
    const said = [await desk.say(), await desk.say()]
    await desk.receipts.heard(bob.peerId, [claim(1, 2)])
    // What comes to be there after that is what was said in this run.
    said.push(await desk.say())
    await desk.receipts.heard(bob.peerId, [claim(1, 3)])
    expect(await statesOf(desk, said)).toEqual(['queued', 'queued', 'stored'])
    expect(evidenceOf(desk, said)).toEqual([0, 0, 1])
    desk.receipts.levelled(bob.peerId)
    await desk.receipts.heard(bob.peerId, [claim(1, 3)])
    expect(await statesOf(desk, said)).toEqual(['stored', 'stored', 'stored'])
    expect(evidenceOf(desk, said)).toEqual([1, 1, 1])
  })

  test('counts of somebody what they said last, and nothing of what this device holds', async () => {
    const desk = new Desk(bob.peerId)
    await desk.start()
    for (let i = 0; i < 3; i++) await desk.say()
    const kept = (): readonly number[] =>
      [bob, carol, alice].map(({ peerId }) => desk.receipts.keptBy(peerId))
    expect(kept()).toEqual([0, 0, 0])
    await desk.receipts.heard(bob.peerId, [claim(1, 2)])
    expect(kept()).toEqual([2, 0, 0])
    // They have forgotten the older one.
    await desk.receipts.heard(bob.peerId, [claim(2, 2)])
    expect(kept()).toEqual([1, 0, 0])
    // And so has this device.
    await desk.history.trim(lobby.id, { clock: NEW_YEAR + 9e9, id: '' as EntryId })
    await desk.restart()
    expect(kept()).toEqual([1, 0, 0])
  })

  test('is not raised by a claim to a seq that two entries share, also after a restart', async () => {
    const desk = new Desk(bob.peerId)
    await desk.start()
    const said = [await desk.say(), await desk.say(), await desk.say()]
    const twin = await entry(alice, { content: 'before', log: LOG, seq: 2, clock: NEW_YEAR + 9e6 })
    await desk.history.add([twin])
    await desk.receipts.returned([twin], [])
    for (let run = 0; run < 2; run++) {
      await desk.receipts.heard(bob.peerId, [claim(1, 3)])
      expect(desk.receipts.keptBy(bob.peerId)).toBe(2)
      expect(await statesOf(desk, [...said, twin])).toEqual(['stored', 'queued', 'stored', 'sent'])
      expect(evidenceOf(desk, [...said, twin])).toEqual([1, 0, 1, 0])
      await desk.restart()
    }
  })

  test('is raised by whoever gives back what this disk has lost', async () => {
    const desk = new Desk(bob.peerId)
    await desk.start()
    const said = [await desk.say()]
    const lost = await Promise.all(
      [2, 3].map((seq) =>
        entry(alice, { content: `${seq}`, log: LOG, seq, clock: NEW_YEAR + seq * 9e6 }),
      ),
    )
    await desk.history.add(lost)
    const proved = lost.slice(0, 1).map(({ id }) => id)
    desk.receipts.kept(lost)
    await desk.receipts.returned(lost, proved)
    expect(await statesOf(desk, [...said, ...lost])).toEqual(['queued', 'stored', 'sent'])
    // What came by gossip is watched like any other.
    await desk.receipts.heard(bob.peerId, [claim(3, 3)])
    expect(await statesOf(desk, [...said, ...lost])).toEqual(['queued', 'stored', 'stored'])
  })

  test('is not raised by whoever claims more than was said: this disk lost it, or they lie', async () => {
    const desk = new Desk()
    await desk.receipts.start()
    const said = await desk.say()
    if (said === undefined) throw new Error('nothing said')
    await desk.receipts.heard(bob.peerId, [claim(1, 2)])
    expect(await desk.stateOf(said)).toBe('queued')
    // But it is asked for.
    await desk.clock.pass(SYNC_HOLE_PATIENCE_MS)
    expect(desk.lacking).toEqual([bob.peerId])
  })
})

describe('what is told', () => {
  test('is the newest unbroken run, once, two seconds after a change', async () => {
    const desk = new Desk()
    await desk.receipts.start()
    const bobs = await Promise.all(
      [1, 2, 4, 5].map((seq) => entry(bob, { content: `${seq}`, seq, clock: NEW_YEAR + seq })),
    )
    desk.receipts.kept(await desk.history.add(bobs))
    expect(desk.told).toEqual([])
    await desk.clock.pass(HAS_EVERY_MS)
    expect(desk.told).toEqual([[claim(4, 5, logId('bob'), bob.peerId)]])
    await desk.clock.pass(10 * HAS_EVERY_MS)
    expect(desk.told).toHaveLength(1)
    const missing = await entry(bob, { content: '3', seq: 3, clock: NEW_YEAR + 3 })
    desk.receipts.kept(await desk.history.add([missing]))
    await desk.clock.pass(HAS_EVERY_MS)
    expect(desk.told.at(-1)).toEqual([claim(1, 5, logId('bob'), bob.peerId)])
  })

  test('is told again to whom it concerns', async () => {
    const desk = new Desk()
    await desk.receipts.start()
    desk.receipts.kept(await desk.history.add([await entry(bob, { content: 'hi' })]))
    await desk.clock.pass(HAS_EVERY_MS)
    desk.receipts.mention(bob.peerId)
    await desk.clock.pass(HAS_EVERY_MS)
    desk.receipts.mention(carol.peerId)
    await desk.clock.pass(HAS_EVERY_MS)
    expect(desk.told).toHaveLength(2)
  })

  test('is left to archives in a crowd', async () => {
    for (const archive of [false, true]) {
      const desk = new Desk()
      await desk.restart(archive)
      desk.crowd = HAS_CROWD + 1
      desk.receipts.kept(await desk.history.add([await entry(bob, { content: 'hi' })]))
      await desk.clock.pass(HAS_EVERY_MS)
      expect(desk.told).toHaveLength(archive ? 1 : 0)
    }
  })

  test('does not stop because the disk failed once', async () => {
    const desk = new Desk()
    await desk.receipts.start()
    const logs = desk.history.logs.bind(desk.history)
    desk.history.logs = () => Promise.reject(new Error('disk'))
    desk.receipts.kept(await desk.history.add([await entry(bob, { content: 'hi' })]))
    await desk.clock.pass(HAS_EVERY_MS)
    desk.history.logs = logs
    desk.receipts.kept(await desk.history.add([await entry(carol, { content: 'hi' })]))
    await desk.clock.pass(HAS_EVERY_MS)
    const told = desk.told.flat().map(({ author }) => author)
    // Also what was to be told when it failed.
    expect(told.sort()).toEqual([bob.peerId, carol.peerId].sort())
  })
})

describe('what others hold and this device lacks', () => {
  const bobs = (lo: number, hi: number): HeldClaim => claim(lo, hi, logId('bob'), bob.peerId)

  async function lackingAfter(words: readonly number[], heard: HeldClaim): Promise<number> {
    const desk = new Desk()
    await desk.receipts.start()
    await desk.history.add(
      await Promise.all(
        words.map((seq) => entry(bob, { content: `${seq}`, seq, clock: NEW_YEAR + seq })),
      ),
    )
    await desk.receipts.heard(carol.peerId, [heard])
    expect(desk.lacking).toEqual([])
    await desk.clock.pass(SYNC_HOLE_PATIENCE_MS)
    return desk.lacking.length
  }

  test('is what is newer, or fills a hole, and nothing else', async () => {
    expect(await lackingAfter([1, 2], bobs(1, 2))).toBe(0)
    expect(await lackingAfter([1, 2, 3], bobs(2, 2))).toBe(0)
    expect(await lackingAfter([], bobs(1, 1))).toBe(1)
    expect(await lackingAfter([1, 2], bobs(3, 3))).toBe(1)
    expect(await lackingAfter([1, 3], bobs(2, 3))).toBe(1)
    expect(await lackingAfter([1, 3], bobs(3, 3))).toBe(0)
  })

  test('is looked for once, however many claim it and however often', async () => {
    const desk = new Desk()
    await desk.receipts.start()
    const logs = desk.history.logs.bind(desk.history)
    let looks = 0
    desk.history.logs = (room) => {
      looks++
      return logs(room)
    }
    for (let i = 1; i <= 10; i++)
      for (const { peerId } of [carol, eve]) await desk.receipts.heard(peerId, [bobs(i, i)])
    await desk.clock.pass(SYNC_HOLE_PATIENCE_MS)
    expect(looks).toBe(1)
    expect(desk.lacking).toEqual([carol.peerId, eve.peerId])
  })

  test('is asked for, whatever else they claim right after it', async () => {
    const desk = new Desk()
    await desk.receipts.start()
    await desk.history.add([await entry(carol, { content: 'hi' })])
    await desk.receipts.heard(eve.peerId, [bobs(1, 1)])
    await desk.receipts.heard(eve.peerId, [claim(1, 1, logId('carol'), carol.peerId)])
    await desk.clock.pass(SYNC_HOLE_PATIENCE_MS)
    expect(desk.lacking).toEqual([eve.peerId])
  })

  test('is not asked for if it comes by gossip meanwhile', async () => {
    const desk = new Desk()
    await desk.receipts.start()
    await desk.receipts.heard(carol.peerId, [bobs(1, 1)])
    await desk.history.add([await entry(bob, { content: 'hi' })])
    await desk.clock.pass(SYNC_HOLE_PATIENCE_MS)
    expect(desk.lacking).toEqual([])
  })
})
