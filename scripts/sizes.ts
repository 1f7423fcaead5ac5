// What the page weighs, gzipped, as JSON. Run it after a build.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { ROOT } from './run.ts'

const WEB = join(ROOT, 'dist/web')
const ASSETS = join(WEB, 'assets')

const html = readFileSync(join(WEB, 'index.html'), 'utf8')
const scripts = readdirSync(ASSETS).filter((file) => file.endsWith('.js'))
const styles = readdirSync(ASSETS).filter((file) => file.endsWith('.css'))

/** The chunks and all that they import statically. */
function withImports(chunks: readonly string[]): Set<string> {
  const found = new Set<string>()
  const visit = (chunk: string): void => {
    if (found.has(chunk)) return
    found.add(chunk)
    const code = readFileSync(join(ASSETS, chunk), 'utf8')
    for (const [, next] of code.matchAll(/(?:from|import)\s*["']\.\/([^"']+\.js)["']/g)) {
      if (next !== undefined) visit(next)
    }
  }
  chunks.forEach(visit)
  return found
}

function gzipped(files: Iterable<string>): number {
  let bytes = 0
  for (const file of files) bytes += gzipSync(readFileSync(join(ASSETS, file)), { level: 9 }).length
  return bytes
}

const inPage = (tag: RegExp): string[] => [...html.matchAll(tag)].flatMap(([, file]) => file ?? [])
const shell = withImports(inPage(/<script[^>]* src="\/assets\/([^"]+)"/g))
const preloaded = inPage(/<link rel="modulepreload"[^>]* href="\/assets\/([^"]+)"/g)
const firstRoom = withImports([...shell, ...preloaded])
const dht = scripts.filter((file) => file.startsWith('dht-'))
const later = scripts.filter((file) => !firstRoom.has(file) && !dht.includes(file))

console.log(
  JSON.stringify({
    unit: 'bytes, gzip -9',
    shell: gzipped(shell),
    firstRoom: gzipped(firstRoom),
    dht: gzipped(dht),
    later: gzipped(later),
    styles: gzipped(styles),
    dhtInFirstRoom: dht.some((file) => firstRoom.has(file)),
    chunks: Object.fromEntries(scripts.map((file) => [file, gzipped([file])])),
  }),
)
