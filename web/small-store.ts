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
