import { spawnSync } from 'node:child_process'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

/**
 * Before the first test: the relay-nodes of the tests run from the one file that the container runs. It starts
 * in half the CPU time that the sources take.
 */
export default function bundle(): void {
  const cwd = fileURLToPath(new URL('..', import.meta.url))
  const { status, stderr } = spawnSync(process.execPath, ['scripts/bundle-relay.ts'], { cwd })
  if (status !== 0) throw new Error(`the relay-node could not be bundled:\n${stderr.toString()}`)
  process.env['RELAY_PROGRAM'] = 'dist/relay/relay.mjs'
}
