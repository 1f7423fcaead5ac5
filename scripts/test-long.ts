// What `npm test` shows in small, on a large scale: `npm run test:long` runs the partition in browsers twenty
// times, the crashes, a newcomer to a room of 10,000, what a sync and a store cost up to a million entries,
// tells each partition for a hundred seeds and the churn for ten; and writes what came of it to
// docs/long-run.md. `--only=browsers`, `--only=measured` or `--only=simulation` runs one of the three parts,
// `--only=newcomer`, `--only=sync` or `--only=store` one of what is measured, and leaves what the document says of the others. `--seeds=2 --partitions=1 --rounds=1 --sizes=1000,10000` make
// it shorter; with `--minutes=10` no further seed is begun after that time.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { buildIfStale } from './build-if-stale.ts'
import { findBrowsers } from './find-browsers.ts'
import { MEASURES } from './long/measured.ts'
import { proofs } from './long/proofs.ts'
import type { Section } from './long/section.ts'
import { stories } from './long/stories.ts'
import { ROOT, stopTogether } from './run.ts'

function option(name: string, otherwise: string): string {
  const given = process.argv.find((argument) => argument.startsWith(`--${name}=`))
  return given?.slice(name.length + 3) ?? otherwise
}

const MEASURED = ['newcomer', 'sync', 'store'] as const
const PARTS = ['browsers', 'measured', ...MEASURED, 'simulation'] as const
const DOCUMENT = join(ROOT, 'docs/long-run.md')
const HEAD = `# The long run

What the parts of \`npm run test:long\` came to last, each with the command, the day and the machine.
`

/** Puts a section in the place of the one with its title, or at the end: what was not run stays. */
function keep({ title, text, failed }: Section): void {
  const old = existsSync(DOCUMENT) ? readFileSync(DOCUMENT, 'utf8') : ''
  const kept = new Map<string, string>()
  for (const section of old.split(/^## /m).slice(1)) {
    const [title = ''] = section.split('\n', 1)
    kept.set(title, section.slice(title.length).trim())
  }
  const asked = process.argv.slice(2).join(' ')
  const command = `npm run test:long -- ${asked}`.replace(/ -- $/, '')
  const today = new Date().toISOString().slice(0, 10)
  kept.set(
    title,
    `\`${command}\`, ${today}, ${availableParallelism()} CPUs, Node ${process.versions.node}: ${failed ? '**not all rules were kept**' : 'all rules were kept'}.\n\n${text.trim()}`,
  )
  const parts = [...kept].map(([title, text]) => `## ${title}\n\n${text}\n`)
  mkdirSync(join(ROOT, 'docs'), { recursive: true })
  writeFileSync(DOCUMENT, [HEAD, ...parts].join('\n'))
}

stopTogether()
const only = option('only', '')
const isPart = only === '' || (PARTS as readonly string[]).includes(only)
if (!isPart) console.error(`--only=${only} is none of ${PARTS.join(', ')}.`)
const browsers = isPart ? await findBrowsers() : undefined
if (browsers === undefined || !(await buildIfStale())) process.exitCode = 1
else {
  const env = { ...browsers }
  const scale = {
    sizes: option('sizes', '1000,100000,1000000').split(',').map(Number),
    rounds: Number(option('rounds', '10')),
  }
  const isAsked = (...names: readonly (typeof PARTS)[number][]): boolean =>
    only === '' || names.some((name) => name === only)
  let failed = false
  // After each part: what follows takes hours, and may be stopped.
  const note = (section: Section): void => {
    keep(section)
    failed ||= section.failed
  }
  if (isAsked('browsers')) note(await proofs(env, Number(option('partitions', '20'))))
  for (const name of MEASURED) if (isAsked('measured', name)) note(await MEASURES[name](env, scale))
  const minutes = Number(option('minutes', 'Infinity'))
  if (isAsked('simulation')) note(await stories(Number(option('seeds', '100')), minutes))
  if (failed) process.exitCode = 1
}
