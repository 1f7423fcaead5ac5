import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Plugin, rolldown } from 'rolldown'

/**
 * The relay-node and the chat in a terminal, each as one file that needs Node and its two native addons
 * (QUIC, WebRTC) beside it, and nothing else; the container has both.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const OUT = join(ROOT, 'dist/relay')
const PROGRAMS = [
  ['relay-node/main.ts', 'relay.mjs'],
  ['relay-node/terminal/main.ts', 'chat.mjs'],
] as const
/** Each addon is a package of its own for each platform; npm installs the one that fits. */
const ADDONS = [/^@node-datachannel\/[^/]+$/, /^@chainsafe\/libp2p-quic-[^/]+$/]

/** It reads its own package.json, which the bundle has not, for the name that it gives to routers. */
const ownPackageJson: Plugin = {
  name: 'own-package-json',
  transform(code, id) {
    if (!id.endsWith('@achingbrain/ssdp/dist/src/ssdp.js')) return undefined
    const manifest = readFileSync(join(dirname(id), '../../package.json'), 'utf8')
    const { name, version } = JSON.parse(manifest) as { name: string; version: string }
    const inlined = code.replace("req('../../package.json')", JSON.stringify({ name, version }))
    if (inlined === code) throw new Error(`${id} is not what it was`)
    return inlined
  },
}

rmSync(OUT, { recursive: true, force: true })
for (const [from, to] of PROGRAMS) await bundle(from, to)
for (const addon of ADDONS) {
  const installed = packages().filter((name) => addon.test(name))
  if (installed.length === 0) throw new Error(`no native addon is installed: ${addon.source}`)
  for (const name of installed) {
    const to = join(OUT, 'node_modules', name)
    mkdirSync(to, { recursive: true })
    cpSync(join(ROOT, 'node_modules', name), to, { recursive: true })
  }
}

async function bundle(from: string, to: string): Promise<void> {
  const bundled = await rolldown({
    input: join(ROOT, from),
    platform: 'node',
    plugins: [ownPackageJson],
    // The browser halves of packages would be chosen by their `browser` field otherwise.
    resolve: { conditionNames: ['node', 'import', 'module', 'default'] },
  })
  const file = join(OUT, to)
  const { output } = await bundled.write({
    file,
    format: 'esm',
    minify: true,
    codeSplitting: false,
  })
  await bundled.close()
  const [{ code }, ...others] = output
  if (others.length > 0)
    throw new Error(`more than one file: ${others.map(({ fileName }) => fileName).join(', ')}`)
  console.log(`${file} ${Math.round(code.length / 1_024)} KiB`)
}

function packages(): readonly string[] {
  return ['@node-datachannel', '@chainsafe'].flatMap((scope) =>
    readdirSync(join(ROOT, 'node_modules', scope)).map((name) => `${scope}/${name}`),
  )
}
