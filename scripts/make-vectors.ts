/**
 * Writes `shared/testing/vectors.json`, the vectors of PROTOCOL.md: the same bytes at every run.
 * `node scripts/make-vectors.ts fixtures <folder>` writes the lines, proofs and store of a new
 * version's fixtures; a folder that is there already is refused, since fixtures are never edited.
 */
import 'fake-indexeddb/auto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { fromBase64url, toBase64url } from '../shared/bytes.ts'
import { Entry, shortId } from '../shared/entry.ts'
import { END, type EntryId, START } from '../shared/ids.ts'
import { encodePassing } from '../shared/line.ts'
import {
  type Specimens,
  goodLines,
  goodProofs,
  refusedLines,
  refusedProofs,
} from '../shared/testing/specimens.ts'
import { run } from '../shared/testing/history.cases.ts'
import {
  NEW_YEAR,
  alice,
  bob,
  carol,
  entry,
  eve,
  garden,
  goEntry,
  lobby,
  logId,
  must,
  roomNamed,
  saying,
} from '../shared/testing/people.ts'
import { dump } from '../web/store/dump.ts'
import { IdbHistory } from '../web/store/history-idb.ts'

/** Vectors are for people to read; what is about size alone is in the fixtures. */
const VECTOR_MAX_BYTES = 2_048

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

async function accepted(form: 1 | 2, name: string, bytes: Uint8Array): Promise<object> {
  const { id, room, clock, author, kind, content, head } = must(await Entry.open(form, bytes))
  const place =
    head === undefined
      ? {}
      : { seq: head.seq, ...(head.prev === undefined ? {} : { prev: head.prev }) }
  return { name, form, ...bytesOf(form, bytes), id, room, clock, author, kind, content, ...place }
}

async function refused(form: 1 | 2, name: string, bytes: Uint8Array): Promise<object> {
  const opened = await Entry.open(form, bytes)
  if (opened.ok) throw new Error(`accepted: ${name}`)
  return { name, form, ...bytesOf(form, bytes), failure: opened.failure.kind }
}

/** A line is text and reads best so; where it is not, and for proofs, base64url. */
function bytesOf(form: 1 | 2, bytes: Uint8Array): object {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  const isText = form === 1 && bytes.length < 1_000 && Buffer.from(text).equals(Buffer.from(bytes))
  return isText ? { line: text } : { bytes: toBase64url(bytes) }
}

async function entriesOf(maxBytes: number): Promise<{ lines: object[]; proofs: object[] }> {
  const all = async (
    form: 1 | 2,
    specimens: Specimens,
    judge: (form: 1 | 2, name: string, bytes: Uint8Array) => Promise<object>,
  ): Promise<object[]> =>
    Promise.all(
      specimens
        .filter(([, { length }]) => length <= maxBytes)
        .map(([name, bytes]) => judge(form, name, bytes)),
    )
  return {
    lines: [
      ...(await all(1, await goodLines(), accepted)),
      ...(await all(1, await refusedLines(), refused)),
    ],
    proofs: [
      ...(await all(2, await goodProofs(), accepted)),
      ...(await all(2, await refusedProofs(), refused)),
    ],
  }
}

async function vectors(): Promise<object> {
  const rooms = await Promise.all(['p2p-chat-default', 'lobby', 'garden'].map(roomNamed))
  const goMessage = must(await Entry.open(2, (await goodProofs())[0]?.[1] ?? new Uint8Array()))
  return {
    note: 'Written by scripts/make-vectors.ts. Bytes are base64url, seeds and keys hex, clocks µs.',
    people: [alice, bob, carol, eve].map(({ name, publicKey, peerId }, i) => ({
      name,
      seed: hex(new Uint8Array(32).fill([1, 2, 3, 5][i] ?? 0)),
      publicKey: hex(publicKey),
      peerId,
    })),
    rooms: rooms.map(({ name, id, live }) => ({ name, id, live })),
    domains: {
      line: 'p2p-chat/line/1\n',
      entry: 'p2p-chat/entry/1\n',
      room: 'p2p-chat/room/1\n',
      pubsub: 'libp2p-pubsub:',
    },
    ...(await entriesOf(VECTOR_MAX_BYTES)),
    signedFields: { of: goMessage.id, bytes: toBase64url(goMessage.bytes.subarray(0, -66)) },
    join: new TextDecoder().decode(
      encodePassing('join', 'alice', NEW_YEAR / 1_000_000, alice.peerId),
    ),
  }
}

/** The database of a store that this version wrote: schema and rows, bytes in base64url. */
async function storeDump(): Promise<object> {
  const log = logId('fixture')
  const random = { bytes: () => must(fromBase64url(log, 8)), fraction: () => 0 }
  const history = must(
    await IdbHistory.open({ name: 'fixture', runtime: { random, log: () => undefined } }),
  )
  await history.add(await run(8))
  await history.trim(lobby.id, { clock: NEW_YEAR + 2_000_000, id: '' as EntryId })
  await history.add([
    await entry(bob, { content: 'after a hole', seq: 12, clock: NEW_YEAR + 12_000_000 }),
  ])
  await history.add([
    await goEntry(carol, { content: 'from Go', timestamp: NEW_YEAR / 1_000_000 + 3, seqno: 77n }),
  ])
  await history.add(await run(2, carol, garden.id))
  const stubbed = await entry(eve, { content: 'not kept', clock: NEW_YEAR + 20_000_000 })
  await history.stub(lobby.id, [stubbed.position])
  const said = []
  for (const word of ['queued', 'sent', 'stored'])
    said.push(must(await history.say(lobby.id, saying(alice, word))))
  await history.witness(
    lobby.id,
    said.slice(1).map(({ id }) => id),
    'sent',
  )
  await history.witness(
    lobby.id,
    said.slice(2).map(({ id }) => id),
    'stored',
  )
  await history.heldBy(lobby.id, bob.peerId, { log, lo: 1, hi: 3, archive: false })
  await history.heldBy(lobby.id, carol.peerId, { log, lo: 2, hi: 3, archive: true })
  const { count, digest } = await history.fingerprint(lobby.id, { from: START, to: END })
  const expected = {
    page: (await history.page(lobby.id, { limit: 99 })).map(({ id, content }) => ({ id, content })),
    garden: (await history.page(garden.id, { limit: 99 })).map(({ id, content }) => ({
      id,
      content,
    })),
    floor: await history.floor(lobby.id),
    logs: await history.logs(lobby.id),
    deliveries: [
      ...(await history.deliveries(
        lobby.id,
        said.map(({ id }) => id),
      )),
    ],
    positions: await history.positions(lobby.id, { from: START, to: END }, 99),
    fingerprint: { count, digest: toBase64url(digest) },
    holders: await history.holders(lobby.id),
    queued: (await history.queued(lobby.id, 9)).map(({ content }) => content),
    next: { log, seq: 4, prev: shortId(said[2]?.id ?? ('' as EntryId)) },
  }
  await history.close()
  return { database: await dump('fixture'), expected }
}

function write(path: string, value: object): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`)
}

const [what, folder] = process.argv.slice(2)
if (what === 'fixtures' && folder !== undefined) {
  if (existsSync(`${folder}/lines.json`))
    throw new Error(`${folder} is there already: fixtures are never edited`)
  mkdirSync(folder, { recursive: true })
  const { lines, proofs } = await entriesOf(Infinity)
  write(`${folder}/lines.json`, lines)
  write(`${folder}/proofs.json`, proofs)
  write(`${folder}/store.json`, await storeDump())
} else {
  write(new URL('../shared/testing/vectors.json', import.meta.url).pathname, await vectors())
}
