import type { DraftStore } from './state/drafts.svelte.ts'

const KEY = 'p2p-chat-drafts'

/**
 * Drafts lie in localStorage: what is written to it while the page goes is there after a reload,
 * and what IndexedDB is given at that moment is not (Chromium 156).
 */
export class DraftBox implements DraftStore {
  load(): Promise<Readonly<Record<string, string>> | undefined> {
    try {
      return Promise.resolve(draftsIn(JSON.parse(localStorage.getItem(KEY) ?? 'null')))
    } catch {
      // Storage is forbidden here, or holds what we did not write.
      return Promise.resolve(undefined)
    }
  }

  save(drafts: Readonly<Record<string, string>>): Promise<void> {
    try {
      localStorage.setItem(KEY, JSON.stringify(drafts))
      return Promise.resolve()
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)))
    }
  }
}

function draftsIn(json: unknown): Readonly<Record<string, string>> | undefined {
  if (typeof json !== 'object' || json === null) return undefined
  const drafts = Object.entries(json).filter(([, text]) => typeof text === 'string')
  return Object.fromEntries(drafts)
}
