// All that can be said about the code without running it; the tools run side by side.
import process from 'node:process'
import { type Ended, run, runTool, seconds, stopTogether } from './run.ts'

const FOLDERS = ['shared', 'web', 'relay-node', 'e2e', 'bench', 'scripts']

interface Check {
  readonly name: string
  readonly run: () => Promise<Ended>
}

// The slowest first.
const CHECKS: readonly Check[] = [
  {
    name: 'types',
    run: () =>
      runTool('svelte-check', [
        '--tsconfig',
        './tsconfig.json',
        '--fail-on-warnings',
        '--no-color',
      ]),
  },
  { name: 'eslint', run: () => runTool('eslint', ['.']) },
  { name: 'prettier', run: () => runTool('prettier', ['--check', '--log-level=warn', '.']) },
  {
    name: 'imports',
    run: () =>
      runTool('dependency-cruiser', ['--config', '.dependency-cruiser.mjs', ...FOLDERS], {
        bin: 'depcruise',
      }),
  },
  { name: 'readme', run: () => run(process.execPath, ['scripts/readme-commands.ts', '--check']) },
  { name: 'knip', run: () => runTool('knip', ['--no-progress', '--no-config-hints']) },
]

/** Runs all checks and prints what they found; true if they found nothing wrong. */
export async function check(): Promise<boolean> {
  const start = performance.now()
  const failed: string[] = []
  await Promise.all(
    CHECKS.map(async ({ name, run }) => {
      const { code, output } = await run()
      if (code !== 0) failed.push(name)
      // ESLint's warnings are worth a look although they stop nobody.
      if (code !== 0 || name === 'eslint') process.stdout.write(labelled(name, output))
    }),
  )
  const names = CHECKS.map(({ name }) => name).join(', ')
  const verdict = failed.length === 0 ? `passed (${names})` : `failed: ${failed.join(', ')}`
  console.log(`check ${verdict} in ${seconds(start)}`)
  return failed.length === 0
}

function labelled(name: string, output: string): string {
  const text = output.trim()
  return text === '' ? '' : `── ${name}\n${text}\n\n`
}

if (import.meta.main) {
  stopTogether()
  if (!(await check())) process.exitCode = 1
}
