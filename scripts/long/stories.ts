import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, workerData, Worker } from 'node:worker_threads'
import { churn } from '../../shared/testing/churn.ts'
import { crowd, faultsOf, sayInHalves, untilAllHold } from '../../shared/testing/crowd.ts'
import { Simulation } from '../../shared/testing/simulation.ts'
import { type Section, failedCell, spreadCells } from './section.ts'

const PEOPLE = 50
const WORDS = 400
const CHURN_PER_PARTITIONS = 10
const LAST_LINES = 40

interface Chapter {
  readonly name: string
  readonly rule: string
  /** One in so many seeds is told. */
  readonly every: number
  /** Comes to how long it took, ms of virtual time, and what is wrong. */
  readonly tell: (simulation: Simulation) => Promise<Told>
}

interface Told {
  readonly tookMs: number | undefined
  readonly entries: number
  readonly faults: readonly string[]
}

interface Page extends Told {
  readonly chapter: number
  readonly seed: number
  /** Of real time. */
  readonly seconds: number
}

const CHAPTERS: readonly Chapter[] = [
  {
    name: '50 people, 25/25, 400 messages',
    rule: 'one history within 60 s',
    every: 1,
    tell: (simulation) => partition(simulation, 60_000),
  },
  {
    name: 'the same with 20 % loss and 300 ms',
    rule: 'one history within 180 s',
    every: 1,
    tell: (simulation) => {
      simulation.wire.weather = { latencyMs: [250, 350], loss: 0.2, duplicates: 0, reorder: true }
      return partition(simulation, 180_000)
    },
  },
  {
    name: '50 people who come and go, mean life 60 s, 10 min',
    rule: 'what one live node has at the end, all have within 60 s',
    every: CHURN_PER_PARTITIONS,
    tell: comeAndGo,
  },
]

async function partition(simulation: Simulation, withinMs: number): Promise<Told> {
  const members = await crowd(simulation, PEOPLE)
  await sayInHalves(simulation, members, WORDS)
  const tookMs = await untilAllHold(simulation, members, WORDS, withinMs)
  await simulation.run(5_000)
  return { tookMs, entries: WORDS, faults: await faultsOf(members, WORDS) }
}

async function comeAndGo(simulation: Simulation): Promise<Told> {
  const life = { people: PEOPLE, meanLifeMs: 60_000, lastsMs: 600_000 }
  const { members, held } = await churn(simulation, life)
  const tookMs = await untilAllHold(simulation, members, held.size, 60_000)
  await simulation.run(20_000)
  const read = (await members[0]?.read()) ?? []
  const lost = [...held].filter((word) => !read.includes(word))
  const faults = [
    ...(lost.length > 0 ? [`${lost.length} that somebody live had are lost`] : []),
    ...(await faultsOf(members, read.length)),
  ]
  return { tookMs, entries: read.length, faults }
}

async function tell(chapter: number, seed: number): Promise<Page> {
  const start = performance.now()
  const simulation = new Simulation(seed)
  const told = await CHAPTERS[chapter]?.tell(simulation)
  if (told === undefined) throw new Error(`no chapter ${chapter}`)
  const faults = told.tookMs === undefined ? ['took too long', ...told.faults] : told.faults
  if (faults.length > 0) console.error(simulation.story.slice(-LAST_LINES).join('\n'))
  return { ...told, faults, chapter, seed, seconds: (performance.now() - start) / 1_000 }
}

/** One worker a core, each with the next seed, until all are told or the time is up. */
async function tellAll(seeds: number, minutes: number): Promise<readonly Page[]> {
  const jobs = Array.from({ length: seeds }, (_, i) => i + 1).flatMap((seed) =>
    CHAPTERS.flatMap(({ every }, chapter) =>
      seed % every === 1 % every ? [{ chapter, seed }] : [],
    ),
  )
  const until = performance.now() + minutes * 60_000
  const pages: Page[] = []
  const work = async (): Promise<void> => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      if (performance.now() > until) return
      const page = await inWorker(job)
      pages.push(page)
      const { name } = CHAPTERS[page.chapter] ?? { name: '' }
      const verdict =
        page.faults.length === 0 ? `${(page.tookMs ?? 0) / 1_000} s` : page.faults.join('; ')
      console.log(`${name}, seed ${page.seed}: ${verdict} (${page.seconds.toFixed(0)} s real)`)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return pages
}

function inWorker(job: { readonly chapter: number; readonly seed: number }): Promise<Page> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: job })
    worker.once('message', (page: Page) => {
      resolve(page)
    })
    worker.once('error', reject)
  })
}

/** The stories of `npm test`, each partition for so many seeds and the churn for a tenth of them. */
export async function stories(seeds: number, minutes: number): Promise<Section> {
  const pages = await tellAll(seeds, minutes)
  const rows = CHAPTERS.map(({ name, rule }, chapter) => {
    const told = pages.filter((page) => page.chapter === chapter)
    const bad = told.flatMap(({ seed, faults }) => (faults.length > 0 ? [`seed ${seed}`] : []))
    const took = spreadCells(told.flatMap(({ tookMs }) => tookMs ?? []))
    const entries = told.reduce((sum, page) => sum + page.entries, 0)
    return `| ${name} | ${rule} | ${told.length} | ${entries} | ${failedCell(bad)} | ${took} |`
  })
  return {
    title: 'In the simulation',
    failed: pages.some(({ faults }) => faults.length > 0),
    text: `The network is simulated on virtual time, the program and its signatures are the real ones. A run fails when
anybody lacks an entry, holds or was shown one twice, has another order, or when it takes longer than the rule
says. The same seed tells the same story: \`--seeds=N\` tells the first N.

| story | rule | runs | entries | failed | time to one history, median | longest |
| --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}`,
  }
}

if (!isMainThread) {
  const { chapter, seed } = workerData as { readonly chapter: number; readonly seed: number }
  parentPort?.postMessage(await tell(chapter, seed))
}
