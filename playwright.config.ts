import process from 'node:process'
import { defineConfig } from '@playwright/test'

const root = process.getuid?.() === 0
const executablePath = process.env['CHROMIUM_PATH']

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results/e2e',
  // One at a time: a test has up to three browsers and a relay-node of its own, and measures
  // seconds ("gone within 5 s"), so a neighbour on the second core would decide what it measures.
  workers: 1,
  fullyParallel: false,
  // A test that passes at the second try has found something.
  retries: 0,
  forbidOnly: process.env['CI'] !== undefined,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['json', { outputFile: 'test-results/playwright.json' }]],
  use: {
    headless: true,
    // Without the film: it costs as much as the page itself.
    trace: { mode: 'retain-on-failure', screenshots: false },
    screenshot: 'only-on-failure',
    actionTimeout: 10_000,
    navigationTimeout: 15_000,
    launchOptions: {
      ...(executablePath === undefined ? {} : { executablePath }),
      // Chromium's sandbox refuses to start as root; for everybody else it stays on.
      chromiumSandbox: !root,
      // The rest of what a test machine needs is among Playwright's own flags.
      args: ['--disable-gpu'],
    },
  },
})
