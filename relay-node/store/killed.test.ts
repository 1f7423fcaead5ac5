import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { type EntryId, type Position, comparePositions } from '../../shared/ids.ts'
import { systemRuntime } from '../../shared/runtime.ts'
import { lobby, must } from '../../shared/testing/people.ts'
import { WHOLE, checkSums } from '../../shared/testing/sums.ts'
import { SqliteHistory } from './history-sqlite.ts'

/** With those of a browser (e2e/store.spec.ts) twenty. */
const KILLS = 14
const WRITER = fileURLToPath(new URL('test-writer.ts', import.meta.url))

/** Runs the writer and kills it so long after its first word; gives back all that it told. */
async function killedAfter(ms: number, path: string, round: number): Promise<readonly string[]> {
  const writer = spawn(process.execPath, [WRITER, path, `${round}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let told = ''
  writer.stdout.setEncoding('utf8')
  writer.stdout.on('data', (text: string) => {
    if (told === '') setTimeout(() => writer.kill('SIGKILL'), ms)
    told += text
  })
  const signal = await new Promise((resolve) => {
    writer.on('close', (_, signal) => {
      resolve(signal)
    })
  })
  expect(signal).toBe('SIGKILL')
  // What follows the last line feed was cut off by the kill.
  return told.split('\n').slice(0, -1)
}

test('a killed process has lost nothing that was committed, and its sums are right', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'p2p-chat-killed-'))
  const path = join(folder, 'history.sqlite')
  const seqs: string[] = []
  const committed: Position[] = []
  for (let round = 0; round < KILLS; round++) {
    const after = Math.floor(Math.random() * 1_000)
    for (const line of await killedAfter(after, path, round)) {
      const [what, clock, id, seq] = line.split(' ')
      if (what === 'said') seqs.push(seq ?? '')
      if (what !== 'open') committed.push({ clock: Number(clock), id: id as EntryId })
    }
    const when = `killed ${after} ms after its start, in round ${round}`
    const history = must(await SqliteHistory.open(path, systemRuntime()))
    const floor = await history.floor(lobby.id)
    const positions = await history.positions(lobby.id, WHOLE, Infinity)
    const kept = new Set(positions.map(({ id }) => id))
    const lost = committed.filter(
      (position) => comparePositions(position, floor) >= 0 && !kept.has(position.id),
    )
    expect(lost, when).toEqual([])
    expect(await checkSums(history, lobby.id), when).toBe(kept.size)
    expect(history.usage(lobby.id).entries, when).toBe(kept.size)
    await history.close()
  }
  expect(new Set(seqs).size, 'no seq is used twice').toBe(seqs.length)
  expect(seqs.length).toBeGreaterThan(KILLS)
  rmSync(folder, { recursive: true, force: true })
}, 120_000)
