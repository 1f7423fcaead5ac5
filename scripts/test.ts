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
}

const VITEST_REPORT = join(ROOT, 'test-results/vitest.json')
const PLAYWRIGHT_REPORT = join(ROOT, 'test-results/playwright.json')
/** A stage that failed without a single test to blame. */
const BROKEN: Tally = { passed: 0, failed: 1, skipped: 0 }

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
    const { code } = await runTool('vitest', ['run'], { show: true, env: goPeer })
    return tallyOf(VITEST_REPORT, code, (report: VitestReport) => ({
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      skipped: report.numPendingTests + report.numTodoTests,
    }))
  })
  const inBrowsers = await stage('Browser tests', async () => {
    const env = { ...browsers, ...goPeer }
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

function gaveUp(why: string): Tally {
  console.log(`\n${why}`)
  return BROKEN
}

stopTogether()
const start = performance.now()
const { passed, failed, skipped } = await test()
console.log(`\nAll stages in ${seconds(start)}`)
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exitCode = failed === 0 ? 0 : 1
