import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder that only its owner may use, and those around it, unless they are there. Not by Node's
 * `recursive`: it never ends where a folder that is there answers ENOENT, as /proc does.
 * @throws what the file system says, as an Error with a `code`
 */
export function makeFolder(path: string): void {
  if (existsSync(path)) return
  const parent = dirname(path)
  if (parent !== path) makeFolder(parent)
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // Another start was faster, or it is there and cannot be followed.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
