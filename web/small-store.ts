import type { UsedEmojis } from './state/emojis.svelte.ts'

const EMOJI_KEY = 'p2p-chat-emoji'

/**
 * What must be known before the first paint lies in localStorage: IndexedDB answers too late.
 * Nothing where storage is forbidden, or holds what we did not write.
 */
export function read(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null')
  } catch {
    return undefined
  }
}

/** Where storage is forbidden or full, it holds until the tab is closed. */
export function write(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value))
  } catch {
    // Said where messages are kept, if it is.
  }
}

/** @param kept beyond this tab */
export function usedEmojis(kept: boolean): UsedEmojis {
  return {
    read: () => read(EMOJI_KEY),
    write: (used) => {
      if (kept) write(EMOJI_KEY, used)
    },
  }
}
