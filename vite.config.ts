import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { rolldown } from 'rolldown'
import { type Plugin, defineConfig } from 'vite'

const CORE_ENTRY = /[\\/]web[\\/]session\.ts$/
const NETWORK_ENTRY = /[\\/]web[\\/]node\.ts$/

/**
 * The core and the libp2p part are dynamic imports, so that the composer is there first; named in
 * the page, they are nevertheless fetched alongside the shell and not after it.
 */
function preloadRest(): Plugin {
  return {
    name: 'p2p-chat:preload-rest',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle }) {
        const chunks = Object.values(bundle ?? {}).filter((output) => output.type === 'chunk')
        const files = [CORE_ENTRY, NETWORK_ENTRY].flatMap((entry) => {
          const chunk = chunks.find(({ facadeModuleId }) => entry.test(facadeModuleId ?? ''))
          if (chunk === undefined) throw new Error(`${entry.source} has no chunk of its own`)
          return [chunk.fileName, ...chunk.imports]
        })
        return [...new Set(files)]
          .filter((file) => !html.includes(file))
          .map((file) => ({
            tag: 'link',
            attrs: { rel: 'modulepreload', crossorigin: true, href: `/${file}` },
            injectTo: 'head' as const,
          }))
      },
    },
  }
}

/** Asked for by whoever installs the page, and then kept by them; the rest of the page is kept by the worker. */
const NOT_KEPT = /^\/(sw\.js|icon-512\.png|icon-maskable-512\.png|apple-touch-icon\.png)$/

/**
 * The service worker is built last of all, for it names each file that was built and its content; it
 * is one plain file, and shares no chunk with the page, of which it may be another version.
 */
function serviceWorker(): Plugin {
  return {
    name: 'p2p-chat:service-worker',
    apply: 'build',
    async writeBundle({ dir = '' }) {
      const files = shellIn(dir)
      const version = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 16)
      const bundle = await rolldown({
        input: fileURLToPath(new URL('web/worker/service-worker.ts', import.meta.url)),
        platform: 'browser',
        transform: { define: { __SHELL__: JSON.stringify({ version, files }) } },
      })
      const { output } = await bundle.generate({ format: 'iife', minify: true })
      await bundle.close()
      writeFileSync(join(dir, 'sw.js'), output[0].code)
      // The relay-node reads the page anew when index.html is newer: that must be the last to be.
      const now = new Date()
      utimesSync(join(dir, 'index.html'), now, now)
    },
  }
}

function shellIn(dir: string): readonly (readonly [path: string, sha256: string])[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => [`/${relative(dir, file).split(sep).join('/')}`, file] as const)
    .filter(([path]) => !NOT_KEPT.test(path))
    .map(([path, file]) => {
      const sha256 = createHash('sha256').update(readFileSync(file)).digest('base64')
      return [path === '/index.html' ? '/' : path, sha256] as const
    })
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

/** Names that say what a chunk is for; scripts/sizes.ts tells them apart by these. */
function chunkName(modules: readonly string[]): string {
  if (modules.some((id) => CORE_ENTRY.test(id))) return 'core'
  if (modules.some((id) => NETWORK_ENTRY.test(id))) return 'network'
  if (modules.some((id) => id.includes('@libp2p/kad-dht/'))) return 'dht'
  return '[name]'
}

function packageVersion(): string {
  const file = fileURLToPath(new URL('package.json', import.meta.url))
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

const relay = process.env['RELAY_URL'] ?? 'http://localhost:8080'

export default defineConfig({
  root: fileURLToPath(new URL('web', import.meta.url)),
  plugins: [svelte({ configFile: '../svelte.config.js' }), preloadRest(), serviceWorker()],
  define: { __VERSION__: JSON.stringify(packageVersion()) },
  server: {
    // The WebSocket goes straight to the relay: its addresses are in bootstrap.json.
    proxy: { '/bootstrap.json': relay, '/health': relay },
    fs: { allow: ['..'] },
  },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // The first of each with Ed25519 in WebCrypto and light-dark() in CSS: nothing older runs us.
    target: ['chrome137', 'firefox129', 'safari17.5'],
    // The page's policy allows no inline script, and fonts from its own origin only.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    sourcemap: false,
    reportCompressedSize: false,
    // The network chunk is one piece on purpose: it is needed whole, and at once.
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        entryFileNames: 'assets/shell-[hash].js',
        chunkFileNames: (chunk) => `assets/${chunkName(chunk.moduleIds)}-[hash].js`,
      },
    },
  },
})
