import { openDB } from 'idb'
import { toBase64url } from '../../shared/bytes.ts'
import { Entry } from '../../shared/entry.ts'
import type { Failure } from '../../shared/failure.ts'
import { StorageError } from '../../shared/history.ts'
import { identityOf } from '../../shared/identity.ts'
import { START } from '../../shared/ids.ts'
import { systemRuntime } from '../../shared/runtime.ts'
import { historyCases, sharedHistoryCases } from '../../shared/testing/history.all.cases.ts'
import { run } from '../../shared/testing/history.cases.ts'
import { damageCases } from '../../shared/testing/history.damage.cases.ts'
import {
  NEW_YEAR,
  alice,
  bob,
  entry,
  lineOf,
  lobby,
  must,
  saying,
} from '../../shared/testing/people.ts'
import { WHOLE, checkSums } from '../../shared/testing/sums.ts'
import { IdbHistory } from './history-idb.ts'
import { loadKeys } from './keys.ts'
import { tamperWith } from './test-tamper.ts'
import { openSettings } from './settings.ts'

/** What a page finds out about the engine it runs in: tests read it from `globalThis`. */
export interface StoreReport {
  readonly failed: readonly string[]
  readonly passed: number
  /** How the engine keeps the key pair, and whether a second opening gives the same person. */
  readonly keys: 'cloned' | 'bytes'
  readonly samePerson: boolean
  /** What a database tells of that had lost most of its stores. */
  readonly mended: number
  /** From nothing open to the newest 50 of a room of `entries`, ms. */
  readonly newestPageMs: number
  readonly entries: number
}

/** What is left of a store whose disk is full. */
export interface FullReport {
  readonly said: number
  /** What the disk refused, by the kinds of the failures of `say` and `add`. */
  readonly refused: readonly string[]
  /** Entries that are still read back after a reopen. */
  readonly kept: number
}

/** What stands in a store after the browser was killed. */
export interface StandingReport {
  /** Ids of all that is kept or stubbed. */
  readonly ids: readonly string[]
  /** µs */
  readonly floor: number
  /** The seq that the next thing said got. */
  readonly next: number
}

/** One store and one person that stay open while things happen to the disk. */
export interface Held {
  /** Says a line of so many characters. `kept`, or the kind of the failure and its words. */
  say(characters: number): Promise<string>
  /** Takes a line of somebody else, as `say`. */
  hear(): Promise<string>
  /** How many entries there are; throws if the sums or the logs do not say the same. */
  count(): Promise<number>
  /** What was told of losses. */
  readonly lost: readonly string[]
  /** Seqs that were used more than once, of all that was said. */
  twice(): readonly string[]
  forget(): Promise<number>
  floor(): Promise<number>
  /** Who the settings say that this is. */
  person(): Promise<string>
}

declare global {
  var hold: () => Promise<void>
  var held: Held
  var reportStore: () => Promise<StoreReport>
  var fillStore: () => Promise<FullReport>
  /** Tells each thing once it is committed: `added <clock> <id>`, `said <clock> <id> <seq>`. */
  var writeUntilKilled: (round: number, tell: (what: string) => void) => Promise<never>
  var reportStanding: () => Promise<StandingReport>
}

const runtime = systemRuntime()

async function keepsContract(): Promise<Pick<StoreReport, 'failed' | 'passed'>> {
  const failed: string[] = []
  const cases = [...historyCases, ...sharedHistoryCases, ...damageCases]
  for (const [i, each] of cases.entries()) {
    const opened: IdbHistory[] = []
    const open = async (): Promise<IdbHistory> => {
      const history = must(await IdbHistory.open({ name: `contract-${i}`, runtime }))
      opened.push(history)
      return history
    }
    try {
      await each.run(
        await open(),
        open,
        tamperWith(() => `contract-${i}`),
      )
    } catch (error) {
      failed.push(`${each.name}: ${String(error)}`)
    }
    for (const history of opened) await history.close()
    indexedDB.deleteDatabase(`contract-${i}`)
  }
  return { failed, passed: cases.length - failed.length }
}

async function mends(): Promise<Pick<StoreReport, 'mended'>> {
  const name = 'contract-mended'
  const open = async (): Promise<IdbHistory> => must(await IdbHistory.open({ name, runtime }))
  const whole = await open()
  await whole.add(await run(12))
  must(await whole.say(lobby.id, saying(alice, 'mine')))
  await whole.close()
  const broken = await openDB(name, 1_001, {
    upgrade: (db) => {
      for (const store of ['sums', 'logs', 'rooms']) db.deleteObjectStore(store)
    },
  })
  broken.close()
  const history = await open()
  const mended = await checkSums(history, lobby.id)
  await history.close()
  indexedDB.deleteDatabase(name)
  return { mended }
}

async function keepsKeys(): Promise<Pick<StoreReport, 'keys' | 'samePerson'>> {
  const people: string[] = []
  let keys: StoreReport['keys'] = 'bytes'
  for (let i = 0; i < 2; i++) {
    const settings = must(await openSettings('contract-settings'))
    people.push((await identityOf(await loadKeys(settings))).peerId)
    const stored = await settings.get('keys')
    keys = stored !== undefined && 'privateKey' in stored ? 'cloned' : 'bytes'
    settings.close()
  }
  return { keys, samePerson: people[0] === people[1] }
}

async function opensQuickly(): Promise<Pick<StoreReport, 'newestPageMs' | 'entries'>> {
  const entries = 5_000
  const filled = must(await IdbHistory.open({ name: 'contract-long', runtime }))
  const all = await run(entries)
  for (let i = 0; i < entries; i += 500) await filled.add(all.slice(i, i + 500))
  await filled.close()
  const start = performance.now()
  const history = must(await IdbHistory.open({ name: 'contract-long', runtime }))
  const page = await history.page(lobby.id, { limit: 50 })
  const newestPageMs = performance.now() - start
  if (page.length !== 50) throw new Error(`a page of ${page.length}`)
  await history.close()
  indexedDB.deleteDatabase('contract-long')
  return { newestPageMs, entries }
}

/** Says long lines until the disk refuses; whoever runs this has made it small. */
async function fill(): Promise<FullReport> {
  const open = async (): Promise<IdbHistory> =>
    must(await IdbHistory.open({ name: 'contract-full', runtime }))
  const history = await open()
  // Random, because engines compress what they keep.
  const filler = (): { readonly filler: string } => ({
    filler: toBase64url(runtime.random.bytes(11_000)),
  })
  const refused: string[] = []
  let said = 0
  while (refused.length === 0) {
    const next = await history.say(lobby.id, (head) => {
      const body = filler()
      const clock = Math.max(NEW_YEAR, head.clock + 1)
      return Entry.write(lineOf(alice, { content: 'long', body, ...head, clock }), alice.identity)
    })
    if (next.ok) said++
    else refused.push(next.failure.kind)
  }
  const others = Array.from({ length: 200 }, (_, i) =>
    entry(bob, { content: 'long', body: filler(), seq: i + 1, clock: NEW_YEAR + i }),
  )
  const added = await history.add(await Promise.all(others)).catch((error: unknown) => error)
  refused.push(added instanceof StorageError ? added.failure.kind : 'added')
  await history.close()
  const again = await open()
  const kept = await again.page(lobby.id, { limit: 10_000 })
  await again.close()
  return { said, refused, kept: kept.length }
}

async function report(): Promise<StoreReport> {
  return {
    ...(await keepsContract()),
    ...(await mends()),
    ...(await keepsKeys()),
    ...(await opensQuickly()),
  }
}

const openKilled = async (): Promise<IdbHistory> =>
  must(await IdbHistory.open({ name: 'contract-killed', runtime }))
/** Ten minutes, so that hours come and go. */
const BATCH_US = 600_000_000

async function writeUntilKilled(round: number, tell: (what: string) => void): Promise<never> {
  const history = await openKilled()
  const start = NEW_YEAR + round * 10_000 * BATCH_US
  for (let batch = 0; ; batch++) {
    const clock = start + batch * BATCH_US
    const some = Array.from({ length: 1 + (batch % 20) }, (_, i) =>
      entry(bob, { content: `${round} ${batch} ${i}`, seq: 1 + batch * 20 + i, clock: clock + i }),
    )
    for (const each of await history.add(await Promise.all(some)))
      tell(`added ${each.clock} ${each.id}`)
    const said = must(await history.say(lobby.id, saying(alice, 'said')))
    tell(`said ${said.clock} ${said.id} ${said.head?.seq ?? 0}`)
    if (batch % 8 === 7) await history.trim(lobby.id, { ...START, clock: clock - 5 * BATCH_US })
  }
}

async function standing(): Promise<StandingReport> {
  const history = await openKilled()
  await checkSums(history, lobby.id)
  const positions = await history.positions(lobby.id, WHOLE, Infinity)
  const next = must(await history.say(lobby.id, saying(alice, 'after'))).head?.seq ?? 0
  const floor = (await history.floor(lobby.id)).clock
  await history.close()
  return { ids: positions.map(({ id }) => id), floor, next }
}

async function hold(): Promise<void> {
  const history = must(await IdbHistory.open({ name: 'contract-held', runtime }))
  const settings = must(await openSettings('contract-held-settings'))
  const keys = await loadKeys(settings)
  const lost: string[] = []
  history.lost.subscribe(({ kind }) => lost.push(kind))
  const said: string[] = []
  let heard = 0
  const told = (failure: Failure): string =>
    failure.kind === 'storage-failed' ? `${failure.kind}: ${failure.what}` : failure.kind
  globalThis.held = {
    lost,
    async say(characters) {
      const body = { filler: toBase64url(runtime.random.bytes(Math.ceil((characters * 3) / 4))) }
      const next = await history.say(lobby.id, (head) => {
        const clock = Math.max(NEW_YEAR, head.clock + 1)
        return Entry.write(lineOf(alice, { content: 'long', body, ...head, clock }), alice.identity)
      })
      if (!next.ok) return told(next.failure)
      said.push(`${next.value.log} ${next.value.head?.seq}`)
      return 'kept'
    },
    async hear() {
      heard++
      const line = await entry(bob, { content: `${heard}`, seq: heard, clock: NEW_YEAR + heard })
      const added = await history.add([line]).catch((error: unknown) => error)
      if (added instanceof StorageError) return told(added.failure)
      return 'kept'
    },
    count: () => checkSums(history, lobby.id),
    twice: () => said.filter((each, i) => said.indexOf(each) !== i),
    async forget() {
      await history.trim(lobby.id, { ...START, clock: NEW_YEAR + 1 })
      return this.floor()
    },
    floor: async () => (await history.floor(lobby.id)).clock,
    async person() {
      // What is read is what is written again: the pair itself never leaves the settings.
      await settings.get('keys')
      return (await identityOf(keys)).peerId
    },
  }
}

globalThis.hold = hold
globalThis.reportStore = report
globalThis.writeUntilKilled = writeUntilKilled
globalThis.reportStanding = standing
globalThis.fillStore = fill
