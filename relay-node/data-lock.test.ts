import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lockData } from './data-lock.ts'
import { mkdir, readdir } from 'node:fs/promises'
import { relayIn, relayProcess, temporaryFolder } from './test-relay.ts'

test('a second relay-node on one DATA_DIR ends with one sentence; after kill -9 the next one starts', async () => {
  const folder = await temporaryFolder()
  const first = relayProcess(folder)
  await first.lines
  const second = await relayProcess(folder).ended
  expect(second).toMatchObject({ code: 1, stdout: '' })
  expect(second.stderr).toBe(
    `Another relay-node is running on ${join(folder, 'data')}: stop it, or give this one a DATA_DIR of its own.\n`,
  )
  first.child.kill('SIGKILL')
  await first.ended
  const third = relayProcess(folder)
  expect((await third.lines)[0]).toContain('P2P Chat Started')
  third.child.kill('SIGTERM')
  expect(await third.ended).toMatchObject({ code: 0, stderr: '' })
})

test('whoever finds DATA_DIR in use makes no key in it', async () => {
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'data'))
  const held = lockData(join(folder, 'data'))
  await expect(relayIn(folder)).rejects.toThrow('Another relay-node is running')
  expect(await readdir(join(folder, 'data'))).toEqual(['in-use.sqlite'])
  if (held.kind === 'held') held.release()
})

test('what is let go of can be had again', async () => {
  const folder = await temporaryFolder()
  const held = lockData(folder)
  expect(lockData(folder).kind).toBe('taken')
  if (held.kind === 'held') held.release()
  expect(lockData(folder).kind).toBe('held')
  expect(lockData(join(folder, 'nowhere')).kind).toBe('impossible')
})
