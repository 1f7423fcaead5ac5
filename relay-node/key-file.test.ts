import { chmod, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadKey } from './key-file.ts'
import { readSecret } from './secret-file.ts'
import { temporaryFolder } from './test-relay.ts'

async function keyIn(folder: string): Promise<string> {
  const loaded = await loadKey(folder)
  if (!loaded.ok) throw new Error(loaded.complaint)
  return loaded.key.publicKey.toString()
}

test('is made once, for its owner alone, and stays the same', async () => {
  const folder = await temporaryFolder()
  const first = await keyIn(folder)
  expect((await stat(join(folder, 'private.key'))).mode & 0o777).toBe(0o600)
  expect(await keyIn(folder)).toBe(first)
  expect(await readdir(folder)).toEqual(['private.key'])
})

test('is closed to others again when somebody opened it', async () => {
  const folder = await temporaryFolder()
  await keyIn(folder)
  await chmod(join(folder, 'private.key'), 0o644)
  await keyIn(folder)
  expect((await stat(join(folder, 'private.key'))).mode & 0o777).toBe(0o600)
})

test('two starts at once agree on one key', async () => {
  const folder = await temporaryFolder()
  const keys = await Promise.all(Array.from({ length: 8 }, () => keyIn(folder)))
  expect(new Set(keys).size).toBe(1)
  expect(await readdir(folder)).toEqual(['private.key'])
})

test.each([
  ['empty', () => Buffer.alloc(0)],
  ['cut off', (whole: Buffer) => whole.subarray(0, 40)],
  ['text', () => Buffer.from('my key')],
  [
    'one bit flipped in the private half',
    (whole: Buffer) => whole.map((byte, i) => (i === 10 ? byte ^ 1 : byte)),
  ],
])('damaged (%s) is told and left as it is', async (_, damage) => {
  const folder = await temporaryFolder()
  await keyIn(folder)
  const path = join(folder, 'private.key')
  const damaged = Buffer.from(damage(await readFile(path)))
  await writeFile(path, damaged)
  expect(await loadKey(folder)).toEqual({
    ok: false,
    complaint: `The key of this node in ${path} is damaged: restore it from a backup, or remove it to start with a new peer id.`,
  })
  expect(await readFile(path)).toEqual(damaged)
})

test('a folder in its place is told, and left as it is', async () => {
  const folder = await temporaryFolder()
  const path = join(folder, 'private.key')
  await mkdir(path, { mode: 0o755 })
  expect(await loadKey(folder)).toEqual({
    ok: false,
    complaint: `The key of this node cannot be read from or written to ${path} (EISDIR).`,
  })
  expect((await stat(path)).mode & 0o777).toBe(0o755)
})

test('several starts at once where there are no hard links: nobody reads a part of it', async () => {
  const noLinks = () => Promise.reject(Object.assign(new Error('no links'), { code: 'EPERM' }))
  for (let round = 0; round < 20; round++) {
    const folder = await temporaryFolder()
    const path = join(folder, 'secret')
    const size = 4 * 1_024 * 1_024
    const starts = Array.from({ length: 4 }, async (_, n) => {
      await new Promise((resolve) => setTimeout(resolve, 4 * n))
      return readSecret(path, () => Promise.resolve(new Uint8Array(size).fill(n + 1)), noLinks)
    })
    for (const read of await Promise.all(starts)) {
      if (!read.ok) throw new Error(read.why)
      expect(read.bytes).toHaveLength(size)
      expect(Buffer.from(read.bytes).equals(Buffer.alloc(size, read.bytes[0]))).toBe(true)
    }
    expect(await readdir(folder)).toEqual(['secret'])
  }
})

test('is made where there are no hard links, too, and never written over', async () => {
  const folder = await temporaryFolder()
  const path = join(folder, 'private.key')
  const noLinks = () => Promise.reject(Object.assign(new Error('no links'), { code: 'EPERM' }))
  const make = () => Promise.resolve('first')
  expect(await readSecret(path, make, noLinks)).toEqual({ ok: true, bytes: Buffer.from('first') })
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  const faster = async () => {
    await writeFile(join(folder, 'other'), 'theirs', { mode: 0o600 })
    return 'mine'
  }
  const beaten = await readSecret(join(folder, 'other'), faster, noLinks)
  expect(beaten).toEqual({ ok: true, bytes: Buffer.from('theirs') })
  expect((await readdir(folder)).sort()).toEqual(['other', 'private.key'])
})
