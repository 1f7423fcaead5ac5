import { toBase64url } from '../shared/bytes.ts'
import type { Result } from '../shared/failure.ts'
import type { HistoryStore } from '../shared/history.ts'
import { MemoryHistory } from '../shared/memory-history.ts'
import { type Identity, identityOf } from '../shared/identity.ts'
import type { LogId } from '../shared/ids.ts'
import type { Runtime } from '../shared/runtime.ts'
import { IdbHistory } from './store/history-idb.ts'
import { loadKeys } from './store/keys.ts'
import { MemoryPageSettings, type PageSettings, openSettings } from './store/settings.ts'

/** What one person on this device has: a key, a history and settings. */
export interface World {
  readonly keys: CryptoKeyPair
  readonly identity: Identity
  readonly history: HistoryStore
  readonly settings: PageSettings
  /** The browser keeps nothing here, though it should. */
  readonly forgetful: boolean
}

const HISTORY_DATABASE = 'p2p-chat-history'
const SETTINGS_DATABASE = 'p2p-chat-settings'
const LOG_BYTES = 8

/**
 * `newer`: a newer version of this program has written here. It is left alone, and nobody writes
 * under another key meanwhile.
 * @param guest everything is gone with the tab
 */
export async function openWorld(guest: boolean, runtime: Runtime): Promise<World | 'newer'> {
  if (guest) return withKeys(memoryHistory(runtime), new MemoryPageSettings(), false)
  const [history, settings] = await Promise.all([
    IdbHistory.open({ name: HISTORY_DATABASE, runtime }),
    openSettings(SETTINGS_DATABASE),
  ])
  // Both or none: a remembered key over a forgotten log would use its numbers twice.
  if (history.ok && settings.ok) return withKeys(history.value, settings.value, false)
  if (history.ok) await history.value.close()
  if (settings.ok) settings.value.close()
  if (isNewer(history) || isNewer(settings)) return 'newer'
  return withKeys(memoryHistory(runtime), new MemoryPageSettings(), true)
}

/** The history says so in words of its own, the settings in those of the engine. */
function isNewer(opened: Result<unknown>): boolean {
  if (opened.ok || opened.failure.kind !== 'storage-failed') return false
  return /newer version|^VersionError/.test(opened.failure.what)
}

async function withKeys(
  history: HistoryStore,
  settings: PageSettings,
  forgetful: boolean,
): Promise<World> {
  const keys = await loadKeys(settings)
  return { keys, identity: await identityOf(keys), history, settings, forgetful }
}

function memoryHistory(runtime: Runtime): HistoryStore {
  return new MemoryHistory(toBase64url(runtime.random.bytes(LOG_BYTES)) as LogId)
}
