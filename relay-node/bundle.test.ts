import { spawn, spawnSync } from 'node:child_process'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { addressesOf, person, relayProcess, temporaryFolder } from './test-relay.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

test('the bundle needs nothing but what lies beside it, and has every transport', async () => {
  const bundled = spawnSync(process.execPath, ['scripts/bundle-relay.ts'], { cwd: ROOT })
  expect(bundled.stderr.toString()).toBe('')
  expect(bundled.status).toBe(0)
  // Where no node_modules of the project is above it.
  const folder = await temporaryFolder()
  await cp(join(ROOT, 'dist/relay'), join(folder, 'relay'), { recursive: true })
  const relay = relayProcess(folder, { UPNP: 'on' }, ':', join(folder, 'relay/relay.mjs'))
  const addresses = await addressesOf(relay)
  expect(Object.keys(addresses).sort()).toEqual(['QUIC', 'TCP', 'WebRTC', 'WebSocket'])
  for (const address of Object.values(addresses)) {
    const dialled = await (await person()).dial(address, AbortSignal.timeout(8_000))
    expect([address, dialled.ok]).toEqual([address, true])
  }
  const [, origin = ''] = /^Open (\S+)$/.exec((await relay.lines).at(-1) ?? '') ?? []
  const chat = spawn(process.execPath, [join(folder, 'relay/chat.mjs'), origin], { cwd: folder })
  chat.stdin.end('/conn\n')
  const said = await text(chat.stdout)
  expect(said).toContain('=== P2P Chat Started ===')
  expect(said).toMatch(/^Offline|^Live/m)
  relay.child.kill('SIGTERM')
  expect(await relay.ended).toMatchObject({ code: 0, stderr: '' })
}, 60_000)
