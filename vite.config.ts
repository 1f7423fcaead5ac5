import { readFileSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
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
  plugins: [svelte({ configFile: '../svelte.config.js' }), preloadRest()],
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
