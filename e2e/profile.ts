import { appendFile, glob, open, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { chromium } from '@playwright/test'
import { CHROMIUM_ARGS } from './chromium.ts'
import { Person } from './person.ts'

/** LevelDB's log is in blocks of so many bytes, and a record has so many bytes of head. */
const [BLOCK, RECORD_HEAD] = [32_768, 7]

/** Somebody whose browser keeps its files in a folder that outlives it. */
export async function personIn(userDataDir: string, url: string): Promise<Person> {
  const executablePath = process.env['CHROMIUM_PATH']
  const context = await chromium.launchPersistentContext(userDataDir, {
    ...(executablePath === undefined ? {} : { executablePath }),
    chromiumSandbox: false,
    args: [...CHROMIUM_ARGS, '--disk-cache-size=1000000'],
  })
  const person = new Person(context, await context.newPage())
  await person.page.goto(url)
  return person
}

/**
 * What a kill within a write leaves behind, now and then: half a record at the end of the browser's log. Where the
 * kill has left one itself, a second half would stand in the place of the first one's rest, as no kill leaves it.
 */
export async function tear(userDataDir: string): Promise<void> {
  const log = await logOf(userDataDir)
  const { size } = await stat(log)
  const left = BLOCK - (size % BLOCK)
  if (left <= RECORD_HEAD + 1 || isTorn((await readFile(log)).subarray(size - (size % BLOCK))))
    return
  const length = Math.min(1_000, left - RECORD_HEAD)
  const half = Buffer.alloc(RECORD_HEAD + Math.floor(length / 2), 1)
  half.writeUInt16LE(length, 4)
  await appendFile(log, half)
}

/** @param block the last one of a log, as far as it is written; a record never goes on into the next */
function isTorn(block: Buffer): boolean {
  let at = 0
  while (at + RECORD_HEAD <= block.length) at += RECORD_HEAD + block.readUInt16LE(at + 4)
  return at !== block.length
}

/** Writes over the middle of the browser's log, as a bad disk may. */
export async function damage(userDataDir: string): Promise<void> {
  const log = await logOf(userDataDir)
  const file = await open(log, 'r+')
  await file.write(Buffer.alloc(16, 1), 0, 16, Math.floor((await file.stat()).size / 2))
  await file.close()
}

/** Whether the browser has begun another log, in its last two runs. */
export async function hasBegunLog(userDataDir: string): Promise<boolean> {
  const told = await filesOf(userDataDir, 'LOG{,.old}')
  const texts = await Promise.all(told.map((file) => readFile(file, 'utf8')))
  if (texts.length === 0) throw new Error(`LevelDB has told nothing under ${userDataDir}`)
  return texts.some((text) => text.includes('Level-0 table'))
}

async function logOf(userDataDir: string): Promise<string> {
  const last = (await filesOf(userDataDir, '*.log')).toSorted().at(-1)
  if (last === undefined) throw new Error(`no log of LevelDB under ${userDataDir}`)
  return last
}

async function filesOf(userDataDir: string, pattern: string): Promise<readonly string[]> {
  const files: string[] = []
  for await (const file of glob(join(userDataDir, 'Default/IndexedDB/*.leveldb', pattern)))
    files.push(file)
  return files
}
