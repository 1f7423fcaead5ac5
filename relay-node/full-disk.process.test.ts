import { execFileSync } from 'node:child_process'
import { closeSync, openSync, writeSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { PeerId } from '../shared/ids.ts'
import { type RelayWord, askRelay } from '../shared/relay-word.ts'
import { must } from '../shared/testing/people.ts'
import {
  type RelayProcess,
  addressesOf,
  chatter,
  relayProcess,
  temporaryFolder,
  until,
} from './test-relay.ts'

const DIAL_MS = 5_000
const FULL =
  'The disk that holds DATA_DIR is full: make room there. Until then rooms are carried, and nothing new is kept'

/** Only root may have a disk of its own. */
describe.skipIf(process.getuid?.() !== 0)('on a full disk', () => {
  test('a relay-node carries rooms for whoever comes', async () => {
    const { folder, data } = await smallDisk()
    const relay = relayProcess(folder)
    await relay.lines
    fillUp(join(data, 'ballast'))
    let told = ''
    relay.child.stderr?.on('data', (chunk: Buffer) => (told += chunk.toString()))
    const asking = await expectTalk(relay)
    await until(() => told !== '')
    await until(async () => (await asking())?.refuses === 'full')
    relay.child.kill('SIGTERM')
    expect(await relay.ended).toMatchObject({ code: 0, stderr: `${FULL}.\n` })
  })

  test('a relay-node starts that has its keys, and says in a sentence that nothing is kept', async () => {
    const { folder, data } = await smallDisk()
    const first = relayProcess(folder)
    await first.lines
    first.child.kill('SIGTERM')
    await first.ended
    await rm(join(data, 'datastore'), { recursive: true })
    fillUp(join(data, 'ballast'))
    const relay = relayProcess(folder)
    expect(await relay.lines).toContain('Archive: off')
    const asking = await expectTalk(relay)
    expect(await asking()).toMatchObject({ refuses: 'full' })
    relay.child.kill('SIGTERM')
    const stderr = `${FULL}; the archive comes back with the next start.\n`
    expect(await relay.ended).toMatchObject({ code: 0, stderr })
  })
})

/** Two come and talk. Returns what asks the relay-node for its word. */
async function expectTalk(relay: RelayProcess): Promise<() => Promise<RelayWord | undefined>> {
  const address = (await addressesOf(relay))['WebSocket'] ?? ''
  const [alice, bob] = [await chatter(), await chatter()]
  const alices = must(await alice.chat.open('tea'))
  const bobs = must(await bob.chat.open('tea'))
  for (const { network } of [alice, bob])
    must(await network.dial(address, AbortSignal.timeout(DIAL_MS)))
  await until(() => alices.presence.people.length === 1 && bobs.presence.people.length === 1)
  must(await alices.say('hello'))
  await until(async () => (await bobs.page({ limit: 10 })).length === 1)
  const peer = address.slice(address.lastIndexOf('/') + 1) as PeerId
  return () => askRelay(alice.network, peer, AbortSignal.timeout(DIAL_MS))
}

async function smallDisk(): Promise<{ readonly folder: string; readonly data: string }> {
  const folder = await temporaryFolder()
  const data = join(folder, 'data')
  await mkdir(data)
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', data])
  // Lazily: the process that is killed afterwards still has files open.
  onTestFinished(() => void execFileSync('umount', ['-l', data]))
  return { folder, data }
}

function fillUp(path: string): void {
  const file = openSync(path, 'w')
  const block = new Uint8Array(4_096)
  try {
    for (;;) writeSync(file, block)
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC')
  } finally {
    closeSync(file)
  }
}
