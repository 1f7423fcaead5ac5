import { randomBytes } from 'node:crypto'
import { chmod, link, open, readFile, rename, rm, stat } from 'node:fs/promises'

/** Nobody but the owner: whoever reads it can speak as this node. */
const OWNER_ONLY = 0o600
/** What FAT, some network drives and some volumes of containers say: they have no hard links. */
const LINKLESS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']

export type ReadSecret =
  | {
      readonly ok: true
      readonly bytes: Uint8Array
      /** Why others than its owner may read the file, if so: the system's code. */
      readonly exposed?: string
    }
  /** Why the file can be neither read nor made. */
  | { readonly ok: false; readonly why: string }

/** Puts a file that is written whole at its place, unless something is there: then it fails by EEXIST. */
type Place = (draft: string, path: string) => Promise<void>

/**
 * What the file holds; `make` says what it is to hold if there is none. It is never written over.
 * @param place how it gets its name; others than `link` are for tests
 */
export async function readSecret(
  path: string,
  make: () => Promise<Uint8Array | string>,
  place: Place = link,
): Promise<ReadSecret> {
  try {
    await makeUnlessThere(path, make, place)
    const exposed = await close(path)
    const bytes = await readFile(path)
    return { ok: true, bytes, ...(exposed === undefined ? {} : { exposed }) }
  } catch (error) {
    return { ok: false, why: codeOf(error) }
  }
}

/** @returns the system's code, where there are no such rights, or they are somebody else's to give */
async function close(path: string): Promise<string | undefined> {
  const found = await stat(path)
  // A folder of that name is somebody else's, and would be closed to its owner too.
  if (!found.isFile() || (found.mode & 0o777) === OWNER_ONLY) return undefined
  return chmod(path, OWNER_ONLY).then(() => undefined, codeOf)
}

/** Written whole beside it and then given its name, which fails if the name is taken. */
async function makeUnlessThere(
  path: string,
  make: () => Promise<Uint8Array | string>,
  place: Place,
): Promise<void> {
  if (await exists(path)) return
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(draft, 'wx', OWNER_ONLY)
  try {
    await file.writeFile(await make())
    await file.sync()
    await file.close()
    await place(draft, path)
      .catch(async (error: unknown) => {
        if (!LINKLESS.includes(codeOf(error))) throw error
        // It comes whole too. That nobody else does so in between is what the lock on DATA_DIR is for.
        if (!(await exists(path))) await rename(draft, path)
      })
      .catch((error: unknown) => {
        // Another start was faster: its secret is as good.
        if (codeOf(error) !== 'EEXIST') throw error
      })
  } finally {
    await file.close().catch(() => undefined)
    await rm(draft, { force: true })
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => codeOf(error) !== 'ENOENT',
  )
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error)
}
