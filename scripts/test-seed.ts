// The Go system's own test plan, run against ours; what was measured goes into the README. `-- 6.1 R5` runs those rows alone.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { bundlePeer } from '../bench/seed/headless-peer.ts'
import { expiryRows } from '../bench/seed/rows-expiry.ts'
import { labRows } from '../bench/seed/rows-lab.ts'
import { longRows } from '../bench/seed/rows-long.ts'
import { talkRows } from '../bench/seed/rows-talk.ts'
import { type Outcome, type Row, Stage, seconds } from '../bench/seed/row.ts'
import { sweepNamespaces, whyNoLab } from '../e2e/nat/namespaces.ts'
import { buildIfStale } from './build-if-stale.ts'
import { findBrowsers } from './find-browsers.ts'
import { ROOT, stopTogether } from './run.ts'

const README = join(ROOT, 'README.md')
const BEGIN = '<!-- seed: made by `npm run test:seed` -->'
const END = '<!-- /seed -->'

/** In the order of the plan; R after the rest. */
const ROWS = [...talkRows, ...expiryRows, ...longRows, ...labRows].sort((a, b) =>
  a.id.localeCompare(b.id, 'en', { numeric: true }),
)

interface Result extends Outcome {
  readonly row: Row
}

async function runRow(row: Row, noLab: string | undefined): Promise<Result | undefined> {
  if (row.lab === true && noLab !== undefined) {
    console.log(`${row.id}: left out: ${noLab}`)
    return undefined
  }
  const start = performance.now()
  const stage = new Stage()
  let outcome: Outcome
  try {
    outcome = await row.run(stage)
  } catch (error) {
    outcome = { passed: false, measured: oneLine(String(error)) }
  } finally {
    await stage.clear()
  }
  const verdict = outcome.passed ? 'passed' : 'FAILED'
  console.log(`${row.id} ${verdict} in ${seconds(performance.now() - start)}: ${outcome.measured}`)
  return { row, ...outcome }
}

/** Playwright colours and draws what it tells. */
function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- the colours of a terminal are what is taken out
  const plain = text.replace(/\u001b\[[0-9;]*m/g, '').replace(/\s+/g, ' ')
  return plain.slice(0, 200).replaceAll('|', '/')
}

function keyOf(row: Row): string {
  return `| ${row.id} | ${row.criterion.replaceAll('|', '\\|')} |`
}

/** Rows that were not run this time keep what stood there. */
function writeReadme(results: readonly Result[]): void {
  const text = readFileSync(README, 'utf8')
  const [before, rest] = text.split(BEGIN)
  const [table = '', after] = rest?.split(END) ?? []
  if (before === undefined || after === undefined)
    throw new Error(`README.md has no place for the table: it needs ${BEGIN} and ${END}`)
  const date = new Date().toISOString().slice(0, 10)
  const lines = ROWS.map((row) => {
    const key = keyOf(row)
    const result = results.find((each) => each.row === row)
    if (result === undefined) return table.split('\n').find((line) => line.startsWith(key))
    const met = result.passed ? 'yes' : '**no**'
    return `${key} ${met} | ${result.measured.replaceAll('|', '\\|')} | ${date} |`
  }).filter((line) => line !== undefined)
  const head = ['| id | criterion | met | measured | on |', '| --- | --- | --- | --- | --- |']
  writeFileSync(README, `${before}${BEGIN}\n\n${[...head, ...lines].join('\n')}\n\n${END}${after}`)
}

stopTogether()
const wanted = process.argv.slice(2)
const rows = ROWS.filter(({ id }) => wanted.length === 0 || wanted.includes(id))
const noLab = whyNoLab()
const browsers = await findBrowsers()
if (browsers === undefined || rows.length === 0 || !(await buildIfStale())) process.exitCode = 1
else {
  Object.assign(process.env, browsers)
  await bundlePeer()
  const results: Result[] = []
  for (const row of rows) {
    const result = await runRow(row, noLab)
    if (result !== undefined) results.push(result)
  }
  if (noLab === undefined) sweepNamespaces()
  writeReadme(results)
  if (results.some(({ passed }) => !passed)) process.exitCode = 1
}
