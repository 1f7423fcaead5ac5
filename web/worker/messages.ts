// What a page and its worker say to each other. One of them may be of another version: words are only
// ever added, and what is not understood is not heeded. Imports nothing: the worker is one small file.

/** To a worker that waits: the page is about to be loaded again. */
export const ACTIVATE = 'activate'

/** What lies in a notification, and what the page is told when it is clicked. */
export interface Opening {
  readonly kind: 'open'
  /** As in `location.hash`: which room. */
  readonly hash: string
  /** Whose page showed it. */
  readonly guest: boolean
}

const HASH_MAX_CHARACTERS = 4_096

export function openingIn(value: unknown): Opening | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { kind, hash, guest } = value as Readonly<Record<string, unknown>>
  if (kind !== 'open' || typeof hash !== 'string') return undefined
  if (!hash.startsWith('#/') || hash.length > HASH_MAX_CHARACTERS) return undefined
  return { kind: 'open', hash, guest: guest === true }
}
