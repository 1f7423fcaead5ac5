import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const root = fileURLToPath(new URL('.', import.meta.url))
const define = { __VERSION__: JSON.stringify('0.0.0-test') }
/** Three relay-nodes started one after another took 20 s on a machine with six times too much to do; whatever takes longer is stuck. */
const TEST_TIMEOUT_MS = 60_000
/** Some twenty seconds to a minute each: begun last, one of them alone would be waited for. */
const LONG = [
  'shared/sync.partition',
  'relay-node/every-transport',
  'shared/sync.loss',
  'shared/sync.churn',
  'relay-node/webrtc-direct',
]

/** What was measured before is not there on a fresh checkout, where the largest files would come first. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => rank(a) - rank(b))
  }
}

function rank({ moduleId }: TestSpecification): number {
  const at = LONG.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`))
  return at === -1 ? LONG.length : at
}

export default defineConfig({
  test: {
    // Three on two cores: many files wait for real networks and processes most of the time.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    sequence: { sequencer: LongFirst },
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
