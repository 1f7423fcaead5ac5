// The browser tests alone; what is said after `--` goes to Playwright: `npm run test:browsers -- chat`.
import process from 'node:process'
import { goPeerEnvironment } from '../e2e/interop/go-build.ts'
import { buildIfStale } from './build-if-stale.ts'
import { findBrowsers } from './find-browsers.ts'
import { runTool, stopTogether } from './run.ts'

stopTogether()
const browsers = await findBrowsers()
if (browsers === undefined || !(await buildIfStale())) process.exitCode = 1
else {
  const args = ['test', ...process.argv.slice(2)]
  const options = {
    bin: 'playwright',
    show: true,
    env: { ...browsers, ...(await goPeerEnvironment()) },
  }
  const { code } = await runTool('@playwright/test', args, options)
  process.exitCode = code
}
