import { randomBytes } from 'node:crypto'
import { chmod, link, open, readFile, stat, unlink } from 'node:fs/promises'

/** Nobody but the owner: whoever reads it can speak as this node. */
const OWNER_ONLY = 0o600

export type ReadSecret =
  | { readonly ok: true; readonly bytes: Uint8Array }
  /** Why the file can be neither read nor made. */
  | { readonly ok: false; readonly why: string }

/** What the file holds; `make` says what it is to hold if there is none. It is never written over. */
export async function readSecret(
  path: string,
  make: () => Promise<Uint8Array | string>,
): Promise<ReadSecret> {
  try {
    await makeUnlessThere(path, make)
    const found = await stat(path)
    // A folder of that name is somebody else's, and would be closed to its owner too.
    if (found.isFile() && (found.mode & 0o777) !== OWNER_ONLY) await chmod(path, OWNER_ONLY)
    return { ok: true, bytes: await readFile(path) }
  } catch (error) {
    return { ok: false, why: (error as NodeJS.ErrnoException).code ?? String(error) }
  }
}

/** Written whole beside it and then given its name, which fails if the name is taken. */
async function makeUnlessThere(
  path: string,
  make: () => Promise<Uint8Array | string>,
): Promise<void> {
  const exists = await stat(path).then(
    () => true,
    (error: unknown) => (error as NodeJS.ErrnoException).code !== 'ENOENT',
  )
  if (exists) return
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(draft, 'wx', OWNER_ONLY)
  try {
    await file.writeFile(await make())
    await file.sync()
    await file.close()
    await link(draft, path).catch((error: unknown) => {
      // Another start was faster: its secret is as good.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    })
  } finally {
    await file.close().catch(() => undefined)
    await unlink(draft)
  }
}
