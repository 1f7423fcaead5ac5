import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { PrivateKey } from '@libp2p/interface'
import { type Failure, type Result, fail, ok } from '../../shared/failure.ts'
import type { Runtime } from '../../shared/runtime.ts'
import { lockData } from '../data-lock.ts'
import { makeFolder } from '../folder.ts'
import { loadKey } from '../key-file.ts'
import { SqliteHistory } from '../store/history-sqlite.ts'
import { SettingsFile } from './settings-file.ts'

/** All that this terminal keeps: who one is, what one has set, and what was said. */
export interface Profile {
  readonly key: PrivateKey
  readonly history: SqliteHistory
  readonly settings: SettingsFile
  /** False where the file system has no locks, or cannot be written to: another terminal may use it, too. */
  readonly isLocked: boolean
  /** A sentence about the key's file, if others may read it. */
  readonly warning?: string
  close(): Promise<void>
  /** Closes and deletes it. */
  wipe(): Promise<void>
}

export type NotOpened =
  | { readonly kind: 'in-use' }
  | { readonly kind: 'key'; readonly sentence: string }
  | { readonly kind: 'disk'; readonly failure: Failure }

export type OpenedProfile =
  { readonly ok: true; readonly profile: Profile } | { readonly ok: false; readonly why: NotOpened }

/** @param folder of this person alone; made if there is none */
export async function openProfile(folder: string, runtime: Runtime): Promise<OpenedProfile> {
  const made = tryMake(folder)
  if (!made.ok) return { ok: false, why: { kind: 'disk', failure: made.failure } }
  const lock = lockData(folder)
  if (lock.kind === 'taken') return { ok: false, why: { kind: 'in-use' } }
  const release = (): void => {
    if (lock.kind === 'held') lock.release()
  }
  const opened = await open(folder, runtime)
  if (!opened.ok) {
    release()
    return opened
  }
  const { profile } = opened
  const close = async (): Promise<void> => {
    await profile.close()
    release()
  }
  const wipe = async (): Promise<void> => {
    await close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { ok: true, profile: { ...profile, isLocked: lock.kind === 'held', close, wipe } }
}

async function open(
  folder: string,
  runtime: Runtime,
): Promise<
  | { readonly ok: true; readonly profile: Omit<Profile, 'wipe' | 'isLocked'> }
  | { readonly ok: false; readonly why: NotOpened }
> {
  const loaded = await loadKey(folder)
  if (!loaded.ok) return { ok: false, why: { kind: 'key', sentence: loaded.complaint } }
  const settings = SettingsFile.open(join(folder, 'settings.sqlite'))
  if (!settings.ok) return { ok: false, why: { kind: 'disk', failure: settings.failure } }
  const history = await SqliteHistory.open(join(folder, 'history.sqlite'), runtime)
  if (!history.ok) {
    settings.value.close()
    return { ok: false, why: { kind: 'disk', failure: history.failure } }
  }
  const profile = {
    key: loaded.key,
    settings: settings.value,
    history: history.value,
    ...(loaded.warning === undefined ? {} : { warning: loaded.warning }),
    close: async () => {
      await history.value.close()
      settings.value.close()
    },
  }
  return { ok: true, profile }
}

function tryMake(folder: string): Result<undefined> {
  try {
    makeFolder(folder)
    return ok(undefined)
  } catch (error) {
    return fail({ kind: 'storage-failed', what: (error as Error).message })
  }
}
