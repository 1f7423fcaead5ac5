import type { Bytes } from '../shared/bytes.ts'
import type { Holding } from '../shared/commands/command.ts'

/** All that this program keeps is named so: databases, and what lies in localStorage. */
const OURS = 'p2p-chat'

/** Asks the browser to keep what is held for good; some grant it by themselves, some ask the reader. */
export async function askToKeep(): Promise<Holding> {
  const { storage } = navigator
  const [estimate, persisted] = await Promise.all([
    storage.estimate().catch((): StorageEstimate => ({})),
    storage.persist().catch(() => false),
  ])
  const { usage, quota } = estimate
  return {
    keeps: persisted ? 'safe' : 'at-will',
    ...(usage === undefined ? {} : { usedBytes: usage }),
    ...(quota === undefined ? {} : { quotaBytes: quota }),
  }
}

/** Asks the same without being told to; some browsers show a dialog. */
export async function askQuietlyToKeep(): Promise<void> {
  const { storage } = navigator
  if (!(await storage.persisted().catch(() => true))) await storage.persist().catch(() => false)
}

export function saveFile(name: string, parts: readonly Bytes[]): void {
  const url = URL.createObjectURL(new Blob([...parts], { type: 'application/jsonl' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The download has its own hold on the bytes once it has begun, which is not told.
  setTimeout(() => {
    URL.revokeObjectURL(url)
  }, 60_000)
}

/**
 * Deletes everything that this program keeps here; all of it must be closed. The program's own files stay:
 * without a network there would be no page left to begin anew.
 */
export async function wipeDevice(): Promise<void> {
  const databases = await indexedDB.databases()
  const ours = databases.flatMap(({ name }) => (name?.startsWith(OURS) === true ? [name] : []))
  await Promise.all(ours.map(deleteDatabase))
  for (const key of Object.keys(localStorage))
    if (key.startsWith(OURS)) localStorage.removeItem(key)
}

function deleteDatabase(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // If another page holds it open, it is asked to close it, and then this goes on.
    const deleting = indexedDB.deleteDatabase(name)
    deleting.onsuccess = () => {
      resolve()
    }
    deleting.onerror = () => {
      reject(deleting.error ?? new Error(`${name} could not be deleted`))
    }
  })
}
