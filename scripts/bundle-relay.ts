import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

/** The relay-node as one file that needs Node and nothing else; the container runs it. */
const OUT = fileURLToPath(new URL('../dist/relay/relay.mjs', import.meta.url))

const bundle = await rolldown({
  input: fileURLToPath(new URL('../relay-node/main.ts', import.meta.url)),
  platform: 'node',
  // The browser halves of packages would be chosen by their `browser` field otherwise.
  resolve: { conditionNames: ['node', 'import', 'module', 'default'] },
})
const { output } = await bundle.write({
  file: OUT,
  format: 'esm',
  minify: true,
  codeSplitting: false,
})
await bundle.close()

const [{ code }, ...others] = output
if (others.length > 0)
  throw new Error(`more than one file: ${others.map(({ fileName }) => fileName).join(', ')}`)
console.log(`${OUT} ${Math.round(code.length / 1_024)} KiB`)
