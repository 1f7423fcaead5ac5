import { defineConfig } from '@playwright/test'

export default defineConfig({
  testDir: '.',
  // No `.spec.ts`: the browser tests must run without root, too.
  testMatch: '*.lab.ts',
  outputDir: '../../test-results/nat',
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: process.env['CI'] !== undefined,
  timeout: 60_000,
  expect: { timeout: 20_000 },
  reporter: [['list'], ['json', { outputFile: '../../test-results/nat.json' }]],
})
