// The first step of every npm script. Plain old JavaScript: an old Node must get as far as the message.
import process from 'node:process'

const NEEDED = [22, 18]
const running = process.versions.node.split('.').map(Number)

if (running[0] < NEEDED[0] || (running[0] === NEEDED[0] && running[1] < NEEDED[1])) {
  console.error(
    'P2P Chat needs Node ' +
      NEEDED.join('.') +
      ' or newer, and this is Node ' +
      process.versions.node +
      '. ' +
      'npm ci brings a fitting one along (the package "node"), but not where install scripts are off: ' +
      'run `npm ci --ignore-scripts=false`, or install a newer Node.',
  )
  process.exitCode = 1
}
