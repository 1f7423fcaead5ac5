// The NAT lab: browsers behind NATs made of network namespaces. Where it cannot run it says why, and fails nobody.
import process from 'node:process'
import { sweepNamespaces, whyNoLab } from '../e2e/nat/namespaces.ts'
import { buildIfStale } from './build-if-stale.ts'
import { findBrowsers } from './find-browsers.ts'
import { findTurnServer } from './find-turn-server.ts'
import { runTool, stopTogether } from './run.ts'

stopTogether()
const why = whyNoLab()
if (why !== undefined) console.log(`The NAT lab is left out: ${why}.`)
else {
  const browsers = await findBrowsers()
  if (browsers === undefined || !(await buildIfStale())) process.exitCode = 1
  else {
    const args = ['test', '--config', 'e2e/nat/playwright.config.ts', ...process.argv.slice(2)]
    const turn = await findTurnServer()
    const options = { bin: 'playwright', show: true, env: { ...browsers, ...turn } }
    const { code } = await runTool('@playwright/test', args, options)
    // A worker that crashed has left its lab.
    sweepNamespaces()
    process.exitCode = code
  }
}
