// What `npm test` shows in small, on a large scale: `npm run test:long` tells each partition for a hundred seeds
// and the churn for ten, runs the partition in browsers twenty times, the crashes, a newcomer to a room of
// 10,000, and what a sync and a store cost up to a million entries; and writes what came of it to
// docs/long-run.md. `--seeds=2 --partitions=1 --rounds=1 --sizes=1000,10000` make it shorter; with
// `--minutes=10` no further seed is begun after that time.
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { buildIfStale } from './build-if-stale.ts'
import { findBrowsers } from './find-browsers.ts'
import { measured } from './long/measured.ts'
import { proofs } from './long/proofs.ts'
import type { Section } from './long/section.ts'
import { stories } from './long/stories.ts'
import { ROOT, stopTogether } from './run.ts'

function option(name: string, otherwise: string): string {
  const given = process.argv.find((argument) => argument.startsWith(`--${name}=`))
  return given?.slice(name.length + 3) ?? otherwise
}

function report(sections: readonly Section[], whole: boolean): string {
  const today = new Date().toISOString().slice(0, 10)
  const failed = sections.flatMap(({ title, failed }) => (failed ? [title] : []))
  const asked = process.argv.slice(2).join(' ')
  return `# The long run

What \`${`npm run test:long -- ${asked}`.replace(/ -- $/, '')}\` came to last, on ${today} (${availableParallelism()} CPUs, Node ${process.versions.node}).
${whole ? '' : 'It was stopped before its end. '}${failed.length === 0 ? 'All rules were kept.' : `Not kept: ${failed.join('; ')}.`}

${sections.map(({ title, text }) => `## ${title}\n\n${text}\n`).join('\n')}`
}

stopTogether()
const browsers = await findBrowsers()
if (browsers === undefined || !(await buildIfStale())) process.exitCode = 1
else {
  const env = { ...browsers }
  const scale = {
    sizes: option('sizes', '1000,100000,1000000').split(',').map(Number),
    rounds: Number(option('rounds', '10')),
  }
  const sections: Section[] = []
  // After each part: what follows takes hours, and may be stopped.
  const keep = (whole: boolean, ...some: readonly Section[]): void => {
    sections.push(...some)
    mkdirSync(join(ROOT, 'docs'), { recursive: true })
    writeFileSync(join(ROOT, 'docs/long-run.md'), report(sections, whole))
  }
  keep(false, await proofs(env, Number(option('partitions', '20'))))
  keep(false, ...(await measured(env, scale)))
  const minutes = Number(option('minutes', 'Infinity'))
  keep(true, await stories(Number(option('seeds', '100')), minutes))
  if (sections.some(({ failed }) => failed)) process.exitCode = 1
}
