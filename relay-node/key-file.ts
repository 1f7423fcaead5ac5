import { randomBytes } from 'node:crypto'
import { chmod, link, open, readFile, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'

export type LoadedKey =
  | { readonly ok: true; readonly key: PrivateKey }
  | { readonly ok: false; readonly complaint: string }

const NAME = 'private.key'
/** Nobody but the owner: whoever reads it can speak as this node. */
const OWNER_ONLY = 0o600

/**
 * This node's Ed25519 key, as libp2p's protobuf. Made on the first start; a file that is damaged
 * is never written over, since a backup or a closer look may still save the peer id.
 */
export async function loadKey(dataDir: string): Promise<LoadedKey> {
  const path = join(dataDir, NAME)
  try {
    await makeUnlessThere(path)
    if (((await stat(path)).mode & 0o777) !== OWNER_ONLY) await chmod(path, OWNER_ONLY)
    const key = await readKey(await readFile(path))
    if (key !== undefined) return { ok: true, key }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    return {
      ok: false,
      complaint: `The key of this node cannot be read from or written to ${path} (${code}).`,
    }
  }
  return {
    ok: false,
    complaint: `The key of this node in ${path} is damaged: restore it from a backup, or remove it to start with a new peer id.`,
  }
}

/** Written whole beside it and then given its name, which fails if the name is taken. */
async function makeUnlessThere(path: string): Promise<void> {
  const exists = await stat(path).then(
    () => true,
    (error: unknown) => (error as NodeJS.ErrnoException).code !== 'ENOENT',
  )
  if (exists) return
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(draft, 'wx', OWNER_ONLY)
  try {
    await file.writeFile(privateKeyToProtobuf(await generateKeyPair('Ed25519')))
    await file.sync()
    await file.close()
    await link(draft, path).catch((error: unknown) => {
      // Another start was faster: its key is as good.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    })
  } finally {
    await file.close().catch(() => undefined)
    await unlink(draft)
  }
}

/** A key whose halves do not belong together parses, but nobody would believe its signatures. */
async function readKey(bytes: Uint8Array): Promise<PrivateKey | undefined> {
  try {
    const key = privateKeyFromProtobuf(bytes)
    if (key.type !== 'Ed25519') return undefined
    const probe = Uint8Array.of(1)
    return (await key.publicKey.verify(probe, await key.sign(probe))) ? key : undefined
  } catch {
    return undefined
  }
}
