import { join } from 'node:path'
import process from 'node:process'
import type { NewcomerReport } from '../../bench/newcomer.ts'
import type { StoreReport } from '../../bench/store.ts'
import type { SyncReport } from '../../bench/sync.ts'
import { ROOT, run } from '../run.ts'
import type { Section } from './section.ts'

/** How large the rooms are, and how often a newcomer comes. */
export interface Scale {
  readonly sizes: readonly number[]
  readonly rounds: number
}

/** Opening the largest room takes at most so many times as long as the smallest. */
const GROWTH_MAX = 1.5
const OPENING_MAX_MS = 1_000

type Measure = (browsers: Readonly<Record<string, string>>, scale: Scale) => Promise<Section>

/** The measurements of bench/ that a rule is about. */
export const MEASURES: Readonly<Record<'newcomer' | 'sync' | 'store', Measure>> = {
  newcomer: async (browsers, { rounds }) => {
    const report = await bench<NewcomerReport>('newcomer', { ...browsers, ROUNDS: String(rounds) })
    return report === undefined ? broken('A newcomer to a room of 10000') : newcomerSection(report)
  },
  sync: async (_, { sizes }) => {
    const report = await bench<SyncReport>('sync', { ENTRIES: sizes.join(',') })
    return report === undefined ? broken('Reconciliation') : syncSection(report)
  },
  store: async (browsers, { sizes }) => {
    const all = sizes.join(' ')
    const env = { ...browsers, SIZES: all, INDEXEDDB_SIZES: all }
    const report = await bench<StoreReport>('store', env)
    return report === undefined ? broken('The stores') : storeSection(report)
  },
}

async function bench<R>(
  name: string,
  env: Readonly<Record<string, string>>,
): Promise<R | undefined> {
  console.log(`\n━━ bench ${name}`)
  const args = ['--disable-proto=delete', join(ROOT, 'bench', `${name}.ts`)]
  const { code, output, stdout } = await run(process.execPath, args, { env })
  console.log(output)
  return code === 0 ? (JSON.parse(stdout) as R) : undefined
}

function broken(title: string): Section {
  return { title, failed: true, text: '**The measurement failed.**' }
}

function newcomerSection({ entries, rounds, aims, ...report }: NewcomerReport): Section {
  const { fromNavigation, tasks } = report
  const rows = [
    ['the last 100 on the screen', fromNavigation.last100OnScreen, aims.last100],
    ['all on the disk', fromNavigation.allOnDisk, aims.all],
    ['a task of the main thread', tasks.all, aims.taskP95],
    ['a task of more than 1 ms', tasks.overOneMs, aims.taskP95],
  ] as const
  return {
    title: `A newcomer to a room of ${entries}`,
    failed: rows.some(([, { p95 }, aim]) => p95 > aim),
    text: `\`npm run bench newcomer\`: ${rounds} fresh profiles in Chromium, ms from navigation. Tasks of the main thread
(in rounds of their own: to note them takes a tenth of the time) over ${aims.taskP95} ms: ${tasks.over50Ms.aRound} a round, the longest ${tasks.longest} ms.

| what | p50 | p95 | aim |
| --- | --- | --- | --- |
${rows.map(([what, { p50, p95 }, aim]) => `| ${what} | ${p50} | ${p95} | ≤ ${aim} |`).join('\n')}`,
  }
}

function syncSection({ rows }: SyncReport): Section {
  const lines = rows.map(
    ({ entries, missing, bytes, roundTrips, ms }) =>
      `| ${entries} | ${missing} | ${bytes} | ${roundTrips} | ${ms} |`,
  )
  return {
    title: 'Reconciliation',
    failed: false,
    text: `\`npm run bench sync\`: bytes of all frames but the entries themselves.

| entries | missing | bytes | round trips | ms |
| --- | --- | --- | --- | --- |
${lines.join('\n')}`,
  }
}

function storeSection({ sqlite, indexedDb }: StoreReport): Section {
  const stores = [
    { name: 'SQLite', ...sqlite },
    { name: 'IndexedDB', ...indexedDb },
  ]
  const lines = stores.flatMap(({ name, times }) =>
    times.map(
      ({ entries, openAndPage, add500, addOne, say, fingerprintWhole }) =>
        `| ${name} | ${entries} | ${openAndPage} | ${add500} | ${addOne} | ${say} | ${fingerprintWhole} |`,
    ),
  )
  const growths = stores.map(({ name, openingGrowth }) => `${name} ${openingGrowth}`)
  return {
    title: 'The stores',
    failed: stores.some(
      ({ openingGrowth, times }) =>
        openingGrowth > GROWTH_MAX || (times.at(-1)?.openAndPage ?? Infinity) > OPENING_MAX_MS,
    ),
    text: `\`npm run bench store\`, ms. Opening the largest room takes so many times as long as the smallest: ${growths.join(', ')}
(the rule: at most ${GROWTH_MAX}, and ${OPENING_MAX_MS} ms).

| store | entries | opening and its newest 50 | 500 more | one more | saying one | fingerprint of all |
| --- | --- | --- | --- | --- | --- | --- |
${lines.join('\n')}`,
  }
}
