// relay-node, and Vite in front of it with hot reload.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { type ViteDevServer, createServer } from 'vite'
import { ROOT } from './run.ts'

const relay = spawn(
  process.execPath,
  ['--disable-proto=delete', '--watch', '--watch-preserve-output', 'relay-node/main.ts'],
  // A relay-node under construction is nobody's business but ours, unless one says so.
  {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, BOOTSTRAP: process.env['BOOTSTRAP'] ?? 'none' },
  },
)
let vite: ViteDevServer | undefined
let stopping = false

async function startVite(relayUrl: string): Promise<void> {
  // Read by vite.config.ts.
  process.env['RELAY_URL'] = relayUrl
  vite = await createServer({ configFile: join(ROOT, 'vite.config.ts'), clearScreen: false })
  await vite.listen()
  vite.printUrls()
}

async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  relay.kill('SIGTERM')
  await vite?.close()
}

let started = false
createInterface({ input: relay.stdout }).on('line', (line) => {
  const address = /^Open (http\S+)$/.exec(line)?.[1]
  // The page that Vite serves is the one to open; the relay's own may be stale.
  console.log(address === undefined ? line : `relay-node at ${address}`)
  if (address === undefined || started) return
  started = true
  void startVite(address)
})
relay.on('exit', (code) => {
  process.exitCode = stopping ? 0 : (code ?? 1)
  void stop()
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop())
