// Everything, in the order in which it is cheapest to fail; each stage also has an npm script of its own.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { goPeerEnvironment } from '../e2e/interop/go-build.ts'
import { buildIfStale } from './build-if-stale.ts'
import { check } from './check.ts'
import { findBrowsers } from './find-browsers.ts'
import { ROOT, runTool, seconds, stopTogether } from './run.ts'

interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** Said again at the very end, where whoever has only the last lines finds them. */
  readonly failures?: readonly string[]
}

const VITEST_REPORT = join(ROOT, 'test-results/vitest.json')
const PLAYWRIGHT_REPORT = join(ROOT, 'test-results/playwright.json')
/** A stage that failed without a single test to blame. */
const BROKEN: Tally = { passed: 0, failed: 1, skipped: 0 }
/** Some 150 relay-nodes are started: what Node compiled for one is there for the next. */
const COMPILED = { NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/compiled') }

async function test(): Promise<Tally> {
  // The report of an earlier run must not speak for this one.
  rmSync(join(ROOT, 'test-results'), { recursive: true, force: true })
  mkdirSync(join(ROOT, 'test-results'))

  const browsers = await stage('Browsers', findBrowsers)
  if (browsers === undefined) return BROKEN
  if (!(await stage('Check', check))) return gaveUp('The check failed, so no test ran.')
  if (!(await stage('Build', () => buildIfStale()))) return gaveUp('No page, so no test ran.')

  const goPeer = await stage('Go peer', goPeerEnvironment)
  const unit = await stage('Unit and simulation tests', async () => {
    const env = { ...goPeer, ...COMPILED }
    const { code } = await runTool('vitest', ['run'], { show: true, env })
    return tallyOf(VITEST_REPORT, code, (report: VitestReport) => ({
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      skipped: report.numPendingTests + report.numTodoTests,
      failures: report.testResults.flatMap(({ name, status, message, assertionResults }) =>
        status === 'passed' ? [] : [`${name}\n${message}`, ...assertionResults.flatMap(failureOf)],
      ),
    }))
  })
  const inBrowsers = await stage('Browser tests', async () => {
    const env = { ...browsers, ...goPeer, ...COMPILED }
    const { code } = await runTool('@playwright/test', ['test'], {
      bin: 'playwright',
      show: true,
      env,
    })
    return tallyOf(PLAYWRIGHT_REPORT, code, ({ stats }: PlaywrightReport) => ({
      passed: stats.expected,
      failed: stats.unexpected + stats.flaky,
      skipped: stats.skipped,
    }))
  })
  return {
    passed: unit.passed + inBrowsers.passed,
    failed: unit.failed + inBrowsers.failed,
    skipped: unit.skipped + inBrowsers.skipped,
    // Playwright ends with its own; those of the unit tests stand far above them.
    ...(unit.failures === undefined ? {} : { failures: unit.failures }),
  }
}

async function stage<T>(name: string, run: () => Promise<T>): Promise<T> {
  const start = performance.now()
  console.log(`\n━━ ${name}`)
  const result = await run()
  console.log(`━━ ${name}: ${seconds(start)}`)
  return result
}

interface VitestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly VitestCase[]
  }[]
}

interface VitestCase {
  readonly fullName: string
  readonly status: string
  readonly failureMessages: readonly string[]
}

interface PlaywrightReport {
  readonly stats: {
    readonly expected: number
    readonly unexpected: number
    readonly flaky: number
    readonly skipped: number
  }
}

/** What the runner counted; a runner that fails without a failed test is a failure itself. */
function tallyOf<R>(file: string, code: number, read: (report: R) => Tally): Tally {
  if (!existsSync(file)) return BROKEN
  const tally = read(JSON.parse(readFileSync(file, 'utf8')) as R)
  return code !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally
}

function failureOf({ fullName, status, failureMessages }: VitestCase): readonly string[] {
  return status === 'failed' ? [`✗ ${fullName}\n${failureMessages.join('\n')}`] : []
}

function gaveUp(why: string): Tally {
  console.log(`\n${why}`)
  return BROKEN
}

stopTogether()
const start = performance.now()
const { passed, failed, skipped, failures = [] } = await test()
if (failures.length > 0) console.log(`\nOf the unit tests failed:\n${failures.join('\n')}`)
console.log(`\nAll stages in ${seconds(start)}`)
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed === 0 ? 0 : 1
