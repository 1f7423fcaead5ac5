import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

const root = fileURLToPath(new URL('.', import.meta.url))
const define = { __VERSION__: JSON.stringify('0.0.0-test') }
/** Real libp2p nodes take seconds on a busy machine; whatever takes longer is stuck. */
const TEST_TIMEOUT_MS = 20_000

export default defineConfig({
  test: {
    reporters: ['default', ['json', { outputFile: 'test-results/vitest.json' }]],
    projects: [
      {
        root,
        define,
        test: {
          name: 'node',
          testTimeout: TEST_TIMEOUT_MS,
          environment: 'node',
          include: ['shared/**/*.test.ts', 'relay-node/**/*.test.ts'],
        },
      },
      {
        root,
        define,
        plugins: [svelte()],
        // Without the browser's half of svelte, and in the `node` environment, no $effect ever runs.
        resolve: { conditions: ['browser'] },
        test: {
          name: 'web',
          testTimeout: TEST_TIMEOUT_MS,
          environment: 'happy-dom',
          include: ['web/**/*.test.ts'],
        },
      },
    ],
  },
})
