// Builds the page into dist/web when what it is made of has changed; says nothing when it has not.
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import process from 'node:process'
import { ROOT, runTool, seconds, stopTogether } from './run.ts'

const SOURCES = [
  'web',
  'shared',
  'patches',
  'package.json',
  'package-lock.json',
  'svelte.config.js',
  'tsconfig.json',
  'vite.config.ts',
]
const NOT_BUILT = /\.test\.ts$|^shared\/testing\//
const PAGE = join(ROOT, 'dist/web/index.html')
/** Beside the page, not in it: everything in dist/web is served. */
const STAMP = join(ROOT, 'dist/web.stamp')

/** True if the page stands, fresh. */
export async function buildIfStale(always = false): Promise<boolean> {
  const fingerprint = fingerprintOf(SOURCES)
  const fresh = existsSync(PAGE) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === fingerprint
  if (fresh && !always) return true

  const start = performance.now()
  console.log('Building the page …')
  // A build that is cut short must not look fresh.
  rmSync(STAMP, { force: true })
  const { code, output } = await runTool('vite', ['build', '--logLevel=warn'])
  if (code !== 0) {
    console.error(`${output.trim()}\nThe page could not be built.`)
    return false
  }
  if (output.trim() !== '') console.log(output.trim())
  mkdirSync(join(ROOT, 'dist'), { recursive: true })
  writeFileSync(STAMP, fingerprint)
  console.log(`Built the page in ${seconds(start)}`)
  return true
}

/** Contents, not times: a fresh checkout gives every file the time of the checkout. */
function fingerprintOf(sources: readonly string[]): string {
  const hash = createHash('sha256')
  for (const file of sources.flatMap(filesIn)) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(ROOT, file)))
      .update('\0')
  }
  return hash.digest('hex')
}

function filesIn(source: string): readonly string[] {
  const path = join(ROOT, source)
  if (!existsSync(path)) return []
  if (statSync(path).isFile()) return [source]
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((file) => !NOT_BUILT.test(file))
    .sort()
}

if (import.meta.main) {
  stopTogether()
  if (!(await buildIfStale(process.argv.includes('--always')))) process.exitCode = 1
}
