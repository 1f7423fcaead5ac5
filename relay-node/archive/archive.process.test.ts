import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Entry } from '../../shared/entry.ts'
import { TrueTime } from '../../shared/guard.ts'
import { END, START } from '../../shared/ids.ts'
import { MemoryHistory } from '../../shared/memory-history.ts'
import type { Room } from '../../shared/room.ts'
import { systemRuntime } from '../../shared/runtime.ts'
import { Sync, type SyncMember } from '../../shared/sync.ts'
import { bob as bobby, entry, logId, must, roomNamed } from '../../shared/testing/people.ts'
import {
  chatter,
  connect,
  person,
  relayIn,
  relayProcess,
  temporaryFolder,
  until,
} from '../test-relay.ts'

/** What an outbox publishes at once; more would be paced. */
const LINES = 100
/** Of 3.5 KB: not more than one author may say at once. */
const BIG_LINES = 60

async function contents(room: Room): Promise<readonly string[]> {
  return (await room.page({ limit: 1_000 })).map((entry) => entry.content)
}

async function isStored(room: Room): Promise<boolean> {
  const page = await room.page({ limit: 1_000 })
  const deliveries = await room.deliveries(page.map(({ id }) => id))
  return page.every(({ id }) => deliveries.get(id) === 'stored')
}

describe('the archive', () => {
  test('has after kill -9 whatever it said it had, for somebody who comes later', async () => {
    const folder = await temporaryFolder()
    const first = relayProcess(folder)
    const lines = await first.lines
    expect(lines).toContain('Archive: 0 rooms, 0 entries, 0.0 MB')
    const alice = await chatter()
    must(await alice.network.dial(webSocketOf(lines), AbortSignal.timeout(5_000)))
    const room = must(await alice.chat.open('tea'))
    const said = Array.from({ length: LINES }, (_, i) => `line ${i}`)
    for (const line of said) must(await room.say(line))
    await until(() => isStored(room))
    first.child.kill('SIGKILL')
    await first.ended
    await alice.chat.stop()

    const second = relayProcess(folder)
    const after = await second.lines
    expect(after.some((line) => line.startsWith(`Archive: 1 rooms, ${LINES} entries,`))).toBe(true)
    const bob = await chatter()
    const bobs = must(await bob.chat.open('tea'))
    must(await bob.network.dial(webSocketOf(after), AbortSignal.timeout(5_000)))
    await until(async () => (await contents(bobs)).length === LINES)
    expect(await contents(bobs)).toEqual(said)
    const port = /localhost:(\d+)/.exec(after.at(-1) ?? '')?.[1]
    const health: unknown = await (await fetch(`http://127.0.0.1:${port}/health`)).json()
    expect(health).toMatchObject({ archive: { rooms: 1, entries: LINES } })
  })

  test('started once with a clock that is years ahead keeps what it has, says so, and goes on', async () => {
    const folder = await temporaryFolder()
    await writeFile(
      join(folder, 'ahead.mjs'),
      'const now = Date.now; Date.now = () => now() + 2 * 365.25 * 86_400_000',
    )
    const first = relayProcess(folder)
    const alice = await chatter()
    must(await alice.network.dial(webSocketOf(await first.lines), AbortSignal.timeout(5_000)))
    const alices = must(await alice.chat.open('tea'))
    must(await alices.say('hello'))
    await until(() => isStored(alices))
    first.child.kill('SIGTERM')
    await first.ended

    const ahead = relayProcess(folder, { NODE_OPTIONS: `--import=${join(folder, 'ahead.mjs')}` })
    const lines = await ahead.lines
    const archive = lines.find((line) => line.startsWith('Archive: '))
    const doubt = /clock is 73[01] days ahead of what the archive knows/
    expect(archive).toMatch(/^Archive: 1 rooms, 1 entries, /)
    expect(archive).toMatch(doubt)
    const health = await fetch(`http://127.0.0.1:${portOf(webSocketOf(lines))}/health`)
    expect(await health.json()).toMatchObject({
      archive: { entries: 1, doubt: expect.stringMatching(doubt) as unknown },
    })
    ahead.child.kill('SIGTERM')
    await ahead.ended

    const right = relayProcess(folder)
    const after = await right.lines
    expect(after.find((line) => line.startsWith('Archive: '))).toMatch(
      /^Archive: 1 rooms, 1 entries, \S+ MB$/,
    )
    must(await alice.network.dial(webSocketOf(after), AbortSignal.timeout(5_000)))
    must(await alices.say('still here'))
    await until(() => isStored(alices))
  })

  test('that is switched off keeps and serves nothing, and the room is carried all the same', async () => {
    const folder = await temporaryFolder()
    const relay = await relayIn(folder, { ARCHIVE_DAYS: '0' })
    const [alice, bob] = [await chatter(), await chatter()]
    const alices = must(await alice.chat.open('tea'))
    const bobs = must(await bob.chat.open('tea'))
    await connect(alice.network, relay)
    await connect(bob.network, relay)
    must(await alices.say('hello'))
    await until(async () => (await contents(bobs)).length === 1)
    expect(alices.presence.archives).toEqual([])
    expect(relay.libp2p.getProtocols().filter((name) => name.includes('sync'))).toEqual([])
  })

  test('on a full disk is told of once, and the room is carried all the same', async () => {
    // In blocks of 512 bytes; no file may grow beyond, as on a disk that has no more.
    const relay = relayProcess(await temporaryFolder(), {}, 'ulimit -f 320')
    const address = webSocketOf(await relay.lines)
    let stderr = ''
    relay.child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    const [alice, bob] = [await chatter(), await chatter()]
    const alices = must(await alice.chat.open('tea'))
    const bobs = must(await bob.chat.open('tea'))
    for (const { network } of [alice, bob])
      must(await network.dial(address, AbortSignal.timeout(5_000)))
    await until(() => alices.presence.people.length === 1 && bobs.presence.people.length === 1)
    for (let i = 0; i < BIG_LINES; i++) must(await alices.say('x'.repeat(3_500)))
    await until(() => stderr !== '')
    await until(async () => (await contents(bobs)).length === BIG_LINES)
    expect(stderr).toMatch(
      /^The archive .*\. Until then rooms are carried, and nothing new is kept\.\n$/,
    )
    const health: unknown = await (await fetch(`http://127.0.0.1:${portOf(address)}/health`)).json()
    expect(health).toMatchObject({ status: 'ok', archive: { rooms: 1 } })
    must(await bobs.say('still here'))
    await until(async () => (await contents(alices)).length === BIG_LINES + 1)
    relay.child.kill('SIGTERM')
    expect(await relay.ended).toMatchObject({ code: 0, stderr })
  })

  test('hands out what was said in a room that is not carried any more', async () => {
    const folder = await temporaryFolder()
    const first = await relayIn(folder)
    const alice = await chatter()
    await connect(alice.network, first)
    const alices = must(await alice.chat.open('tea'))
    must(await alices.say('hello'))
    await until(() => isStored(alices))
    await alice.chat.stop()
    await first.stop()

    const relay = await relayIn(folder)
    const runtime = systemRuntime()
    const network = await person()
    await connect(network, relay)
    const key = await roomNamed('tea')
    const history = new MemoryHistory(logId('bob'))
    const received: Entry[] = []
    const member: SyncMember = {
      key,
      history,
      receive: async (bytes, { form }) => {
        received.push(must(await Entry.open(form, bytes)))
        return 'accept'
      },
      settled: () => Promise.resolve(),
      refusals: 0,
      leftOut: 0,
      handing: () => undefined,
      synced: () => undefined,
    }
    const sync = new Sync({ runtime, time: new TrueTime(runtime.clock) })
    sync.attach(network)
    onTestFinished(() => {
      sync.stop()
    })
    must(await sync.with(relay.peerId, member, { from: START, to: END }, { archive: true }))
    expect(received.map(({ content }) => content)).toEqual(['hello'])
    expect(relay.rooms.names).not.toContain('tea')
    const stranger = { ...member, key: await roomNamed('coffee') }
    const refused = await sync.with(
      relay.peerId,
      stranger,
      { from: START, to: END },
      { archive: true },
    )
    expect(refused.ok).toBe(false)
    // It can be given something, too.
    const brought = await entry(bobby, {
      content: 'brought',
      room: key.id,
      clock: Date.now() * 1_000,
    })
    await history.add([brought])
    must(await sync.with(relay.peerId, member, { from: START, to: END }, { archive: true }))
    expect(relay.archive?.total.entries).toBe(2)
  })

  test('of another relay-node is reconciled with', async () => {
    const one = await relayIn(await temporaryFolder())
    const alice = await chatter()
    await connect(alice.network, one)
    const alices = must(await alice.chat.open('p2p-chat-default'))
    for (const line of ['one', 'two', 'three']) must(await alices.say(line))
    await until(() => isStored(alices))
    await alice.chat.stop()

    const other = await relayIn(await temporaryFolder(), { BOOTSTRAP: one.addresses[0] ?? '' })
    await until(() => other.archive?.total.entries === 3)
    const bob = await chatter()
    await connect(bob.network, other)
    const bobs = must(await bob.chat.open('p2p-chat-default'))
    await until(async () => (await contents(bobs)).length === 3)
    expect(await contents(bobs)).toEqual(['one', 'two', 'three'])
  })
})

function portOf(address: string): string | undefined {
  return /\/tcp\/(\d+)/.exec(address)?.[1]
}

function webSocketOf(lines: readonly string[]): string {
  const port = /localhost:(\d+)/.exec(lines.at(-1) ?? '')?.[1]
  return `/ip4/127.0.0.1/tcp/${port}/ws`
}
