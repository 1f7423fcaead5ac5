import { join } from 'node:path'
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import type { Identity } from '../shared/identity.ts'
import type { PeerId } from '../shared/ids.ts'
import { readSecret } from './secret-file.ts'

export type LoadedKey =
  | {
      readonly ok: true
      readonly key: PrivateKey
      /** A sentence, if others may read the file. */
      readonly warning?: string
    }
  | { readonly ok: false; readonly complaint: string }

const NAME = 'private.key'

/**
 * This node's Ed25519 key, as libp2p's protobuf. Made on the first start; a file that is damaged
 * is never written over, since a backup or a closer look may still save the peer id.
 */
export async function loadKey(dataDir: string): Promise<LoadedKey> {
  const path = join(dataDir, NAME)
  const file = await readSecret(path, async () =>
    privateKeyToProtobuf(await generateKeyPair('Ed25519')),
  )
  if (!file.ok) {
    return {
      ok: false,
      complaint: `The key of this node cannot be read from or written to ${path} (${file.why}).`,
    }
  }
  const key = await readKey(file.bytes)
  if (key !== undefined) return { ok: true, key, ...warn(path, file.exposed) }
  return {
    ok: false,
    complaint: `The key of this node in ${path} is damaged: restore it from a backup, or remove it to start with a new peer id.`,
  }
}

function warn(path: string, code: string | undefined): { readonly warning?: string } {
  if (code === undefined) return {}
  return {
    warning: `The key of this node in ${path} may be read by others on this machine, and that cannot be changed there (${code}): keep DATA_DIR on a file system that knows owners.`,
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

/** Its owner as the core knows them. */
export function identityOver(key: PrivateKey): Identity {
  return {
    peerId: peerIdFromPrivateKey(key).toString() as PeerId,
    sign: async (bytes) => new Uint8Array(await key.sign(bytes)),
  }
}
