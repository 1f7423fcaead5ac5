import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, runTool } from '../run.ts'
import { type Section, failedCell, spreadCells } from './section.ts'

interface Proof {
  readonly name: string
  readonly passed: boolean
  /** What was waited for, ms, if the test says so. */
  readonly tookMs: number | undefined
}

const PLAYWRIGHT_REPORT = join(ROOT, 'test-results/playwright.json')
const VITEST_REPORT = join(ROOT, 'test-results/vitest.json')
const IN_BROWSERS = ['history.spec.ts', 'store.spec.ts', 'newcomer.spec.ts']
const ON_DISKS = ['web/store/crash.test.ts', 'relay-node/store/killed.test.ts']

/** Partitions, crashes and newcomers, in browsers and processes that are real. */
export async function proofs(
  browsers: Readonly<Record<string, string>>,
  partitions: number,
): Promise<Section> {
  rmSync(PLAYWRIGHT_REPORT, { force: true })
  rmSync(VITEST_REPORT, { force: true })
  const env = { ...browsers, PARTITION_RUNS: String(partitions) }
  // One at a time: a neighbour would be a part of what is measured here.
  const inBrowsers = await runTool('@playwright/test', ['test', '--workers=1', ...IN_BROWSERS], {
    bin: 'playwright',
    show: true,
    env,
  })
  const onDisks = await runTool('vitest', ['run', ...ON_DISKS], { show: true })
  const proved = [...read(PLAYWRIGHT_REPORT, browserProofs), ...read(VITEST_REPORT, diskProofs)]
  // One line for all runs of a test.
  const byName = Map.groupBy(proved, ({ name }) => name.replace(/ \(\d+ of \d+\)$/, ''))
  const rows = [...byName].map(([name, runs]) => {
    const bad = runs.flatMap(({ passed }, i) => (passed ? [] : [`run ${i + 1}`]))
    const took = spreadCells(runs.flatMap(({ tookMs }) => tookMs ?? []))
    return `| ${name} | ${runs.length} | ${failedCell(bad)} | ${took} |`
  })
  const broken = inBrowsers.code !== 0 || onDisks.code !== 0
  return {
    title: 'In real browsers and processes',
    failed: broken || proved.some(({ passed }) => !passed),
    text: `The limits of time are the tests' own (e2e/, web/store, relay-node/store); a time stands here where a test waits
for others. \`--partitions=N\` says how often the partition is run.
${broken ? '\n**Something failed, or did not run.**\n' : ''}
| test | runs | failed | time, median | longest |
| --- | --- | --- | --- | --- |
${rows.join('\n')}`,
  }
}

interface BrowserSuite {
  readonly suites?: readonly BrowserSuite[]
  readonly specs: readonly {
    readonly title: string
    readonly ok: boolean
    readonly tests: readonly { readonly annotations: readonly Annotation[] }[]
  }[]
}

interface Annotation {
  readonly type: string
  readonly description?: string
}

function browserProofs({ suites }: { readonly suites: readonly BrowserSuite[] }): readonly Proof[] {
  return suites.flatMap((suite) => [
    ...suite.specs.map(({ title, ok, tests }) => {
      const took = tests
        .flatMap(({ annotations }) => annotations)
        .find(({ type }) => type === 'took')
      return { name: title, passed: ok, tookMs: took && Number(took.description) }
    }),
    ...browserProofs({ suites: suite.suites ?? [] }),
  ])
}

interface DiskReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[]
  }[]
}

function diskProofs({ testResults }: DiskReport): readonly Proof[] {
  return testResults.flatMap(({ assertionResults }) =>
    assertionResults.map(({ title, status }) => ({
      name: title,
      passed: status === 'passed',
      tookMs: undefined,
    })),
  )
}

function read<R>(file: string, proofsOf: (report: R) => readonly Proof[]): readonly Proof[] {
  return existsSync(file) ? proofsOf(JSON.parse(readFileSync(file, 'utf8')) as R) : []
}
