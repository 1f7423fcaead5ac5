import process from 'node:process'
import { defineConfig } from '@playwright/test'
import { CHROMIUM_ARGS } from './e2e/chromium.ts'

const root = process.getuid?.() === 0
const executablePath = process.env['CHROMIUM_PATH']

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results/e2e',
  globalSetup: './e2e/bundle.ts',
  // Most of a test is waiting, so two share two cores; a third would decide what they measure in
  // seconds ("gone within 5 s"). The tests of a file, which measure the same, come one after another.
  workers: 2,
  fullyParallel: false,
  // A test that passes at the second try has found something.
  retries: 0,
  forbidOnly: process.env['CI'] !== undefined,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['json', { outputFile: 'test-results/playwright.json' }]],
  use: {
    headless: true,
    // It costs a tenth of the time: `npm run test:browsers -- <file> --trace retain-on-failure` has one.
    trace: 'off',
    screenshot: 'only-on-failure',
    actionTimeout: 10_000,
    navigationTimeout: 15_000,
    launchOptions: {
      ...(executablePath === undefined ? {} : { executablePath }),
      // Chromium's sandbox refuses to start as root; for everybody else it stays on.
      chromiumSandbox: !root,
      args: [...CHROMIUM_ARGS],
    },
  },
})
