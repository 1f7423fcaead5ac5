/**
 * Fills a relay-node's archive before it starts: `node fill-archive.ts <DATA_DIR> <room> <entries>`, or in
 * place of their number a JSON file with an array of `Line`. Every entry is signed by one of twenty people,
 * and the newest was said a minute ago. They stand so close that all lie within the two days that a
 * newcomer asks for first.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { SqliteHistory } from '../../relay-node/store/history-sqlite.ts'
import { type Entry, shortId } from '../../shared/entry.ts'
import { HOUR_US, SYNC_WINDOW_US } from '../../shared/limits.ts'
import { systemRuntime } from '../../shared/runtime.ts'
import {
  type Person,
  type Said,
  entry,
  must,
  person,
  roomNamed,
} from '../../shared/testing/people.ts'

const PEOPLE = 20
/** Seeds of keys that are nobody's else. */
const FIRST_SEED = 100
const MINUTE_US = HOUR_US / 60
const MOST_APART_US = 15_000_000
const BATCH = 500

/** What is not said is made up. */
type Line = Pick<Said, 'content' | 'username' | 'kind' | 'body'>

const [folder = '', name = '', what = ''] = process.argv.slice(2)
const lines = what.endsWith('.json')
  ? (JSON.parse(readFileSync(what, 'utf8')) as readonly Line[])
  : undefined
const entries = lines?.length ?? Number(what)
const room = await roomNamed(name)
const people = await Promise.all(
  Array.from({ length: PEOPLE }, (_, i) => person(`person-${i}`, FIRST_SEED + i)),
)
const last = new Map<Person, Entry>()
const apart = Math.min(MOST_APART_US, Math.floor((SYNC_WINDOW_US - HOUR_US) / entries))
const newest = Date.now() * 1_000 - MINUTE_US

function plain(i: number): Line {
  return {
    content: `Line ${i + 1} of ${entries}, with about as many words as people put into one.`,
  }
}

/** In runs of three, as people talk. */
async function write(i: number): Promise<Entry> {
  const who = people[Math.floor(i / 3) % PEOPLE]
  if (who === undefined) throw new Error('nobody')
  const before = last.get(who)
  const said = await entry(who, {
    ...(lines?.[i] ?? plain(i)),
    room: room.id,
    clock: newest - (entries - 1 - i) * apart,
    seq: (before?.head?.seq ?? 0) + 1,
    ...(before === undefined ? {} : { prev: shortId(before.id) }),
  })
  last.set(who, said)
  return said
}

const archive = join(folder, 'archive')
mkdirSync(archive, { recursive: true, mode: 0o700 })
writeFileSync(join(archive, 'rooms.txt'), `${room.name}\n`, { flag: 'a', mode: 0o600 })
const history = must(await SqliteHistory.open(join(archive, 'history.sqlite'), systemRuntime()))
for (let i = 0; i < entries;) {
  const batch: Entry[] = []
  while (batch.length < BATCH && i < entries) batch.push(await write(i++))
  await history.add(batch)
}
await history.close()
