import { toBase64url } from '../shared/bytes.ts'
import type { Failure, Result } from '../shared/failure.ts'
import type { HistoryStore } from '../shared/history.ts'
import { MemoryHistory } from '../shared/memory-history.ts'
import { type Identity, identityOf } from '../shared/identity.ts'
import type { LogId } from '../shared/ids.ts'
import { LOG_BYTES } from '../shared/own-log.ts'
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
  /** Why nothing is kept here, though it should be. */
  readonly forgetful: Forgetful | undefined
  /** The browser found its files damaged and has deleted what was kept here: this is somebody new. */
  readonly emptied: boolean
  /** There is a history here, and no key of whoever wrote it: this is somebody new. */
  readonly keyless: boolean
  /** Whether the page goes, as far as anybody can tell: it may come back. */
  readonly rest: (resting: boolean) => void
}

export type Forgetful = 'forbidden' | 'failed'

const HISTORY_DATABASE = 'p2p-chat-history'
const SETTINGS_DATABASE = 'p2p-chat-settings'
const NOTHING_KEPT = { forgetful: undefined, emptied: false, keyless: false, rest: () => undefined }

/**
 * `newer`: a newer version of this program has written here. It is left alone, and nobody writes
 * under another key meanwhile.
 * @param guest everything is gone with the tab
 */
export async function openWorld(guest: boolean, runtime: Runtime): Promise<World | 'newer'> {
  if (guest) return withKeys(memoryHistory(runtime), new MemoryPageSettings())
  const [history, settings] = await Promise.all([
    IdbHistory.open({ name: HISTORY_DATABASE, runtime }),
    openSettings(SETTINGS_DATABASE, runtime.log),
  ])
  // Both or none: a remembered key over a forgotten log would use its numbers twice.
  if (history.ok && settings.ok) {
    const store = history.value
    return withKeys(store, settings.value, {
      emptied: store.emptied,
      keyless: await isKeyless(store, settings.value),
      rest: (resting) => void store.rest(resting),
    })
  }
  if (history.ok) await history.value.close()
  if (settings.ok) settings.value.close()
  if (isNewer(history) || isNewer(settings)) return 'newer'
  const failure = history.ok ? settings : history
  const why = failure.ok ? 'failed' : whyForgetful(failure.failure)
  return withKeys(memoryHistory(runtime), new MemoryPageSettings(), { forgetful: why })
}

async function isKeyless(history: HistoryStore, settings: PageSettings): Promise<boolean> {
  return (await settings.get('keys')) === undefined && (await history.held()).length > 0
}

function whyForgetful(failure: Failure): Forgetful {
  const forbidden = failure.kind === 'storage-failed' && failure.cause === 'forbidden'
  return forbidden ? 'forbidden' : 'failed'
}

function isNewer(opened: Result<unknown>): boolean {
  return !opened.ok && opened.failure.kind === 'storage-failed' && opened.failure.cause === 'newer'
}

async function withKeys(
  history: HistoryStore,
  settings: PageSettings,
  more: Partial<Pick<World, 'forgetful' | 'emptied' | 'keyless' | 'rest'>> = {},
): Promise<World> {
  const keys = await loadKeys(settings)
  const identity = await identityOf(keys)
  return { ...NOTHING_KEPT, ...more, keys, identity, history, settings }
}

function memoryHistory(runtime: Runtime): HistoryStore {
  return new MemoryHistory(toBase64url(runtime.random.bytes(LOG_BYTES)) as LogId)
}
