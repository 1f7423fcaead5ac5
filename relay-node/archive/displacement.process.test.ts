import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Entry } from '../../shared/entry.ts'
import { identityOf } from '../../shared/identity.ts'
import { END, type PeerId, START } from '../../shared/ids.ts'
import { MemoryHistory } from '../../shared/memory-history.ts'
import type { Room } from '../../shared/room.ts'
import { systemRuntime } from '../../shared/runtime.ts'
import { type Person, entry, logId, must, person, roomNamed } from '../../shared/testing/people.ts'
import { SqliteHistory } from '../store/history-sqlite.ts'
import { ROW_BYTES } from '../store/room-rows.ts'
import { chatter, connect, relayIn, temporaryFolder, until } from '../test-relay.ts'

const ROOM_BYTES = 1_024 * 1_024
/** Of some 4 KB each, by as many keys: a third more than the room takes. */
const JUNK = 320
const HONEST = 60
const MINUTE_US = 60_000_000
const TEA = await roomNamed('tea')
const CROWD = await Promise.all(Array.from({ length: 20 }, (_, i) => person(`p${i}`, 100 + i)))

async function stranger(name: string): Promise<Person> {
  const keys = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
  const identity = await identityOf(keys)
  return { name, identity, peerId: identity.peerId, publicKey: new Uint8Array(32), keys }
}

/** One line each by keys that were made up for it. */
function junk(count: number): Promise<readonly Entry[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, i) =>
      entry(await stranger(`x${i}`), {
        content: `junk ${i} `.padEnd(3_800, 'j'),
        room: TEA.id,
        clock: Date.now() * 1_000 + i,
      }),
    ),
  )
}

/** What was said in the last day by people who were there, until the room takes so many bytes. */
async function honest(bytes: number, by = CROWD): Promise<readonly Entry[]> {
  const said: Entry[] = []
  const start = Date.now() * 1_000 - 24 * 60 * MINUTE_US
  for (let i = 0, left = bytes; left > 0; i++) {
    const line = await entry(by[i % by.length] ?? CROWD[0] ?? (await stranger('nobody')), {
      content: `honest ${i} `.padEnd(2_000, 'h'),
      room: TEA.id,
      clock: start + i * MINUTE_US,
      seq: 1 + Math.floor(i / by.length),
    })
    said.push(line)
    left -= line.bytes.length + ROW_BYTES
  }
  return said
}

/** A folder whose archive has kept these before the relay-node starts on it. */
async function folderWith(entries: readonly Entry[]): Promise<string> {
  const folder = await temporaryFolder()
  const archive = join(folder, 'data', 'archive')
  await mkdir(archive, { recursive: true })
  await writeFile(join(archive, 'rooms.txt'), `${TEA.name}\n`)
  const disk = must(await SqliteHistory.open(join(archive, 'history.sqlite'), systemRuntime()))
  await disk.add(entries)
  await disk.close()
  return folder
}

async function count(room: Room, word: string): Promise<number> {
  const page = await room.page({ limit: 5_000 })
  return page.filter(({ content }) => content.startsWith(word)).length
}

/** All that somebody has said in this room. */
async function isStored(room: Room, self: PeerId): Promise<boolean> {
  const own = (await room.page({ limit: 5_000 })).filter(({ author }) => author === self)
  const deliveries = await room.deliveries(own.map(({ id }) => id))
  return own.length > 0 && own.every(({ id }) => deliveries.get(id) === 'stored')
}

type InRoom = Awaited<ReturnType<typeof chatter>> & { readonly room: Room }

async function inTea(relay: Parameters<typeof connect>[1], brought: readonly Entry[] = []) {
  const history = new MemoryHistory(logId(crypto.randomUUID().slice(0, 8)))
  await history.add(brought)
  const somebody = await chatter(history)
  onTestFinished(() => somebody.chat.stop())
  const room = must(await somebody.chat.open(TEA.name))
  await connect(somebody.network, relay)
  return { ...somebody, room } satisfies InRoom
}

test('a stranger with 320 made-up keys fills what room there is, and empties nothing', async () => {
  const said = await honest(HONEST * 600)
  const folder = await folderWith(said)
  const relay = await relayIn(folder, { ARCHIVE_ROOM_MB: '1' })
  const eve = await inTea(relay, await junk(JUNK))
  await until(() => (relay.archive?.total.bytes ?? 0) > ROOM_BYTES * 0.9)
  // Time for all of it to have come.
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  await eve.chat.stop()
  const bob = await inTea(relay)
  await until(async () => (await count(bob.room, 'honest')) === said.length)
  expect(await count(bob.room, 'junk')).toBeLessThan(JUNK)
})

test('eight strangers at one address displace a twentieth of a full room, and no more', async () => {
  const said = await honest(ROOM_BYTES * 0.94)
  const relay = await relayIn(await folderWith(said), { ARCHIVE_ROOM_MB: '1' })
  const before = relay.archive?.total.entries
  expect(before).toBe(said.length)
  const eves = await Promise.all(
    Array.from({ length: 8 }, async () => inTea(relay, await junk(JUNK / 8))),
  )
  await until(async () => {
    const kept = relay.archive?.total.entries
    return kept !== undefined && kept > said.length
  })
  await new Promise((resolve) => setTimeout(resolve, 3_000))
  await Promise.all(eves.map(({ chat }) => chat.stop()))
  const bob = await inTea(relay)
  // All of it: between two sessions of a sync there is a moment in which none is under way.
  await until(async () => (await count(bob.room, '')) === relay.archive?.total.entries)
  expect(await count(bob.room, 'honest')).toBeGreaterThan(said.length * 0.88)
  expect(await count(bob.room, 'junk')).toBeLessThan(20)
}, 40_000)

test('a full room rolls on for those who are there, and keeps what a newcomer says', async () => {
  const known = new MemoryHistory(logId('known'))
  const alice = await chatter(known)
  const alices = must(await alice.chat.open(TEA.name))
  must(await alices.say('long ago'))
  const [first] = await known.page(TEA.id, { limit: 1 })
  if (first === undefined) throw new Error('nothing was said')
  const said = await honest(ROOM_BYTES * 0.95)
  const relay = await relayIn(await folderWith([...said, first]), { ARCHIVE_ROOM_MB: '1' })
  await connect(alice.network, relay)
  await until(() => alices.presence.archives.length > 0)
  for (let i = 0; i < 60; i++) must(await alices.say('still here'))
  await until(() => isStored(alices, alice.network.self))
  const bob = await inTea(relay)
  for (let i = 0; i < 10; i++) must(await bob.room.say('still here'))
  await until(() => isStored(bob.room, bob.network.self))
  expect(relay.archive?.total.bytes).toBeLessThanOrEqual(ROOM_BYTES)
  const range = { from: START, to: END }
  expect((await bob.room.history.fingerprint(TEA.id, range)).count).toBeGreaterThan(70)
})

test('an archive that has kept for long fills a new one, whoever has said it', async () => {
  const said = await honest(ROOM_BYTES * 0.5)
  const one = await relayIn(await folderWith(said), { ARCHIVE_ROOM_MB: '1', CHAT_TOPIC: TEA.name })
  const other = await relayIn(await temporaryFolder(), {
    ARCHIVE_ROOM_MB: '1',
    CHAT_TOPIC: TEA.name,
    BOOTSTRAP: one.addresses[0] ?? '',
  })
  await until(() => other.archive?.total.entries === said.length)
})
