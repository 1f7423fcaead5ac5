// Runs the measurements of bench/, all or the named ones, one after the other: `npm run bench first-message`.
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import process from 'node:process'
import { buildIfStale } from './build-if-stale.ts'
import { findBrowsers } from './find-browsers.ts'
import { ROOT, run, stopTogether } from './run.ts'

stopTogether()
const all = readdirSync(join(ROOT, 'bench'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => basename(file, '.ts'))
const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !all.includes(name))

if (unknown.length > 0) {
  console.error(`No such measurement: ${unknown.join(', ')}. There are: ${all.join(', ')}`)
  process.exitCode = 1
} else {
  // stdout is for the JSON alone.
  console.log = console.error
  const browsers = await findBrowsers()
  if (browsers === undefined || !(await buildIfStale())) process.exitCode = 1
  else {
    for (const name of wanted.length === 0 ? all : wanted) {
      const args = ['--disable-proto=delete', join(ROOT, 'bench', `${name}.ts`)]
      const { code } = await run(process.execPath, args, { show: true, env: { ...browsers } })
      if (code !== 0) process.exitCode = 1
    }
  }
}
