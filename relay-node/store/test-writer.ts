/**
 * Writes to the history at the path given until it is killed, and tells each thing on stdout once it
 * is committed: `added <clock> <id>`, `said <clock> <id> <seq>`.
 */
import { writeSync } from 'node:fs'
import process from 'node:process'
import { START } from '../../shared/ids.ts'
import { systemRuntime } from '../../shared/runtime.ts'
import { NEW_YEAR, alice, bob, entry, lobby, must, saying } from '../../shared/testing/people.ts'
import { SqliteHistory } from './history-sqlite.ts'

const [path = '', round = '0'] = process.argv.slice(2)
/** Ten minutes, so that hours come and go. */
const BATCH_US = 600_000_000
const BATCH_MAX = 40
const pause = new Int32Array(new SharedArrayBuffer(4))
/** Every run of the writer writes above the last one. */
const start = NEW_YEAR + Number(round) * 10_000 * BATCH_US

/**
 * At once, past every buffer of this process. The pipe does not block: while the reader is kept
 * from reading it is full, and what it refuses is told when it takes it.
 */
function tell(line: string): void {
  let left = Buffer.from(`${line}\n`)
  while (left.length > 0) {
    try {
      left = left.subarray(writeSync(1, left))
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
      Atomics.wait(pause, 0, 0, 1)
    }
  }
}

const history = must(await SqliteHistory.open(path, systemRuntime()))
tell('open')
for (let batch = 0; ; batch++) {
  const entries = Array.from({ length: 1 + (batch % BATCH_MAX) }, (_, i) =>
    entry(bob, {
      content: `${round} ${batch} ${i}`,
      seq: 1 + batch * BATCH_MAX + i,
      clock: start + batch * BATCH_US + i,
    }),
  )
  for (const { clock, id } of await history.add(await Promise.all(entries)))
    tell(`added ${clock} ${id}`)
  const said = must(await history.say(lobby.id, saying(alice, 'said')))
  tell(`said ${said.clock} ${said.id} ${said.head?.seq ?? 0}`)
  if (batch % 8 !== 7) continue
  const floor = start + (batch - 5) * BATCH_US
  await history.trim(lobby.id, { ...START, clock: floor })
}
